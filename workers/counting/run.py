"""`crushwatch count`, from what a person wants to lines of text."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from crushwatch.errors import EngineError
from crushwatch.models import ModelFile, find_model
from crushwatch.models.band import BandTable, band_beside, band_path
from crushwatch.regions.band import interval
from workers.counting.counter import Counted, count_people
from workers.counting.head_file import HeadFile
from workers.counting.overlays import Overlays
from workers.counting.shots import Shot, Unreadable, shots
from workers.infer.choose import open_engine

Say = Callable[[str], None]
Bounds = tuple[float, float]
"""Low and high: the truth lies between them in nine cases of ten."""


@dataclass(frozen=True)
class Wanted:
    """What a person wants counted, and how; names as the options of `crushwatch count`."""

    source: str
    model: str
    engine: str
    precision: str
    shape_px: tuple[int, int] | None
    every_s: float
    frames: int | None
    heatmap: Path | None
    points: Path | None
    as_json: bool


def count_all(wanted: Wanted, say: Say, complain: Say) -> bool:
    """Count all, a line a picture; whether all could be read. Raises CrushwatchError where nothing can be had."""
    model = find_model(wanted.model)
    overlays, heads = Overlays(wanted.heatmap, wanted.source, model.counts), HeadFile(wanted.points)
    pictures = shots(wanted.source, wanted.every_s)
    table = _table(model, complain)
    shapes_px = [wanted.shape_px] if wanted.shape_px else []
    engine = open_engine(wanted.engine, model, precision=wanted.precision, shapes_px=shapes_px, batch_size=1)
    as_text, as_json = partial(_as_text, what=model.counts), partial(_as_json, model=model.name, engine=engine.name)
    as_line = as_json if wanted.as_json else as_text
    all_read, left = True, wanted.frames
    try:
        for shot in pictures:
            if isinstance(shot, Unreadable):
                complain(shot.because)
                all_read = False
                continue
            counted = count_people(shot.picture, engine, wanted.shape_px)
            bounds = None if table is None else interval(counted.estimate, table)
            say(as_line(shot, counted, bounds))
            overlays.write(shot, counted)
            heads.add(shot, counted)
            left = None if left is None else left - 1
            if left == 0:
                break
    finally:
        engine.close()
        overlays.close()
        heads.write()
    return all_read


def _table(model: ModelFile, complain: Say) -> BandTable | None:
    """Of the model's errors; where there is none, that is said once and counts have no interval."""
    try:
        table = band_beside(model.path, model.sha256)
    except EngineError as error:
        complain(f"no interval: {error}")
        return None
    if table is None:
        complain(f"no interval: the errors of {model.name} were never measured (no {band_path(model.path).name} of it)")
    return table


def _as_json(shot: Shot, counted: Counted, bounds: Bounds | None, *, model: str, engine: str) -> str:
    low, high = bounds or (None, None)
    return json.dumps(
        {
            "source": shot.source,
            "frame": shot.frame,
            "time_s": round(shot.time_s or 0.0, 3),
            "count": round(counted.count, 2),
            "count_low": None if low is None else round(low, 2),
            "count_high": None if high is None else round(high, 2),
            "model": model,
            "engine": engine,
            "ms": round(counted.infer_ms, 1),
        }
    )


def _as_text(shot: Shot, counted: Counted, bounds: Bounds | None, *, what: str) -> str:
    where = shot.source if shot.time_s is None else f"{shot.source} at {shot.time_s:.1f} s"
    between = "" if bounds is None else f", {math.floor(bounds[0])} to {math.ceil(bounds[1])}"
    return f"{where}: {counted.count:.1f} {what}{between}"
