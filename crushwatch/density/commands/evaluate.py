"""crushwatch evaluate: how well a model counts a data set."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from crushwatch.density.commands import open_model, require_science, with_progress
from crushwatch.density.commands.data import DATASET
from crushwatch.errors import SiteError

if TYPE_CHECKING:
    from crushwatch.density.datasets import AnnotatedImage
    from crushwatch.density.evaluation import Count, DensityMap, Scores
    from crushwatch.density.localisation import Localised
    from crushwatch.density.networks import DensityNetwork


def evaluate(
    dataset: str = DATASET,
    root: Path = typer.Option(..., help="The folder of the data set, in its official layout."),
    split: str = typer.Option("test", help="test, validation, train or all-train."),
    model: str = typer.Option("compact", help="A shipped model, or an .onnx or .pt file."),
    every: int = typer.Option(1, min=1, help="Only every n-th picture."),
    resize: int = typer.Option(
        0, min=0, help="Squash pictures to a square of so many pixels first (a multiple of 32)."
    ),
    localise: bool = typer.Option(False, "--localise", help="Also precision, recall and F1 of head points."),
    slice_px: int = typer.Option(0, "--slice", min=0, help="Count in squares of so many pixels (a multiple of 32)."),
    overlap: float = typer.Option(0.25, min=0.0, max=0.9, help="Share of a slice that overlaps the next one."),
    radius: float = typer.Option(16.0, min=0.0, help="A head is found when a point lies within so many pixels."),
    segment: bool = typer.Option(
        False, "--segment", help="Precision, recall and F1 per pixel instead of counts (unet-segmentation)."
    ),
    report: Path | None = typer.Option(None, help="Write an HTML report with pictures here."),
    device: str = typer.Option("cpu", help="cpu or cuda."),
    threads: int = typer.Option(0, min=0, help="CPU threads; 0: as many as there are cores."),
    as_json: bool = typer.Option(False, "--json", help="One JSON object instead of text."),
) -> None:
    """Count every picture of a data set and say how far off the counts are.

    Example: crushwatch evaluate shanghaitech-b --root data/shanghaitech --split test --model compact
    """
    require_science()
    check_multiple("--resize", resize)
    check_multiple("--slice", slice_px)
    import torch

    from crushwatch.density import datasets, evaluation
    from crushwatch.density.start import check_device

    if threads:
        torch.set_num_threads(threads)
    if report is not None:
        report.parent.mkdir(parents=True, exist_ok=True)
    check_device(device)
    network = open_model(model).to(device)
    check_purpose(model, network, segment, localise or report is not None)
    pictures = datasets.read(dataset, root, split)[::every]
    if resize:
        pictures = [datasets.Resized.of(image, resize) for image in pictures]
    count = evaluation.counting(network)
    if slice_px:
        count = evaluation.sliced(count, slice_px, overlap, network.cell_px)
    shown = with_progress(pictures, f"{dataset} {split}")
    figures: dict[str, Any] = {"dataset": dataset, "split": split, "model": model}
    if segment:
        figures |= {"n": len(pictures), "segmentation": segmentation_figures(count, shown)}
        typer.echo(json.dumps(figures) if as_json else in_words(figures))
        return
    heads: list[Localised] = []
    also = partial(find_heads, heads, radius, network.cell_px) if localise else None
    results = evaluation.evaluate(count, shown, network.cell_px, also)
    found = evaluation.scores(results)
    figures |= found.as_dict()
    if localise:
        figures["localisation"] = localisation_figures(heads, radius)
    if report is not None:
        from crushwatch.density.report import write_report

        write_report(report, f"{model} on {dataset}, {split}", found, results, pictures, count)
    typer.echo(json.dumps(figures) if as_json else in_words(figures, found))


def check_multiple(option: str, px: int) -> None:
    """Raise SiteError for a side that networks do not take."""
    from crushwatch.density.evaluation import MULTIPLE_PX

    if px % MULTIPLE_PX:
        raise SiteError(f"{option}: a multiple of {MULTIPLE_PX} pixels is needed, not {px}")


def check_purpose(model: str, network: DensityNetwork, segment: bool, of_counts: bool) -> None:
    """Raise SiteError where the model does not give what is asked for."""
    if segment and network.counts:
        raise SiteError(f"--segment: {model} counts people; only unet-segmentation tells which pixels are theirs")
    if not network.counts and (of_counts or not segment):
        raise SiteError(f"{model} does not count people: evaluate it with --segment, without --localise and --report")


def find_heads(
    heads: list[Localised], radius_px: float, cell_px: int, image: AnnotatedImage, density: DensityMap
) -> None:
    """Add how many of a picture's heads its density map has."""
    from crushwatch.density.localisation import match
    from crushwatch.heads import head_points

    heads.append(match(head_points(density, cell_px), image.points_px, radius_px))


def localisation_figures(heads: list[Localised], radius_px: float) -> dict[str, float]:
    """Precision, recall and F1 of the head points over all pictures."""
    from crushwatch.density.localisation import all_matched

    total = all_matched(heads)
    return {
        "radius_px": radius_px,
        "found": total.found,
        "true": total.true,
        "precision": total.precision,
        "recall": total.recall,
        "f1": total.f1,
    }


def segmentation_figures(probability: Count, pictures: Iterable[AnnotatedImage]) -> dict[str, object]:
    """The table of both classes, and how well a picture's share of human pixels is told (R2).

    r2_of_share: by how likely each pixel is a person's, of a network that learnt with `human_weight`; r2_of_said: by
    those that are said to be, which the classes' weights make more than there are.
    """
    from dataclasses import asdict

    import numpy as np

    from crushwatch.density.evaluation import r_squared
    from crushwatch.density.segmentation import HUMAN_WEIGHT, PixelTally
    from crushwatch.density.targets import head_masks

    tally = PixelTally()
    for image in pictures:
        pixels = image.rgb()
        height, width = pixels.shape[:2]
        tally.add(probability(pixels)[:height, :width], head_masks(image.points_px, height, width))
    table, (true, likely, said) = tally.table(), np.array(tally.shares).T
    averages = {"macro": table.macro, "weighted": table.weighted}
    shares = {"r2_of_share": r_squared(true, likely), "r2_of_said": r_squared(true, said), "human_weight": HUMAN_WEIGHT}
    return asdict(table) | averages | shares


def in_words(figures: dict[str, Any], found: Scores | None = None) -> str:
    """The figures as lines; without counts those of pixels."""
    if found is None:
        return f"{figures['n']} pictures\n{segmentation_in_words(figures['segmentation'])}"
    lines = counts_in_words(found)
    if "localisation" in figures:
        lines.append(localisation_in_words(figures["localisation"]))
    return "\n".join(lines)


def localisation_in_words(found: dict[str, float]) -> str:
    """How many heads were found, and how many of them are there.

    >>> found = {"radius_px": 16.0, "found": 9, "true": 12, "precision": 0.889, "recall": 0.667, "f1": 0.762}
    >>> print(localisation_in_words(found))
    heads within 16 px: 9 found, 12 true
      precision 0.889  recall 0.667  F1 0.762
    """
    return (
        f"heads within {found['radius_px']:g} px: {found['found']} found, {found['true']} true\n"
        f"  precision {found['precision']:.3f}  recall {found['recall']:.3f}  F1 {found['f1']:.3f}"
    )


def segmentation_in_words(table: dict[str, Any]) -> str:
    """A row a class and a row an average; precision, recall, F1 and how many pixels truly are of the class."""
    rows = [
        *((name, *(table[name][key] for key in ("precision", "recall", "f1"))) for name in ("background", "human")),
        ("macro average", *table["macro"]),
        ("weighted average", *table["weighted"]),
    ]
    pixels = {name: f"{table[name]['support']:>12,}" for name in ("background", "human")}
    lines = [f"{'pixels':<16}  precision  recall     F1      pixels"]
    lines += [f"{n:<16}  {p:>9.3f}  {r:>6.3f}  {f1:>5.3f}{pixels.get(n, '')}" for n, p, r, f1 in rows]
    lines.append(f"accuracy {table['accuracy']:.3f}")
    if table["r2_of_share"] is not None:
        lines.append(f"R2 of a picture's share of human pixels, as likely as they are {table['r2_of_share']:.3f}")
        lines.append(f"R2 of the share of pixels that are said to be human {table['r2_of_said']:.3f}")
    return "\n".join(lines)


def counts_in_words(found: Scores) -> list[str]:
    """Errors of the counts, over all pictures and by how many people there are."""
    relative = "" if found.nae is None else f"  NAE {found.nae:.3f}"
    lines = [
        f"{found.n} pictures, {found.mean_true:.1f} people a picture",
        f"MAE {found.mae:.2f}  RMSE {found.rmse:.2f}{relative}  bias {found.bias:+.2f}",
        f"GAME(0..3) {found.game_0:.2f} {found.game_1:.2f} {found.game_2:.2f} {found.game_3:.2f}",
    ]
    if found.r2 is not None:
        lines.append(f"R2 {found.r2:.4f}")
    return lines + [
        f"  from {b.at_least:>5} people: {b.n:>4} pictures, bias {b.bias:+.1f}, MAE {b.mae:.1f}" for b in found.bands
    ]
