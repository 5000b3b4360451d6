"""What follows from a receiver's answer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.notify.retry import (
    LONGEST_DELAY_S,
    Again,
    Answer,
    Closed,
    Delivered,
    GivenUp,
    backoff_s,
    judge,
    retry_after_s,
)

NOW = datetime(2026, 5, 1, 20, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=72)


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_any_success_is_delivered(status: int) -> None:
    assert judge(Answer(status), 0, LATER, NOW, 0.5) == Delivered(status)


@pytest.mark.parametrize("status", [301, 400, 401, 404, 408, 429, 500, 503])
def test_any_other_answer_is_tried_again(status: int) -> None:
    verdict = judge(Answer(status), 0, LATER, NOW, 0.5)
    assert isinstance(verdict, Again)
    assert str(status) in verdict.error


def test_no_answer_is_tried_again() -> None:
    assert isinstance(judge(Answer(error="no answer in 10 s"), 0, LATER, NOW, 0.5), Again)


def test_gone_closes_the_channel() -> None:
    assert isinstance(judge(Answer(410), 0, LATER, NOW, 0.5), Closed)


def test_the_receivers_retry_after_is_honoured() -> None:
    verdict = judge(Answer(429, retry_after="120"), 0, LATER, NOW, 0.5)
    assert isinstance(verdict, Again)
    assert verdict.at == NOW + timedelta(seconds=120)


def test_a_retry_after_shorter_than_our_own_pause_does_not_shorten_it() -> None:
    verdict = judge(Answer(503, retry_after="0"), 5, LATER, NOW, 1.0)
    assert isinstance(verdict, Again)
    assert verdict.at == NOW + timedelta(seconds=32)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("7", 7),
        (" 7 ", 7),
        ("999999", 3600),
        (format_datetime(NOW + timedelta(seconds=90), usegmt=True), 90),
        (format_datetime(NOW - timedelta(seconds=90), usegmt=True), 0),
        ("soon", None),
        ("-5", None),
        ("", None),
        ("Fri, 31 Dec 99999999999999999999 23:59:59 GMT", None),
        ("Fri, 31 Dec 9999 23:59:59 -9999999999999999", None),
        ("٣", None),
    ],
)
def test_retry_after_is_a_number_or_a_date(text: str, seconds: float | None) -> None:
    assert retry_after_s(text, NOW) == seconds


def test_after_the_last_moment_it_is_given_up() -> None:
    assert isinstance(judge(Answer(500), 9, NOW, NOW, 0.5), GivenUp)


def test_the_last_attempt_is_made_at_the_last_moment() -> None:
    verdict = judge(Answer(500), 9, NOW + timedelta(seconds=3), NOW, 0.5)
    assert isinstance(verdict, Again)
    assert verdict.at == NOW + timedelta(seconds=3)


@given(st.integers(0, 1000), st.floats(0, 1))
def test_pauses_grow_and_stay_within_their_bounds(attempts: int, chance: float) -> None:
    assert 0.5 <= backoff_s(attempts, chance) <= LONGEST_DELAY_S
    assert backoff_s(attempts, chance) <= backoff_s(attempts + 1, chance)
