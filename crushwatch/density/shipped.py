"""Where the models are that come with the package."""

from __future__ import annotations

from pathlib import Path

from crushwatch.errors import ModelError

SHIPPED = Path(__file__).parents[1] / "models"


def model_path(name_or_path: str) -> Path:
    """A shipped model by its name, or a file; raises EngineError listing what is shipped."""
    shipped, given = SHIPPED / f"{name_or_path}.onnx", Path(name_or_path)
    if shipped.is_file():
        return shipped
    if given.is_file():
        return given
    names = ", ".join(sorted(path.stem for path in SHIPPED.glob("*.onnx"))) or "none"
    raise ModelError(f"there is no model {name_or_path!r}; shipped: {names}; or give an .onnx or .pt file")
