"""From a model to a TensorRT engine. With TensorRT-RTX this needs no GPU, so that it is tested everywhere.

The packages `tensorrt` and `tensorrt_rtx` (its wheels' module: `tensorrt_rtx_bindings`) have one interface, and both
compute each tensor in the type that it has in the graph: FP16 is written into the graph (`half.py`).
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from crushwatch.errors import EngineError
from crushwatch.models import ModelFile, find_model

PACKAGES = ("tensorrt", "tensorrt_rtx", "tensorrt_rtx_bindings")
EIGHT_BITS = ("int8", "fp8")
PRECISIONS = ("fp32", "fp16", *EIGHT_BITS)


@dataclass(frozen=True)
class Build:
    """What an engine is built for: pictures of one size, one to `batch_size` of them at once."""

    width_px: int
    height_px: int
    batch_size: int
    precision: str


def load_package(names: tuple[str, ...] = PACKAGES) -> ModuleType:
    """The first of these that is installed; raises ImportError where there is none."""
    for name in names:
        try:
            return importlib.import_module(name)
        except ModuleNotFoundError:
            continue
    raise ImportError(f"none of {', '.join(names)}")


def made_from(package: ModuleType, model: ModelFile, build: Build, gpu: str) -> dict[str, object]:
    """All that the built engine depends on, for its key in the cache."""
    return asdict(build) | {
        "engine": "tensorrt",
        "name": model.name,
        "model": model.sha256,
        "keep_fp32": model.keep_fp32,
        "gpu": gpu,
        "package": package.__name__,
        "version": package.__version__,
    }


def eight_bit_name(model: ModelFile, precision: str) -> str:
    """What `crushwatch quantize --engine tensorrt` calls its file."""
    return f"{model.name}.{precision}-tensorrt.onnx"


def file_for(model: ModelFile, precision: str) -> ModelFile:
    """The file to build from: for eight bits what was made of the model, beside it or in the folder where this runs.

    Raises EngineError that says how to make it.
    """
    if precision not in EIGHT_BITS:
        return model
    name = eight_bit_name(model, precision)
    command = f"`crushwatch quantize {model.name} --engine tensorrt --kind {precision} --pictures DIR`"
    for path in (model.path.parent / name, Path(name)):
        if path.is_file():
            found = find_model(str(path))
            if found.card is None or found.card.quantised is None or found.card.quantised.from_sha256 != model.sha256:
                raise EngineError(f"{path} was not made of this {model.name}: make it anew with {command}")
            return found
    raise EngineError(f"there is no {name} beside {model.path} or here; {command} makes it")


def build_engine(package: ModuleType, model: ModelFile, build: Build) -> bytes:
    """The engine, as it lies on disk; raises EngineError with what TensorRT said when it cannot be built."""
    said = listener(package)
    builder = begun(package.Builder, said)
    network = builder.create_network(1 << int(package.NetworkDefinitionCreationFlag.STRONGLY_TYPED))
    parser = package.OnnxParser(network, said)
    if not parser.parse(_graph(model, build.precision)):
        raise EngineError(f"{model.path}: TensorRT cannot read it: {said.last_words}")
    built = builder.build_serialized_network(network, _settings(package, builder, build))
    if built is None:
        raise EngineError(f"{model.path}: TensorRT cannot build it for {build}: {said.last_words}")
    return bytes(built)


def begun(kind: Callable[[Any], Any], said: Any) -> Any:
    """A builder or a runtime; raises EngineError where TensorRT cannot begin with this GPU or this driver."""
    try:
        return kind(said)
    except TypeError:  # what its bindings make of nothing
        raise EngineError(f"TensorRT cannot begin here, which often is a driver too old: {said.last_words}") from None


def _graph(model: ModelFile, precision: str) -> bytes:
    if precision != "fp16":  # eight bits are written in the file
        return model.path.read_bytes()
    from workers.infer.half import halved

    return halved(model.path, model.keep_fp32)


def _settings(package: ModuleType, builder: Any, build: Build) -> Any:
    """Batches of 1 to `batch_size`; FP32 means FP32, without TensorFloat-32's shortened products."""
    settings = builder.create_builder_config()
    settings.clear_flag(package.BuilderFlag.TF32)
    profile = builder.create_optimization_profile()
    one = (1, build.height_px, build.width_px, 3)
    most = (build.batch_size, *one[1:])
    profile.set_shape("images", one, most, most)
    settings.add_optimization_profile(profile)
    return settings


def listener(package: ModuleType) -> Any:
    """A TensorRT logger that keeps the last error instead of printing."""
    errors = (package.ILogger.Severity.ERROR, package.ILogger.Severity.INTERNAL_ERROR)

    class Listener(package.ILogger):  # type: ignore[misc, name-defined]  # TensorRT comes without types
        def __init__(self) -> None:
            super().__init__()
            self.last_words = "it gave no reason"

        def log(self, severity: object, message: str) -> None:
            if severity in errors:
                self.last_words = message

    return Listener()
