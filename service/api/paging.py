"""Cursors: where a page ended, as an opaque word that a client gives back for the next one."""

from __future__ import annotations

import base64
import binascii
import json
from datetime import MAXYEAR, MINYEAR, datetime

from fastapi import HTTPException

from service.store.readings import ReadingKey

LARGEST_NUMBER = 2**63 - 1
"""Rows are numbered in 64 bits."""


def number_cursor(number: int) -> str:
    """The cursor after the row of this number."""
    return _encode([number])


def number_after(cursor: str | None) -> int | None:
    """The number that a cursor stands for; a 422 for what is no cursor of ours.

    >>> number_after(number_cursor(41))
    41
    """
    if cursor is None:
        return None
    match _decode(cursor):
        case [int(number)] if 0 <= number <= LARGEST_NUMBER:
            return number
    raise _no_cursor()


def reading_cursor(key: ReadingKey) -> str:
    """The cursor after this reading."""
    return _encode([key.captured_at.isoformat(), key.camera, key.region])


def reading_after(cursor: str | None) -> ReadingKey | None:
    """The place that a cursor stands for; a 422 for what is no cursor of ours."""
    if cursor is None:
        return None
    match _decode(cursor):
        case [str(captured_at), str(camera), str(region)] if _is_plain(camera) and _is_plain(region):
            return ReadingKey(_moment(captured_at), camera, region)
    raise _no_cursor()


def _is_plain(text: str) -> bool:
    """Whether any database takes it: no NUL, no half of a surrogate pair."""
    return "\0" not in text and text.isprintable()


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise _no_cursor() from None
    if moment.tzinfo is None or not MINYEAR < moment.year < MAXYEAR:
        raise _no_cursor()  # at the ends of the calendar there is no room for a time zone
    return moment


def _encode(parts: list[str | int]) -> str:
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


def _decode(cursor: str) -> object:
    try:
        return json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError):
        raise _no_cursor() from None


def _no_cursor() -> HTTPException:
    return HTTPException(422, "cursor: not one that this service gave; begin again without it")
