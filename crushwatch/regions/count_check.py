"""What a camera's own labelled frames say of its counts, and the band that they tighten.

`crushwatch calibrate-count` writes one file a camera, `count-checks/CAMERA.json` beside the site file.
"""

from __future__ import annotations

from bisect import bisect_right
from pathlib import Path

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from crushwatch.errors import SiteError
from crushwatch.models.band import BandLevel, BandTable
from crushwatch.regions.conformal import LEVEL_EDGES

FOLDER = "count-checks"
OWN_LEVEL_NEEDS = 19
"""Frames of one level of crowding, from which nine in ten can be said of it."""


class CountCheck(BaseModel):
    """One camera's labelled frames against the counts of one model at one size of picture.

    mean_people:  true people a region    mean_cells: its density cells    bias_people: counted less true, a region
    bias_share:   counted over true people, less 1; None where nobody was
    inside_share: share of the regions of a frame in which the truth lay in the model's band, mean over the frames
    count, peak:  this camera's own levels, those of which it has OWN_LEVEL_NEEDS frames
    """

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)

    camera: str
    model_sha256: str
    engine_shape: tuple[int, int]
    made_at: AwareDatetime
    frames: int = Field(ge=1)
    regions: int = Field(ge=1)
    mean_people: float = Field(ge=0)
    mean_cells: float = Field(gt=0)
    bias_people: float
    bias_share: float | None
    inside_share: float | None = Field(ge=0, le=1, description="None: the model has no table of errors")
    most_alike: int = Field(default=0, ge=0, description="Frames of the one level of crowding that most are of.")
    faults: tuple[str, ...] = ()
    count: tuple[BandLevel, ...] = ()
    peak: tuple[BandLevel, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether the camera's counts may be believed as they are."""
        return not self.faults

    def is_of(self, model_sha256: str, engine_shape: tuple[int, int]) -> bool:
        """Whether it speaks of counts of that model at that size; otherwise it says nothing."""
        return self.model_sha256 == model_sha256 and self.engine_shape == engine_shape


def too_few_alike(check: CountCheck) -> str:
    """Why so many frames make no band."""
    frames = "1 frame" if check.frames == 1 else f"{check.frames} frames"
    return (
        f"{frames}, of which at most {check.most_alike} {'is' if check.most_alike == 1 else 'are'} of one level of "
        f"crowding; {OWN_LEVEL_NEEDS} of one level make a band of the camera's own"
    )


def check_path(site_file: Path, camera: str) -> Path:
    """Where a camera's check stands.

    >>> check_path(Path("venue/site.yaml"), "north-gate").as_posix()
    'venue/count-checks/north-gate.json'
    """
    return site_file.parent / FOLDER / f"{camera}.json"


def read_check(site_file: Path, camera: str) -> CountCheck | None:
    """The camera's check, if there is one; raises SiteError for a file that is none or may not be read."""
    path = check_path(site_file, camera)
    try:
        return CountCheck.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except OSError as error:
        raise SiteError(f"{path}: cannot be read: {error.strerror}; let the worker's user read it") from None
    except ValidationError as error:
        raise SiteError(f"{path} is no check of counts: {error}; run crushwatch calibrate-count anew") from None


def tightened(table: BandTable, check: CountCheck) -> BandTable:
    """The model's table with the camera's own levels in place of the model's, where it has any.

    What was not seen on the camera stays the model's: quiet hours say nothing of a packed crowd.
    """
    if not check.count:
        return table
    return table.model_copy(
        update={
            "count": _replaced(table.count, check.count),
            "peak": _replaced(table.peak, check.peak),
            "own_frames": check.frames,
        }
    )


def _replaced(levels: tuple[BandLevel, ...], own: tuple[BandLevel, ...]) -> tuple[BandLevel, ...]:
    mine = {_place(level) for level in own}
    kept = (level for level in levels if _place(level) not in mine)
    return tuple(sorted((*kept, *own), key=lambda level: level.people_per_block))


def _place(level: BandLevel) -> int:
    return bisect_right(LEVEL_EDGES, level.people_per_block)
