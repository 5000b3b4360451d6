"""What follows from a receiver's answer: delivered, again later, given up, or the channel is closed. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

FIRST_DELAY_S = 1.0
LONGEST_DELAY_S = 60.0
"""A control room that comes back wants its alerts within a minute."""
LONGEST_RETRY_AFTER_S = 3600.0


@dataclass(frozen=True)
class Answer:
    """What came of one attempt: a status, or an error where no answer came."""

    status: int | None = None
    error: str = ""
    retry_after: str | None = None


@dataclass(frozen=True)
class Delivered:
    """The receiver took it."""

    status: int


@dataclass(frozen=True)
class Again:
    """Try again then."""

    at: datetime
    error: str


@dataclass(frozen=True)
class GivenUp:
    """It is a dead letter."""

    error: str


@dataclass(frozen=True)
class Closed:
    """The receiver wants nothing any more."""

    error: str


Verdict = Delivered | Again | GivenUp | Closed


def judge(answer: Answer, attempts_before: int, give_up_at: datetime, now: datetime, chance: float) -> Verdict:
    """What to do after an attempt; `chance` from 0 to 1 spreads the retries of many."""
    if answer.status is not None and 200 <= answer.status < 300:
        return Delivered(answer.status)
    error = answer.error or f"the receiver answered {answer.status}"
    if answer.status == 410:
        return Closed(f"{error} (Gone)")
    at = now + timedelta(seconds=_delay_s(answer, attempts_before, now, chance))
    if now >= give_up_at:
        return GivenUp(error)
    return Again(min(at, give_up_at), error)


def backoff_s(attempts_before: int, chance: float) -> float:
    """Seconds before the next attempt: doubling up to a minute, spread over the upper half.

    >>> [backoff_s(n, 1.0) for n in range(8)]
    [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0]
    """
    longest = min(LONGEST_DELAY_S, FIRST_DELAY_S * 2.0 ** min(attempts_before, 30))
    return longest * (0.5 + 0.5 * chance)


def retry_after_s(text: str, now: datetime) -> float | None:
    """Seconds that a Retry-After header asks for, as a number or as a date; None if it says neither.

    >>> retry_after_s("120", datetime(2026, 1, 1, tzinfo=UTC))
    120.0
    """
    text = text.strip()
    if text.isascii() and text.isdigit():
        return min(float(text), LONGEST_RETRY_AFTER_S)
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    date = date if date.tzinfo else date.replace(tzinfo=UTC)
    return min(max(0.0, (date - now).total_seconds()), LONGEST_RETRY_AFTER_S)


def _delay_s(answer: Answer, attempts_before: int, now: datetime, chance: float) -> float:
    asked = retry_after_s(answer.retry_after, now) if answer.retry_after else None
    own = backoff_s(attempts_before, chance)
    return own if asked is None else max(asked, own)
