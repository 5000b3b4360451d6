"""The seam of inference: pictures in, people per cell out, whatever runs the network."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import numpy.typing as npt

from crushwatch.errors import EngineError

CELL_PX = 8
"""One density cell covers 8 x 8 pixels of the network's input."""
STRIDE_PX = 32
"""The input's height and width are multiples of this."""

Density = npt.NDArray[np.float32]
"""(..., height / 8, width / 8), people per cell."""


class DeviceFullError(EngineError):
    """The device's memory does not hold the batch; a smaller one may fit."""


class DeviceLostError(EngineError):
    """The device has gone or failed; nothing will run on it in this process."""


class Engine(Protocol):
    """A network that is ready to run. Normalisation is inside the graph."""

    @property
    def name(self) -> str:
        """openvino, torch, tensorrt."""
        ...

    @property
    def precision(self) -> str:
        """fp32, bf16, fp16, int8, fp8."""
        ...

    @property
    def device(self) -> str:
        """What it runs on, in words."""
        ...

    def infer(self, images: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """People per cell.

        images: (n, height, width, 3) uint8 RGB, height and width multiples of 32.
        Returns (n, height / 8, width / 8) float32, not negative; its sum over a picture is the count.
        """
        ...

    def close(self) -> None:
        """Give the device back."""
        ...


def checked_images(images: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """The images as every engine may take them, contiguous; raises EngineError for anything else.

    >>> checked_images(np.zeros((1, 70, 64, 3), np.uint8))
    Traceback (most recent call last):
        ...
    crushwatch.errors.EngineError: an engine takes uint8 images of (n, height, width, 3), height and width multiples \
of 32; these are uint8 of (1, 70, 64, 3)
    """
    shape = images.shape
    fits = (
        len(shape) == 4 and shape[0] > 0 and shape[3] == 3 and all(side and not side % STRIDE_PX for side in shape[1:3])
    )
    if not fits or images.dtype != np.uint8:
        raise EngineError(
            f"an engine takes uint8 images of (n, height, width, 3), height and width multiples of {STRIDE_PX}; "
            f"these are {images.dtype} of {shape}"
        )
    return np.ascontiguousarray(images)
