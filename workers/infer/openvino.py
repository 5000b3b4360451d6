"""OpenVINO: the engine for processors.

One network is compiled for pictures and batches of every size: measured, that is as fast as one compiled for a size,
and compiling takes so little (0.2 s) that nothing is kept on disk.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import numpy.typing as npt
import openvino as ov

from crushwatch.errors import EngineError
from crushwatch.models import ModelFile
from workers.infer.engine import Density, checked_images

HINTS = {"fp32": "f32", "bf16": "bf16", "fp16": "f16"}
"""Our names of precisions and OpenVINO's."""


class OpenVinoEngine:
    """Runs on the processor. For one thread at a time; Python's lock is free while it computes."""

    name = "openvino"

    def __init__(self, model: ModelFile, *, precision: str = "auto", threads: int = 0) -> None:
        """precision: auto is bf16 where the processor has it and the model's card vouches for it, else fp32."""
        core = ov.Core()
        self.precision = _choose_precision(core, model, precision)
        options = {"PERFORMANCE_HINT": "LATENCY"} | ({"INFERENCE_NUM_THREADS": threads} if threads else {})
        compiled = _compile(core, model, self.precision, options)
        if not _keeps_fp32(compiled, model.keep_fp32):
            if precision != "auto":
                raise EngineError(f"this OpenVINO computes all of {model.name} in {precision}; take precision fp32")
            self.precision = "fp32"
            compiled = _compile(core, model, "fp32", options)
        used = compiled.get_property("INFERENCE_NUM_THREADS")
        self.device = f"{str(core.get_property('CPU', 'FULL_DEVICE_NAME')).strip()}, {used} threads"
        self._request: ov.InferRequest | None = compiled.create_infer_request()

    def infer(self, images: npt.NDArray[np.uint8]) -> Density:
        """See `Engine.infer`."""
        if self._request is None:
            raise EngineError("openvino: the engine is closed")
        try:
            result = self._request.infer({0: checked_images(images)}, share_inputs=True)
        except RuntimeError as error:
            raise EngineError(f"openvino: the network could not be run: {error}") from None
        return np.asarray(result[0], dtype=np.float32)

    def close(self) -> None:
        """Let the compiled network go."""
        self._request = None


def _choose_precision(core: ov.Core, model: ModelFile, asked: str) -> str:
    capable = str(core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")).lower()
    if asked == "auto":
        # OpenVINO's own choice is bf16 only on processors with instructions for it.
        own_choice = core.get_property("CPU", "INFERENCE_PRECISION_HINT")
        return "bf16" if own_choice == ov.Type.bf16 and model.allows("bf16") else "fp32"
    if asked not in HINTS:
        raise EngineError(f"openvino: no precision {asked!r}; there are auto, {', '.join(HINTS)}")
    if asked not in capable:
        raise EngineError(f"openvino: this processor has no {asked} arithmetic; take precision auto or fp32")
    return asked


def _compile(core: ov.Core, model: ModelFile, precision: str, options: Mapping[str, object]) -> ov.CompiledModel:
    try:
        network = core.read_model(str(model.path))
        if precision != "fp32" and model.keep_fp32:
            network = _kept_precise(core, network, model.keep_fp32)
        return core.compile_model(network, "CPU", {**options, "INFERENCE_PRECISION_HINT": HINTS[precision]})
    except RuntimeError as error:
        raise EngineError(f"{model.path} is no model that OpenVINO can run: {error}") from None


def _kept_precise(core: ov.Core, network: ov.Model, prefixes: tuple[str, ...]) -> ov.Model:
    """The network with nodes marked that are to be computed in FP32.

    Through OpenVINO's own file format: the mark `precise` stands there in every version, while its name in memory has
    changed.
    """
    with tempfile.TemporaryDirectory() as folder:
        graph, weights = Path(folder, "model.xml"), Path(folder, "model.bin")
        ov.serialize(network, str(graph), str(weights))
        tree = ElementTree.parse(graph)  # noqa: S314  # written by OpenVINO a moment ago
        for layer in tree.iter("layer"):
            if layer.get("type") != "Const" and layer.get("name", "").startswith(prefixes):
                notes = layer.find("rt_info")
                notes = ElementTree.SubElement(layer, "rt_info") if notes is None else notes
                ElementTree.SubElement(notes, "attribute", name="precise", version="0")
        return core.read_model(ElementTree.tostring(tree.getroot()), weights.read_bytes())


def _keeps_fp32(compiled: ov.CompiledModel, prefixes: tuple[str, ...]) -> bool:
    """Whether no convolution whose name begins with one of `prefixes` will be computed in less than FP32."""
    for node in compiled.get_runtime_model().get_ordered_ops():
        notes = {name: value.astype(str) for name, value in node.get_rt_info().items()}
        is_meant = any(origin.startswith(prefixes) for origin in notes.get("originalLayersNames", "").split(","))
        if is_meant and notes.get("layerType") == "Convolution" and notes.get("runtimePrecision") != "f32":
            return False
    return True
