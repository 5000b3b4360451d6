"""A run's log as a picture: the loss, and the error on each validation set, over the minutes of training."""

from __future__ import annotations

import html
import json
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

WIDTH, HEIGHT, MARGIN = 640, 220, 48
COLOURS = ("#0b6e99", "#c0392b", "#2e8b57", "#8e44ad", "#b7791f", "#444444")
Curve = Sequence[tuple[float, float]]
"""(minutes, value), in order of time."""


def write_curves(log: Path, picture: Path) -> None:
    """Draw a run's `log.jsonl` as an SVG: one panel for the loss, one for RMSE, one for MAE."""
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    loss = {"loss": [(line["elapsed_s"] / 60, line["loss"]) for line in lines if "loss" in line]}
    panels = [panel("loss", loss), *(panel(f"{name.upper()}, people", errors(lines, name)) for name in ("rmse", "mae"))]
    body = "".join(f"<g transform='translate(0 {i * HEIGHT})'>{drawn}</g>" for i, drawn in enumerate(panels))
    picture.write_text(
        f"<svg xmlns='http://www.w3.org/2000/svg' width='{WIDTH}' height='{len(panels) * HEIGHT}' "
        f"font-family='sans-serif' font-size='12'><rect width='100%' height='100%' fill='#fff'/>{body}</svg>\n"
    )


def errors(lines: Sequence[dict[str, object]], name: str) -> dict[str, list[tuple[float, float]]]:
    """The curve of one error for each validation set."""
    found = defaultdict[str, list[tuple[float, float]]](list)
    for line in lines:
        measured = line.get("validation")
        if isinstance(measured, dict):
            for part, figures in measured.items():
                found[part].append((float(str(line["elapsed_s"])) / 60, float(figures[name])))
    return dict(found)


def panel(title: str, curves: dict[str, list[tuple[float, float]]]) -> str:
    """Axes from zero, a line a curve, and its name in its colour; a run of seconds may have none."""
    curves = {name: curve for name, curve in curves.items() if curve}
    points = [point for curve in curves.values() for point in curve]
    last, top = max((x for x, _ in points), default=1.0) or 1.0, max((y for _, y in points), default=1.0) or 1.0
    right, floor = WIDTH - MARGIN, HEIGHT - MARGIN / 2
    lines = "".join(
        f"<polyline fill='none' stroke='{colour}' stroke-width='1.6' points='{path(curve, last, top)}'/>"
        f"<text x='{right - 90 * (len(curves) - i)}' y='16' fill='{colour}'>{html.escape(name)} {curve[-1][1]:.4g}"
        "</text>"
        for i, ((name, curve), colour) in enumerate(zip(curves.items(), COLOURS * len(curves), strict=False))
    )
    return (
        f"<path d='M{MARGIN} 24V{floor}H{right}' fill='none' stroke='#888'/>"
        f"<text x='4' y='16'>{html.escape(title)}</text><text x='4' y='36'>{top:.4g}</text>"
        f"<text x='{right - 40}' y='{floor + 16}'>{last:.3g} min</text>{lines}"
    )


def path(curve: Curve, last: float, top: float) -> str:
    """Points of a polyline inside the panel.

    >>> path([(0, 0), (2, 4)], 2, 4)
    '48.0,196.0 592.0,24.0'
    """
    across, up = WIDTH - 2 * MARGIN, HEIGHT - MARGIN / 2 - 24
    return " ".join(f"{MARGIN + x / last * across:.1f},{24 + up * (1 - y / top):.1f}" for x, y in curve)
