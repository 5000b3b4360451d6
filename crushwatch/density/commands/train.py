"""crushwatch train: teach a network to count."""

from __future__ import annotations

import dataclasses
import logging
from pathlib import Path
from typing import Any

import typer

from crushwatch.density.commands import require_science


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
        None, help="Stop after so many minutes of this call, with a checkpoint; the next call goes on."
    ),
    seed: int | None = typer.Option(None, help="The same seed, data and steps give the same weights."),
) -> None:
    """Train a network as a YAML says; options override it. Stop it with Ctrl-C and start it again: it goes on.

    Example: crushwatch train mall.yaml --init compact --minutes 10 --out runs/mall
    """
    require_science()
    from crushwatch.density import training
    from crushwatch.density.recipe import load_config

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    given: dict[str, Any] = {
        "init": init,
        "minutes": minutes,
        "steps": steps,
        "device": device,
        "threads": threads,
        "seed": seed,
        "teacher": teacher,
    }
    chosen = dataclasses.replace(
        load_config(config), **{name: value for name, value in given.items() if value is not None}
    )
    run = training.train(chosen, out, for_minutes=for_minutes)
    typer.echo(f"{run.step} steps in {run.elapsed_s / 60:.1f} min; weights in {out}/last.pt and {out}/best.pt")
