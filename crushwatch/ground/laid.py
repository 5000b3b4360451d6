"""A density map laid down: where on the ground the people stand whose heads its cells show."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from crushwatch.ground.camera_ground import CameraGround
from crushwatch.ground.homography import Points
from crushwatch.ground.lattice import Lattice


def laid_down(
    ground: CameraGround, lattice: Lattice, per_side: int, *, around_m: Points | None = None, margin_m: float = 0.0
) -> Points:
    """`per_side` x `per_side` heads in every cell: (rows * columns * per_side^2, 2) metres, cell by cell.

    NaN beyond the horizon and in the letterbox's border, where nobody stands. `around_m`: (N, 2); what stands farther
    than `margin_m` outside the box around these points may be NaN too, for most of a picture is not a region's, and a
    lens takes long to straighten.
    """
    stands_m = np.full((lattice.rows * lattice.columns, per_side**2, 2), np.nan)
    cells = np.arange(len(stands_m))
    if around_m is not None:
        low_m, high_m = around_m.min(axis=0) - margin_m, around_m.max(axis=0) + margin_m
        cells = np.flatnonzero(_cells_reaching(ground, lattice, low_m, high_m))
    heads_px = lattice.samples(per_side, cells)
    xs, ys = heads_px.T
    width, height = ground.picture_size_px
    heads_px[(xs < 0) | (ys < 0) | (xs >= width) | (ys >= height)] = np.nan
    stands_m[cells] = ground.image_to_head.apply(heads_px).reshape(len(cells), per_side**2, 2)
    return stands_m.reshape(-1, 2)


def _cells_reaching(ground: CameraGround, lattice: Lattice, low_m: Points, high_m: Points) -> npt.NDArray[np.bool_]:
    """(rows, columns): the cells that may reach into the box of the ground, and those beside them.

    A cell's corners enclose all of it on the ground; a lens bends its edges, by less than a cell. One that the horizon
    crosses may reach anywhere.
    """
    corners_m = ground.image_to_head.apply(lattice.corners()).reshape(lattice.rows + 1, lattice.columns + 1, 2)
    four_m = np.stack([corners_m[:-1, :-1], corners_m[:-1, 1:], corners_m[1:, :-1], corners_m[1:, 1:]])
    on_ground: npt.NDArray[np.bool_] = np.isfinite(four_m[..., 0]) & np.isfinite(four_m[..., 1])
    least_m = np.where(on_ground[..., None], four_m, np.inf).min(axis=0)
    most_m = np.where(on_ground[..., None], four_m, -np.inf).max(axis=0)
    overlaps = ((least_m <= high_m) & (most_m >= low_m)).all(axis=2)
    at_horizon = on_ground.any(axis=0) & ~on_ground.all(axis=0)
    return np.asarray(cv2.dilate((overlaps | at_horizon).astype(np.uint8), np.ones((3, 3), np.uint8)) > 0)
