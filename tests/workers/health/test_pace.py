from __future__ import annotations

from collections.abc import Sequence

import pytest

from workers.health.pace import LASTS_S, Growth, Machine, Pace

BEGAN_S = 12_345.6


def looked(machine: Machine, paces: Sequence[Pace], *, from_s: int, for_s: int) -> list[Pace]:
    """Once a second; what was to be told."""
    looks = [machine.look(paces, BEGAN_S + from_s + second) for second in range(for_s)]
    return [told for told in looks if told]


def test_a_machine_that_falls_short_is_told_once_for_all_its_cameras_and_once_when_it_is_over() -> None:
    machine, late, well = Machine(), [Pace(0.6, 2), Pace(0.5, 2)], [Pace(2, 2), Pace(1.9, 2)]
    assert looked(machine, late, from_s=0, for_s=20) == []
    assert looked(machine, late, from_s=20, for_s=35) == [Pace(1.1, 4)]
    assert machine.is_behind
    assert looked(machine, well, from_s=55, for_s=40) == [Pace(3.9, 4)]
    assert not machine.is_behind


def test_a_short_load_is_not_told() -> None:
    machine = Machine()
    for second in range(0, 100, 20):
        assert looked(machine, [Pace(0.5, 2)], from_s=second, for_s=int(LASTS_S) - 2) == []
        assert looked(machine, [Pace(2, 2)], from_s=second + 13, for_s=7) == []


@pytest.mark.parametrize(
    "paces",
    [[], [Pace(0.0, 0.0)], [Pace(0.5, 0.5), Pace(2, 2)], [Pace(2.1, 2), Pace(1.5, 2)]],
    ids=["no camera", "nothing sent", "a camera that sends little", "a moment's unevenness"],
)
def test_a_machine_that_analyses_what_it_is_given_is_not_blamed(paces: list[Pace]) -> None:
    machine = Machine()
    assert looked(machine, paces, from_s=0, for_s=60) == []
    assert not machine.is_behind


def test_a_camera_that_gets_more_than_asked_for_hides_no_other() -> None:
    machine = Machine()
    assert looked(machine, [Pace(4, 2), Pace(0.5, 2)], from_s=0, for_s=30) == [Pace(2.5, 4)]


def test_growth_forgets_what_is_long_past() -> None:
    growth = Growth(window_s=10)
    rates = [growth.hz(min(total, 40), now_s=total / 2) for total in range(80)]
    assert rates[40] == pytest.approx(2)
    assert rates[-1] == 0
