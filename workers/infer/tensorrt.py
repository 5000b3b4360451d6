"""TensorRT and TensorRT-RTX: the engine for NVIDIA GPUs."""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt
import structlog

from crushwatch.errors import EngineError
from crushwatch.models import ModelFile
from workers.infer import cuda
from workers.infer.cache import EngineCache, cache_folder, cache_key
from workers.infer.engine import CELL_PX, Density, DeviceFullError, DeviceLostError, checked_images
from workers.infer.tensorrt_build import (
    PRECISIONS,
    Build,
    begun,
    build_engine,
    file_for,
    listener,
    load_package,
    made_from,
)

log = structlog.get_logger("crushwatch.workers.infer")


class TensorRtEngine:
    """One built network a picture size, made at first use and kept on disk. For one thread at a time."""

    name = "tensorrt"

    def __init__(
        self,
        model: ModelFile,
        *,
        precision: str = "auto",
        shapes_px: Sequence[tuple[int, int]] = (),
        batch_size: int = 8,
        cache: EngineCache | None = None,
        package: ModuleType | None = None,
    ) -> None:
        """precision: auto is fp16 where the model's card vouches for it, else fp32. package: the first there is."""
        self._package = package or load_package()
        self._said = listener(self._package)
        self._gpu = cuda.first_gpu()
        self.device = self._gpu.name
        self.precision = _choose_precision(model, precision)
        self._model = file_for(model, self.precision)
        self._batch_size = batch_size
        self._cache = cache or EngineCache(cache_folder())
        self._stream = cuda.new_stream()
        self._built: dict[tuple[int, int], _BuiltNetwork] = {}
        for shape_px in shapes_px:
            self._for_shape(shape_px)

    def infer(self, images: npt.NDArray[np.uint8]) -> Density:
        """See `Engine.infer`; more pictures than `batch_size` are taken in turns."""
        images = checked_images(images)
        network = self._for_shape((images.shape[2], images.shape[1]))
        turns = range(0, len(images), self._batch_size)
        return np.concatenate([network.run(images[first : first + self._batch_size]) for first in turns])

    def close(self) -> None:
        """Give the GPU's memory back; safe to call twice."""
        for network in self._built.values():
            network.close()
        self._built.clear()
        if self._stream is not None:
            cuda.end(self._stream)
            self._stream = None

    def _for_shape(self, shape_px: tuple[int, int]) -> _BuiltNetwork:
        if shape_px not in self._built:
            build = Build(*shape_px, self._batch_size, self.precision)
            self._built[shape_px] = _BuiltNetwork(self._engine(build), build, self._stream, self._said)
        return self._built[shape_px]

    def _engine(self, build: Build) -> Any:
        """From the cache, or built and put there."""
        runtime = begun(self._package.Runtime, self._said)
        gpu = f"{self._gpu.name} {self._gpu.compute_capability}"
        parts = made_from(self._package, self._model, build, gpu)
        key = cache_key(parts)
        kept = self._cache.load(key)
        if kept is not None:
            engine = runtime.deserialize_cuda_engine(kept)
            if engine is not None:
                return engine
            self._cache.forget(key)
        log.info("building an engine, kept for the next start", width=build.width_px, height=build.height_px)
        built = build_engine(self._package, self._model, build)
        self._cache.store(key, built, parts)
        engine = runtime.deserialize_cuda_engine(built)
        if engine is None:
            raise EngineError(f"TensorRT refuses the engine that it has built for {build}: {self._said.last_words}")
        return engine


def _choose_precision(model: ModelFile, asked: str) -> str:
    if asked == "auto":
        return "fp16" if model.allows("fp16") else "fp32"
    if asked not in PRECISIONS:
        raise EngineError(f"tensorrt: no precision {asked!r}; there are auto, {', '.join(PRECISIONS)}")
    return asked


class _BuiltNetwork:
    """An engine with its memory."""

    def __init__(self, engine: Any, build: Build, stream: Any, said: Any) -> None:
        self._engine, self._said = engine, said  # the context lives on the engine
        self._context = engine.create_execution_context()
        if self._context is None:
            raise DeviceFullError(f"tensorrt: not enough memory on the GPU for {build}: {said.last_words}")
        rows, columns = build.height_px // CELL_PX, build.width_px // CELL_PX
        self._images = cuda.Mirrored((build.batch_size, build.height_px, build.width_px, 3), np.uint8)
        try:
            self._density = cuda.Mirrored((build.batch_size, rows, columns), np.float32)
        except EngineError:
            self._images.close()
            raise
        self._context.set_tensor_address("images", self._images.at_gpu)
        self._context.set_tensor_address("density", self._density.at_gpu)
        self._stream = stream

    def run(self, images: npt.NDArray[np.uint8]) -> Density:
        """Up to the batch size of them."""
        count = len(images)
        self._images.host[:count] = images
        self._context.set_input_shape("images", images.shape)
        self._images.to_gpu(count, self._stream)
        if not self._context.execute_async_v3(int(self._stream)):
            raise DeviceLostError(f"tensorrt: the network did not run: {self._said.last_words}")
        self._density.to_host(count, self._stream)
        cuda.wait_for(self._stream)
        density: Density = self._density.host[:count].copy()
        return density

    def close(self) -> None:
        """Give everything back."""
        self._images.close()
        self._density.close()
        del self._context, self._engine
