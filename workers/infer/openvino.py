"""OpenVINO: the engine for processors."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import numpy.typing as npt
import openvino as ov

from crushwatch.errors import EngineError
from crushwatch.models import ModelFile
from workers.infer.engine import Density

HINTS = {"fp32": "f32", "bf16": "bf16", "fp16": "f16"}


class OpenVinoEngine:
    """One compiled network a batch shape, made at first use and kept; OpenVINO keeps its own cache on disk."""

    name = "openvino"

    def __init__(self, model: ModelFile, *, precision: str = "fp32", threads: int = 0) -> None:
        if precision not in HINTS:
            raise EngineError(f"openvino: no precision {precision!r}; there are {', '.join(HINTS)}")
        self.precision = precision
        self._core = ov.Core()
        self._core.set_property({"CACHE_DIR": str(cache_folder() / "openvino")})
        self._options = {
            "INFERENCE_PRECISION_HINT": HINTS[precision],
            "PERFORMANCE_HINT": "LATENCY",
        } | ({"INFERENCE_NUM_THREADS": threads} if threads else {})
        try:
            self._model = self._core.read_model(str(model.path))
        except RuntimeError as error:
            raise EngineError(f"{model.path} is no model that OpenVINO reads: {error}") from None
        self._compiled: dict[tuple[int, ...], ov.InferRequest] = {}

    @property
    def device(self) -> str:
        """The processor's name."""
        return str(self._core.get_property("CPU", "FULL_DEVICE_NAME"))

    def infer(self, images: npt.NDArray[np.uint8]) -> Density:
        """See `Engine.infer`; releases Python's lock while it computes."""
        request = self._request(images.shape)
        try:
            result = request.infer({0: images}, share_inputs=True)
        except RuntimeError as error:
            raise EngineError(f"openvino: the network could not be run: {error}") from None
        return np.asarray(result[0], dtype=np.float32)

    def close(self) -> None:
        """Let the compiled networks go."""
        self._compiled.clear()

    def _request(self, shape: tuple[int, ...]) -> ov.InferRequest:
        if shape not in self._compiled:
            model = self._model.clone()
            model.reshape(list(shape))
            self._compiled[shape] = self._core.compile_model(model, "CPU", self._options).create_infer_request()
        return self._compiled[shape]


def cache_folder() -> Path:
    """Where compiled networks are kept between runs."""
    return Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "crushwatch"
