"""Cursors: given back as they were given, refused when they were not."""

from __future__ import annotations

import base64
import json

import pytest
from fastapi import HTTPException
from hypothesis import given
from hypothesis import strategies as st

from service.api.paging import number_after, number_cursor, reading_after, reading_cursor
from service.store.readings import ReadingKey
from support.service_messages import utc_now


@given(st.integers(0, 2**62))
def test_a_number_comes_back(number: int) -> None:
    assert number_after(number_cursor(number)) == number


def test_a_place_among_readings_comes_back_to_the_microsecond() -> None:
    key = ReadingKey(utc_now(), "gate", "square")
    assert reading_after(reading_cursor(key)) == key


def test_no_cursor_is_the_beginning() -> None:
    assert number_after(None) is None
    assert reading_after(None) is None


@pytest.mark.parametrize("cursor", ["x", "!!!", "eyJ9", number_cursor(1), "WyJhIl0", "WyJ4IiwiYSIsImIiXQ", "é"])
def test_what_is_no_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(HTTPException) as refused:
        reading_after(cursor)
    assert refused.value.status_code == 422


@pytest.mark.parametrize("number", [10**30, 2**63, -1])
def test_a_number_that_no_row_can_have_is_refused(number: int) -> None:
    with pytest.raises(HTTPException) as refused:
        number_after(number_cursor(number))
    assert refused.value.status_code == 422


@pytest.mark.parametrize(
    "parts",
    [
        ["0001-01-01T00:00:00+14:00", "gate", "square"],
        ["9999-12-31T23:59:59-12:00", "gate", "square"],
        ["2026-05-01T20:00:00+00:00", "gate\0", "square"],
        ["2026-05-01T20:00:00+00:00", "gate", "\ud800"],
        [10**30, "gate", "square"],
    ],
    ids=["before time", "after time", "NUL", "half a character", "no time"],
)
def test_a_place_that_no_database_knows_is_refused(parts: list[object]) -> None:
    cursor = base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")
    with pytest.raises(HTTPException) as refused:
        reading_after(cursor)
    assert refused.value.status_code == 422
