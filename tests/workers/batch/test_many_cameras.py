"""256 cameras of many rates and shapes on one engine, on a clock that costs nothing."""

from __future__ import annotations

import itertools
from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workers.batch.schedule import Demand, Schedule

CAMERAS = 256
BATCH = 16
SHAPES = ((512, 288), (1024, 576), (1024, 768))
ASKED_HZ = (0.5, 1.0, 2.0, 5.0)
SOURCE_HZ = (6.0, 12.5, 25.0)
COST_S = {shape: shape[0] * shape[1] / 1e9 for shape in SHAPES}
START_S = 0.002
"""What a batch costs before its first picture."""


@dataclass
class Run:
    """What a simulated worker did.

    served_s:  by camera, when its frames went into the engine
    ages_s:    by camera, how old each was
    fill:      pictures in each batch
    """

    served_s: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    ages_s: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    fill: list[int] = field(default_factory=list)

    def shares(self, demands: dict[str, Demand], seconds: float) -> np.ndarray:
        """Of the rate that each camera asked for, what it had."""
        return np.array([len(self.served_s[key]) / (seconds * demand.rate_hz) for key, demand in demands.items()])


def crowd_of_cameras(seed: int, cameras: int = CAMERAS) -> dict[str, Demand]:
    rng = np.random.default_rng(seed)
    return {
        f"camera-{number}": Demand(float(rng.choice(ASKED_HZ)), SHAPES[rng.integers(len(SHAPES))])
        for number in range(cameras)
    }


def load(demands: dict[str, Demand]) -> float:
    """Seconds of engine that a second asks for, in full batches."""
    return sum(demand.rate_hz * (COST_S[demand.shape_px] + START_S / BATCH) for demand in demands.values())


def simulate(demands: dict[str, Demand], seconds: float, *, speed: float, seed: int = 0, silent: str = "") -> Run:
    """An engine `speed` times as fast as COST_S; every camera sends at its own pace; `silent` not at all."""
    rng = np.random.default_rng(seed)
    source_hz = {key: float(rng.choice([hz for hz in SOURCE_HZ if hz > demands[key].rate_hz])) for key in demands}
    phase = {key: float(rng.random()) for key in demands}
    schedule, run, now_s = Schedule(demands, BATCH), Run(), 0.0
    taken = dict.fromkeys(demands, -1)
    while now_s < seconds:
        newest = {key: int(now_s * source_hz[key] + phase[key]) for key in demands if key != silent}
        chosen = schedule.next_batch([key for key, number in newest.items() if number > taken[key]], now_s)
        for key in chosen:
            run.served_s[key].append(now_s)
            run.ages_s[key].append(now_s - (newest[key] - phase[key]) / source_hz[key])
            taken[key] = newest[key]
        run.fill += [len(chosen)] if chosen else []
        now_s += (START_S + sum(COST_S[demands[key].shape_px] for key in chosen)) / speed if chosen else 0.01
    return run


def test_with_room_256_cameras_have_their_rates_and_never_miss_two_turns_in_a_row() -> None:
    demands = crowd_of_cameras(1)
    run = simulate(demands, 60, speed=load(demands) / 0.8)
    assert run.shares(demands, 60).min() > 0.97
    for key, demand in demands.items():
        gaps_s = [later - earlier for earlier, later in itertools.pairwise(run.served_s[key])]
        assert max(gaps_s) < 2.5 * demand.period_s, f"{key} waited {max(gaps_s):.2f} s at {demand.rate_hz} Hz"


def test_overloaded_twofold_256_cameras_all_have_the_same_half() -> None:
    demands = crowd_of_cameras(2)
    run = simulate(demands, 120, speed=load(demands) / 2)
    shares = run.shares(demands, 120)
    assert shares.mean() == pytest.approx(0.5, abs=0.03)
    assert shares.max() < 1.1 * shares.min()


def test_overloaded_batches_are_full() -> None:
    demands = crowd_of_cameras(3)
    run = simulate(demands, 30, speed=load(demands) / 2)
    assert np.mean(run.fill[10:]) > 0.95 * BATCH


@pytest.mark.parametrize("overload", [0.8, 3.0])
def test_what_is_analysed_is_always_the_newest_frame(overload: float) -> None:
    demands = crowd_of_cameras(4)
    run = simulate(demands, 30, speed=load(demands) / overload)
    assert max(age for ages in run.ages_s.values() for age in ages) <= 1 / min(SOURCE_HZ) + 1e-9


def test_overloaded_tenfold_no_camera_is_forgotten_for_long() -> None:
    demands = crowd_of_cameras(5)
    run = simulate(demands, 300, speed=load(demands) / 10)
    for key, demand in demands.items():
        gaps_s = [later - earlier for earlier, later in itertools.pairwise(run.served_s[key])]
        assert max(gaps_s) < 4 * 10 * demand.period_s


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 2**32 - 1), st.integers(2, 48), st.floats(1.2, 6.0))
def test_whatever_the_mix_an_overloaded_worker_gives_all_cameras_alike(
    seed: int, cameras: int, overload: float
) -> None:
    demands = crowd_of_cameras(seed, cameras)
    run = simulate(demands, 120, speed=load(demands) / overload, seed=seed)
    shares, slowest_hz = run.shares(demands, 120), min(demand.rate_hz for demand in demands.values())
    assert shares.max() - shares.min() < 0.1 * shares.mean() + 3 / (120 * slowest_hz)


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 2**32 - 1))
def test_a_camera_that_sends_nothing_costs_the_others_nothing(seed: int) -> None:
    demands = crowd_of_cameras(seed, 32)
    run = simulate(demands, 60, speed=load(demands) / 2, seed=seed, silent="camera-0")
    rest = {key: demand for key, demand in demands.items() if key != "camera-0"}
    alone = simulate(rest, 60, speed=load(demands) / 2, seed=seed)
    served = sum(len(run.served_s[key]) for key in rest)
    assert not run.served_s["camera-0"]
    assert served == pytest.approx(sum(map(len, alone.served_s.values())), rel=0.05)
