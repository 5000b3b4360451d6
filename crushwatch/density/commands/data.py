"""crushwatch data: look at a data set, and store it as HDF5 with its targets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from crushwatch.density.commands import require_science, with_progress
from crushwatch.errors import COULD_NOT, SiteError

if TYPE_CHECKING:
    from crushwatch.density.datasets import AnnotatedImage

NAMES = "shanghaitech-a, shanghaitech-b, mall, nwpu, qnrf, jhu, ucsd, heads-json, csv, coco, simulated, prepared ..."
EXAMPLE = "crushwatch data show simulated --root clips --split test --out frame.png"
data = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help=f"Look at data sets and prepare them.\n\nExample: {EXAMPLE}",
)

ROOT = typer.Option(..., help="The folder of the data set, in its official layout; of prepared the file.")
SPLIT = typer.Option("train", help="train, validation, all-train or test.")
DATASET = typer.Argument(..., help=NAMES)
TARGET = typer.Option("fixed-gaussian", help="dots, fixed-gaussian, adaptive-gaussian, discs or head-masks.")


@data.command()
def prepare(
    dataset: str = DATASET,
    root: Path = ROOT,
    split: str = SPLIT,
    target: str = TARGET,
    cell_px: int = typer.Option(8, min=1, help="Pixels a cell of the target, both ways."),
    nine_patches: bool = typer.Option(False, "--nine-patches", help="Eighteen patches a picture, as CSRNet's."),
    out: Path = typer.Option(..., help="The .h5 file to write."),
) -> None:
    """Write pictures, points and targets into one HDF5 file.

    Example: crushwatch data prepare shanghaitech-a --root data/shanghaitech --out a.h5 --target adaptive-gaussian
    """
    require_science()
    from crushwatch.density import datasets
    from crushwatch.density.datasets.prepared import write
    from crushwatch.density.patches import patches_of

    pictures = datasets.read(dataset, root, split)
    shown = with_progress(pictures, f"{dataset} {split}")
    written = write(out, patches_of(shown) if nine_patches else shown, target, cell_px)
    what = f"patches of {len(pictures)} pictures" if nine_patches else "pictures"
    typer.echo(f"{out}: {written.pictures} {what}, {written.people} people, target {target} in cells of {cell_px} px")


@data.command()
def stats(dataset: str = DATASET, root: Path = ROOT, split: str = SPLIT) -> None:
    """Say how many pictures and people there are, how large the pictures are, and how the counts spread.

    Every picture is read: those that cannot be, and heads that lie outside theirs, are listed, and the exit code is 1.

    Example: crushwatch data stats mall --root data/mall
    """
    require_science()
    from crushwatch.density import datasets

    pictures = datasets.read(dataset, root, split, missing_allowed=True)
    counts = sorted(image.count for image in pictures)
    sizes, faults = sizes_and_faults(with_progress(pictures, "pictures"))
    typer.echo(f"{len(pictures)} pictures, {sum(counts)} people")
    typer.echo(f"a picture: {counts[0]} to {counts[-1]}, median {counts[len(counts) // 2]}")
    for (width, height), n in sizes.most_common(5):
        typer.echo(f"  {width}x{height}: {n}")
    typer.echo(histogram(counts))
    if faults:
        typer.echo("\n".join(faults), err=True)
        typer.echo(f"{len(faults)} of {len(pictures)} pictures are amiss", err=True)
        raise typer.Exit(COULD_NOT)


def sizes_and_faults(pictures: Iterable[AnnotatedImage]) -> tuple[Counter[tuple[int, int]], list[str]]:
    """How many pictures have each (width, height), and a line for each that cannot be read or has heads outside."""
    from crushwatch.density.datasets import DatasetError

    sizes, faults = Counter[tuple[int, int]](), []
    for image in pictures:
        try:
            height, width = image.rgb().shape[:2]
        except DatasetError as fault:
            faults.append(str(fault))
            continue
        sizes[width, height] += 1
        if outside := [(x, y) for x, y in image.points_px.tolist() if not (0 <= x < width and 0 <= y < height)]:
            x, y = outside[0]
            faults.append(f"{image.path}: {len(outside)} of {image.count} heads outside {width}x{height}: {x:g}, {y:g}")
    return sizes, faults


def histogram(counts: list[int], bins: int = 10) -> str:
    """Bars of text, one a bin of counts.

    >>> print(histogram([0, 1, 9], bins=2))
        0 to     4  ████████████████████████████████████████ 2
        5 to     9  ████████████████████ 1
    """
    width = max(1, -(-(max(counts) + 1) // bins))
    filled = [sum(width * b <= count < width * (b + 1) for count in counts) for b in range(bins)]
    bars = ("█" * round(40 * n / max(filled)) for n in filled)
    return "\n".join(
        f"{width * b:>5} to {width * (b + 1) - 1:>5}  {bar} {n}".rstrip()
        for b, (bar, n) in enumerate(zip(bars, filled, strict=True))
    )


@data.command()
def show(
    dataset: str = DATASET,
    root: Path = ROOT,
    split: str = SPLIT,
    index: int = typer.Option(0, min=0, help="Which picture of the split, counted from 0."),
    target: str = TARGET,
    out: Path = typer.Option(Path("shown.png"), help="The picture to write."),
) -> None:
    """Draw the head points and the target over one picture.

    Example: crushwatch data show shanghaitech-b --root data/shanghaitech --index 4 --out b4.png
    """
    require_science()
    import cv2

    from crushwatch.density import datasets
    from crushwatch.density.report import overlay
    from crushwatch.density.targets import target_named

    if not cv2.haveImageWriter(out.name):
        raise SiteError(f"--out {out}: the ending must be that of a picture, as .png or .jpg")
    pictures = datasets.read(dataset, root, split, missing_allowed=True)
    if index >= len(pictures):
        raise SiteError(f"--index {index}: there are {len(pictures)} pictures, counted from 0")
    image = pictures[index]
    pixels = image.rgb()
    drawn = overlay(pixels, target_named(target)(image.points_px, *pixels.shape[:2]))
    for x, y in image.points_px:
        cv2.circle(drawn, (round(float(x)), round(float(y))), 3, (80, 255, 120), 1, cv2.LINE_AA)
    _drawn, coded = cv2.imencode(out.suffix, cv2.cvtColor(drawn, cv2.COLOR_RGB2BGR))
    out.write_bytes(coded.tobytes())
    typer.echo(f"{out}: {image.name}, {image.count} people")
