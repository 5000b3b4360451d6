"""OpenVINO: the engine for processors.

One network is compiled for pictures and batches of every size: measured, that is as fast as one compiled for a size.
What was compiled is kept on disk.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import numpy.typing as npt

from crushwatch.errors import EngineError
from crushwatch.models import ModelFile, find_int8
from workers.infer.cache import EngineCache, cache_folder, cache_key
from workers.infer.engine import CELL_PX, Density, checked_images
from workers.infer.no_telemetry import ov
from workers.infer.plan import Plan, usable_cores

HINTS = {"fp32": "f32", "bf16": "bf16", "fp16": "f16", "int8": "f32"}
"""Our names of precisions and OpenVINO's. An INT8 file says itself what is INT8; the rest of it is computed in FP32."""


class OpenVinoEngine:
    """Runs on the processor. For one thread at a time; Python's lock is free while it computes."""

    name = "openvino"

    def __init__(
        self,
        model: ModelFile,
        *,
        precision: str = "auto",
        plan: Plan | None = None,
        cache: EngineCache | None = None,
    ) -> None:
        """precision: auto is bf16 where the processor has it and the model's card vouches for it, else fp32; a file
        that is INT8 stays so. plan: how the cores are used; by default all on one request."""
        core, cache, self.plan = ov.Core(), cache or EngineCache(cache_folder()), plan or Plan()
        model, self.precision = choose_precision(core, model, precision)
        try:
            compiled = _compiled(core, model, self.precision, self.plan, cache)
        except _CannotKeepFp32Error:
            if precision != "auto":
                raise
            self.precision = "fp32"
            compiled = _compiled(core, model, self.precision, self.plan, cache)
        self.device = f"{processor(core)}, {compiled.get_property('INFERENCE_NUM_THREADS')} threads"
        self._side_by_side: ov.AsyncInferQueue | None = None
        if self.plan.streams > 1:
            self._side_by_side = ov.AsyncInferQueue(compiled, self.plan.streams)
            self._side_by_side.set_callback(_into_density)
            # A batch that would leave streams idle is computed by all threads together.
            compiled = _compiled(core, model, self.precision, Plan(threads=self.plan.threads), cache)
        self._alone: ov.InferRequest | None = compiled.create_infer_request()

    def infer(self, images: npt.NDArray[np.uint8]) -> Density:
        """See `Engine.infer`."""
        if self._alone is None:
            raise EngineError("openvino: the engine is closed")
        images = checked_images(images)
        count, height, width, _ = images.shape
        density = np.empty((count, height // CELL_PX, width // CELL_PX), np.float32)
        shares = list(self.plan.shares(count))
        try:
            if self._side_by_side is None or len(shares) < self.plan.streams:
                for share in shares:
                    density[share] = self._alone.infer({0: images[share]}, share_inputs=True)[0]
            else:
                for share in shares:
                    self._side_by_side.start_async({0: images[share]}, (density, share), share_inputs=True)
                self._side_by_side.wait_all()
        except RuntimeError as error:
            raise EngineError(f"openvino: the network could not be run: {error}") from None
        return density

    def close(self) -> None:
        """Let the compiled network go."""
        self._alone = self._side_by_side = None


class _CannotKeepFp32Error(EngineError):
    """This OpenVINO has no way to compute some nodes in FP32 and the others in less."""


def _into_density(request: ov.InferRequest, place: tuple[Density, slice]) -> None:
    density, share = place
    density[share] = request.get_output_tensor(0).data


def processor(core: ov.Core) -> str:
    """Its name in words."""
    return str(core.get_property("CPU", "FULL_DEVICE_NAME")).strip()


def choose_precision(core: ov.Core, model: ModelFile, asked: str) -> tuple[ModelFile, str]:
    """The file to open and the arithmetic for it; raises EngineError for what the processor or the model has not."""
    if asked not in ("auto", *HINTS):
        raise EngineError(f"openvino: no precision {asked!r}; there are auto, {', '.join(HINTS)}")
    if model.is_int8 and asked not in ("auto", "int8"):
        raise EngineError(f"{model.name} is INT8; for {asked} take the model that it was made from")
    if model.is_int8 or asked == "int8":
        return (model if model.is_int8 else find_int8(model)), "int8"
    if asked == "auto":
        # OpenVINO's own choice is bf16 only on processors with instructions for it.
        own_choice = core.get_property("CPU", "INFERENCE_PRECISION_HINT")
        return model, "bf16" if own_choice == ov.Type.bf16 and model.allows("bf16") else "fp32"
    if asked not in str(core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")).lower():
        raise EngineError(f"openvino: this processor has no {asked} arithmetic; take precision auto or fp32")
    return model, asked


def made_from(core: ov.Core, model: ModelFile, precision: str, plan: Plan) -> dict[str, object]:
    """All that a compiled network depends on, for its key in the cache."""
    return {
        "engine": "openvino",
        "version": ov.get_version(),
        "processor": processor(core),
        "capabilities": sorted(core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")),
        "cores": usable_cores(),
        "name": model.name,
        "model": model.sha256,
        "keep_fp32": model.keep_fp32,
        "precision": precision,
        "streams": plan.streams,
        "threads": plan.threads,
    }


def _compiled(core: ov.Core, model: ModelFile, precision: str, plan: Plan, cache: EngineCache) -> ov.CompiledModel:
    """From the cache, or compiled and put there."""
    options = {"NUM_STREAMS": plan.streams, "INFERENCE_PRECISION_HINT": HINTS[precision]}
    options |= {"INFERENCE_NUM_THREADS": plan.threads} if plan.threads else {}
    parts = made_from(core, model, precision, plan)
    key = cache_key(parts)
    kept = cache.load(key)
    if kept is not None:
        try:
            return core.import_model(kept, "CPU", options)
        except RuntimeError:
            cache.forget(key)
    compiled = _compile(core, model, precision, options)
    if not _keeps_fp32(compiled, model.keep_fp32):
        raise _CannotKeepFp32Error(f"this OpenVINO computes all of {model.name} in {precision}; take precision fp32")
    cache.store(key, compiled.export_model().getvalue(), parts)
    return compiled


def _compile(core: ov.Core, model: ModelFile, precision: str, options: Mapping[str, object]) -> ov.CompiledModel:
    try:
        network = core.read_model(str(model.path))
        if HINTS[precision] != "f32" and model.keep_fp32:
            network = _kept_precise(core, network, model.keep_fp32)
        return core.compile_model(network, "CPU", dict(options))
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
