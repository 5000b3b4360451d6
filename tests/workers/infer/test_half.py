from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from crushwatch.errors import EngineError
from crushwatch.models import find_model
from workers.infer.half import halved

COMPACT = find_model("compact")


def types_of(graph: bytes) -> dict[str, int]:
    inferred = onnx.shape_inference.infer_shapes(onnx.load_from_string(graph))
    return {value.name: value.type.tensor_type.elem_type for value in inferred.graph.value_info}


def outputs(operator: str) -> dict[str, str]:
    """Output names by node name, of all nodes of that kind in the shipped model."""
    return {node.name: node.output[0] for node in onnx.load(str(COMPACT.path)).graph.node if node.op_type == operator}


def test_convolutions_are_fp16_except_for_those_kept() -> None:
    types = types_of(halved(COMPACT.path, COMPACT.keep_fp32))
    for name, output in outputs("Conv").items():
        kept = name.startswith(COMPACT.keep_fp32)
        assert types[output] == (TensorProto.FLOAT if kept else TensorProto.FLOAT16), name


def test_what_goes_in_and_comes_out_stays_as_it_was() -> None:
    graph = onnx.load_from_string(halved(COMPACT.path, ())).graph
    assert graph.input[0].type.tensor_type.elem_type == TensorProto.UINT8
    assert graph.output[0].type.tensor_type.elem_type == TensorProto.FLOAT


def test_the_scales_of_a_resize_stay_fp32() -> None:
    graph = onnx.load_from_string(halved(COMPACT.path, ())).graph
    kinds = {tensor.name: tensor.data_type for tensor in graph.initializer}
    resizes = [node for node in graph.node if node.op_type == "Resize"]
    assert resizes
    assert all(kinds[node.input[2]] == TensorProto.FLOAT for node in resizes)


def test_a_number_too_large_for_fp16_is_refused(tmp_path: Path) -> None:
    kernel = numpy_helper.from_array(np.full((1, 1, 1, 1), 1e6, np.float32), "kernel")
    node = helper.make_node("Conv", ["x", "kernel"], ["y"], "conv", kernel_shape=[1, 1])
    values = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 1, 8, 8]) for name in ("x", "y")]
    cast = helper.make_node("Cast", ["x"], ["x_float"], "cast", to=TensorProto.FLOAT)
    node.input[0] = "x_float"
    graph = helper.make_graph([cast, node], "large", values[:1], values[1:], [kernel])
    path = tmp_path / "large.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), str(path))
    with pytest.raises(EngineError, match="kernel holds numbers too large for FP16"):
        halved(path, ())
