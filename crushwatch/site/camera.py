"""A camera: where its pictures come from, how often they are looked at, and the ground that it sees."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from typing import Annotated, Literal, Self

import numpy as np
from pydantic import AfterValidator, Field, ValidationInfo, field_validator, model_validator

from crushwatch.site.gate import Gate
from crushwatch.site.obstacle import Obstacle
from crushwatch.site.outline import Outline
from crushwatch.site.part import Identifier, Misfit, MisfitsError, Part, Point
from crushwatch.site.region import Region
from crushwatch.site.secret import ESCAPES, SecretUrl, leads_to_a_host

SOURCE_FORMS = (
    "rtsp://..., rtsps://..., http://..., https://... (MJPEG, HLS or a file), webcam:N, sim:NAME, or the path of a file"
)


def _known_source(source: SecretUrl) -> SecretUrl:
    text = source.reveal()
    scheme = re.match(r"^([a-zA-Z][a-zA-Z0-9+.-]*):", text)
    if scheme is None or scheme[1] in ("sim", "file"):
        return source
    if scheme[1] in ("rtsp", "rtsps", "http", "https"):
        if not leads_to_a_host(text):
            raise ValueError(f"no host and port that can be read; {ESCAPES}")
        return source
    if scheme[1] == "webcam":
        if not re.fullmatch(r"webcam:\d+", text):
            raise ValueError("webcam: needs a number, as in webcam:0")
        return source
    raise ValueError(f"unknown scheme {scheme[1]!r}; allowed: {SOURCE_FORMS}")


Source = Annotated[SecretUrl, AfterValidator(_known_source)]


class GroundPoint(Part):
    """One point of the ground, in the picture and in metres."""

    px: Point = Field(description="x, y in pixels of `picture_size_px`.")
    m: Point = Field(description="x, y in metres, in any flat frame of your choice (a plan, a map).")


class Lens(Part):
    """How the lens bends straight lines, as OpenCV has it: what `cv2.calibrateCamera` gave, or `cv2.fisheye`."""

    model: Literal["brown", "fisheye"] = Field(
        default="brown", description="brown: the usual lens. fisheye: angles instead of tangents."
    )
    focal_px: float = Field(gt=0, le=100_000, description="Focal length in pixels of `picture_size_px`.")
    centre_px: Point | None = Field(
        default=None, description="Where the optical axis meets the picture; its middle if left out."
    )
    coefficients: tuple[float, ...] = Field(
        min_length=1, description="brown: k1, k2, p1, p2, k3, k4, k5, k6, from the first on. fisheye: k1 to k4."
    )

    @field_validator("coefficients")
    @classmethod
    def _not_too_many(cls, numbers: tuple[float, ...], before: ValidationInfo) -> tuple[float, ...]:
        model = before.data.get("model")
        most = 4 if model == "fisheye" else 8
        if len(numbers) > most:
            raise ValueError(f"{len(numbers)} numbers; {model or 'any model'} has {most} at most")
        return numbers


class Ground(Part):
    """The ground plane: four or more points with known positions, no three of them on one line."""

    points: tuple[GroundPoint, ...] = Field(
        description="Four or more; far apart and on the floor. From five on it is known how well they agree."
    )
    head_height_m: float = Field(
        default=1.6, ge=0.5, le=2.2, description="Height of the heads above the ground: they, not feet, are counted."
    )
    lens: Lens | None = Field(
        default=None,
        description="Of a wide lens that bends straight lines; without it the picture is taken as straight.",
    )
    reference: str | None = Field(
        default=None,
        min_length=1,
        max_length=400,
        description="The camera's picture under which the points hold, a file beside this one; without it the worker "
        "takes its first good minute.",
    )

    @field_validator("points")
    @classmethod
    def _spread_out(cls, points: tuple[GroundPoint, ...]) -> tuple[GroundPoint, ...]:
        if len(points) < 4:
            raise ValueError(f"{len(points)} points; a ground plane needs at least 4")
        for name in ("px", "m"):
            coordinates = np.array([getattr(point, name) for point in points])
            if not _has_general_quad(coordinates):
                raise ValueError(
                    f"the points' `{name}` are collinear or repeated; 4 are needed, no 3 of them on a line"
                )
        return points


def _has_general_quad(points: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> bool:
    """Whether 4 of the points exist of which no 3 lie on a line (heights under 1 % of the extent count as on it)."""
    extent = float(np.ptp(points, axis=0).max())
    if extent <= 0:
        return False

    def off_line(triple: tuple[int, ...]) -> bool:
        a, b, c = points[list(triple)]
        doubled_area = abs((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]))
        longest = max(np.linalg.norm(b - a), np.linalg.norm(c - b), np.linalg.norm(a - c))
        return bool(longest > 0 and doubled_area / longest > 0.01 * extent)

    quads = itertools.islice(itertools.combinations(range(len(points)), 4), 5000)
    return any(all(off_line(triple) for triple in itertools.combinations(quad, 3)) for quad in quads)


class Camera(Part):
    """One camera of the site."""

    name: str = Field(default="", max_length=80, description="What people call it; the id if left out.")
    source: Source = Field(description=f"Where the pictures come from: {SOURCE_FORMS}.")
    enabled: bool = Field(default=True, description="False: the camera is known but not watched.")
    transport: Literal["tcp", "udp"] = Field(default="tcp", description="How RTSP carries the picture.")
    verify_tls: bool | str = Field(
        default=True,
        description="Of rtsps:// and https://: whether the camera's certificate must be trusted; a path names who is "
        "trusted, for cameras that sign their own.",
    )
    analysis_rate_hz: float = Field(default=2, ge=0.2, le=30, description="Frames counted a second.")
    key_frames_only: bool = Field(
        default=False, description="Decode key frames only: a tenth of the work, at the pace of the camera's GOP."
    )
    hardware_decoder: Literal["none", "auto", "cuda", "vaapi", "qsv"] = Field(
        default="none", description="Decode on a GPU; falls back to the processor when it is not there."
    )
    engine_shape: tuple[int, int] = Field(
        default=(1024, 576),
        description="Width and height given to the network, multiples of 32; above 2048 x 1536 in tiles.",
    )
    picture_size_px: tuple[int, int] | None = Field(
        default=None, description="Width and height of the picture in which points and polygons were drawn."
    )
    stall_after_s: float = Field(default=5, ge=1, le=120, description="Seconds without a packet: reconnect.")
    connect_timeout_s: float = Field(default=5, ge=1, le=60, description="Seconds to wait for a connection.")
    loop: bool = Field(default=True, description="Play a file again from the start when it ends.")
    ground: Ground | None = Field(default=None, description="From pixels to metres; without it there are only counts.")
    regions: dict[Identifier, Region] = Field(
        default={}, description="Pieces of ground to watch, by id; without any, the whole picture is counted."
    )
    obstacles: dict[Identifier, Obstacle] = Field(
        default={},
        description="Ground on which nobody can stand, by id: walls, pillars, stalls. It is taken out of the area of "
        "the regions that it lies in; needs `ground`.",
    )
    gates: dict[Identifier, Gate] = Field(
        default={}, description="Lines through which people come into a region, by id; they need `ground`."
    )

    @field_validator("engine_shape")
    @classmethod
    def _multiples_of_32(cls, shape: tuple[int, int]) -> tuple[int, int]:
        if any(side % 32 or not 64 <= side <= 4096 for side in shape):
            raise ValueError(f"{shape[0]} x {shape[1]}: each side must be a multiple of 32 from 64 to 4096")
        return shape

    @field_validator("picture_size_px")
    @classmethod
    def _positive(cls, size: tuple[int, int] | None) -> tuple[int, int] | None:
        if size is not None and not all(16 <= side <= 16384 for side in size):
            raise ValueError(f"{size[0]} x {size[1]}: each side must be from 16 to 16384 pixels")
        return size

    @model_validator(mode="after")
    def _parts_go_together(self) -> Self:
        faults = [*self._outlines_without_a_frame(), *self._outlines_without_a_ground(), *self._gates_to_nowhere()]
        if faults:
            raise MisfitsError(faults)
        return self

    def _outlines_without_a_frame(self) -> Iterator[Misfit]:
        outlines: dict[str, Outline] = {f"regions.{key}": region for key, region in self.regions.items()}
        outlines |= {f"obstacles.{key}": obstacle for key, obstacle in self.obstacles.items()}
        drawn = [f"{key}.polygon_px" for key, outline in outlines.items() if outline.polygon_px]
        drawn += ["ground.points"] if self.ground else []
        if drawn and self.picture_size_px is None:
            said = f"is missing: {', '.join(drawn)} are in pixels of a picture of that size"
            yield Misfit(("picture_size_px",), said, rests_on="picture_size_px")

    def _outlines_without_a_ground(self) -> Iterator[Misfit]:
        if self.ground is not None:
            return
        for key, region in self.regions.items():
            if region.polygon_m:
                yield Misfit(("regions", key, "polygon_m"), f"is in metres but {NO_GROUND}; {DRAWN}", rests_on="ground")
        for key in self.obstacles:
            yield Misfit(("obstacles", key), f"{NO_GROUND} for it to lie on; add one", rests_on="ground")
        for key in self.gates:
            yield Misfit(("gates", key), f"{NO_GROUND}, from which speed and flow follow; add one", rests_on="ground")

    def _gates_to_nowhere(self) -> Iterator[Misfit]:
        for key, gate in self.gates.items():
            if gate.into not in self.regions:
                yield no_such_region(key, gate.into, list(self.regions))


NO_GROUND = "the camera has no `ground`"
DRAWN = "add one, or draw the region in the picture (polygon_px)"


def no_such_region(gate: str, into: str, known: Sequence[str]) -> Misfit:
    """What is said of a gate into a region that is not there.

    >>> no_such_region("east", "hall", ["square", "stairs"]).text
    'no region hall; there are square, stairs'
    >>> no_such_region("east", "", []).text
    'names no region; the camera has none yet: draw the one that it leads into, or leave the gate out'
    """
    none = "the camera has none yet: draw the one that it leads into, or leave the gate out"
    said = f"{f'no region {into}' if into else 'names no region'}; "
    said += f"there are {', '.join(known)}" if known else none
    return Misfit(("gates", gate, "into"), said, rests_on="regions")
