"""crushwatch calibrate-count: may the counts of this camera be believed?"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import typer

from crushwatch.errors import COULD_NOT, DONE, CrushwatchError, SiteError
from crushwatch.ground import load_checked_site
from crushwatch.models import ModelFile, find_for_watch
from crushwatch.models.band import BandTable, band_beside
from crushwatch.regions.band import Estimate, interval
from crushwatch.regions.count_check import CountCheck, check_path, read_check, tightened, too_few_alike
from crushwatch.site import Site
from crushwatch.site.unread import ALL_DOORS
from workers.counting.spread import Spread, spread_of
from workers.labelled import LAYOUT, LabelledFrame, labelled_frames, labels_read


def calibrate_count(
    site: Path = typer.Argument(..., help="The site file."),
    camera: str = typer.Argument(..., help="The camera's id."),
    frames: Path = typer.Argument(..., help=f"The folder of its labelled frames: {LAYOUT}."),
    as_json: bool = typer.Option(False, "--json", help="One JSON object instead of text."),
    dry_run: bool = typer.Option(False, "--dry-run", help="Write nothing."),
    replace: bool = typer.Option(
        False, "--replace", help="Also write over a check of this model with more than twice the frames."
    ),
    labels_checked: bool = typer.Option(
        False, "--labels-checked", help="You looked at every frame, and what the model counts was right as it is."
    ),
    hours_apart: bool = typer.Option(
        False, "--hours-apart", help="The frames are hours apart, though as many people are in each of them."
    ),
) -> None:
    """Hold a camera's counts against its own labelled frames: bias, band, pass or fail (exit code 1).

    Twenty frames or more, hours apart, as empty and as full as it gets; frames of the same quarter of an hour count as
    one, and those in which all too nearly as many people are each time are refused. What is found is written beside the
    site file (count-checks/CAMERA.json) and tightens the interval of every count and density of that camera. Fewer than
    ten frames say nothing, and nothing is written.
    `crushwatch count DIR --points heads.json` marks heads to begin with; correct them by hand. Labels that are nothing
    but the model's own points are refused.

    Example: crushwatch calibrate-count site.yaml north-gate frames/
    """
    loaded = load_checked_site(site, unread=ALL_DOORS)
    if camera not in loaded.cameras:
        raise SiteError(f"no camera {camera!r}; there are {', '.join(loaded.cameras)}")
    labelled, model = labelled_frames(frames), find_for_watch(loaded.worker.model)
    spread = spread_of([len(frame.points_px) for frame in labelled])
    alike = None if hours_apart else spread.warning
    if alike is not None and not dry_run:
        raise SiteError(f"{frames}: {alike}. --dry-run shows what would come out; --hours-apart where they are")
    path, before = check_path(site, camera), None if dry_run else _check_there(site, camera)
    if before is not None and before.is_of(model.sha256, loaded.cameras[camera].engine_shape) and not replace:
        _refuse_far_fewer(path, before, len(labelled))
    refuse_own = not (dry_run or labels_checked)
    check, table, warning = _check(loaded, camera, labelled, model, quiet=as_json, refuse_own=refuse_own)
    warnings = [] if warning is None or labels_checked else [warning]
    warnings += [] if alike is None else [alike]
    is_written = not dry_run and _is_worth_keeping(check)
    if is_written:
        _write(path, check)
    if as_json:
        replaced = before if is_written else None
        typer.echo(_as_json(check, table, labels_read(frames), spread, warnings, replaced, is_written=is_written))
    else:
        lines = [f"labels: {labels_read(frames)}", spread.line, *(f"warning: {each}" for each in warnings)]
        lines += _text_lines(check, table)
        lines += [] if dry_run else _lines_of_the_file(path, before, is_written=is_written)
        typer.echo("\n".join(lines))
    raise typer.Exit(DONE if check.passed else COULD_NOT)


def _check_there(site: Path, camera: str) -> CountCheck | None:
    """The check that will be replaced; none where it is damaged, for that says nothing to the worker either."""
    try:
        return read_check(site, camera)
    except SiteError:
        return None


def _is_worth_keeping(check: CountCheck) -> bool:
    from workers.counting.calibrate import says_something

    return says_something(check)


def _lines_of_the_file(path: Path, before: CountCheck | None, *, is_written: bool) -> list[str]:
    """What became of it."""
    if not is_written:
        stays = "" if before is None else f"; {_of_before(before)} stays"
        return [f"{path}: not written, for so few frames say nothing to the worker{stays}"]
    taken = f"{path}: the worker takes it up when it starts, and when the site file changes"
    return [taken] if before is None else [taken, f"{path}: replaces {_of_before(before)}"]


def _refuse_far_fewer(path: Path, before: CountCheck, frames: int) -> None:
    if 2 * frames < before.frames:
        raise SiteError(
            f"{path}: there is {_of_before(before)}, and here are {_frames(frames)}, fewer than half; label more, "
            "--replace to write over it, or --dry-run"
        )


def _of_before(before: CountCheck) -> str:
    return f"the check of {_frames(before.frames)} made on {before.made_at:%Y-%m-%d}"


def _frames(number: int) -> str:
    return "1 frame" if number == 1 else f"{number} frames"


def _check(
    site: Site, key: str, labelled: Sequence[LabelledFrame], model: ModelFile, *, quiet: bool, refuse_own: bool
) -> tuple[CountCheck, BandTable | None, str | None]:
    """The check, the model's table of errors, and what speaks against the labels."""
    from workers.counting.calibrate import compare, judge_frames
    from workers.counting.own_labels import uncorrected
    from workers.infer.choose import open_engine

    camera, worker = site.cameras[key], site.worker
    table = band_beside(model.path, model.sha256)
    engine = open_engine(
        worker.engine, model, precision=worker.precision, shapes_px=[camera.engine_shape], batch_size=1
    )
    err = typer.get_text_stream("stderr")
    try:
        own = uncorrected(labelled, camera, engine)
        if refuse_own and own.are_all:
            raise SiteError(f"{own.warning}. --dry-run shows it; --labels-checked where they are right as they are")
        is_watched = err.isatty() and not quiet
        with typer.progressbar(length=len(labelled), label="frames", file=err, hidden=not is_watched) as bar:
            pairs = compare(labelled, camera, site.rules, engine, lambda: bar.update(1))
    finally:
        engine.close()
    check = judge_frames(
        pairs, table, camera=key, model_sha256=model.sha256, engine_shape=camera.engine_shape, now=datetime.now(UTC)
    )
    return check, table, own.warning


def _write(path: Path, check: CountCheck) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_suffix(".new")
        beside.write_text(check.model_dump_json(indent=1) + "\n", encoding="utf-8")
        beside.replace(path)
    except OSError as error:
        raise CrushwatchError(f"{path} cannot be written: {error.strerror}; --dry-run writes nothing") from None


def _as_json(
    check: CountCheck,
    table: BandTable | None,
    labels: str,
    spread: Spread,
    warnings: list[str],
    replaced: CountCheck | None,
    *,
    is_written: bool,
) -> str:
    said = check.model_dump(mode="json", exclude={"count", "peak"}) | {"passed": check.passed, "labels": labels}
    said |= {"fewest_people": spread.fewest, "most_people": spread.most, "warnings": warnings, "written": is_written}
    said |= {"replaced_frames": None if replaced is None else replaced.frames}
    bands = {"band": None, "model_band": None} if table is None else {
        "band": _bounds(check, tightened(table, check)),
        "model_band": _bounds(check, table),
    }  # fmt: skip
    return json.dumps(said | bands | {"own_levels": len(check.count)}, ensure_ascii=False)


def _text_lines(check: CountCheck, table: BandTable | None) -> list[str]:
    share = "" if check.bias_share is None else f" ({100 * check.bias_share:+.0f} %)"
    regions = "1 region" if check.regions == 1 else f"{check.regions} regions"
    return [
        f"{check.camera}: {_frames(check.frames)} of {regions}, {check.mean_people:.1f} people a region",
        f"bias: {check.bias_people:+.1f} people a region{share}",
        *_band_lines(check, table),
        "PASS" if check.passed else "FAIL: " + "\n      ".join(check.faults),
    ]


def _band_lines(check: CountCheck, table: BandTable | None) -> list[str]:
    if table is None or check.inside_share is None:
        return ["band: unknown for this model: it has no table of errors"]
    model, own = (_in_words(_bounds(check, each)) for each in (table, tightened(table, check)))
    inside = f"the truth lay in the model's interval {100 * check.inside_share:.0f} times in a hundred"
    if not check.count:
        few = too_few_alike(check)
        return [f"band: {model} where {check.mean_people:.1f} are, the model's: {few}", f"held: {inside}"]
    return [f"band: {own} where {check.mean_people:.1f} are (the model's {model})", f"held: {inside}"]


def _bounds(check: CountCheck, table: BandTable) -> list[float]:
    """The interval around the count that the camera gives, on the average, for its mean number of people."""
    counted = max(0.0, check.mean_people + check.bias_people)
    return [round(bound, 2) for bound in interval(Estimate(counted, check.mean_cells), table)]


def _in_words(bounds: list[float]) -> str:
    return f"{bounds[0]:.1f} to {bounds[1]:.1f}"
