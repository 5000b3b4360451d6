"""The figures as the tables of docs/models.md, and true against counted as one picture."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.networks.rows import ROWS
from crushwatch.density.report import scatter

Figures = Mapping[str, Mapping[str, Any]]
BEGIN, END = "<!-- figures of {}: python -m bench.networks -->", "<!-- end of {} -->"
TILE_PX = 420


def write_tables(page: Path, figures: Figures) -> None:
    """Put the tables between their marks; the words around them stay."""
    text = page.read_text()
    for name, table in (("counting", counting_table(figures)), ("segmentation", segmentation_table(figures))):
        begin, end = BEGIN.format(name), END.format(name)
        text = re.sub(f"{re.escape(begin)}.*?{re.escape(end)}", f"{begin}\n\n{table}\n\n{end}", text, flags=re.DOTALL)
    page.write_text(text)


def counting_table(figures: Figures) -> str:
    """A line a network that counts."""
    lines = [
        "| network | data | minutes | crops | MAE | RMSE | published |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for row in ROWS:
        if row.segment or row.name not in figures:
            continue
        f = figures[row.name]
        crops = f"{f['crops']:,} of {f['crop_px']} px"
        lines.append(
            f"| {row.network} | {row.data} (mean {f['mean_true']}) | {f['minutes']} | {crops} "
            f"| {f['mae']:.2f} | {f['rmse']:.2f} | {row.published} |"
        )
    if "count-regressor" in figures:
        f = figures["count-regressor"]
        lines.append(
            f"| count-regressor on maps of vgg16-decoder-224 | ShanghaiTech B, validation | {f['minutes']} "
            f"| {f['crops']:,} maps | {f['mae']:.2f} | {f['rmse']:.2f} (learnt: {f['rmse_learnt']:.2f}; "
            f"the maps' plain sums: {f['rmse_of_sum']:.2f}) | RMSE 104 to 128 learnt, 1,080 to 1,091 not |"
        )
    return "\n".join(lines)


def segmentation_table(figures: Figures) -> str:
    """Precision, recall, F1 and support per class, as the published table has them."""
    found = figures.get("unet-segmentation")
    if found is None:
        return "Not measured."
    table = found["segmentation"]
    lines = ["| class | precision | recall | F1 | support | published |", "| --- | --- | --- | --- | --- | --- |"]
    for name, published in (("background", "0.99, 0.97, 0.98"), ("human", "0.32, 0.71, 0.44")):
        of = table[name]
        figures_of = " | ".join(f"{of[figure]:.2f}" for figure in ("precision", "recall", "f1"))
        lines.append(f"| {name} | {figures_of} | {of['support']:,} | {published} |")
    lines.append(
        f"\nAccuracy {table['accuracy']:.3f} (published 0.96); R2 of the share of pixels that are said to be human "
        f"{table['r2_of_said']:.2f} (published 0.50), of the mean of their probabilities {table['r2_of_share']:.2f}; "
        f"{found['minutes']} minutes, {found['crops']:,} crops of {found['crop_px']} px."
    )
    return "\n".join(lines)


def write_scatter(picture: Path, figures: Figures, columns: int = 4) -> None:
    """True against counted for every row that counts, as one SVG."""
    chosen = [name for name in (row.name for row in ROWS) if figures.get(name, {}).get("points")]
    tiles = "".join(tile(name, figures[name]["points"], i, columns) for i, name in enumerate(chosen))
    height = -(-len(chosen) // columns) * (TILE_PX + 40)
    picture.write_text(
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {columns * TILE_PX} {height}' width='1000' "
        f"font-family='sans-serif' font-size='14'><rect width='100%' height='100%' fill='#fff'/>{tiles}</svg>\n"
    )


def tile(name: str, points: Sequence[tuple[float, float]], place: int, columns: int) -> str:
    """One network's points under its name."""
    x, y = place % columns * TILE_PX, place // columns * (TILE_PX + 40)
    drawn = scatter(points, "true", "counted", diagonal=True)
    title = f"<text x='40' y='18' font-weight='bold'>{name}</text>"
    return f"<g transform='translate({x} {y})'>{title}<g transform='translate(0 24)'>{drawn}</g></g>"
