from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import crushwatch.simulate.trajectories
from crushwatch.simulate.crowd import Crowd, crowding
from crushwatch.simulate.trajectory import Trajectories, load_trajectories, save_trajectories

FILES = sorted(Path(crushwatch.simulate.trajectories.__file__).parent.glob("*.npz"))

paths = arrays(np.float64, st.tuples(st.integers(2, 30), st.just(2)), elements=st.floats(-150, 150))


@given(st.lists(paths, min_size=1, max_size=5))
@settings(max_examples=25)
def test_trajectories_come_back_to_the_centimetre(tmp_path_factory: pytest.TempPathFactory, kept: list) -> None:
    file = tmp_path_factory.mktemp("paths") / "paths.npz"
    save_trajectories(file, Trajectories(5.0, 60.0, np.arange(len(kept)), tuple(kept)))
    loaded = load_trajectories(file)
    assert (loaded.rate_hz, loaded.period_s, loaded.starts.tolist()) == (5.0, 60.0, list(range(len(kept))))
    for path_m, back_m in zip(kept, loaded.paths_m, strict=True):
        assert np.abs(path_m - back_m).max() <= 0.00501


def test_the_committed_trajectories_are_small() -> None:
    assert FILES
    assert sum(file.stat().st_size for file in FILES) < 1_500_000


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_nobody_stays_longer_than_a_cycle(file: Path) -> None:
    trajectories = load_trajectories(file)
    cycle = round(trajectories.period_s * trajectories.rate_hz)
    assert all(len(path_m) <= cycle for path_m in trajectories.paths_m)
    assert ((trajectories.starts >= 0) & (trajectories.starts <= cycle)).all()


def walker() -> Crowd:
    """One person who walks along x at 1 m/s from second 8 of 10 on, into the next cycle, and is gone at second 3."""
    path_m = np.column_stack([np.arange(26) * 0.2, np.zeros(26)])
    return Crowd(Trajectories(5.0, 10.0, np.array([40]), (path_m,)), seed=0)


def test_somebody_is_there_from_the_first_to_the_last_position_and_over_the_seam() -> None:
    there = {time_s: len(walker().at(time_s).ids) for time_s in (7.9, 8.1, 9.9, 0.0, 2.9, 3.1)}
    assert there == {7.9: 0, 8.1: 1, 9.9: 1, 0.0: 1, 2.9: 1, 3.1: 0}


def test_somebody_who_walks_has_the_speed_and_heading_of_the_way() -> None:
    moment = walker().at(9.5)
    assert moment.velocities_m_s[0] == pytest.approx([1.0, 0.0], abs=0.02)
    assert moment.placed.heading_rad[0] == pytest.approx(0.0, abs=0.02)
    assert moment.placed.feet_m[0] == pytest.approx([1.5, 0.0], abs=0.02)
    assert np.isfinite(moment.placed.stride_rad[0])


def test_who_stands_still_stands_on_both_feet() -> None:
    crowd = Crowd(Trajectories(5.0, 10.0, np.array([0]), (np.zeros((50, 2)),)), seed=0)
    assert np.isnan(crowd.at(3.0).placed.stride_rad).all()


def test_crowding_rises_from_nobody_near_to_a_packed_crowd() -> None:
    lattice = np.stack(np.meshgrid(np.arange(12), np.arange(12)), axis=2).reshape(-1, 2).astype(float)
    assert crowding(np.zeros((0, 2))).shape == (0,)
    assert crowding(np.zeros((1, 2))).tolist() == [0.0]
    assert 0.1 < crowding(lattice * 0.7).mean() < crowding(lattice * 0.4).mean() <= 1.0
