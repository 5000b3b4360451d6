"""Frames of one moment are told from frames of many by how little the numbers of people in them differ."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from crushwatch.simulate.scenario import open_scenario
from workers.counting.spread import spread_of

MALL = Path(os.environ.get("CRUSHWATCH_DATA", Path(__file__).parents[3] / "../shared/data")) / "mall" / "mall_gt.mat"


@pytest.mark.parametrize("scenario", ["gate", "alley", "calm"])
def test_a_clip_of_eight_seconds_is_one_moment_whether_its_people_stand_or_walk(scenario: str) -> None:
    crowd = open_scenario(scenario, (320, 180))
    people = [len(crowd.frame(60 + 0.4 * number).heads_px) for number in range(20)]
    assert max(people) > min(people), "they come and go all the same"
    assert spread_of(people).is_one_moment


def test_people_who_come_and_go_singly_are_hardly_ever_taken_for_one_moment() -> None:
    random = np.random.default_rng(1)
    taken = [spread_of(random.poisson(mean, 20).tolist()).is_one_moment for mean in (5, 30, 300) for _ in range(500)]
    assert np.mean(taken) == pytest.approx(0.01, abs=0.006)


def test_hours_of_a_crowd_that_swells_and_ebbs_are_many_moments() -> None:
    hours = np.linspace(0, 2 * np.pi, 20)
    assert not spread_of((100 + 60 * np.sin(hours)).astype(int).tolist()).is_one_moment


@pytest.mark.parametrize("people", [[0] * 20, [50] * 9], ids=["nobody", "too few frames"])
def test_nothing_is_said_of_frames_of_which_nothing_is_known(people: list[int]) -> None:
    assert not spread_of(people).is_one_moment
    assert spread_of(people).warning is None


@pytest.mark.science
@pytest.mark.parametrize(("every", "refused"), [(1, 12), (2, 6), (5, 1), (10, 0), (20, 0), (39, 0)])
def test_frames_of_a_mall_are_one_moment_only_where_they_follow_each_other(every: int, refused: int) -> None:
    """Twenty windows of twenty frames, spread over the first 800; as docs/calibration.md has it."""
    if not MALL.is_file():
        pytest.skip(f"NOT RUN: no labels at {MALL}; CRUSHWATCH_DATA names the folder of the data")
    scipy_io = pytest.importorskip("scipy.io")
    people = [len(frame[0, 0][0]) for frame in scipy_io.loadmat(MALL)["frame"][0][:800]]
    spare = len(people) - 20 * every
    starts = range(0, spare, max(1, spare // 20))
    windows = [people[start : start + 20 * every : every] for start in starts][:20]
    assert sum(spread_of(window).is_one_moment for window in windows) == refused
