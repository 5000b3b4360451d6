"""PyTorch: the reference with which the other engines are compared, and an engine for NVIDIA GPUs without TensorRT.

On a GPU a batch goes through in turns of 1, 2, 4 ... pictures over two lanes. Each lane has page-locked memory, a
stream and a CUDA graph of its own, so that one lane copies while the other computes, and a turn is one launch.
"""

from __future__ import annotations

import ctypes
import platform
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from crushwatch.density.export import load_exported
from crushwatch.errors import EngineError
from crushwatch.models import ModelFile
from workers.infer.engine import Density, DeviceFullError, DeviceLostError, checked_images

LANES = 2
WARM_UP_RUNS = 3
TYPES = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}
AUTO = ("fp16", "bf16", "fp32")
"""What `auto` takes on a GPU: the first that the model's card vouches for."""

MOST_PIXELS = 2**31 // 64
"""Of all pictures in a turn: networks begin with up to 64 channels, and not every kernel counts beyond 31 bits."""

DEVICE_FAULTS = ("CUDA", "cuDNN", "CUDNN", "CUBLAS")
"""How torch's RuntimeErrors begin that come from the GPU, its driver and its libraries."""
NO_ROOM = (
    "CUDA error: out of memory",
    "FIND was unable to find an engine",
    "GET was unable to find an engine",
    "Unable to find a valid cuDNN algorithm",
)
"""How those begin that a smaller batch may help: the driver's own, and cuDNN's when no kernel gets its workspace."""

Network = Callable[[Tensor], Tensor]
"""(n, height, width, 3) uint8 on the device to (n, height / 8, width / 8) float32."""


class TorchEngine:
    """On the GPU if torch sees one, else on the processor. For one thread at a time."""

    name = "torch"

    def __init__(
        self,
        model: ModelFile,
        *,
        precision: str = "auto",
        threads: int = 0,
        batch_size: int = 8,
        shapes_px: Sequence[tuple[int, int]] = (),
        device: str = "",
    ) -> None:
        """threads: of the whole process, 0: all cores. device: cpu, cuda, cuda:1; the best there is if left out.

        batch_size: most pictures in one turn. shapes_px: (width, height) of what will come: a GPU prepares for it now.
        """
        if threads:
            torch.set_num_threads(threads)
        self._at = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
        if self.is_on_gpu and not torch.cuda.is_available():
            raise EngineError("torch sees no NVIDIA GPU here; take engine openvino")
        self.precision = _choose_precision(model, precision, self._at)
        with _device_faults():
            network = load_exported(model.path, model.card.network if model.card else None)
            network.to(self._at, memory_format=torch.channels_last)  # type: ignore[call-overload]
            self.device = torch.cuda.get_device_name(self._at) if self.is_on_gpu else _processor()
        if self.is_on_gpu:
            choose_kernels()
        self._network: Network = network
        self._batch_size = batch_size
        self._tracks = [_Track(self._at) for _ in range(LANES)]
        self._lanes: dict[tuple[int, tuple[int, ...]], _Lane] = {}
        if self.is_on_gpu:
            with suppress(DeviceFullError):  # what does not fit is found out, and told, when it comes
                self.prepare(shapes_px)

    @property
    def is_on_gpu(self) -> bool:
        """Whether the processor only feeds it."""
        return self._at.type == "cuda"

    def infer(self, images: npt.NDArray[np.uint8]) -> Density:
        """See `Engine.infer`. Raises DeviceFullError for a batch that the device's memory does not hold."""
        images = checked_images(images)
        waiting: deque[_Lane] = deque()
        done: list[Density] = []
        with self._faults():
            for number, (first, count) in enumerate(self._turns(len(images), images.shape)):
                if len(waiting) == LANES:
                    done.append(waiting.popleft().receive())
                waiting.append(self._lane(number % LANES, images[first : first + count].shape))
                waiting[-1].send(images[first : first + count])
            done.extend(lane.receive() for lane in waiting)
        return np.concatenate(done)

    def prepare(self, shapes_px: Sequence[tuple[int, int]]) -> None:
        """Lay out memory and capture graphs for every turn of these sizes, the largest first: the rest fits in it."""
        with self._faults():
            for width, height in sorted(shapes_px, reverse=True):
                shape = (height, width, 3)
                counts = {count for _, count in self._turns(2 * self._batch_size - 1, (1, *shape))}
                for count in sorted(counts, reverse=True):
                    for number in range(LANES):
                        self._lane(number, (count, *shape))

    def on_device(self, images: npt.NDArray[np.uint8]) -> Tensor:
        """As `infer`, the density left on the device (`torch_regions` measures it there)."""
        images = checked_images(images)
        done: list[Tensor] = []
        with self._faults():
            for number, (first, count) in enumerate(self._turns(len(images), images.shape)):
                lane = self._lane(number % LANES, images[first : first + count].shape)
                lane.send(images[first : first + count])
                done.append(lane.left_on_device())
            return torch.cat(done)

    def close(self) -> None:
        """Give the device's memory back, unless it is found to be lost."""
        with suppress(DeviceLostError), self._faults():
            for track in self._tracks:
                track.wait()
        self._lanes.clear()

    def _turns(self, count: int, shape: tuple[int, ...]) -> Iterator[tuple[int, int]]:
        """shape: (..., height, width, 3) of the pictures."""
        return turns(count, min(self._batch_size, max(1, MOST_PIXELS // (shape[-3] * shape[-2]))))

    def _faults(self) -> AbstractContextManager[None]:
        return _device_faults(self._give_back, self._leave)

    def _give_back(self) -> None:
        """All lanes; the next ones get pools of their own, for torch does not take one whose graphs are gone."""
        self._lanes.clear()
        self._tracks = [_Track(self._at) for _ in range(LANES)]

    def _leave(self) -> None:
        """What lies on a lost device is never freed: giving back page-locked memory that a stream has used records an
        event there, and where that fails in a destructor torch ends the whole process."""
        for lane in self._lanes.values():
            ctypes.pythonapi.Py_IncRef(ctypes.py_object(lane))

    def _lane(self, number: int, shape: tuple[int, ...]) -> _Lane:
        if (number, shape) not in self._lanes:
            self._lanes[number, shape] = _Lane(self._compute, shape, self._at, self._tracks[number])
        return self._lanes[number, shape]

    def _compute(self, images: Tensor) -> Tensor:
        reduced = self.precision != "fp32"
        with torch.inference_mode(), torch.autocast(self._at.type, TYPES[self.precision], reduced, cache_enabled=False):
            return self._network(images).float()


def choose_kernels() -> None:
    """The fastest for each shape; and FP32 means FP32, also where a network asks for it among fewer bits: shortened to
    TF32, the first layers of `compact` move a street scene's count by up to 0.5 %."""
    torch.backends.cudnn.benchmark = True
    torch.backends.cudnn.allow_tf32 = False


def turns(count: int, most: int) -> Iterator[tuple[int, int]]:
    """(first, count) of each turn: powers of two, the largest first, so that few shapes are ever captured.

    >>> list(turns(11, 8)), list(turns(5, 3))
    ([(0, 8), (8, 2), (10, 1)], [(0, 2), (2, 2), (4, 1)])
    """
    first = 0
    while first < count:
        taken = 1 << (min(count - first, most).bit_length() - 1)
        yield first, taken
        first += taken


class _Track:
    """A stream, and memory that its graphs share: one at a time runs on it."""

    def __init__(self, at: torch.device) -> None:
        on_gpu = at.type == "cuda"
        self.stream = torch.cuda.Stream(at) if on_gpu else None  # type: ignore[no-untyped-call]
        self.pool = torch.cuda.graph_pool_handle() if on_gpu else None

    def within(self) -> Any:
        """What is done in the block goes into the stream."""
        return nullcontext() if self.stream is None else torch.cuda.stream(self.stream)

    def wait(self) -> None:
        """Until the stream has done all it was given."""
        if self.stream is not None:
            self.stream.synchronize()


class _Lane:
    """Memory on both sides for turns of one shape, on a track; on a processor the same without a stream."""

    def __init__(
        self, compute: Callable[[Tensor], Tensor], shape: tuple[int, ...], at: torch.device, track: _Track
    ) -> None:
        on_gpu = at.type == "cuda"
        self._compute, self._track = compute, track
        self._host = torch.empty(shape, dtype=torch.uint8, pin_memory=on_gpu)
        self._images = self._host.to(at) if on_gpu else self._host
        self._graph: torch.cuda.CUDAGraph | None = None
        with track.within():
            for _ in range(WARM_UP_RUNS if on_gpu else 1):
                self._density = compute(self._images)
        if on_gpu:
            self._capture()
        self._result = torch.empty(self._density.shape, dtype=torch.float32, pin_memory=on_gpu)

    def send(self, images: npt.NDArray[np.uint8]) -> None:
        """Start a turn, once the one before on this track is through; the turn itself is not waited for."""
        self._track.wait()
        self._host.numpy()[:] = images
        with self._track.within():
            if self._images is not self._host:
                self._images.copy_(self._host, non_blocking=True)
            if self._graph is None:
                self._density = self._compute(self._images)
            else:
                self._graph.replay()
            self._result.copy_(self._density, non_blocking=True)

    def receive(self) -> Density:
        """Wait for the turn's result; the caller's own."""
        self._track.wait()
        return np.array(self._result.numpy(), dtype=np.float32)

    def left_on_device(self) -> Tensor:
        """The turn's result for work that follows in torch's own stream; the caller's own."""
        with self._track.within():
            density = self._density.clone()
        if self._track.stream is not None:
            current = torch.cuda.current_stream(self._images.device)
            current.wait_stream(self._track.stream)
            density.record_stream(current)
        return density

    def _capture(self) -> None:
        self._track.wait()
        self._graph = torch.cuda.CUDAGraph()
        graph = torch.cuda.graph(
            self._graph,
            pool=self._track.pool,
            stream=self._track.stream,
            capture_error_mode="thread_local",  # other threads decode on the GPU meanwhile
        )
        with graph:
            self._density = self._compute(self._images)


@contextmanager
def _device_faults(
    give_back: Callable[[], None] = lambda: None, leave: Callable[[], None] = lambda: None
) -> Iterator[None]:
    """What torch says of the device, in the words of the engines' seam.

    give_back: the memory, where it ran out. leave: what lies on a device that is lost.
    """
    try:
        yield
    except RuntimeError as error:
        if _is_full(error):
            give_back()
            if torch.cuda.is_available():
                torch.cuda.empty_cache()
            raise DeviceFullError(f"torch: {_first_line(error)}") from None
        if not str(error).startswith(DEVICE_FAULTS):
            raise
        leave()
        raise DeviceLostError(f"torch: {_first_line(error)}") from None


def _is_full(error: BaseException | None) -> bool:
    """Whether memory ran out, also where the end of a capture that was broken off for it fails in its turn."""
    while error is not None:
        if isinstance(error, torch.OutOfMemoryError) or str(error).startswith(NO_ROOM):
            return True
        error = error.__context__
    return False


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]


def _choose_precision(model: ModelFile, asked: str, at: torch.device) -> str:
    if asked == "auto":
        return next((p for p in AUTO if model.allows(p)), "fp32") if at.type == "cuda" else "fp32"
    if asked not in TYPES:
        raise EngineError(f"torch: no precision {asked!r}; there are auto, {', '.join(TYPES)}")
    return asked


def _processor() -> str:
    return f"{platform.machine()}, {torch.get_num_threads()} threads"
