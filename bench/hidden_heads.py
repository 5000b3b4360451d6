"""How many heads of a crowd are hidden behind others, by how steeply a camera looks at them?

    python -m bench.hidden_heads

Simulated people, evenly packed on a square, of whom each is painted alone; a head counts as hidden where less than half
of it is left by those who stand nearer. The camera is far away, with a long lens: all are seen under about one angle.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from crushwatch.simulate.cast import Actor, Placed
from crushwatch.simulate.light import Light
from crushwatch.simulate.painter import Figures, Painter
from crushwatch.simulate.pinhole import Pinhole, Points
from crushwatch.simulate.wardrobe import random_build, random_outfit

ANGLES_DEG = (10, 15, 20, 25, 30, 40, 60)
DENSITIES_PER_M2 = (1, 2, 3, 4, 5, 6)
SEEDS = (0, 1)
SIDE_M = 9.0
MARGIN_M = 1.5
"""Who stands nearer to the edge than this is painted and not looked at: nobody stands before the first row."""
AWAY_M = 60.0
HEAD_PX = 14.0
HEAD_M = (0.17, 0.23)
AROUND_HEAD_M = (0.4, 2.2, 0.8)
"""A person's picture reaches no farther above, below and beside the head."""
LEFT = 0.5
"""Of a head, below which it is hidden."""
BUILDS, OUTFITS = 12, 24
DAYLIGHT = Light(towards_sun=(0.0, 1.0, 0.0), sky=(0.7, 0.7, 0.7), sun=(0.3, 0.3, 0.3))
NOTHING = (255, 0, 255)


@dataclass(frozen=True)
class Row:
    """One angle: the share of heads hidden at each density."""

    angle_deg: float
    shares: tuple[float, ...]


def measure() -> list[Row]:
    """A row an angle, over `DENSITIES_PER_M2`."""
    return [Row(angle, tuple(_mean_hidden(angle, density) for density in DENSITIES_PER_M2)) for angle in ANGLES_DEG]


def _mean_hidden(angle_deg: float, density_per_m2: float) -> float:
    return float(np.mean([hidden(angle_deg, density_per_m2, seed) for seed in SEEDS]))


def hidden(angle_deg: float, density_per_m2: float, seed: int) -> float:
    """The share of the heads inside the square of which less than `LEFT` is seen."""
    rng = np.random.default_rng(seed)
    feet_m = packed(rng, density_per_m2)
    cast = _cast(rng, len(feet_m))
    camera = _camera(np.radians(angle_deg))
    painter = Painter(camera, cast, DAYLIGHT, _figures())
    placed = _standing(rng, feet_m + np.array([0.0, AWAY_M * np.cos(np.radians(angle_deg))]))
    seen = _seen_shares(painter, placed)
    inside = (np.abs(feet_m) < SIDE_M / 2 - MARGIN_M).all(axis=1)
    return float(np.mean(seen[inside] < LEFT))


def packed(rng: np.random.Generator, density_per_m2: float) -> Points:
    """(N, 2) metres around the origin: a hexagonal lattice, shaken by a quarter of its spacing."""
    spacing = np.sqrt(2 / np.sqrt(3) / density_per_m2)
    columns, rows = np.meshgrid(
        np.arange(-SIDE_M, SIDE_M, spacing), np.arange(-SIDE_M, SIDE_M, spacing * np.sqrt(3) / 2)
    )
    columns = columns + spacing / 2 * (np.arange(len(columns)) % 2)[:, None]
    feet_m = np.column_stack([columns.ravel(), rows.ravel()]) + rng.uniform(-0.25, 0.25, (columns.size, 2)) * spacing
    return np.asarray(feet_m[(np.abs(feet_m) < SIDE_M / 2).all(axis=1)], dtype=np.float64)


def _seen_shares(painter: Painter, placed: Placed) -> npt.NDArray[np.float64]:
    """(N,): what is left of each head by those who stand nearer."""
    wide, high = painter.camera.size_px
    per_m = painter.camera.focal_px / AWAY_M
    taken = np.zeros((high, wide), dtype=np.bool_)
    picture = np.full((high, wide, 3), NOTHING, dtype=np.uint8)
    heads_px = painter.camera.project(painter.heads_m(placed))
    seen = np.zeros(len(heads_px))
    for person in np.argsort(placed.feet_m[:, 1]).tolist():
        painter.paint(picture, _alone(placed, person))
        around = _window(heads_px[person], per_m)
        painted = (picture[around] != NOTHING).any(axis=2)
        picture[around] = NOTHING
        head = painted & _head(heads_px[person], around, per_m)
        seen[person] = 1 - taken[around][head].mean()
        taken[around] |= painted
    return seen


def _alone(placed: Placed, person: int) -> Placed:
    one = [person]
    return Placed(
        placed.actor[one], placed.feet_m[one], placed.heading_rad[one], placed.stride_rad[one], placed.crowding[one]
    )


def _window(head_px: Points, per_m: float) -> tuple[slice, slice]:
    """Rows and columns in which a whole person lies whose head is there."""
    (x, y), (above, below, beside) = head_px, (np.array(AROUND_HEAD_M) * per_m)
    return slice(max(int(y - above), 0), int(y + below)), slice(max(int(x - beside), 0), int(x + beside))


def _head(head_px: Points, window: tuple[slice, slice], per_m: float) -> npt.NDArray[np.bool_]:
    """An ellipse as large as a head."""
    rows, columns = window
    x, y = np.meshgrid(np.arange(columns.start, columns.stop), np.arange(rows.start, rows.stop))
    across, along = (x - head_px[0]) / (HEAD_M[0] / 2 * per_m), (y - head_px[1]) / (HEAD_M[1] / 2 * per_m)
    return np.asarray(across**2 + along**2 <= 1, dtype=np.bool_)


def _camera(angle_rad: float) -> Pinhole:
    focal_px = HEAD_PX / HEAD_M[0] * AWAY_M
    side_px = int((SIDE_M + 5.0) * HEAD_PX / HEAD_M[0])
    return Pinhole(1.6 + AWAY_M * float(np.sin(angle_rad)), float(angle_rad), focal_px, (side_px, side_px))


def _standing(rng: np.random.Generator, feet_m: Points) -> Placed:
    """Everybody stands, turned any way."""
    count = len(feet_m)
    return Placed(np.arange(count), feet_m, rng.uniform(0, 2 * np.pi, count), np.full(count, np.nan), np.ones(count))


def _cast(rng: np.random.Generator, people: int) -> tuple[Actor, ...]:
    heights_m = np.clip(rng.normal(1.69, 0.09, people), 1.45, 1.95)
    outfits = [random_outfit(rng) for _ in range(OUTFITS)]
    return tuple(
        Actor(number % BUILDS, outfits[number % OUTFITS], float(height_m)) for number, height_m in enumerate(heights_m)
    )


@functools.cache
def _figures() -> Figures:
    rng = np.random.default_rng(0)
    return Figures(tuple(random_build(rng) for _ in range(BUILDS)), clouds_mb=200, reliefs_mb=40)


def main() -> None:
    """Print the table."""
    print("| looks down by | " + " | ".join(f"{density} per m²" for density in DENSITIES_PER_M2) + " |")
    print("| --- |" + " --- |" * len(DENSITIES_PER_M2))
    for row in measure():
        print(f"| {row.angle_deg:g}° | " + " | ".join(f"{share * 100:.0f} %" for share in row.shares) + " |")


if __name__ == "__main__":
    main()
