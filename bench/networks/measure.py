"""One row: train what its recipe says, then measure it on pictures that it has not learnt from."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Sequence
from pathlib import Path

import torch

from bench.networks.rows import Row
from crushwatch import models
from crushwatch.density import datasets, evaluation, recipe, training
from crushwatch.density.checkpoint import averaged_network
from crushwatch.density.commands.evaluate import segmentation_figures
from crushwatch.density.report import write_report

RECIPES = (Path(__file__).parent, Path(models.__file__).parent)
"""Where recipes lie: here, or beside the model where it is shipped."""


def recipe_of(name: str) -> Path:
    """The YAML of a row."""
    return next(path for folder in RECIPES if (path := folder / f"{name}.yaml").exists())


def measure(row: Row, data: Path, runs: Path, minutes: float | None = None) -> dict[str, object]:
    """The row's figures; its checkpoints, curves and report lie in `runs`/NAME. A run that is found there goes on."""
    config = recipe.load_config(recipe_of(row.name))
    length = minutes or config.minutes
    config = dataclasses.replace(config, init=row.init or config.init, minutes=length, threads=cores(config.threads))
    run = training.train(config, runs / row.name)
    pictures = list(pictures_of(row, data))
    network = run.average.eval()
    count = evaluation.counting(network)
    learnt = {
        "name": row.name,
        "minutes": round(run.elapsed_s / 60, 1),
        "crops": run.step * config.batch,
        "crop_px": config.crop_px,
        "parameters": sum(parameter.numel() for parameter in network.parameters()),
    }
    if row.segment:
        return learnt | {"segmentation": segmentation_figures(count, pictures)}
    results = evaluation.evaluate(count, pictures, network.cell_px)
    found = evaluation.scores(results)
    write_report(runs / row.name / "report.html", f"{row.network} on {row.data}", found, results, pictures, count)
    points = [(result.true, round(result.counted, 2)) for result in results]
    errors = {name: round(value, 4) for name in ("mae", "rmse", "nae", "bias", "r2") if (value := getattr(found, name))}
    return learnt | {"pictures": found.n, "mean_true": round(found.mean_true, 1)} | errors | {"points": points}


def cores(wanted: int) -> int:
    """So many threads as are wanted, at most one a core of this process: more would wait for each other."""
    return min(wanted, len(os.sched_getaffinity(0)))


def pictures_of(row: Row, data: Path) -> Sequence[datasets.AnnotatedImage]:
    """What the row is measured on."""
    root = str(data / row.folder)
    part = recipe.ValidationConfig(row.name, row.reader, root, row.split, row.every, row.resize_px)
    return recipe.pictures_of(part)


def network_of(name: str, runs: Path) -> torch.nn.Module:
    """A trained row's network, in evaluation mode."""
    return averaged_network(runs / name / "last.pt")
