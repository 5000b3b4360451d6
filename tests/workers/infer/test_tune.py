from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from crushwatch.models import find_model
from workers.infer.cache import EngineCache, cache_key
from workers.infer.no_telemetry import ov
from workers.infer.plan import Plan, candidates, untuned
from workers.infer.tune import Load, Timed, best, kept_plan, plan_for, tune

LOAD = Load(find_model("compact"), "fp32", (96, 64), batch_size=2)


@given(st.integers(1, 64), st.integers(1, 200), st.integers(0, 70))
def test_every_picture_of_a_batch_is_in_one_request(pictures: int, count: int, streams: int) -> None:
    plan = Plan(max(1, streams), 0, pictures % 9)
    covered = [place for share in plan.shares(count) for place in range(count)[share]]
    assert covered == list(range(count))


@given(st.integers(1, 128), st.integers(1, 64))
def test_streams_divide_the_cores_and_a_full_batch_keeps_them_busy(cores: int, batch_size: int) -> None:
    plans = candidates(cores, batch_size)
    assert plans[0] == untuned(cores, batch_size)
    assert len(plans) == len(set(plans))
    for plan in plans:
        assert cores % plan.streams == 0
        assert len(list(plan.shares(batch_size))) >= plan.streams


def test_a_plan_must_be_clearly_faster_than_the_untuned_one() -> None:
    first, other = Timed(Plan(), 10.0), Timed(Plan(streams=2), 10.2)
    assert best([first, other]) == Plan()
    assert best([first, replace(other, pictures_per_s=12.0)]) == Plan(streams=2)


def test_what_was_measured_is_kept_and_taken_by_the_next_start(tmp_path: Path) -> None:
    cache = EngineCache(tmp_path)
    assert kept_plan(LOAD, cache) is None
    timed = tune(LOAD, cache, rounds=2)
    assert all(one.pictures_per_s > 0 for one in timed)
    assert kept_plan(LOAD, cache) == best(timed)
    taken = plan_for(LOAD.model, "fp32", [(64, 64), (96, 64)], 2, 0, measure=False, cache=cache)
    assert taken == best(timed)


def test_a_start_that_has_no_time_measures_nothing_and_says_which_command_does(tmp_path: Path) -> None:
    cache = EngineCache(tmp_path)
    with capture_logs() as said:
        assert tune(LOAD, cache, rounds=2, limit_s=0.0) == []
    assert kept_plan(LOAD, cache) is None
    assert any("crushwatch tune" in str(line.get("remedy")) for line in said), said


def test_nothing_is_measured_unless_asked_for(tmp_path: Path) -> None:
    plan = plan_for(LOAD.model, "fp32", [(96, 64)], 2, 1, measure=False, cache=EngineCache(tmp_path))
    assert plan == untuned(cores=1, batch_size=2, threads=1) == Plan(threads=1)
    assert list(EngineCache(tmp_path).entries()) == []


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"shape_px": (64, 64)}, id="shape"),
        pytest.param({"batch_size": 4}, id="batch"),
        pytest.param({"threads": 1}, id="threads"),
        pytest.param({"model": replace(LOAD.model, sha256="other")}, id="model"),
    ],
)
def test_a_plan_belongs_to_one_load(changed: dict[str, object]) -> None:
    core = ov.Core()
    assert cache_key(LOAD.made_from(core)) != cache_key(replace(LOAD, **changed).made_from(core))


def test_a_plan_that_another_version_wrote_is_measured_anew() -> None:
    assert Plan.from_bytes(b'{"lanes": 3}') is None
    assert Plan.from_bytes(b"\xff") is None
