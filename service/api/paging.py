"""Cursors: where a page ended, as an opaque word that a client gives back for the next one."""

from __future__ import annotations

import base64
import binascii
import json
from datetime import datetime

from fastapi import HTTPException

from service.store.readings import ReadingKey


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
        case [int(number)]:
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
        case [str(captured_at), str(camera), str(region)]:
            return ReadingKey(_moment(captured_at), camera, region)
    raise _no_cursor()


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise _no_cursor() from None
    if moment.tzinfo is None:
        raise _no_cursor()
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
