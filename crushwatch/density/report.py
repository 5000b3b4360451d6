"""An evaluation as one HTML file: figures, true against counted, error against count, worst and fullest pictures."""

from __future__ import annotations

import base64
import html
from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np

from crushwatch.density.datasets.annotated import AnnotatedImage, RgbImage
from crushwatch.density.evaluation import Counted, DensityMap, Scores

WORST, FULLEST = 12, 6
SHEET_WIDTH_PX = 420
STYLE = (
    "body{font:15px/1.5 system-ui;margin:2rem auto;max-width:70rem;padding:0 1rem}table{border-collapse:collapse}"
    "td,th{padding:.2rem .8rem;text-align:right;border-bottom:1px solid #ddd}figure{display:inline-block;margin:.5rem}"
    "svg{background:#fafafa;margin-right:1rem}"
)


def write_report(
    path: Path,
    title: str,
    found: Scores,
    results: Sequence[Counted],
    pictures: Sequence[AnnotatedImage],
    count: Callable[[RgbImage], DensityMap],
) -> None:
    """Write the report; the pictures in it are counted once more, to show where the network sees people."""
    by_name = {image.name: image for image in pictures}
    worst = sorted(results, key=lambda result: -abs(result.error))[:WORST]
    fullest = sorted(results, key=lambda result: -result.true)[:FULLEST]
    worst_sheet, fullest_sheet = (
        "".join(figure(result, by_name[result.name].rgb(), count) for result in chosen) for chosen in (worst, fullest)
    )
    page = (
        f"<!doctype html><meta charset=utf-8><title>{html.escape(title)}</title><style>{STYLE}</style>"
        f"<h1>{html.escape(title)}</h1>{figures_table(found)}"
        f"<h2>True and counted</h2>{scatter([(r.true, r.counted) for r in results], 'true', 'counted', diagonal=True)}"
        f"{scatter([(r.true, abs(r.error)) for r in results], 'true', '|error|')}"
        f"<h2>By number of people</h2>{bands_table(found)}<h2>The worst pictures</h2>{worst_sheet}"
        f"<h2>The fullest pictures</h2>{fullest_sheet}"
    )
    path.write_text(page)


def figures_table(found: Scores) -> str:
    """MAE, RMSE and their kin."""
    rows = {name: value for name, value in found.as_dict().items() if name != "bands" and value is not None}
    cells = "".join(f"<tr><th>{name}<td>{float(str(value)):.4g}" for name, value in rows.items())
    return f"<table>{cells}</table>"


def bands_table(found: Scores) -> str:
    """Bias by band of true counts."""
    rows = "".join(f"<tr><td>{b.at_least}<td>{b.n}<td>{b.bias:+.1f}<td>{b.mae:.1f}" for b in found.bands)
    return f"<table><tr><th>from<th>pictures<th>bias<th>MAE{rows}</table>"


def scatter(points: Sequence[tuple[float, float]], across: str, up: str, diagonal: bool = False) -> str:
    """Points on a square of 360 pixels, both axes from 0."""
    side, largest_x = 360, max(1.0, *(x for x, _ in points))
    largest_y = max(1.0, *(y for _, y in points))
    if diagonal:
        largest_x = largest_y = max(largest_x, largest_y)
    dots = "".join(
        f"<circle cx='{40 + x / largest_x * side:.1f}' cy='{20 + side - y / largest_y * side:.1f}' r='3' "
        "fill='#c0392b66'/>"
        for x, y in points
    )
    line = f"<line x1='40' y1='{20 + side}' x2='{40 + side}' y2='20' stroke='#999'/>" if diagonal else ""
    axes = f"<path d='M40 20V{20 + side}H{40 + side}' fill='none' stroke='#333'/>"
    labels = f"<text x='44' y='16'>{up} (to {largest_y:.0f})</text>"
    labels += f"<text x='230' y='{side + 42}'>{across} (to {largest_x:.0f})</text>"
    return f"<svg width='{side + 60}' height='{side + 60}'>{axes}{line}{dots}{labels}</svg>"


def figure(result: Counted, picture: RgbImage, count: Callable[[RgbImage], DensityMap]) -> str:
    """One picture with its density over it, small, inside the page."""
    heated = overlay(picture, count(picture))
    height = round(heated.shape[0] * SHEET_WIDTH_PX / heated.shape[1])
    small = cv2.resize(heated, (SHEET_WIDTH_PX, height), interpolation=cv2.INTER_AREA)
    jpeg = cv2.imencode(".jpg", cv2.cvtColor(small, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, 80])[1]
    caption = f"{html.escape(result.name)}: {result.true:.0f} true, {result.counted:.0f} counted"
    data = base64.b64encode(jpeg.tobytes()).decode()
    return f"<figure><img src='data:image/jpeg;base64,{data}'><figcaption>{caption}</figcaption></figure>"


def overlay(picture: RgbImage, density: DensityMap) -> RgbImage:
    """The picture, dimmed, with the density in heat colours; the map may reach past the picture's far edges."""
    height, width = picture.shape[:2]
    cell_px = max(1, round(height / density.shape[0]))
    grown = cv2.resize(density, None, fx=cell_px, fy=cell_px, interpolation=cv2.INTER_LINEAR)[:height, :width]
    level = np.clip(grown / max(1e-6, float(np.quantile(grown, 0.995))) * 255, 0, 255).astype(np.uint8)
    level = np.pad(level, ((0, height - level.shape[0]), (0, width - level.shape[1])))
    heat = cv2.cvtColor(cv2.applyColorMap(level, cv2.COLORMAP_INFERNO), cv2.COLOR_BGR2RGB)
    return cv2.addWeighted(picture, 0.55, heat, 0.6, 0).astype(np.uint8, copy=False)
