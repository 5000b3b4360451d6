"""Cursors: given back as they were given, refused when they were not."""

from __future__ import annotations

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
