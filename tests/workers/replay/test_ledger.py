from __future__ import annotations

from crushwatch.messages import AlertChange, AlertEvent, Level
from support.service_messages import alert_event
from workers.replay.ledger import Entry, Ledger, compared, comparison_lines


def step(level: Level, before: Level, change: AlertChange) -> AlertEvent:
    return alert_event(camera="gate", region="front", rule="levels", level=level, previous_level=before, change=change)


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
    lines = comparison_lines(["a.yaml", "b.yaml"], compared([said, silent]), 10)
    assert [line.split() for line in lines] == [
        ["a.yaml", "b.yaml"],
        ["gate/front", "levels,", "notice", "1", "from", "5.0", "s", "on,", "5", "s", "in", "all", "none"],
    ]
    assert comparison_lines(["a.yaml", "b.yaml"], compared([silent, silent]), 10) == [
        "neither would have alerted in 10 s"
    ]
