"""What is known of a model's errors in counting: the table from which every reading's interval comes.

`compact.band.json` stands beside `compact.onnx`; `bench/make_band.py` writes it. It names the file that it was
measured on: a table of other weights says nothing about these.
"""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from crushwatch.errors import EngineError

SUFFIX = ".band.json"


class BandLevel(BaseModel):
    """Residuals of windows that are about as crowded as each other, in units of `crushwatch.regions.band.spread`.

    people_per_block: counted people in 64 x 64 pixels of the network's input, the middle of this level
    low, high:        the truth lies between estimate + low * spread and estimate + high * spread
    """

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)

    people_per_block: float = Field(ge=0)
    low: float
    high: float
    pictures: int = Field(ge=0)
    windows: int = Field(ge=0)


class BandTable(BaseModel):
    """The levels of one model, ascending; `peak` are those of the fullest part of a region."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)

    model_sha256: str
    share: float = Field(default=0.9, gt=0, lt=1, description="Of the truths that lie inside.")
    count: tuple[BandLevel, ...] = Field(min_length=1)
    peak: tuple[BandLevel, ...] = Field(min_length=1)
    own_frames: int = Field(default=0, ge=0, description="Labelled frames of the camera itself that took part.")
    made_from: tuple[str, ...] = ()
    made_by: str = ""


def band_path(model: Path) -> Path:
    """Where the table of a model file stands.

    >>> band_path(Path("models/compact.onnx")).name
    'compact.band.json'
    """
    return model.with_name(model.stem + SUFFIX)


def band_beside(model: Path, sha256: str) -> BandTable | None:
    """The table beside a model file, if there is one and it is of this very file; raises EngineError for a broken one.

    A table that belongs to other weights is as good as none: the counts have no interval then.
    """
    path = band_path(model)
    try:
        table = BandTable.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValidationError) as error:
        raise EngineError(f"{path} is no table of a model's errors: {error}; make it anew or take it away") from None
    return table if table.model_sha256 == sha256 else None
