"""crushwatch tune, crushwatch engines: how the processor is used best, and what is kept of built engines."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import typer

from crushwatch.models import ModelFile, find_model
from crushwatch.site import load_site
from crushwatch.site.unread import ALL_DOORS
from workers.infer.cache import EngineCache, Entry, cache_folder

SITE = typer.Argument(
    None, help="A site file: its model, precision, batch size and shapes; the options where left out."
)
MODEL = typer.Option("compact", help="A model of `crushwatch models`, or the path of a model file.")
PRECISION = typer.Option("auto", help="fp32, bf16, fp16, int8, or auto.")
SHAPE = typer.Option("1024x576", metavar="WxH", help="Size of the pictures given to the network.")
BATCH = typer.Option(4, "--batch", min=1, max=64, help="Pictures in a full batch.")
THREADS = typer.Option(0, min=0, help="Threads of the network; 0: all cores.")
AS_JSON = typer.Option(False, "--json", help="End with one JSON line.")

engines = typer.Typer(
    no_args_is_help=True, add_completion=False, help="Built engines on disk.\n\nExample: crushwatch engines list"
)


@dataclass(frozen=True)
class Wanted:
    """What engines are for; shapes_px: (width, height), the largest first."""

    model: ModelFile
    engine: str
    precision: str
    shapes_px: tuple[tuple[int, int], ...]
    batch_size: int
    threads: int


def tune(
    site: Path | None = SITE,
    model: str = MODEL,
    precision: str = PRECISION,
    shape: str = SHAPE,
    batch: int = BATCH,
    threads: int = THREADS,
    as_json: bool = AS_JSON,
) -> None:
    """Measure how this processor runs the network fastest (streams, threads, pictures in a request), and keep it.

    Workers take what was kept. A worker that finds nothing measures for some seconds itself.

    Example: crushwatch tune site.yaml
    """
    from workers.infer.tune import Load, best
    from workers.infer.tune import tune as measure

    wanted = _wanted(site, model, "openvino", precision, shape, batch, threads)
    load = Load(wanted.model, wanted.precision, wanted.shapes_px[0], wanted.batch_size, wanted.threads)
    timed = measure(load, EngineCache(cache_folder()))
    for one in timed:
        typer.echo(f"{one.pictures_per_s:8.2f} pictures/s  {one.plan}")
    typer.echo(f"kept: {best(timed)}")
    if as_json:
        rows = [asdict(one.plan) | {"pictures_per_s": round(one.pictures_per_s, 2)} for one in timed]
        typer.echo(json.dumps({"kept": asdict(best(timed)), "measured": rows}))


@engines.command()
def build(
    site: Path | None = SITE,
    model: str = MODEL,
    engine: str = typer.Option("auto", help="openvino, tensorrt, or auto."),
    precision: str = PRECISION,
    shape: str = SHAPE,
    batch: int = BATCH,
    threads: int = THREADS,
) -> None:
    """Build what a worker would build at its first start, so that the watch begins at once.

    Example: crushwatch engines build site.yaml
    """
    from workers.infer.choose import open_engine

    wanted = _wanted(site, model, engine, precision, shape, batch, threads)
    opened = open_engine(
        wanted.engine,
        wanted.model,
        precision=wanted.precision,
        threads=wanted.threads,
        shapes_px=wanted.shapes_px,
        batch_size=wanted.batch_size,
    )
    opened.close()
    typer.echo(f"{wanted.model.name} is built for {opened.name} in {opened.precision} on {opened.device}")


@engines.command("list")
def list_kept(as_json: bool = typer.Option(False, "--json", help="One JSON object instead of text.")) -> None:
    """What is kept, last used first.

    Example: crushwatch engines list --json
    """
    kept = list(EngineCache(cache_folder()).entries())
    if as_json:
        typer.echo(json.dumps({"folder": str(cache_folder()), "kept": [_as_json(entry) for entry in kept]}))
        return
    typer.echo(f"{cache_folder()}: {len(kept)} kept, {_megabytes(kept):.1f} MB")
    for entry in kept:
        typer.echo(_row(entry))


@engines.command()
def clean(
    unused_days: float = typer.Option(30, min=0, help="Drop what was not used for so many days."),
    everything: bool = typer.Option(False, "--all", help="Drop everything; it is built anew when it is needed."),
) -> None:
    """Drop engines that nobody used for a month: of models, versions or processors that are no more.

    Example: crushwatch engines clean --unused-days 7
    """
    cache, since = EngineCache(cache_folder()), datetime.now(UTC) - timedelta(days=unused_days)
    dropped = [entry for entry in cache.entries() if everything or entry.used_at < since]
    for entry in dropped:
        cache.forget(entry.key)
    typer.echo(f"dropped {len(dropped)}, {_megabytes(dropped):.1f} MB")


def _wanted(site: Path | None, model: str, engine: str, precision: str, shape: str, batch: int, threads: int) -> Wanted:
    if site is None:
        return Wanted(find_model(model), engine, precision, (parse_shape(shape),), batch, threads)
    loaded = load_site(site, unread=ALL_DOORS)
    worker = loaded.worker
    shapes_px = {camera.engine_shape for camera in loaded.cameras.values() if camera.enabled}
    by_size = tuple(sorted(shapes_px, key=lambda shape_px: -shape_px[0] * shape_px[1]))
    named = worker.engine if engine == "auto" else engine
    return Wanted(find_model(worker.model), named, worker.precision, by_size, worker.batch_size, worker.threads)


def parse_shape(text: str) -> tuple[int, int]:
    """(width, height) of WIDTHxHEIGHT.

    >>> parse_shape("1024x576")
    (1024, 576)
    """
    sides = text.split("x")
    if len(sides) != 2 or not all(side.isdigit() and int(side) and int(side) % 32 == 0 for side in sides):
        raise typer.BadParameter(f"{text!r}: WIDTHxHEIGHT, each a multiple of 32, as 1024x576")
    return int(sides[0]), int(sides[1])


def _as_json(entry: Entry) -> dict[str, object]:
    return {"key": entry.key, "size_bytes": entry.size_bytes, "used_at": entry.used_at.isoformat()} | dict(
        entry.made_from
    )


def _row(entry: Entry) -> str:
    note = entry.made_from
    on = note.get("gpu") or note.get("processor") or "unknown"
    size = f"{entry.size_bytes / 1e6:7.1f} MB"
    what = " ".join(str(note.get(name, "?")) for name in ("engine", "name", "precision"))
    details = str(note.get("plan") or f"{note.get('streams', 1)} streams, version {note.get('version', '?')}")
    return f"{entry.key[:12]} {size}  {entry.used_at:%Y-%m-%d %H:%M}  {what}, {details}, on {on}"


def _megabytes(entries: Iterable[Entry]) -> float:
    return sum(entry.size_bytes for entry in entries) / 1e6
