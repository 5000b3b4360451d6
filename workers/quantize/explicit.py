"""INT8 and FP8 written into an ONNX graph, as TensorRT wants it: what goes into a convolution is quantised before it.

Convolutions that see all channels get both their input and their kernel in eight bits (one scale a tensor, and one a
kernel's output); depthwise ones, the first one and those that bear no fewer bits stay in FP16 or FP32, as in `half.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
import numpy.typing as npt
import onnx
from onnx import helper, numpy_helper

from crushwatch.errors import EngineError
from workers.infer.half import halved
from workers.quantize.pictures import read_pixels

OPSET = 19
"""The first in which FP8 and scales in FP16 are known."""
FEWEST_CHANNELS = 8
"""A convolution of fewer input channels (the first one) gains nothing."""
SMALLEST_SCALE = 2.0**-14
"""FP16's smallest number of full precision."""
SHARE_KEPT = 0.9999
"""So many of a tensor's numbers are within its range; the rest are clipped to it."""
EVERY = 7
"""Of a tensor's numbers, each so-manieth is looked at."""


@dataclass(frozen=True)
class Kind:
    """Eight bits of one sort: the largest number, and ONNX's and NumPy's names for the type."""

    largest: float
    onnx_type: int
    numpy_type: type


KINDS = {
    "int8": Kind(127.0, onnx.TensorProto.INT8, np.int8),
    "fp8": Kind(448.0, onnx.TensorProto.FLOAT8E4M3FN, ml_dtypes.float8_e4m3fn),
}

Ranges = Mapping[str, float]
"""By a tensor's name: its numbers lie between minus this and this."""


def ranges(path: Path, pictures: Sequence[Path]) -> dict[str, float]:
    """The range of everything that goes into a convolution, over the pictures."""
    model = onnx.load(str(path))
    wanted = sorted({node.input[0] for node in model.graph.node if node.op_type == "Conv"})
    model.graph.output.extend(helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None) for name in wanted)
    session = plain_session(model.SerializeToString())
    found = dict.fromkeys(wanted, 0.0)
    for picture in pictures:
        for name, values in zip(wanted, session.run(wanted, {"images": read_pixels(picture)}), strict=True):
            found[name] = max(found[name], reach(values))
    return found


def plain_session(graph: bytes) -> Any:
    """ONNX Runtime on the processor, every node computed as it stands; raises EngineError where it is not installed."""
    try:
        import onnxruntime
    except ImportError:
        raise EngineError("eight bits for TensorRT are compared by ONNX Runtime: pip install onnxruntime") from None
    plain = onnxruntime.SessionOptions()
    plain.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    plain.add_session_config_entry("session.intra_op.allow_spinning", "0")  # other work has the cores meanwhile
    return onnxruntime.InferenceSession(graph, plain, providers=["CPUExecutionProvider"])


def reach(values: npt.NDArray[np.float32]) -> float:
    """The size that all but one in ten thousand of the numbers stay under."""
    sizes = np.abs(values.reshape(-1)[::EVERY])
    place = min(len(sizes) - 1, int(SHARE_KEPT * len(sizes)))
    return float(np.partition(sizes, place)[place])


def quantised(path: Path, keep_fp32: tuple[str, ...], known: Ranges, kind: str, smallest_kernel: int = 1) -> bytes:
    """The ONNX file's graph in that kind of eight bits, FP16 between; raises EngineError for an unknown kind.

    smallest_kernel: convolutions whose kernel is narrower stay in FP16; 3 leaves those of 1 x 1 alone.
    """
    if kind not in KINDS:
        raise EngineError(f"no eight bits of kind {kind!r}; there are {', '.join(KINDS)}")
    model = onnx.load_from_string(halved(path, keep_fp32))
    _Quantising(model.graph, known, KINDS[kind], keep_fp32, smallest_kernel).rewrite()
    del model.opset_import[:]
    model.opset_import.append(helper.make_opsetid("", OPSET))
    model.ir_version = max(model.ir_version, 9)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


class _Quantising:
    """Walks the graph once, in order."""

    def __init__(
        self, graph: onnx.GraphProto, known: Ranges, kind: Kind, keep_fp32: tuple[str, ...], smallest_kernel: int
    ) -> None:
        self._graph, self._known, self._kind = graph, known, kind
        self._keep_fp32, self._smallest_kernel = keep_fp32, smallest_kernel
        self._kernels = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
        self._made: dict[str, str] = {}
        self._nodes: list[onnx.NodeProto] = []

    def rewrite(self) -> None:
        """Change the graph in place."""
        for node in self._graph.node:
            if self._is_meant(node):
                node.input[0] = self._input(node.input[0])
                node.input[1] = self._kernel(node.input[1])
            self._nodes.append(node)
        del self._graph.node[:], self._graph.value_info[:]
        self._graph.node.extend(self._nodes)
        read = {name for node in self._nodes for name in node.input}
        kept = [tensor for tensor in self._graph.initializer if tensor.name in read]
        del self._graph.initializer[:]
        self._graph.initializer.extend(kept)

    def _is_meant(self, node: onnx.NodeProto) -> bool:
        if node.op_type != "Conv" or node.name.startswith(self._keep_fp32 or ("\0",)):
            return False
        kernel = self._kernels.get(node.input[1])
        has_all_channels = all(entry.i == 1 for entry in node.attribute if entry.name == "group")
        if kernel is None or kernel.dtype != np.float16 or kernel.shape[3] < self._smallest_kernel:
            return False
        is_wide = kernel.shape[1] >= FEWEST_CHANNELS
        return has_all_channels and is_wide and self._known.get(_plain(node.input[0]), 0.0) > 0

    def _input(self, name: str) -> str:
        """The name under which the tensor is there after eight bits; quantised once, whoever reads it."""
        if name not in self._made:
            self._store(f"{name}.scale", np.array(self._scale(self._known[_plain(name)]), np.float16))
            self._store(f"{name}.zero", np.zeros((), self._kind.numpy_type))
            self._quantise(name)
            self._restore(f"{name}.eight", f"{name}.scale", f"{name}.zero", f"{name}.back")
            self._made[name] = f"{name}.back"
        return self._made[name]

    def _kernel(self, name: str) -> str:
        if name not in self._made:
            kernel = self._kernels[name].astype(np.float32)
            scales = np.array([self._scale(float(np.abs(part).max())) for part in kernel], np.float16)
            eight = kernel / scales.astype(np.float32).reshape(-1, 1, 1, 1)
            eight = np.clip(eight, -self._kind.largest, self._kind.largest)
            rounded = np.round(eight) if self._kind.onnx_type == onnx.TensorProto.INT8 else eight
            self._store(f"{name}.eight", rounded.astype(self._kind.numpy_type))
            self._store(f"{name}.scale", scales)
            self._store(f"{name}.zero", np.zeros(len(scales), self._kind.numpy_type))
            self._restore(f"{name}.eight", f"{name}.scale", f"{name}.zero", f"{name}.back", axis=0)
            self._made[name] = f"{name}.back"
        return self._made[name]

    def _scale(self, reach_: float) -> float:
        return max(SMALLEST_SCALE, reach_ / self._kind.largest)

    def _store(self, name: str, values: npt.NDArray[np.generic]) -> None:
        self._graph.initializer.append(numpy_helper.from_array(values, name))

    def _quantise(self, name: str) -> None:
        inputs = [name, f"{name}.scale", f"{name}.zero"]
        self._nodes.append(helper.make_node("QuantizeLinear", inputs, [f"{name}.eight"], f"{name}.quantise"))

    def _restore(self, eight: str, scale: str, zero: str, to: str, axis: int | None = None) -> None:
        node = helper.make_node("DequantizeLinear", [eight, scale, zero], [to], f"{to}.restore")
        if axis is not None:
            node.attribute.append(helper.make_attribute("axis", axis))
        self._nodes.append(node)


def _plain(name: str) -> str:
    """A tensor's name before `half.py` gave it another type."""
    return name.removesuffix(".half").removesuffix(".single")
