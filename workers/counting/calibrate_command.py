"""crushwatch calibrate-count: may the counts of this camera be believed?"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import typer

from crushwatch.errors import COULD_NOT, DONE, CrushwatchError, SiteError
from crushwatch.ground import load_checked_site
from crushwatch.models import find_model
from crushwatch.models.band import BandTable, band_beside
from crushwatch.regions.band import Estimate, interval
from crushwatch.regions.count_check import OWN_LEVEL_NEEDS, CountCheck, check_path, tightened
from crushwatch.site import Site
from crushwatch.site.unread import ALL_DOORS
from workers.labelled import LAYOUT, labelled_frames, labels_read


def calibrate_count(
    site: Path = typer.Argument(..., help="The site file."),
    camera: str = typer.Argument(..., help="The camera's id."),
    frames: Path = typer.Argument(..., help=f"The folder of its labelled frames: {LAYOUT}."),
    as_json: bool = typer.Option(False, "--json", help="One JSON object instead of text."),
    dry_run: bool = typer.Option(False, "--dry-run", help="Write nothing."),
) -> None:
    """Hold a camera's counts against its own labelled frames: bias, band, pass or fail (exit code 1).

    Twenty frames or more, hours apart, as empty and as full as it gets. What is found is written beside the site file
    (count-checks/CAMERA.json) and tightens the interval of every count and density of that camera.
    `crushwatch count DIR --points heads.json` marks heads to begin with; correct them by hand.

    Example: crushwatch calibrate-count site.yaml north-gate frames/
    """
    loaded = load_checked_site(site, unread=ALL_DOORS)
    if camera not in loaded.cameras:
        raise SiteError(f"no camera {camera!r}; there are {', '.join(loaded.cameras)}")
    check, table = _check(loaded, camera, frames, quiet=as_json)
    path = check_path(site, camera)
    if not dry_run:
        _write(path, check)
    if as_json:
        typer.echo(_as_json(check, table, labels_read(frames)))
    else:
        typer.echo(f"labels: {labels_read(frames)}")
        typer.echo(_as_text(check, table, None if dry_run else path))
    raise typer.Exit(DONE if check.passed else COULD_NOT)


def _check(site: Site, key: str, folder: Path, *, quiet: bool) -> tuple[CountCheck, BandTable | None]:
    from workers.counting.calibrate import compare, judge_frames
    from workers.infer.choose import open_engine

    labelled, camera, worker = labelled_frames(folder), site.cameras[key], site.worker
    model = find_model(worker.model)
    table = band_beside(model.path, model.sha256)
    engine = open_engine(
        worker.engine, model, precision=worker.precision, shapes_px=[camera.engine_shape], batch_size=1
    )
    err = typer.get_text_stream("stderr")
    try:
        with typer.progressbar(length=len(labelled), label="frames", file=err, hidden=quiet) as bar:
            pairs = compare(labelled, camera, site.rules, engine, lambda: bar.update(1))
    finally:
        engine.close()
    check = judge_frames(
        pairs, table, camera=key, model_sha256=model.sha256, engine_shape=camera.engine_shape, now=datetime.now(UTC)
    )
    return check, table


def _write(path: Path, check: CountCheck) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_suffix(".new")
        beside.write_text(check.model_dump_json(indent=1) + "\n", encoding="utf-8")
        beside.replace(path)
    except OSError as error:
        raise CrushwatchError(f"{path} cannot be written: {error.strerror}; --dry-run writes nothing") from None


def _as_json(check: CountCheck, table: BandTable | None, labels: str) -> str:
    said = check.model_dump(mode="json", exclude={"count", "peak"}) | {"passed": check.passed, "labels": labels}
    bands = {"band": None, "model_band": None} if table is None else {
        "band": _bounds(check, tightened(table, check)),
        "model_band": _bounds(check, table),
    }  # fmt: skip
    return json.dumps(said | bands | {"own_levels": len(check.count)}, ensure_ascii=False)


def _as_text(check: CountCheck, table: BandTable | None, path: Path | None) -> str:
    share = "" if check.bias_share is None else f" ({100 * check.bias_share:+.0f} %)"
    regions = "1 region" if check.regions == 1 else f"{check.regions} regions"
    lines = [
        f"{check.camera}: {check.frames} frames of {regions}, {check.mean_people:.1f} people a region",
        f"bias: {check.bias_people:+.1f} people a region{share}",
        *_band_lines(check, table),
        "PASS" if check.passed else "FAIL: " + "\n      ".join(check.faults),
    ]
    if path is not None:
        lines.append(f"{path}: the worker takes it up when it starts, and when the site file changes")
    return "\n".join(lines)


def _band_lines(check: CountCheck, table: BandTable | None) -> list[str]:
    if table is None or check.inside_share is None:
        return ["band: unknown for this model: it has no table of errors"]
    model, own = (_in_words(_bounds(check, each)) for each in (table, tightened(table, check)))
    inside = f"the truth lay in the model's interval {100 * check.inside_share:.0f} times in a hundred"
    if not check.count:
        few = f"the model's, for {OWN_LEVEL_NEEDS} frames of one level of crowding make one of the camera's own"
        return [f"band: {model} where {check.mean_people:.1f} are, {few}", f"held: {inside}"]
    return [f"band: {own} where {check.mean_people:.1f} are (the model's {model})", f"held: {inside}"]


def _bounds(check: CountCheck, table: BandTable) -> list[float]:
    """The interval around the count that the camera gives, on the average, for its mean number of people."""
    counted = max(0.0, check.mean_people + check.bias_people)
    return [round(bound, 2) for bound in interval(Estimate(counted, check.mean_cells), table)]


def _in_words(bounds: list[float]) -> str:
    return f"{bounds[0]:.1f} to {bounds[1]:.1f}"
