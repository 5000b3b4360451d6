"""The table of ISA-18.2, move by move, and what events make of an alert."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crushwatch.messages import SEVERITY, AlertChange, AlertEvent, Level
from service.alarms.alert import Alert, after_acknowledgement, after_event
from service.alarms.lifecycle import TABLE, AlertState, IllegalMoveError, Move, after
from support.service_messages import alert_event, utc_now

LEGAL = {
    (None, "raise"): "raised-unacknowledged",
    ("raised-unacknowledged", "join"): "raised-unacknowledged",
    ("raised-unacknowledged", "escalate"): "raised-unacknowledged",
    ("raised-unacknowledged", "lower"): "raised-unacknowledged",
    ("raised-unacknowledged", "clear"): "cleared-unacknowledged",
    ("raised-unacknowledged", "acknowledge"): "acknowledged",
    ("acknowledged", "join"): "acknowledged",
    ("acknowledged", "escalate"): "raised-unacknowledged",
    ("acknowledged", "lower"): "acknowledged",
    ("acknowledged", "clear"): "closed",
    ("cleared-unacknowledged", "raise"): "raised-unacknowledged",
    ("cleared-unacknowledged", "acknowledge"): "closed",
}
EVERY = list(itertools.product([None, *AlertState], Move))


@pytest.mark.parametrize(("state", "move"), EVERY, ids=[f"{state}-{move}" for state, move in EVERY])
def test_a_move_leads_where_the_standard_says_or_is_refused(state: AlertState | None, move: Move) -> None:
    expected = LEGAL.get((state.value if state else None, move.value))
    if expected is None:
        with pytest.raises(IllegalMoveError, match=f"cannot {move}"):
            after(state, move)
    else:
        assert after(state, move).value == expected


def test_the_table_holds_nothing_else() -> None:
    assert len(TABLE) == len(LEGAL)


def opened(level: str = "alert") -> Alert:
    return after_event(None, alert_event("raised", level))


def test_an_alert_is_open_until_it_is_both_cleared_and_acknowledged() -> None:
    acknowledged = after_acknowledgement(opened(), "Kim", None, utc_now())
    assert after_event(acknowledged, alert_event("cleared")).state is AlertState.CLOSED
    cleared = after_event(opened(), alert_event("cleared"))
    assert cleared.state is AlertState.CLEARED_UNACKNOWLEDGED
    assert after_acknowledgement(cleared, "Kim", "seen", utc_now()).state is AlertState.CLOSED


def test_a_raise_of_what_is_raised_joins_and_changes_nothing() -> None:
    alert = opened()
    assert after_event(alert, alert_event("raised", "caution", alert_id="other")) is alert


def test_a_higher_raise_of_what_is_raised_escalates_it_under_its_own_id() -> None:
    alert = after_event(opened("caution"), alert_event("raised", "critical", alert_id="other"))
    assert (alert.alert_id, alert.level, alert.highest_level) == ("a-1", Level.CRITICAL, Level.CRITICAL)


def test_an_escalation_asks_for_a_new_acknowledgement() -> None:
    acknowledged = after_acknowledgement(opened("alert"), "Kim", "on my way", utc_now())
    escalated = after_event(acknowledged, alert_event("escalated", "critical"))
    assert escalated.state is AlertState.RAISED_UNACKNOWLEDGED
    assert (escalated.acknowledged_at, escalated.acknowledged_by, escalated.note) == (None, None, None)


def test_an_alert_knows_since_when_it_has_its_level_and_keeps_that_when_it_clears() -> None:
    raised = alert_event("raised", "caution")
    escalated, cleared = alert_event("escalated", "critical"), alert_event("cleared")
    alert = after_event(None, raised)
    assert alert.level_at == raised.captured_at
    alert = after_event(after_acknowledgement(alert, "Kim", None, utc_now()), escalated)
    assert (alert.raised_at, alert.level_at) == (raised.captured_at, escalated.captured_at)
    assert after_event(alert, cleared).level_at == escalated.captured_at


def test_what_raised_it_to_its_highest_level_is_kept_while_it_falls_and_ends() -> None:
    critical = alert_event("escalated", "critical", because="5.4 people/m² for 12 s, threshold 5.0")
    alert = after_event(opened("caution"), critical)
    assert (alert.highest_because, alert.highest_at) == (critical.because, critical.captured_at)
    lowered = after_event(alert, alert_event("lowered", "caution", because="0.5 people/m², below 4.5 for 60 s"))
    over = after_event(lowered, alert_event("cleared"))
    assert (over.because, over.highest_because) == (lowered.because, critical.because)
    assert (over.highest_level, over.highest_at) == (Level.CRITICAL, critical.captured_at)


def test_a_lowering_keeps_the_acknowledgement_and_the_highest_level() -> None:
    acknowledged = after_acknowledgement(opened("alert"), "Kim", None, utc_now())
    lowered = after_event(acknowledged, alert_event("lowered", "notice"))
    assert (lowered.state, lowered.level) == (AlertState.ACKNOWLEDGED, Level.NOTICE)
    assert (lowered.highest_level, lowered.acknowledged_by) == (Level.ALERT, "Kim")


def test_a_lowering_to_what_nobody_was_told_of_asks_for_a_new_acknowledgement() -> None:
    """The escalation that came before it was lost."""
    alert = after_acknowledgement(after_event(None, alert_event("raised", "caution")), "Kim", None, utc_now())
    higher = after_event(alert, alert_event("lowered", "alert"))
    assert (higher.state, higher.level) == (AlertState.RAISED_UNACKNOWLEDGED, Level.ALERT)


def test_what_is_to_be_done_at_a_level_holds_at_a_higher_one_and_no_longer_at_a_lower() -> None:
    """Where the plan has nothing of that level's own."""
    alert = after_event(None, alert_event("raised", "alert", action="open gate B"))
    higher = after_event(alert, alert_event("escalated", "critical"))
    assert higher.action == "open gate B"
    assert after_event(alert, alert_event("escalated", "critical", action="stop the music")).action == "stop the music"
    assert after_event(higher, alert_event("lowered", "caution")).action is None
    assert after_event(higher, alert_event("lowered", "caution", action="call 3")).action == "call 3"
    over = after_event(higher, alert_event("cleared"))
    assert over.action == "open gate B", "why it was raised stays"
    assert after_event(over, alert_event("raised", "caution")).action is None


def test_what_comes_back_unacknowledged_is_the_same_alert_once_more() -> None:
    first = opened()
    again = after_event(after_event(first, alert_event("cleared")), alert_event("raised", alert_id="a-2"))
    assert (again.alert_id, again.occurrences, again.cleared_at) == ("a-1", 2, None)
    assert again.raised_at > first.raised_at


def test_an_escalation_whose_beginning_was_missed_begins_the_alert() -> None:
    assert after_event(None, alert_event("escalated", "critical")).state is AlertState.RAISED_UNACKNOWLEDGED


def test_unknown_never_closes_an_alert() -> None:
    alert = opened()
    says_unknown = alert_event("cleared").model_copy(update={"level": Level.UNKNOWN})
    with pytest.raises(IllegalMoveError):
        after_event(alert, says_unknown)


@pytest.mark.parametrize("state", ["none", "cleared"])
def test_a_clear_of_what_is_not_raised_is_refused(state: str) -> None:
    before = None if state == "none" else after_event(opened(), alert_event("cleared"))
    with pytest.raises(IllegalMoveError):
        after_event(before, alert_event("cleared"))


def test_a_second_acknowledgement_is_refused() -> None:
    acknowledged = after_acknowledgement(opened(), "Kim", None, utc_now())
    with pytest.raises(IllegalMoveError):
        after_acknowledgement(acknowledged, "Lee", None, utc_now())


changes = st.sampled_from(list(AlertChange))
raised_levels = st.sampled_from([Level.NOTICE, Level.CAUTION, Level.ALERT, Level.CRITICAL])


@given(st.lists(st.tuples(changes, raised_levels), max_size=20))
def test_whatever_comes_the_alert_is_consistent(history: list[tuple[AlertChange, Level]]) -> None:
    alert: Alert | None = None
    for change, level in history:
        event: AlertEvent = alert_event(change, level)
        try:
            alert = after_event(alert, event)
        except IllegalMoveError:
            continue
        assert alert.is_raised == (alert.cleared_at is None)
        assert SEVERITY[alert.highest_level] >= SEVERITY[alert.level]
        assert (alert.level is Level.CLEAR) == (not alert.is_raised)
