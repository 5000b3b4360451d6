"""FP16 arithmetic written into the graph, for engines that compute each tensor in the type it has (TensorRT).

Nodes that bear no fewer bits stay in FP32; a Cast stands where the two meet.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
from onnx import helper, numpy_helper

from crushwatch.errors import EngineError

IN_HALF = frozenset({"Conv", "Relu", "Clip", "Add", "Concat", "MaxPool", "Resize"})
"""Operators that are computed in FP16; all others stay in FP32."""
FIRST_INPUT_ONLY = frozenset({"Resize"})
"""Of these, the other inputs (scales) are no part of the arithmetic."""
ONNX_TYPE = {True: onnx.TensorProto.FLOAT16, False: onnx.TensorProto.FLOAT}


def halved(path: Path, keep_fp32: tuple[str, ...]) -> bytes:
    """The ONNX file's graph in FP16, except for nodes whose names begin like one of `keep_fp32`."""
    model = onnx.load(str(path))
    _Halving(model.graph, keep_fp32).rewrite()
    onnx.checker.check_model(model, full_check=True)
    return bytes(model.SerializeToString())


class _Halving:
    """Walks the graph once, in order, giving each node its inputs in the type in which it computes."""

    def __init__(self, graph: onnx.GraphProto, keep_fp32: tuple[str, ...]) -> None:
        self._graph = graph
        self._keep_fp32 = keep_fp32
        self._constants = dict(_float_constants(graph))
        self._is_half: dict[str, bool] = {}
        self._nodes: list[onnx.NodeProto] = []
        self._values: dict[str, npt.NDArray[np.floating]] = {}

    def rewrite(self) -> None:
        """Change the graph in place."""
        for node in self._graph.node:
            if node.output[0] not in self._constants:
                self._adapt(node)
        kept = [tensor for tensor in self._graph.initializer if tensor.name not in self._constants]
        made = [numpy_helper.from_array(value, name) for name, value in self._values.items()]
        del self._graph.node[:], self._graph.initializer[:], self._graph.value_info[:]
        self._graph.node.extend(self._nodes)
        self._graph.initializer.extend(kept + made)

    def _adapt(self, node: onnx.NodeProto) -> None:
        is_float = self._is_float(node.input[0]) if node.input else False
        half = is_float and node.op_type in IN_HALF and not _begins_like(node.name, self._keep_fp32)
        for index, name in enumerate(node.input):
            if self._is_float(name):
                node.input[index] = self._as(name, half and (index == 0 or node.op_type not in FIRST_INPUT_ONLY))
        if is_float or _casts_to_float(node):
            self._is_half |= dict.fromkeys(node.output, half)
        self._nodes.append(node)

    def _is_float(self, name: str) -> bool:
        return name in self._constants or name in self._is_half

    def _as(self, name: str, half: bool) -> str:
        """The name under which that tensor is there in the type asked for."""
        if self._is_half.get(name) == half:
            return name
        given = f"{name}.{'half' if half else 'single'}"
        if given in self._is_half:
            return given
        self._is_half[given] = half
        if name in self._constants:
            self._values[given] = _in_half(name, self._constants[name]) if half else self._constants[name]
        else:
            self._nodes.append(helper.make_node("Cast", [name], [given], given, to=ONNX_TYPE[half]))
        return given


def _begins_like(name: str, prefixes: tuple[str, ...]) -> bool:
    return bool(prefixes) and name.startswith(prefixes)


def _casts_to_float(node: onnx.NodeProto) -> bool:
    return node.op_type == "Cast" and node.attribute[0].i == onnx.TensorProto.FLOAT


def _in_half(name: str, value: npt.NDArray[np.float32]) -> npt.NDArray[np.float16]:
    if np.abs(value).max(initial=0) > np.finfo(np.float16).max:
        raise EngineError(f"{name} holds numbers too large for FP16; take precision fp32")
    return value.astype(np.float16)


def _float_constants(graph: onnx.GraphProto) -> Iterator[tuple[str, npt.NDArray[np.float32]]]:
    """All that is stored as floating point, by the name under which the graph uses it, as FP32."""
    stored = {tensor.name: tensor for tensor in graph.initializer}
    stored |= {node.output[0]: node.attribute[0].t for node in graph.node if node.op_type == "Constant"}
    stored |= {n.output[0]: stored[n.input[0]] for n in graph.node if n.op_type == "Cast" and n.input[0] in stored}
    for name, tensor in stored.items():
        if tensor.data_type in ONNX_TYPE.values():
            yield name, numpy_helper.to_array(tensor).astype(np.float32)
