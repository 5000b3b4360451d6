from __future__ import annotations

from crushwatch.messages import AlertChange, AlertEvent, Level
from support.service_messages import alert_event
from workers.replay.ledger import Entry, Ledger, compared, comparison_lines


def step(level: Level, before: Level, change: AlertChange) -> AlertEvent:
    return alert_event(camera="gate", region="front", rule="levels", level=level, previous_level=before, change=change)


def in_seconds(at_s: float) -> str:
    return f"{at_s:.1f} s"


def test_a_level_that_one_passed_in_a_jump_has_its_line_where_another_said_it() -> None:
    stepwise, jumping = Ledger(), Ledger()
    stepwise.add(10, step(Level.CAUTION, Level.CLEAR, AlertChange.RAISED))
    stepwise.add(20, step(Level.CRITICAL, Level.CAUTION, AlertChange.ESCALATED))
    jumping.add(15, step(Level.CRITICAL, Level.CLEAR, AlertChange.RAISED))
    for ledger in (stepwise, jumping):
        ledger.close(100)
    rows = compared([stepwise, jumping])
    assert [(row.level, row.entries[0].open_s, row.entries[1]) for row in rows] == [
        ("caution", 90, Entry(alerts=1, first_s=15, open_s=85)),
        ("critical", 80, Entry(alerts=1, first_s=15, open_s=85)),
    ], "`notice` and `alert`, which neither named, have no line"


def test_a_level_is_open_for_as_long_as_the_alert_stands_there_or_above() -> None:
    ledger = Ledger()
    for at_s, level, before, change in (
        (10, Level.CAUTION, Level.CLEAR, AlertChange.RAISED),
        (30, Level.CRITICAL, Level.CAUTION, AlertChange.ESCALATED),
        (50, Level.CAUTION, Level.CRITICAL, AlertChange.LOWERED),
        (60, Level.CLEAR, Level.CAUTION, AlertChange.CLEARED),
        (80, Level.CRITICAL, Level.CLEAR, AlertChange.RAISED),
    ):
        ledger.add(at_s, step(level, before, change))
    ledger.close(100)
    rows = compared([ledger])
    assert [(row.level, row.entries[0]) for row in rows] == [
        ("caution", Entry(alerts=2, first_s=10, open_s=70)),
        ("critical", Entry(alerts=2, first_s=30, open_s=40)),
    ]


def test_what_only_one_of_two_said_is_none_for_the_other() -> None:
    said, silent = Ledger(), Ledger()
    said.add(5, step(Level.NOTICE, Level.CLEAR, AlertChange.RAISED))
    for ledger in (said, silent):
        ledger.close(10)
    *lines, under = comparison_lines(["a.yaml", "b.yaml"], compared([said, silent]), 10, in_seconds)
    assert under.startswith("open: the time at that level or above")
    assert [line.split() for line in lines] == [
        ["a.yaml", "b.yaml"],
        ["gate/front", "levels,", "notice", "1", "from", "5.0", "s", "on,", "open", "5", "s", "none"],
    ]
    assert comparison_lines(["a.yaml", "b.yaml"], compared([silent, silent]), 10, in_seconds) == [
        "neither would have alerted in 10 s"
    ]
