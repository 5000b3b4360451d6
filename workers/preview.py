"""A picture for who looks at the dashboard: small, compressed, with the density grid beside it, never baked in."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import UTC, datetime

import cv2
import numpy as np
import numpy.typing as npt

from crushwatch.messages import Preview
from workers.capture.source import RgbImage

WIDTH_PX = 640
JPEG_QUALITY = 72
FULL_SCALE_PER_M2 = 8.0
EVERY_S = 0.5
"""At most two pictures a second and camera."""


@dataclass(frozen=True)
class PreviewMaker:
    """What a preview is made of; `make` does the work, in the publishing thread.

    image:       (height, width, 3) RGB, the whole picture without the letterbox's border
    heat_per_m2: (rows, columns) over the whole picture; None for an uncalibrated camera
    """

    site: str
    camera: str
    captured_at: datetime
    image: RgbImage
    heat_per_m2: npt.NDArray[np.float32] | None

    def make(self) -> Preview:
        """Scale, compress, pack."""
        height, width = self.image.shape[:2]
        size = (WIDTH_PX, max(1, round(height * WIDTH_PX / width))) if width > WIDTH_PX else (width, height)
        small = np.asarray(cv2.resize(self.image, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
        density, rows, columns = _pack(self.heat_per_m2)
        return Preview(
            site=self.site,
            camera=self.camera,
            captured_at=self.captured_at,
            published_at=datetime.now(UTC),
            width_px=size[0],
            height_px=size[1],
            jpeg=jpeg_of(small, JPEG_QUALITY),
            density=density,
            density_rows=rows,
            density_columns=columns,
            density_full_scale_per_m2=FULL_SCALE_PER_M2,
        )


def jpeg_of(image: RgbImage, quality: int) -> str:
    """The picture compressed, base64."""
    _ok, jpeg = cv2.imencode(".jpg", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality])
    return base64.b64encode(jpeg.tobytes()).decode()


def _pack(heat_per_m2: npt.NDArray[np.float32] | None) -> tuple[str | None, int, int]:
    if heat_per_m2 is None:
        return None, 0, 0
    steps = np.clip(heat_per_m2 * (255 / FULL_SCALE_PER_M2), 0, 255).round().astype(np.uint8)
    return base64.b64encode(steps.tobytes()).decode(), steps.shape[0], steps.shape[1]
