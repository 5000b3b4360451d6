"""From a name or a path to a model file that is what its card says."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from crushwatch.errors import ModelError
from crushwatch.models.card import PEOPLE, ModelCard

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class ModelFile:
    """An ONNX file, or the .xml with its .bin that `crushwatch quantize` writes; `card` is None where there is none."""

    name: str
    path: Path
    sha256: str
    card: ModelCard | None

    @property
    def keep_fp32(self) -> tuple[str, ...]:
        """Nodes whose names begin like one of these bear no arithmetic of fewer bits."""
        return self.card.reduced_precision.keep_fp32 if self.card else ()

    @property
    def counts(self) -> str:
        """What it counts, in the plural; of a model without a card that is taken to be people."""
        return self.card.counts if self.card else PEOPLE

    @property
    def is_int8(self) -> bool:
        """Whether `crushwatch quantize` made it."""
        return self.card is not None and self.card.quantised is not None

    def allows(self, precision: str) -> bool:
        """Whether its card says that counts in that precision are those of FP32 within 1 %."""
        return self.card is not None and self.card.allows(precision)


def list_models() -> list[ModelFile]:
    """The shipped models, by name."""
    return [_open(path) for path in _shipped()]


def find_model(name_or_path: str) -> ModelFile:
    """A shipped model by its name, or the file at a path; raises EngineError that lists what there is."""
    for path in _shipped():
        if path.stem == name_or_path:
            return _open(path)
    path = Path(name_or_path).expanduser()
    if path.suffix in (".onnx", ".xml") and path.is_file():
        return _open(path)
    names = ", ".join(path.stem for path in _shipped())
    raise ModelError(f"no model {name_or_path!r}; there is {names}, or give the path of an .onnx file that exists")


def find_for_watch(name_or_path: str) -> ModelFile:
    """As `find_model`; raises ModelError for one that counts something else than people, too."""
    model = find_model(name_or_path)
    if model.counts != PEOPLE:
        raise ModelError(f"{model.name} counts {model.counts}, not people: it cannot watch a crowd")
    return model


def int8_name(name: str) -> str:
    """What the INT8 file of a model is called.

    >>> int8_name("compact")
    'compact.int8.xml'
    """
    return f"{name}.int8.xml"


def find_int8(model: ModelFile) -> ModelFile:
    """What `crushwatch quantize` made of that model: beside it, or in the folder in which this runs.

    Raises EngineError that says how to make it.
    """
    command = f"`crushwatch quantize {_as_typed(model)} --pictures DIR`"
    for path in (model.path.parent / int8_name(model.name), Path(int8_name(model.name))):
        if path.is_file():
            found = _open(path)
            if found.card is None or found.card.quantised is None or found.card.quantised.from_sha256 != model.sha256:
                raise ModelError(f"{path} was not made of this {model.name}: make it anew with {command}")
            return found
    raise ModelError(f"there is no {int8_name(model.name)} beside {model.path} or here; {command} makes it")


def sha256_of(path: Path) -> str:
    """The SHA-256 of a model's file, or of both files of an .xml with its .bin."""
    digest = hashlib.sha256(path.read_bytes())
    if path.suffix == ".xml":
        digest.update(path.with_suffix(".bin").read_bytes())
    return digest.hexdigest()


def _as_typed(model: ModelFile) -> str:
    return model.name if model.path.parent == FOLDER else str(model.path)


def _shipped() -> list[Path]:
    return sorted(FOLDER.glob("*.onnx"))


def _open(path: Path) -> ModelFile:
    try:
        sha256 = sha256_of(path)
    except OSError as error:
        raise ModelError(f"{error.filename} cannot be read: {error.strerror}") from None
    card = _card_beside(path)
    if card is not None and card.sha256 != sha256:
        raise ModelError(
            f"{path} is not the file that {path.with_suffix('.json').name} beside it describes (SHA-256 {sha256}): "
            "get both anew, or take the card away"
        )
    return ModelFile(path.stem, path, sha256, card)


def _card_beside(path: Path) -> ModelCard | None:
    file = path.with_suffix(".json")
    if not file.is_file():
        return None
    try:
        return ModelCard.model_validate_json(file.read_bytes())
    except ValidationError as error:
        raise ModelError(f"{file} is no model card: {error}") from None
