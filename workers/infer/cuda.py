"""The little of CUDA that inference needs: one GPU, memory on both sides, a stream between them."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
from cuda.bindings import runtime

from crushwatch.errors import EngineError
from workers.infer.engine import DeviceFullError, DeviceLostError


def checked(answer: tuple[Any, ...]) -> Any:
    """The value in a CUDA call's answer, (status, value) or (status,).

    Raises DeviceFullError where memory ran out, and DeviceLostError for all else that is no success.
    """
    status, *values = answer
    if status != runtime.cudaError_t.cudaSuccess:
        _, text = runtime.cudaGetErrorString(status)
        is_full = status == runtime.cudaError_t.cudaErrorMemoryAllocation
        fault = DeviceFullError if is_full else DeviceLostError
        raise fault(f"CUDA: {text.decode() if isinstance(text, bytes) else status.name}")
    return values[0] if values else None


@dataclass(frozen=True)
class Gpu:
    """The first GPU that CUDA sees."""

    name: str
    compute_capability: str


def first_gpu() -> Gpu:
    """Raises EngineError where there is no NVIDIA GPU or its driver is too old."""
    try:
        if not checked(runtime.cudaGetDeviceCount()):
            raise EngineError("CUDA sees no device")
        found = checked(runtime.cudaGetDeviceProperties(0))
    except EngineError as error:
        raise EngineError(f"no NVIDIA GPU can be used here ({error}); take engine openvino") from None
    return Gpu(found.name.decode().rstrip("\0"), f"{found.major}.{found.minor}")


@dataclass
class Mirrored:
    """An array in page-locked memory of the host and room for it on the GPU; `close` gives both back."""

    shape: tuple[int, ...]
    dtype: npt.DTypeLike
    host: npt.NDArray[Any] = field(init=False)
    at_gpu: int = field(init=False)

    def __post_init__(self) -> None:
        size = int(np.prod(self.shape)) * np.dtype(self.dtype).itemsize
        self._at_host = int(checked(runtime.cudaMallocHost(size)))
        try:
            self.at_gpu = int(checked(runtime.cudaMalloc(size)))
        except EngineError:
            runtime.cudaFreeHost(self._at_host)
            raise
        locked = np.ctypeslib.as_array((ctypes.c_uint8 * size).from_address(self._at_host))
        self.host = locked.view(self.dtype).reshape(self.shape)

    def to_gpu(self, count: int, stream: Any) -> None:
        """Send the first `count` of the array along its first axis."""
        kind = runtime.cudaMemcpyKind.cudaMemcpyHostToDevice
        checked(runtime.cudaMemcpyAsync(self.at_gpu, self._at_host, self.host[:count].nbytes, kind, stream))

    def to_host(self, count: int, stream: Any) -> None:
        """Fetch them."""
        kind = runtime.cudaMemcpyKind.cudaMemcpyDeviceToHost
        checked(runtime.cudaMemcpyAsync(self._at_host, self.at_gpu, self.host[:count].nbytes, kind, stream))

    def close(self) -> None:
        """The array must not be used after this."""
        runtime.cudaFree(self.at_gpu)
        runtime.cudaFreeHost(self._at_host)


def new_stream() -> Any:
    """A stream of its own."""
    return checked(runtime.cudaStreamCreate())


def wait_for(stream: Any) -> None:
    """Until everything in the stream is done; raises EngineError for what failed in it."""
    checked(runtime.cudaStreamSynchronize(stream))


def end(stream: Any) -> None:
    """Give the stream back."""
    runtime.cudaStreamDestroy(stream)
