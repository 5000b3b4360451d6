"""Any picture into the engine's shape: scaled to fit, in the upper left, the rest neutral grey.

The content is whole density cells wide and high, so that the picture's edge cuts no cell; that stretches one side by up
to four pixels, which the lattice knows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from crushwatch.ground import Lattice
from workers.capture.source import Picture, RgbImage
from workers.infer.engine import CELL_PX, STRIDE_PX

GREY = 128
"""The network's zero after its normalisation: nobody is seen in it."""


@dataclass(frozen=True)
class Letterbox:
    """How a picture of `source_...` pixels lies in the engine's input: its content fills the upper left corner."""

    source_width_px: int
    source_height_px: int
    engine_width_px: int
    engine_height_px: int
    content_width_px: int
    content_height_px: int

    @staticmethod
    def fit(source_size_px: tuple[int, int], engine_shape_px: tuple[int, int]) -> Letterbox:
        """The largest content of the source's proportions, in whole cells; sizes are width, height.

        >>> box = Letterbox.fit((1920, 1080), (1024, 608))
        >>> box.content_width_px, box.content_height_px
        (1024, 576)
        """
        (width, height), (engine_width, engine_height) = source_size_px, engine_shape_px
        scale = min(engine_width / width, engine_height / height)
        content_width = min(engine_width, _whole_cells(width * scale))
        content_height = min(engine_height, _whole_cells(height * scale))
        return Letterbox(width, height, engine_width, engine_height, content_width, content_height)

    @staticmethod
    def native(size_px: tuple[int, int]) -> Letterbox:
        """A picture as it is, with as much grey as makes its sides multiples of 32.

        >>> Letterbox.native((960, 540)).engine_height_px
        544
        """
        width, height = size_px
        return Letterbox(width, height, _up_to_stride(width), _up_to_stride(height), width, height)

    def image(self, picture: Picture) -> RgbImage:
        """(engine height, engine width, 3) uint8: the picture, scaled in one pass, on grey."""
        canvas = np.empty((self.engine_height_px, self.engine_width_px, 3), dtype=np.uint8)
        self.draw(picture, canvas)
        return canvas

    def draw(self, picture: Picture, canvas: RgbImage) -> None:
        """The same onto an image that is there: what libswscale wrote is copied once, to where the engine reads it."""
        canvas[: self.content_height_px, : self.content_width_px] = picture.rgb(
            self.content_width_px, self.content_height_px
        )
        canvas[: self.content_height_px, self.content_width_px :] = GREY
        canvas[self.content_height_px :] = GREY

    def content(self, image: RgbImage) -> RgbImage:
        """The picture in the engine's input, without the grey."""
        return image[: self.content_height_px, : self.content_width_px]

    def content_cells(self, values: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """The density cells that lie over the picture, those included that its edge cuts (of a native one)."""
        rows, columns = (-(-side // CELL_PX) for side in (self.content_height_px, self.content_width_px))
        return values[:rows, :columns]

    def lattice(self, drawn_size_px: tuple[int, int]) -> Lattice:
        """The density's cells in pixels of a drawing of the whole picture, `drawn_size_px` wide and high."""
        pitch = (
            CELL_PX * drawn_size_px[0] / self.content_width_px,
            CELL_PX * drawn_size_px[1] / self.content_height_px,
        )
        return Lattice(
            rows=self.engine_height_px // CELL_PX,
            columns=self.engine_width_px // CELL_PX,
            origin_px=(0.0, 0.0),
            pitch_px=pitch,
        )


def _whole_cells(length_px: float) -> int:
    """The nearest length of whole cells, at least one."""
    return max(1, round(length_px / CELL_PX)) * CELL_PX


def _up_to_stride(length_px: int) -> int:
    return -(-length_px // STRIDE_PX) * STRIDE_PX
