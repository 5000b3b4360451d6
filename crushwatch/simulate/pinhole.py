"""A camera without a lens: where a point of the world falls in the picture, and back to a plane.

World: metres, x right, y away from the camera along the ground, z up; the camera stands over the origin.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Points = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Pinhole:
    """A camera `height_m` above the ground that looks along y and down by `tilt_rad`; square pixels, centred axis."""

    height_m: float
    tilt_rad: float
    focal_px: float
    size_px: tuple[int, int]

    def project(self, world_m: Points) -> Points:
        """Pixels of world points, (N, 3) -> (N, 2); NaN for points that are not before the camera."""
        right, up, depth = self._in_camera(world_m)
        with np.errstate(divide="ignore", invalid="ignore"):
            scale = np.where(depth > 0.05, self.focal_px / depth, np.nan)
        return np.stack([self.size_px[0] / 2 + right * scale, self.size_px[1] / 2 - up * scale], axis=1)

    def depth_m(self, world_m: Points) -> Points:
        """Distance along the camera's axis, (N, 3) -> (N,)."""
        return self._in_camera(world_m)[2]

    def on_plane(self, pixels: Points, z_m: float = 0.0) -> Points:
        """x and y in metres where the rays of pixels (N, 2) meet the plane z = `z_m`; NaN at and above the horizon."""
        right = (pixels[:, 0] - self.size_px[0] / 2) / self.focal_px
        up = (self.size_px[1] / 2 - pixels[:, 1]) / self.focal_px
        cos, sin = np.cos(self.tilt_rad), np.sin(self.tilt_rad)
        away, rise = cos + up * sin, up * cos - sin
        with np.errstate(divide="ignore", invalid="ignore"):
            reach = np.where(rise < -1e-9, (z_m - self.height_m) / rise, np.nan)
        return np.stack([right * reach, away * reach], axis=1)

    def ground_homography(self) -> Points:
        """(3, 3): ground metres (x, y, 1) to pixels."""
        cos, sin = np.cos(self.tilt_rad), np.sin(self.tilt_rad)
        u, v, f, h = self.size_px[0] / 2, self.size_px[1] / 2, self.focal_px, self.height_m
        return np.array(
            [
                [f, u * cos, u * h * sin],
                [0.0, v * cos - f * sin, v * h * sin + f * h * cos],
                [0.0, cos, h * sin],
            ]
        )

    def _in_camera(self, world_m: Points) -> tuple[Points, Points, Points]:
        x, y, z = world_m[:, 0], world_m[:, 1], world_m[:, 2] - self.height_m
        cos, sin = np.cos(self.tilt_rad), np.sin(self.tilt_rad)
        return x, y * sin + z * cos, y * cos - z * sin
