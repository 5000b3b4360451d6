"""PyTorch: the reference with which the other engines are compared, and a convenience for development."""

from __future__ import annotations

import platform

import numpy as np
import numpy.typing as npt
import torch

from crushwatch.density.export import load_exported
from crushwatch.errors import EngineError
from crushwatch.models import ModelFile
from workers.infer.engine import Density, checked_images


class TorchEngine:
    """FP32, on the GPU if torch sees one, else on the processor."""

    name = "torch"
    precision = "fp32"

    def __init__(self, model: ModelFile, *, precision: str = "auto", threads: int = 0) -> None:
        """threads: of the whole process, 0: all cores."""
        if precision not in ("auto", "fp32"):
            raise EngineError(f"torch is the reference and computes in fp32, not in {precision}")
        if threads:
            torch.set_num_threads(threads)
        self._at = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self._network = load_exported(model.path, model.card.network if model.card else None).to(self._at)
        on_gpu = self._at.type == "cuda"
        self.device = (
            torch.cuda.get_device_name() if on_gpu else f"{platform.machine()}, {torch.get_num_threads()} threads"
        )

    def infer(self, images: npt.NDArray[np.uint8]) -> Density:
        """See `Engine.infer`."""
        with torch.inference_mode():
            density = self._network(torch.from_numpy(checked_images(images)).to(self._at))
        return np.asarray(density.cpu().numpy(), dtype=np.float32)

    def close(self) -> None:
        """Nothing is held but memory."""
