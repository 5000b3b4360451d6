"""The ways to quantise, by NNCF, from the fastest network to the most careful."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from crushwatch.errors import EngineError
from crushwatch.models import ModelFile
from workers.infer.no_telemetry import ov
from workers.quantize.difference import PEOPLED
from workers.quantize.pictures import Pixels, read_pixels, thinned

RANKED_ON = 24
"""Pictures on which the careful recipe finds out which layers bear it least."""
LEFT_FOR_OTHERS = 0.6
"""The careful recipe stops at this share of what is allowed, for it sees other pictures than those that decide."""


@dataclass(frozen=True)
class Recipe:
    """kept_fp32: nodes that it leaves alone. make: the network in INT8."""

    name: str
    kept_fp32: tuple[str, ...]
    make: Callable[[], ov.Model]


def recipes(model: ModelFile, calibrated: Sequence[Path], allowed_percent: float) -> list[Recipe]:
    """What to try, in this order; raises EngineError where NNCF is missing."""
    nncf, network, kept = load_nncf(), with_constants_folded(model), model.keep_fp32
    data = nncf.Dataset(calibrated, read_pixels)

    def plainly(scope: Any = None) -> ov.Model:
        return nncf.quantize(network.clone(), data, subset_size=len(calibrated), ignored_scope=scope)

    def carefully() -> ov.Model:
        return nncf.quantize_with_accuracy_control(
            network.clone(),
            calibration_dataset=data,
            validation_dataset=nncf.Dataset([read_pixels(path) for path in thinned(calibrated, RANKED_ON)]),
            validation_fn=Agreement(network),
            max_drop=LEFT_FOR_OTHERS * allowed_percent / 100,
            drop_type=nncf.DropType.ABSOLUTE,
            subset_size=len(calibrated),
            ignored_scope=left_alone(nncf, kept),
        )

    tried = [Recipe("all in INT8", (), plainly)]
    if kept:
        tried.append(Recipe("INT8 but for what the card keeps", kept, lambda: plainly(left_alone(nncf, kept))))
    return [*tried, Recipe("INT8 layer by layer", kept, carefully)]


def load_nncf() -> ModuleType:
    """NNCF, quiet; raises EngineError that says what to install."""
    try:
        import nncf
    except ImportError as error:
        raise EngineError(f"quantising needs {error.name}: pip install 'crushwatch[quantize]'") from None
    logging.getLogger("nncf").setLevel(logging.ERROR)  # nncf.set_log_level sets the handlers of others too
    found: ModuleType = nncf
    return found


def left_alone(nncf: ModuleType, prefixes: Sequence[str]) -> Any:
    """NNCF's word for nodes whose names begin like one of these."""
    return nncf.IgnoredScope(patterns=[f"{re.escape(prefix)}.*" for prefix in prefixes], validate=False)


def with_constants_folded(model: ModelFile) -> ov.Model:
    """The network without arithmetic on its weights. A depthwise kernel that is reshaped in the graph would get ranges
    that are not one a channel, and OpenVINO would then compute it in FP32."""
    from openvino.passes import ConstantFolding, Manager

    try:
        network = ov.Core().read_model(str(model.path))
    except RuntimeError as error:
        raise EngineError(f"{model.path} is no model that OpenVINO can run: {error}") from None
    passes = Manager()
    passes.register_pass(ConstantFolding())
    passes.run_passes(network)
    return network


class Agreement:
    """What NNCF is to keep high: 1 less the mean relative difference to FP32's counts."""

    def __init__(self, network: ov.Model) -> None:
        self._wanted = ov.compile_model(network, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})

    def __call__(self, network: Any, inputs: Iterable[Pixels]) -> tuple[float, list[float]]:
        each = []
        for pixels in inputs:
            wanted, found = (float(compiled({0: pixels})[0].sum()) for compiled in (self._wanted, network))
            each.append(1 - abs(found - wanted) / max(wanted, PEOPLED))
        return float(np.mean(each)), each
