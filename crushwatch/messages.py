"""What travels between workers, bus and service: frozen, versioned, with units in the field names.

Readers tolerate unknown fields, so that a worker of next month can feed the service of today; the golden
samples in `tests/crushwatch/messages/` hold one file a version, so that last month's worker can too.
Times are UTC. Every message carries when the frame was captured *and* when it was published.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter


class Level(enum.StrEnum):
    """How bad it is. `unknown` is no rank between the others: it is never drawn as clear and never closes an alert."""

    UNKNOWN = "unknown"
    CLEAR = "clear"
    NOTICE = "notice"
    CAUTION = "caution"
    ALERT = "alert"
    CRITICAL = "critical"


RAISED_LEVELS: tuple[Level, ...] = (Level.NOTICE, Level.CAUTION, Level.ALERT, Level.CRITICAL)
"""The levels above clear, from the lowest to the highest."""

SEVERITY: dict[Level, int] = {level: rank for rank, level in enumerate((Level.CLEAR, *RAISED_LEVELS))} | {
    Level.UNKNOWN: -1
}
"""Rank of a level for sorting: clear 0 to critical 4, unknown -1."""


class Message(BaseModel):
    """The base of all that travels."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)
    version: int = 1


class LevelForecast(BaseModel):
    """When a level will be passed if the density grows on as it does; the band is one of 90 %."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)
    level: Level
    threshold_per_m2: float
    in_s: float = Field(ge=0)
    earliest_s: float = Field(ge=0)
    latest_s: float | None = Field(default=None, ge=0, description="None: perhaps not within ten minutes")


class Forecast(BaseModel):
    """The density that is held against the levels, filtered, with a 90 % band, and where it is heading."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)
    density_per_m2: float = Field(ge=0)
    density_low_per_m2: float = Field(ge=0)
    density_high_per_m2: float = Field(ge=0)
    rate_per_m2_per_min: float
    rate_low_per_m2_per_min: float
    rate_high_per_m2_per_min: float
    levels: tuple[LevelForecast, ...] = Field(default=(), description="the levels it will pass within ten minutes")


class Band(BaseModel):
    """Between which figures the truth lies nine times in ten, by the errors of the model that counted.

    Each is around the filtered figure of the same name. The densities' are wider by what the ground plane leaves open.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)
    count_low: float = Field(ge=0)
    count_high: float = Field(ge=0)
    density_low_per_m2: float | None = Field(default=None, ge=0)
    density_high_per_m2: float | None = Field(default=None, ge=0)
    peak_density_low_per_m2: float | None = Field(default=None, ge=0)
    peak_density_high_per_m2: float | None = Field(default=None, ge=0)
    own_frames: int = Field(default=0, ge=0, description="labelled frames of this camera that took part")


class Hold(BaseModel):
    """An alert that stays although its figure no longer raises it, and what will end it.

    It ends, or falls to a lower level, once the figure was below `below` for `for_s` without a break, in figures that
    are believed.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)
    rule: str = Field(description="levels, capacity, rise, forecast ...")
    level: Level = Field(description="the level that is held")
    value: float | None = Field(
        default=None, description="what is held against `below`, with `certainty` its low or high end"
    )
    below: float | None = Field(default=None, description="None: the rule looks at more than one figure")
    unit: str | None = None
    for_s: float = Field(ge=0)
    calm_since: AwareDatetime | None = Field(
        default=None, description="capture time of the first figure of the run that ends it; None: no such run now"
    )
    believed: bool = Field(default=True, description="False: of low quality, or no figure; such a figure ends nothing")
    then: Level | None = Field(
        default=None,
        description="the level to which it falls if figures stay as they are; clear: it ends. None: no such run now, "
        "or a worker that does not say it",
    )


class GateFlow(BaseModel):
    """What passes a gate, averaged over the last ten seconds, and who is inside by the difference."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)
    gate: str
    width_m: float = Field(gt=0)
    in_per_m_min: float = Field(ge=0, description="people per metre of width and minute, into the region")
    out_per_m_min: float = Field(ge=0, description="the same, out of it")
    net_people: float = Field(description="who came in less who went out by this gate since the worker started")


class RegionReading(Message):
    """What one camera measured in one region at one moment.

    `density_per_m2` and `peak_density_per_m2` are medians over the filter window, and so is `count`; the
    `instant_...` figures are those of this frame alone. Density is None where the camera supports no figure on the
    ground (uncalibrated and no area given): a count is then all there is.
    """

    kind: Literal["reading"] = "reading"
    site: str
    camera: str
    region: str
    captured_at: AwareDatetime
    published_at: AwareDatetime
    sequence: int = Field(ge=0, description="frame number of this camera since the worker started")
    count: float = Field(ge=0, description="people in the part of the region that is seen")
    area_m2: float | None = Field(default=None, gt=0, description="ground area of the part that is seen")
    density_per_m2: float | None = Field(default=None, ge=0, description="count / area, people per square metre")
    peak_density_per_m2: float | None = Field(default=None, ge=0, description="highest mean over a 3 m x 3 m window")
    instant_count: float = Field(ge=0)
    instant_density_per_m2: float | None = Field(default=None, ge=0)
    newest_density_per_m2: float | None = Field(
        default=None, ge=0, description="median over the newer half of the filter window"
    )
    rate_per_m2_per_min: float | None = Field(default=None, description="slope of the density over the last minute")
    level: Level = Field(description="what the rules hold for this region now")
    quality: float = Field(ge=0, le=1, description="0: not to be believed, 1: nothing speaks against it")
    quality_reasons: tuple[str, ...] = ()
    seen_share: float = Field(default=1.0, ge=0, le=1, description="share of the region's area inside the picture")
    truth_count: float | None = Field(default=None, ge=0, description="simulated cameras only: how many there are")
    speed_m_s: float | None = Field(default=None, ge=0, description="mean speed of the people, on the ground")
    velocity_m_s: tuple[float, float] | None = Field(default=None, description="mean velocity along the ground's axes")
    heading_deg: float | None = Field(
        default=None, ge=0, le=360, description="direction of the mean velocity, from the ground's x axis to its y axis"
    )
    speed_variance_m2_s2: float | None = Field(default=None, ge=0, description="variance of the velocities in space")
    counterflow_share: float | None = Field(default=None, ge=0, le=0.5, description="walkers against the majority")
    pressure_per_s2: float | None = Field(
        default=None, ge=0, description="density x variance of the local velocity over 10 s, highest 3 m x 3 m"
    )
    divergence_per_s: float | None = Field(
        default=None, description="of the mean velocity over 10 s, lowest 3 m x 3 m; below 0 the crowd is compressed"
    )
    wave_period_s: float | None = Field(default=None, gt=0, description="of the strongest stop-and-go wave")
    wave_amplitude_m_s: float | None = Field(default=None, ge=0)
    gates: tuple[GateFlow, ...] | None = Field(default=None, description="the gates that lead into this region")
    forecast: Forecast | None = Field(default=None, description="None from too little data")
    band: Band | None = Field(default=None, description="None: the model's errors are not known, or it sees nothing")
    signs: tuple[str, ...] | None = Field(
        default=None, description="rules whose condition holds but that are not set to raise alerts"
    )
    holds: tuple[Hold, ...] | None = Field(
        default=None, description="alerts of this region that stay although their figures no longer raise them"
    )
    model: str
    engine: str
    trace: str | None = Field(default=None, description="W3C traceparent, of a frame that is followed")


class AlertChange(enum.StrEnum):
    """What happened to an alert."""

    RAISED = "raised"
    ESCALATED = "escalated"
    LOWERED = "lowered"
    CLEARED = "cleared"


class AlertEvent(Message):
    """One step in an alert's life. `event_id` is the same however often it is delivered; `alert_id` joins the steps."""

    kind: Literal["alert"] = "alert"
    event_id: str
    alert_id: str
    site: str
    camera: str
    region: str | None = Field(default=None, description="None for an alert about a camera, a worker or the service")
    rule: str = Field(description="levels, capacity, rise, forecast, camera-silent, camera-moved, worker-silent ...")
    change: AlertChange
    level: Level = Field(description="the level after this step; clear once cleared")
    previous_level: Level
    because: str = Field(description="one sentence a person understands: value, duration, threshold")
    value: float | None = None
    value_low: float | None = Field(default=None, description="the truth lies above it and below value_high: 90 %")
    value_high: float | None = None
    threshold: float | None = None
    unit: str | None = None
    action: str | None = Field(default=None, description="what the venue's plan says to do")
    captured_at: AwareDatetime
    published_at: AwareDatetime

    @property
    def key(self) -> str:
        """What this alert is about; at most one alert is open for a key."""
        return "/".join((self.camera, self.region or "-", self.rule))


class CameraState(enum.StrEnum):
    """What a camera gives at the moment."""

    STARTING = "starting"
    OK = "ok"
    SILENT = "silent"
    FROZEN = "frozen"
    DARK = "dark"


class CameraHealth(Message):
    """What a worker says of one of its cameras, once a second."""

    kind: Literal["camera"] = "camera"
    site: str
    worker: str
    camera: str
    published_at: AwareDatetime
    state: CameraState
    since: AwareDatetime
    reason: str = ""
    faults: tuple[str, ...] | None = Field(
        default=None, description="camera alerts that are open, camera-moved ...; the one that explains most first"
    )
    last_frame_at: AwareDatetime | None = None
    width_px: int | None = None
    height_px: int | None = None
    codec: str | None = None
    source_rate_hz: float = 0.0
    analysed_rate_hz: float = 0.0
    reconnects: int = 0
    decode_errors: int = 0
    frames_decoded: int = 0
    frames_analysed: int = 0
    machine_slow: bool | None = Field(
        default=None, description="true while more pictures come than the worker's machine analyses of those asked for"
    )
    simulated: bool = False


class WorkerHealth(Message):
    """A worker's heartbeat, once a second: it is here, and this is what it runs on."""

    kind: Literal["worker"] = "worker"
    site: str
    worker: str
    published_at: AwareDatetime
    started_at: AwareDatetime
    site_revision: int
    model: str
    engine: str
    device: str
    cameras: tuple[str, ...]
    infer_ms_p50: float | None = None
    infer_ms_p95: float | None = None
    outbox_length: int = 0
    memory_bytes: int = 0


class Picture(Message):
    """What a camera saw, for who looks now; kept nowhere. `jpeg` is base64."""

    kind: Literal["preview", "still"]
    site: str
    camera: str
    captured_at: AwareDatetime
    published_at: AwareDatetime
    width_px: int
    height_px: int
    jpeg: str


class Preview(Picture):
    """A picture and its density grid for a dashboard that is looking; published only while somebody looks.

    `density` is base64 of rows x columns uint8 over the whole picture, row by row: value v stands
    for v / 255 * density_full_scale_per_m2 people per square metre of ground, over 2 m x 2 m around the place where
    somebody whose head is seen in the cell stands. None for an uncalibrated camera.
    """

    kind: Literal["preview"] = "preview"
    density: str | None = None
    density_rows: int = 0
    density_columns: int = 0
    density_full_scale_per_m2: float = 8.0


class Still(Picture):
    """One picture of a camera in its own size, made because somebody asked for it and not again until somebody asks."""

    kind: Literal["still"] = "still"


OneMessage = RegionReading | AlertEvent | CameraHealth | WorkerHealth | Preview | Still
AnyMessage = Annotated[OneMessage, Field(discriminator="kind")]


class _Codec:
    adapter: ClassVar[TypeAdapter[Any]] = TypeAdapter(AnyMessage)


def encode(message: Message) -> bytes:
    """JSON, UTF-8, fields that are None left out."""
    return message.model_dump_json(exclude_none=True).encode()


def decode(data: bytes | str) -> OneMessage:
    """The message that `encode` wrote; raises pydantic's ValidationError (a ValueError) where it is none of ours."""
    message: OneMessage = _Codec.adapter.validate_json(data)
    return message


def worst(levels: Sequence[Level]) -> Level:
    """The most severe of several levels; unknown if any is unknown and none is raised, clear of none at all.

    >>> worst([Level.CLEAR, Level.ALERT, Level.UNKNOWN]).value
    'alert'
    >>> worst([Level.CLEAR, Level.UNKNOWN]).value
    'unknown'
    """
    highest = max(levels, key=SEVERITY.__getitem__, default=Level.CLEAR)
    if highest is Level.CLEAR and Level.UNKNOWN in levels:
        return Level.UNKNOWN
    return highest


def utc(moment: datetime) -> str:
    """ISO 8601 in UTC with milliseconds, as it stands in messages, logs and webhooks."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
