"""From a name or a path to a model file that is what its card says."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crushwatch.errors import EngineError

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class ModelFile:
    """`card`: what is known of the model, as in the JSON beside it; empty for a file without one."""

    name: str
    path: Path
    sha256: str
    card: dict[str, Any]


def list_models() -> list[ModelFile]:
    """The shipped models, by name."""
    return [_open(path) for path in sorted(FOLDER.glob("*.onnx"))]


def find_model(name_or_path: str) -> ModelFile:
    """A shipped model by its name, or the ONNX file at a path; raises EngineError that lists what there is."""
    shipped = FOLDER / f"{name_or_path}.onnx"
    if shipped.is_file():
        return _open(shipped)
    path = Path(name_or_path)
    if path.suffix == ".onnx" and path.is_file():
        return _open(path)
    names = ", ".join(sorted(path.stem for path in FOLDER.glob("*.onnx")))
    raise EngineError(f"no model {name_or_path!r}: there are {names}, or give the path of an .onnx file")


def _open(path: Path) -> ModelFile:
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    card_file = path.with_suffix(".json")
    card = json.loads(card_file.read_text(encoding="utf-8")) if card_file.is_file() else {}
    if card and card.get("sha256") != sha256:
        raise EngineError(f"{path} is not the file that its card {card_file.name} describes: the checksums differ")
    return ModelFile(path.stem, path, sha256, card)
