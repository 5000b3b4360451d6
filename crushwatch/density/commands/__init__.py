"""What a researcher types: train, evaluate, export, data. Each loads torch when it is used, not before."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from crushwatch.errors import EngineError

if TYPE_CHECKING:
    from crushwatch.density.datasets import AnnotatedImage
    from crushwatch.density.networks import DensityNetwork

SHIPPED = Path(__file__).parents[2] / "models"


def require_science() -> None:
    """Raise EngineError with the command that helps when the extra `train` is not installed."""
    missing = [name for name in ("torch", "onnx", "h5py", "scipy") if find_spec(name) is None]
    if missing:
        raise EngineError(f"this needs {', '.join(missing)}: pip install 'crushwatch[train]'")


def model_path(name_or_path: str) -> Path:
    """A shipped model by its name, or a file; raises EngineError listing what is shipped."""
    shipped, given = SHIPPED / f"{name_or_path}.onnx", Path(name_or_path)
    if shipped.is_file():
        return shipped
    if given.is_file():
        return given
    names = ", ".join(sorted(path.stem for path in SHIPPED.glob("*.onnx"))) or "none"
    raise EngineError(f"there is no model {name_or_path!r}; shipped: {names}; or give an .onnx or .pt file")


def open_model(name_or_path: str) -> DensityNetwork:
    """A network from a shipped name, an ONNX file of ours, or a checkpoint's averaged weights, in evaluation mode."""
    from crushwatch.density.export import load_exported
    from crushwatch.density.training import averaged_network

    path = model_path(name_or_path)
    return averaged_network(path) if path.suffix == ".pt" else load_exported(path)


def with_progress(pictures: list[AnnotatedImage], what: str) -> Iterable[AnnotatedImage]:
    """The pictures, with a bar and the time left on a terminal's standard error."""
    with typer.progressbar(pictures, label=what, file=typer.get_text_stream("stderr")) as bar:
        yield from bar
