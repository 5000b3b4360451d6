"""The workers' commands; the command line finds them by entry point."""

from __future__ import annotations

import os
import re
import signal
import threading
from pathlib import Path

import typer

from crushwatch.errors import COULD_NOT, DONE, INTERRUPTED
from crushwatch.ground import load_checked_site
from crushwatch.models import find_for_watch
from crushwatch.site import Site
from crushwatch.site.share import Share
from crushwatch.site.unread import SERVICES_OWN
from crushwatch.site.watch import SiteFile
from crushwatch.tracing import make_tracer


def worker(
    site: Path = typer.Argument(..., help="The site file; its changes are taken up while it runs."),
    share: str = typer.Option(
        "",
        metavar="I/N",
        envvar="CRUSHWATCH_SHARE",
        help="One worker of several: 0/3, 1/3, 2/3.",
    ),
) -> None:
    """Watch the cameras of a site: count, measure, judge, publish. Runs until Ctrl-C or SIGTERM.

    Example: crushwatch worker site.yaml

    Example: crushwatch worker site.yaml --share 0/2
    """
    from workers.open_files import allow_open_files
    from workers.run import run_worker

    allow_open_files()
    part = Share.parse(share) if share else None
    file = SiteFile(site, _load)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    run_worker(file, stop, make_tracer("worker", os.environ), share=part)


def _load(path: Path) -> Site:
    """The site, with its grounds and its model checked; raises SiteError."""
    loaded = load_checked_site(path, unread=SERVICES_OWN)
    find_for_watch(loaded.worker.model)
    return loaded


def count(
    source: str = typer.Argument(..., metavar="IMAGE|DIR|VIDEO|URL", help="What to count: a path, or rtsp://..."),
    model: str = typer.Option("compact", help="A model of `crushwatch models`, or the path of an ONNX file."),
    heatmap: Path | None = typer.Option(
        None,
        metavar="OUT",
        help="Write the crowd's heat over it: a picture (of several, the last), a film OUT.mp4, or a folder.",
    ),
    points: Path | None = typer.Option(
        None, metavar="OUT", help="Write where the heads are, in pixels of the picture: OUT.csv or OUT.json."
    ),
    as_json: bool = typer.Option(False, "--json", help="One JSON object a line instead of text."),
    every: float = typer.Option(1.0, min=0, help="Seconds between counted pictures of a video or stream; 0: all."),
    frames: int | None = typer.Option(None, min=1, help="Stop after so many pictures."),
    shape: str | None = typer.Option(
        None, metavar="WxH", help="Size given to the network, as 1024x576; the picture's own if left out."
    ),
    engine: str = typer.Option("auto", help="openvino, torch, tensorrt, or auto."),
    precision: str = typer.Option(
        "auto", help="fp32, bf16, fp16, int8, or auto: the fastest that counts as fp32 does, never int8."
    ),
) -> None:
    """Count the people in a picture, in a folder of pictures, in a video or in a stream.

    After each count stands its interval: the truth lies in it in nine cases of ten (count_low, count_high with --json).

    Example: crushwatch count plaza.mp4 --every 2 --heatmap plaza.png
    """
    from workers.counting.run import Wanted, count_all
    from workers.counting.shots import has_no_end

    shape_px = None if shape is None else _parse_shape(shape)
    wanted = Wanted(source, model, engine, precision, shape_px, every, frames, heatmap, points, as_json)
    try:
        all_read = count_all(wanted, typer.echo, lambda text: typer.echo(text, err=True))
    except KeyboardInterrupt:
        raise typer.Exit(DONE if has_no_end(source) else INTERRUPTED) from None
    raise typer.Exit(DONE if all_read else COULD_NOT)


def _parse_shape(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"(\d{2,4})x(\d{2,4})", text)
    sides = (int(match[1]), int(match[2])) if match else (0, 0)
    if not all(32 <= side <= 4096 and side % 32 == 0 for side in sides):
        raise typer.BadParameter(f"{text!r}: WIDTHxHEIGHT, each a multiple of 32 up to 4096, as 1024x576")
    return sides
