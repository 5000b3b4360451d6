"""crushwatch simulate: a scenario as a video, with the truth of every frame beside it."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from crushwatch.errors import SiteError
from crushwatch.simulate.record import truth_writer, video_writer
from crushwatch.simulate.scenario import Scenario, open_scenario, scenario_names
from crushwatch.simulate.site_file import refuse_a_site_that_is_there, write_site


def simulate(
    name: Annotated[str, typer.Argument(help="A scenario; `list` names them.")],
    out: Annotated[Path | None, typer.Option(help="Video to write, H.264, as clip.mp4.")] = None,
    truth: Annotated[
        Path | None, typer.Option(help="Truth to write, .json or .h5: heads in pixels, feet in metres, velocities.")
    ] = None,
    site: Annotated[
        Path | None,
        typer.Option(metavar="OUT.yaml", help="Site file to write: this camera with its ground and regions."),
    ] = None,
    begin_s: Annotated[float, typer.Option("--from", min=0, help="Second of the cycle to begin at.")] = 0.0,
    duration_s: Annotated[
        float | None, typer.Option("--duration", min=0.1, help="Seconds; a whole cycle if left out.")
    ] = None,
    size: Annotated[str, typer.Option(help="Width and height in pixels, even numbers.")] = "1280x720",
    as_json: Annotated[bool, typer.Option("--json", help="Say what was written as JSON.")] = False,
) -> None:
    """Draw a crowd of known density: a video, and the truth of every frame; or a site file to begin with.

    Example: crushwatch simulate gate --out gate.mp4 --truth gate.json --from 30 --duration 60

    Example: crushwatch simulate gate --site site.yaml
    """
    if name == "list":
        typer.echo(json.dumps(scenario_names()) if as_json else "\n".join(scenario_names()))
        return
    if name not in scenario_names():
        raise SiteError(f"no scenario {name!r}; there are {', '.join(scenario_names())}")
    if out is None and truth is None and site is None:
        raise SiteError("nothing to write: give --out clip.mp4, --truth truth.json or --site site.yaml")
    if site is not None:
        refuse_a_site_that_is_there(site)
    scenario = open_scenario(name, _size_px(size))
    said: dict[str, object] = {"scenario": name}
    sentences = []
    if site is not None:
        write_site(site, scenario)
        said["site"] = str(site)
        sentences.append(f"{site}: {name} with its ground and regions; crushwatch check {site}")
    if out is not None or truth is not None:
        count = round((scenario.duration_s if duration_s is None else duration_s) * scenario.frame_rate_hz)
        times_s = begin_s + np.arange(max(1, count)) / scenario.frame_rate_hz
        most = _write(scenario, times_s.tolist(), out, truth, quiet=as_json)
        said |= {"frames": len(times_s), "most_people": most, "out": _name(out), "truth": _name(truth)}
        sentences.append(f"{name}: {len(times_s)} frames, up to {most} people in the picture")
    typer.echo(json.dumps(said) if as_json else "\n".join(sentences))


def _write(scenario: Scenario, times_s: list[float], out: Path | None, truth: Path | None, *, quiet: bool) -> int:
    """Write every frame to what was asked for; returns the most people seen in one of them."""
    most = 0
    with ExitStack() as files:
        writers = [files.enter_context(truth_writer(truth, scenario))] if truth else []
        writers += [files.enter_context(video_writer(out, scenario))] if out else []
        for time_s in _with_progress(times_s, quiet=quiet):
            frame = scenario.frame(time_s)
            most = max(most, len(frame.ids))
            for write in writers:
                write(time_s, frame)
    return most


def _with_progress(times_s: Sequence[float], *, quiet: bool) -> Iterator[float]:
    """Each of them, with a bar on a terminal's standard error: frames done, time left, pictures a second."""
    err, began_s = typer.get_text_stream("stderr"), time.monotonic()

    def pace(_time_s: float | None) -> str:
        return f"{bar.pos / (time.monotonic() - began_s):.1f} pictures/s" if bar.pos else ""

    hidden = quiet or not err.isatty()
    bar = typer.progressbar(
        times_s,
        label="frames",
        file=err,
        hidden=hidden,
        show_pos=True,
        show_percent=False,
        item_show_func=pace,
        width=24,
    )
    with bar:
        yield from bar


def _size_px(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"(\d{2,4})x(\d{2,4})", text)
    width, height = (int(side) for side in match.groups()) if match else (0, 0)
    if not (64 <= width <= 4096 and 64 <= height <= 4096) or width % 2 or height % 2:
        raise SiteError(f"--size {text}: give WIDTHxHEIGHT, even numbers from 64 to 4096, as 1280x720")
    return width, height


def _name(path: Path | None) -> str | None:
    return str(path) if path else None
