"""From what the site file asks for to an engine that runs. Engines are imported when they are chosen, not before."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec

import structlog

from crushwatch.errors import EngineError, ModelError
from crushwatch.gpu import has_nvidia_gpu
from crushwatch.models import ModelFile
from workers.infer.engine import Engine

EXTRAS = {"openvino": "crushwatch", "torch": "'crushwatch[train]'", "tensorrt": "'crushwatch[tensorrt]'"}
"""The engines, and what pip has to install for each."""
GPU_ENGINES = {"tensorrt": ("tensorrt", "tensorrt_rtx", "tensorrt_rtx_bindings"), "torch": ("torch",)}
"""What `auto` tries on a machine with an NVIDIA GPU, and the packages of which one must be there."""

log = structlog.get_logger("crushwatch.workers.infer")


def open_engine(
    engine: str,
    model: ModelFile,
    *,
    precision: str = "auto",
    threads: int = 0,
    shapes_px: Sequence[tuple[int, int]] = (),
    batch_size: int = 8,
    tune: bool = False,
) -> Engine:
    """The engine of that name, ready to run; raises EngineError that says which extra to install.

    engine:     openvino, torch, tensorrt, or auto: on an NVIDIA GPU the first of tensorrt and torch that can be used
                there, else openvino; an engine on a GPU that fails goes on with smaller batches, then on the processor
    precision:  fp32, bf16, fp16, int8, fp8 (tensorrt alone), or auto: the fastest whose counts, the model's card says,
                are within 1 % of FP32; int8 and fp8 take the file that `crushwatch quantize` made
    threads:    of the processor; 0: all cores
    shapes_px:  (width, height) of what will come, for engines that have to be built for it; any other shape works too
    batch_size: most pictures at once; more are taken in turns
    tune:       measure how the cores are best used, where nobody has and it takes seconds (openvino)
    """
    if engine == "auto":
        return _open_best(model, precision, threads, shapes_px, batch_size, tune)
    try:
        return _open(engine, model, precision, threads, shapes_px, batch_size, tune)
    except ImportError as error:
        raise EngineError(
            f"engine {engine} needs a package that is not installed ({error}): pip install {EXTRAS[engine]}"
        ) from None


def _open_best(
    model: ModelFile, precision: str, threads: int, shapes_px: Sequence[tuple[int, int]], batch_size: int, tune: bool
) -> Engine:
    for name, packages in GPU_ENGINES.items() if has_nvidia_gpu() else ():
        if not any(map(find_spec, packages)):
            continue
        try:
            return _open(name, model, precision, threads, shapes_px, batch_size, tune, on_gpu=True)
        except (EngineError, ImportError) as error:
            log.warning("an engine cannot be used on this GPU", engine=name, reason=str(error))
    if precision == "fp8":
        raise EngineError(
            "precision fp8 needs an NVIDIA GPU with TensorRT, and none here can be used; set worker.precision to auto"
        )
    return _open("openvino", model, precision, threads, shapes_px, batch_size, tune)


def _open(
    engine: str,
    model: ModelFile,
    precision: str,
    threads: int,
    shapes_px: Sequence[tuple[int, int]],
    batch_size: int,
    tune: bool,
    on_gpu: bool = False,
) -> Engine:
    """on_gpu: nowhere else; what can also run on a processor raises EngineError where it sees no GPU."""
    if model.is_int8 and engine != "openvino":
        raise ModelError(f"{model.name} is an INT8 file for openvino; {engine} takes the model that it was made from")
    match engine:
        case "openvino":
            from workers.infer.openvino import OpenVinoEngine
            from workers.infer.tune import plan_for

            plan = plan_for(model, precision, shapes_px, batch_size, threads, measure=tune)
            return OpenVinoEngine(model, precision=precision, plan=plan)
        case "torch":
            from workers.infer.torch import TorchEngine

            device = "cuda" if on_gpu else ""
            torch_engine = TorchEngine(
                model,
                precision=precision,
                threads=threads,
                batch_size=batch_size,
                shapes_px=shapes_px,
                device=device,
            )
            return _steady(torch_engine, model, threads, batch_size) if torch_engine.is_on_gpu else torch_engine
        case "tensorrt":
            from workers.infer.tensorrt import TensorRtEngine

            built = TensorRtEngine(model, precision=precision, shapes_px=shapes_px, batch_size=batch_size)
            return _steady(built, model, threads, batch_size)
        case _:
            raise ModelError(f"no engine {engine!r}; there are auto, {', '.join(EXTRAS)}")


def _steady(engine: Engine, model: ModelFile, threads: int, batch_size: int) -> Engine:
    """An engine on a GPU, with the processor's behind it for the day when the GPU fails."""
    from workers.infer.steady import SteadyEngine

    return SteadyEngine(engine, lambda: open_engine("openvino", model, threads=threads), batch_size)
