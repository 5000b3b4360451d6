"""What a researcher types: train, evaluate, export, data. Each loads torch when it is used, not before."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.util import find_spec
from typing import TYPE_CHECKING

import typer

from crushwatch.errors import EngineError

if TYPE_CHECKING:
    from crushwatch.density.datasets import AnnotatedImage
    from crushwatch.density.networks import DensityNetwork


def require_science() -> None:
    """Raise EngineError with the command that helps when the extra `train` is not installed."""
    missing = [name for name in ("torch", "onnx", "onnxruntime", "h5py", "scipy") if find_spec(name) is None]
    if missing:
        raise EngineError(f"this needs {', '.join(missing)}: pip install 'crushwatch[train]'")


def open_model(name_or_path: str) -> DensityNetwork:
    """A network from a shipped name, an ONNX file of ours, or a checkpoint's averaged weights, in evaluation mode."""
    from crushwatch.density.start import open_weights

    return open_weights(name_or_path)


def with_progress(pictures: list[AnnotatedImage], what: str) -> Iterable[AnnotatedImage]:
    """The pictures, with a bar and the time left on a terminal's standard error."""
    with typer.progressbar(pictures, label=what, file=typer.get_text_stream("stderr")) as bar:
        yield from bar
