from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workers.batch.schedule import Demand, Schedule

HD, SQUARE = (1024, 576), (512, 512)
RATES = st.lists(st.sampled_from([0.5, 1.0, 2.0, 5.0, 10.0]), min_size=1, max_size=12)


def schedule(rates: list[float], batch_size: int = 4, shapes: list[tuple[int, int]] | None = None) -> Schedule:
    chosen = shapes or [HD] * len(rates)
    return Schedule({f"c{n}": Demand(rate, chosen[n]) for n, rate in enumerate(rates)}, batch_size)


def serve(served: Schedule, *, seconds: float, batch_takes_s: float, tick_s: float = 0.01) -> Counter[str]:
    """Every camera always has a new frame; counts how often each was analysed."""
    counts: Counter[str] = Counter()
    now_s = 0.0
    while now_s < seconds:
        batch = served.next_batch(served.demands, now_s)
        counts.update(batch)
        now_s += batch_takes_s if batch else tick_s
    return counts


@given(RATES, st.integers(1, 8), st.floats(0.01, 5))
def test_a_batch_holds_one_shape_each_camera_once_and_no_more_than_fit(
    rates: list[float], batch_size: int, now_s: float
) -> None:
    shapes = [HD if index % 2 else SQUARE for index in range(len(rates))]
    plan = schedule(rates, batch_size, shapes)
    for moment in range(5):
        batch = plan.next_batch(plan.demands, now_s * moment)
        assert len(batch) <= batch_size
        assert len(set(batch)) == len(batch)
        assert len({plan.demands[camera].shape_px for camera in batch}) <= 1


@settings(deadline=None)
@given(RATES)
def test_with_room_enough_every_camera_has_the_rate_it_asked_for(rates: list[float]) -> None:
    counts = serve(schedule(rates, batch_size=16), seconds=40, batch_takes_s=0.001)
    for number, rate in enumerate(rates):
        assert counts[f"c{number}"] == pytest.approx(40 * rate, rel=0.06, abs=1)


@settings(deadline=None)
@given(st.lists(st.sampled_from([1.0, 2.0, 4.0]), min_size=2, max_size=10))
def test_overloaded_all_cameras_have_the_same_share_of_what_they_asked_for(rates: list[float]) -> None:
    counts = serve(schedule(rates, batch_size=1), seconds=240, batch_takes_s=3 / sum(rates))
    shares = [counts[f"c{number}"] / (240 * rate) for number, rate in enumerate(rates)]
    assert min(shares) > 0.3
    assert max(shares) < 1.05 * min(shares)


@settings(deadline=None)
@given(st.integers(5, 12), st.integers(2, 4))
def test_overloaded_batches_go_round_all_cameras_alike(cameras: int, batch_size: int) -> None:
    counts = serve(schedule([2.0] * cameras, batch_size), seconds=120, batch_takes_s=1.5 * batch_size / cameras)
    assert max(counts.values()) - min(counts[f"c{number}"] for number in range(cameras)) <= 1


@settings(deadline=None)
@given(st.lists(st.sampled_from([HD, SQUARE]), min_size=2, max_size=8))
def test_overloaded_no_shape_starves_another(shapes: list[tuple[int, int]]) -> None:
    counts = serve(schedule([2.0] * len(shapes), 2, shapes), seconds=60, batch_takes_s=1.0)
    assert min(counts[f"c{number}"] for number in range(len(shapes))) > 0


def test_a_camera_that_was_never_served_goes_before_all_others() -> None:
    plan = schedule([10.0, 10.0], batch_size=1)
    assert plan.next_batch(["c0"], 0.0) == ["c0"]
    assert plan.next_batch(["c0", "c1"], 100.0) == ["c1"]


def test_nobody_is_served_before_the_period_is_over() -> None:
    plan = schedule([2.0])
    assert plan.next_batch(["c0"], 0.0) == ["c0"]
    assert plan.next_batch(["c0"], 0.4) == []
    assert plan.next_batch(["c0"], 0.46) == ["c0"]


def test_a_camera_without_a_new_frame_waits_without_holding_others_up() -> None:
    plan = schedule([2.0, 2.0])
    assert plan.next_batch(["c1"], 0.0) == ["c1"]
    assert plan.next_batch([], 1.0) == []


def test_a_camera_that_comes_back_after_a_long_silence_does_not_catch_up() -> None:
    plan = schedule([2.0])
    plan.next_batch(["c0"], 0.0)
    served = [moment for moment in range(3000, 3200) if plan.next_batch(["c0"], moment / 100)]
    assert len(served) <= 6
