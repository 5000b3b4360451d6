"""crushwatch train: teach a network to count."""

from __future__ import annotations

import logging
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

import typer

from crushwatch.density.commands import require_science
from crushwatch.errors import INTERRUPTED

if TYPE_CHECKING:
    from crushwatch.density.training import OnStep

TICKS = 1_000_000
"""Parts of the bar: so many that it moves with every step of a long run."""
BAR = "training  [%(bar)s]  %(info)s  %(label)s"


def train(
    config: Path = typer.Argument(..., help="The YAML that decides everything; one lies beside each shipped model."),
    out: Path = typer.Option(..., help="Folder for checkpoints and the log; a run that is found there goes on."),
    init: str | None = typer.Option(None, help="Start from a shipped model, an .onnx or .pt file, or `imagenet`."),
    minutes: float | None = typer.Option(None, help="Length of the schedule by the clock."),
    steps: int | None = typer.Option(None, help="Length of the schedule in steps."),
    device: str | None = typer.Option(None, help="cpu or cuda."),
    threads: int | None = typer.Option(None, min=1, help="CPU threads."),
    teacher: str | None = typer.Option(None, help="Learn from this model's counts too: a name, .onnx or .pt file."),
    for_minutes: float | None = typer.Option(
        None, min=0.0, help="Stop after so many minutes of this call, with a checkpoint; the next call goes on."
    ),
    seed: int | None = typer.Option(None, help="The same seed, data, steps and threads give the same weights."),
) -> None:
    """Train a network as a YAML says; options override it. Stop it with Ctrl-C and start it again: it goes on.

    Example: crushwatch train mall.yaml --init compact --minutes 10 --out runs/mall
    """
    require_science()
    from crushwatch.density import training
    from crushwatch.density.recipe import load_config

    given: dict[str, Any] = {
        "init": init,
        "minutes": minutes,
        "steps": steps,
        "device": device,
        "threads": threads,
        "seed": seed,
        "teacher": teacher,
    }
    chosen = load_config(config, {name: value for name, value in given.items() if value is not None})
    with shown_progress() as on_step, stopped_by_signals() as stop:
        run = training.train(chosen, out, for_minutes=for_minutes, on_step=on_step, stop=stop)
    if stop():
        typer.echo(
            f"stopped at step {run.step}, kept in {out / 'last.pt'}; the same command goes on from there", err=True
        )
        raise typer.Exit(INTERRUPTED)
    weights = " and ".join(str(out / name) for name in ("last.pt", "best.pt") if (out / name).exists())
    typer.echo(f"{run.step} steps in {run.elapsed_s / 60:.1f} min; weights in {weights}")


@contextmanager
def stopped_by_signals() -> Iterator[Callable[[], bool]]:
    """Whether Ctrl-C or SIGTERM has come, so that a step is ended and kept; the second one interrupts at once."""
    came: list[bool] = []

    def note(_number: int, _frame: FrameType | None) -> None:
        if came:
            raise KeyboardInterrupt
        came.append(True)
        typer.echo("\nstopping after this step; Ctrl-C once more: at once, back to the last checkpoint", err=True)

    before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: bool(came)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def shown_progress() -> Iterator[OnStep | None]:
    """A bar with the time left where standard error is a terminal; elsewhere log lines say it, and there is None."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    if not sys.stderr.isatty():
        yield None
        return
    with (
        lines_above_the_bar(),
        typer.progressbar(length=TICKS, show_eta=False, bar_template=BAR, file=sys.stderr) as bar,
    ):

        def on_step(share: float, left_min: float) -> None:
            bar.label = f"{left_min:.1f} min left"
            bar.update(round(TICKS * share) - bar.pos)

        yield on_step


@contextmanager
def lines_above_the_bar() -> Iterator[None]:
    """While a bar is drawn, log lines stand above it, and those that only say how far the run is are left out."""
    steps, handlers = logging.getLogger("crushwatch.density.training.steps"), list(logging.getLogger().handlers)
    steps.setLevel(logging.WARNING)
    for handler in handlers:
        handler.addFilter(cleared)
    try:
        yield
    finally:
        steps.setLevel(logging.NOTSET)
        for handler in handlers:
            handler.removeFilter(cleared)


def cleared(_record: logging.LogRecord) -> bool:
    """Takes the bar off the line on which the record is about to be written; it is drawn anew below."""
    sys.stderr.write("\r\033[K")
    return True
