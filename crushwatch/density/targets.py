"""What a network is shown as the truth: head points turned into maps.

Every map of `dots`, `fixed_gaussian`, `adaptive_gaussian` and `discs` sums to the number of points, also where a head
stands at the border: what would fall outside is given back inside. `head_masks` is for segmentation and sums to pixels.
Points that lie outside the picture are taken to its border.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from crushwatch.errors import SiteError

if TYPE_CHECKING:  # the data sets import the targets
    from crushwatch.density.datasets.annotated import PointsPx

TargetMap = npt.NDArray[np.float32]
"""(height, width), people a pixel."""
Sizes = npt.NDArray[np.float64]
"""(N,), pixels, one for each point."""

LONE_SIGMA_PX = 15.0
"""The spread where a point has no neighbour to be measured against."""
REACH = 3.5
"""A Gaussian is cut off at so many sigmas."""


def dots(points_px: PointsPx, height_px: int, width_px: int) -> TargetMap:
    """One pixel a head: (height_px, width_px)."""
    column, row = np.floor(inside(points_px, height_px, width_px)).astype(np.int64).T
    flat = np.bincount(row * width_px + column, minlength=height_px * width_px)
    return flat.reshape(height_px, width_px).astype(np.float32)


def fixed_gaussian(points_px: PointsPx, height_px: int, width_px: int, sigma_px: float = 4.0) -> TargetMap:
    """A Gaussian of one spread for each head; the right choice where all heads look equally large."""
    return gaussians(points_px, np.full(len(points_px), sigma_px), height_px, width_px)


def adaptive_gaussian(
    points_px: PointsPx, height_px: int, width_px: int, beta: float = 0.3, neighbours: int = 3
) -> TargetMap:
    """Geometry-adaptive Gaussians (Zhang et al., CVPR 2016): sigma = beta x mean distance to the nearest neighbours."""
    return gaussians(points_px, beta * neighbour_distance(points_px, neighbours), height_px, width_px)


def discs(points_px: PointsPx, height_px: int, width_px: int, radius_px: float = 6.0) -> TargetMap:
    """A filled circle for each head, its mass spread evenly over the pixels that lie in the picture."""
    return stamped(points_px, np.full(len(points_px), radius_px), height_px, width_px, disc)


def head_masks(points_px: PointsPx, height_px: int, width_px: int, beta: float = 0.3) -> TargetMap:
    """1 where a head is, else 0: circles whose radius follows the neighbours' distance, 3 to 30 pixels."""
    radii = np.clip(beta * neighbour_distance(points_px, 3), 3.0, 30.0)
    return (stamped(points_px, radii, height_px, width_px, disc) > 0).astype(np.float32)


def neighbour_distance(points_px: PointsPx, neighbours: int) -> Sizes:
    """Mean distance to that many nearest neighbours, (N,); with fewer, to those there are."""
    from scipy.spatial import KDTree  # of the extra `train`, which label files do without

    known = min(neighbours, len(points_px) - 1)
    if known < 1:
        return np.full(len(points_px), LONE_SIGMA_PX / 0.3)
    distances = KDTree(points_px).query(points_px, k=known + 1)[0]
    return np.asarray(distances[:, 1:].mean(axis=1), np.float64)


def gaussians(points_px: PointsPx, sigmas_px: Sizes, height_px: int, width_px: int) -> TargetMap:
    """A Gaussian for each point, cut off at REACH sigmas, its mass kept inside the picture."""
    return stamped(points_px, np.clip(sigmas_px, 0.5, 0.25 * max(height_px, width_px)), height_px, width_px, gaussian)


Stamp = Callable[[npt.NDArray[np.float64], npt.NDArray[np.float64], float], npt.NDArray[np.float64]]
"""(row distances (H, 1), column distances (1, W), size) to weights (H, W)."""


def gaussian(
    down: npt.NDArray[np.float64], across: npt.NDArray[np.float64], sigma_px: float
) -> npt.NDArray[np.float64]:
    """exp(-d^2 / 2 sigma^2)."""
    return np.asarray(np.exp(-0.5 * (down / sigma_px) ** 2) * np.exp(-0.5 * (across / sigma_px) ** 2))


def disc(down: npt.NDArray[np.float64], across: npt.NDArray[np.float64], radius_px: float) -> npt.NDArray[np.float64]:
    """1 within the radius, else 0; always at least the pixel of the centre."""
    return np.asarray(down**2 + across**2 <= max(radius_px, 0.75) ** 2, np.float64)


def stamped(points_px: PointsPx, sizes_px: Sizes, height_px: int, width_px: int, stamp: Stamp) -> TargetMap:
    """Each point's stamp, scaled to a mass of one over what lies in the picture, added up."""
    total = np.zeros((height_px, width_px), np.float64)
    for (x, y), size_px in zip(inside(points_px, height_px, width_px), sizes_px, strict=True):
        reach = REACH * size_px + 1
        rows = slice(max(0, int(y - reach)), min(height_px, int(y + reach) + 1))
        columns = slice(max(0, int(x - reach)), min(width_px, int(x + reach) + 1))
        down = np.arange(rows.start, rows.stop)[:, None] + 0.5 - y
        across = np.arange(columns.start, columns.stop)[None] + 0.5 - x
        weights = stamp(down, across, float(size_px))
        total[rows, columns] += weights / weights.sum()
    return total.astype(np.float32)


def inside(points_px: PointsPx, height_px: int, width_px: int) -> npt.NDArray[np.float64]:
    """The points, those outside the picture taken to its border, (N, 2) float64."""
    return np.clip(np.asarray(points_px, np.float64).reshape(-1, 2), 0.0, (width_px - 1e-3, height_px - 1e-3))


def cells(target: TargetMap, cell_px: int) -> TargetMap:
    """Sums over squares of cell_px x cell_px: (height / cell_px, width / cell_px); sizes must be multiples."""
    rows, columns = target.shape[0] // cell_px, target.shape[1] // cell_px
    return np.asarray(target.reshape(rows, cell_px, columns, cell_px).sum(axis=(1, 3)), np.float32)


Target = Callable[["PointsPx", int, int], TargetMap]
"""(points, height, width) to a map of people a pixel."""

TARGETS: dict[str, Target] = {
    "dots": dots,
    "fixed-gaussian": fixed_gaussian,
    "adaptive-gaussian": adaptive_gaussian,
    "discs": discs,
    "head-masks": head_masks,
}
"""By name."""


def target_named(name: str) -> Target:
    """The target of that name; raises SiteError naming those there are."""
    if name not in TARGETS:
        raise SiteError(f"there is no target {name!r}; there are {', '.join(TARGETS)}")
    return TARGETS[name]
