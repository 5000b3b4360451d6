"""How are this processor's cores best used for a network? Measured, by turns, and kept in the cache."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import structlog

from crushwatch.models import ModelFile
from workers.infer.cache import EngineCache, cache_folder, cache_key
from workers.infer.engine import Engine
from workers.infer.no_telemetry import ov
from workers.infer.openvino import OpenVinoEngine, choose_precision, made_from
from workers.infer.plan import Plan, candidates, untuned, usable_cores

WORTH_IT = 1.03
"""By so much must a plan be faster than the untuned one to be taken: what is measured is noisy."""
ROUNDS, ROUNDS_AT_START = 7, 3
AT_START_S = 4.0
"""A worker that starts measures only what takes no longer; its cameras are waiting."""

log = structlog.get_logger("crushwatch.workers.infer")


@dataclass(frozen=True)
class Load:
    """What an engine has to do, as far as a plan depends on it. shape_px: (width, height)."""

    model: ModelFile
    precision: str
    shape_px: tuple[int, int]
    batch_size: int
    threads: int = 0

    def made_from(self, core: ov.Core) -> dict[str, object]:
        """All that the plan depends on, for its key in the cache."""
        model, precision = choose_precision(core, self.model, self.precision)
        parts = made_from(core, model, precision, Plan(threads=self.threads))
        return parts | {"engine": "openvino plan", "shape_px": self.shape_px, "batch_size": self.batch_size}


@dataclass(frozen=True)
class Timed:
    """A plan and what it gave: the median over the rounds."""

    plan: Plan
    pictures_per_s: float


def plan_for(
    model: ModelFile,
    precision: str,
    shapes_px: Sequence[tuple[int, int]],
    batch_size: int,
    threads: int,
    *,
    measure: bool,
    cache: EngineCache | None = None,
) -> Plan:
    """The plan that was measured for the largest of the shapes; the untuned one where none was or can be in time."""
    otherwise = untuned(usable_cores(), batch_size, threads)
    if not shapes_px:
        return otherwise
    load = Load(model, precision, max(shapes_px, key=lambda shape: shape[0] * shape[1]), batch_size, threads)
    cache = cache or EngineCache(cache_folder())
    kept = kept_plan(load, cache)
    if kept is not None or not measure:
        return kept or otherwise
    timed = tune(load, cache, rounds=ROUNDS_AT_START, limit_s=AT_START_S)
    return best(timed) if timed else otherwise


def kept_plan(load: Load, cache: EngineCache) -> Plan | None:
    """What was measured for this load on this processor; None where nothing was."""
    kept = cache.load(cache_key(load.made_from(ov.Core())))
    return None if kept is None else Plan.from_bytes(kept)


def tune(load: Load, cache: EngineCache, *, rounds: int = ROUNDS, limit_s: float | None = None) -> list[Timed]:
    """Every candidate's throughput, the best of them kept; nothing, and nothing kept, where it would take longer than
    `limit_s`."""
    plans = candidates(usable_cores(), load.batch_size, load.threads)
    first = _open(load, plans[0], cache)
    images = _noise(load)
    first.infer(images)
    expected_s = _took_s(first, images) * (rounds + 1) * len(plans)
    if limit_s is not None and expected_s > limit_s:
        log.info("engine not tuned at start", expected_s=round(expected_s, 1), remedy="crushwatch tune SITE.yaml")
        return []
    engines = [first, *(_open(load, plan, cache) for plan in plans[1:])]
    timed = [
        Timed(plan, load.batch_size / took)
        for plan, took in zip(plans, _medians_s(engines, images, rounds), strict=True)
    ]
    for engine in engines:
        engine.close()
    parts = load.made_from(ov.Core())
    cache.store(cache_key(parts), best(timed).to_bytes(), parts | {"plan": str(best(timed))})
    log.info("engine tuned", plan=str(best(timed)), pictures_per_s=round(max(t.pictures_per_s for t in timed), 1))
    return timed


def best(timed: Sequence[Timed]) -> Plan:
    """The fastest; the first, which is the untuned one, unless another is clearly faster.

    >>> best([Timed(Plan(), 10.0), Timed(Plan(streams=2), 10.2)]).streams
    1
    """
    fastest = max(timed, key=lambda t: t.pictures_per_s)
    return fastest.plan if fastest.pictures_per_s > WORTH_IT * timed[0].pictures_per_s else timed[0].plan


def _open(load: Load, plan: Plan, cache: EngineCache) -> OpenVinoEngine:
    return OpenVinoEngine(load.model, precision=load.precision, plan=plan, cache=cache)


def _noise(load: Load) -> npt.NDArray[np.uint8]:
    """A full batch; what is in a picture does not change how long it takes."""
    width, height = load.shape_px
    return np.random.default_rng(0).integers(0, 255, (load.batch_size, height, width, 3), dtype=np.uint8)


def _medians_s(engines: Sequence[Engine], images: npt.NDArray[np.uint8], rounds: int) -> list[float]:
    """Seconds a batch, by turns, so that what else the machine does falls on all alike."""
    for engine in engines:
        engine.infer(images)
    turns = [[_took_s(engine, images) for engine in engines] for _ in range(rounds)]
    return [statistics.median(of_one) for of_one in zip(*turns, strict=True)]


def _took_s(engine: Engine, images: npt.NDArray[np.uint8], clock: Callable[[], float] = time.monotonic) -> float:
    started_s = clock()
    engine.infer(images)
    return clock() - started_s
