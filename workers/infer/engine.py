"""The seam of inference: pictures in, people per cell out, whatever runs the network."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import numpy.typing as npt

CELL_PX = 8
"""One density cell covers 8 x 8 pixels of the network's input."""


Density = npt.NDArray[np.float32]
"""(..., height / 8, width / 8), people per cell."""


class Engine(Protocol):
    """A network that is ready to run. Normalisation is inside the graph."""

    @property
    def name(self) -> str:
        """openvino, torch, tensorrt."""
        ...

    @property
    def precision(self) -> str:
        """fp32, bf16, fp16, int8."""
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
