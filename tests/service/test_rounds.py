"""What the service does every second."""

from __future__ import annotations

from pathlib import Path

import pytest

from crushwatch.bus import MemoryBus
from crushwatch.messages import Level
from crushwatch.tracing import NoTracer
from service import clock
from service.alarms.alert import Alert
from service.parts import assemble
from support.service_messages import alert_event, camera_health, reading, worker_health
from support.service_site import site as make_site


def test_an_alert_that_ends_while_the_open_ones_are_read_is_not_raised_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = assemble(make_site(tmp_path), MemoryBus(), NoTracer())
    board, desk, began = parts.board, parts.desk, clock.now()
    for second in range(31):
        at = began.later(second)
        board.hear([reading(at=at.wall, level=Level.ALERT, density_per_m2=4.4)], at)
    board.hear([camera_health(at=at.wall), camera_health("hall", at=at.wall), worker_health(at=at.wall)], at)
    desk.take_down([alert_event(at=began.wall)], at.wall)
    read = desk.open_alerts

    def read_once_it_has_ended() -> list[Alert]:
        end = alert_event("cleared", at=at.wall)
        board.hear([end], at)
        desk.take_down([end], at.wall)
        return read()

    monkeypatch.setattr(desk, "open_alerts", read_once_it_has_ended)
    parts.rounds._round(2, at)
    assert [(alert.key, alert.is_raised) for alert in read()] == [("gate/square/levels", False)]
    parts.database.close()
