"""A pinhole camera written down independently of the code under test: the truth for geometry."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from crushwatch.site import Ground, GroundPoint


@dataclass(frozen=True)
class SyntheticCamera:
    """Looks along +y, `tilt_deg` below the horizon, from `height_m` above (0, 0); ground is z = 0, x to the right."""

    height_m: float = 6.0
    tilt_deg: float = 30.0
    focal_px: float = 1000.0
    size_px: tuple[int, int] = (1280, 720)
    roll_deg: float = 0.0

    def project(self, points_m: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """(N, 3) metres -> (N, 2) pixels."""
        points = np.atleast_2d(np.asarray(points_m, dtype=np.float64))
        tilt, roll = np.radians(self.tilt_deg), np.radians(self.roll_deg)
        right = np.array([1.0, 0, 0])
        forward = np.array([0, np.cos(tilt), -np.sin(tilt)])
        down = np.cross(forward, right)
        seen = (points - [0, 0, self.height_m]) @ np.array([right, down, forward]).T
        x, y = seen[:, 0] / seen[:, 2], seen[:, 1] / seen[:, 2]
        turned = np.column_stack([x * np.cos(roll) - y * np.sin(roll), x * np.sin(roll) + y * np.cos(roll)])
        return turned * self.focal_px + np.array(self.size_px) / 2

    def ground_point_below(self, pixel: tuple[float, float]) -> npt.NDArray[np.float64]:
        """Where the ray through a pixel meets the ground (no roll)."""
        tilt = np.radians(self.tilt_deg)
        x, y = (np.array(pixel) - np.array(self.size_px) / 2) / self.focal_px
        ray = np.array([x, np.cos(tilt) - y * np.sin(tilt), -np.sin(tilt) - y * np.cos(tilt)])
        return np.array(ray[:2] * self.height_m / -ray[2])

    def square_in_view(self, side_m: float = 4.0) -> npt.NDArray[np.float64]:
        """Four ground points around the place where the optical axis meets the ground."""
        middle = self.height_m / np.tan(np.radians(self.tilt_deg))
        half = side_m / 2
        return np.array([[-half, middle - half], [half, middle - half], [half, middle + half], [-half, middle + half]])

    def ground(self, points_m: npt.ArrayLike | None = None, head_height_m: float = 1.6) -> Ground:
        """The site file's ground section for this camera."""
        metres = self.square_in_view() if points_m is None else np.asarray(points_m, dtype=np.float64)
        pixels = self.project(np.column_stack([metres, np.zeros(len(metres))]))
        points = tuple(
            GroundPoint(px=(float(u), float(v)), m=(float(x), float(y)))
            for (u, v), (x, y) in zip(pixels, metres, strict=True)
        )
        return Ground(points=points, head_height_m=head_height_m)
