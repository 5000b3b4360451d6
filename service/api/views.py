"""What the API shows: one frozen model a noun. The dashboard's TypeScript types are generated from these.

Times are UTC, figures carry their unit in their name. A camera's address is in none of them: not even redacted.
"""

from __future__ import annotations

import enum
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from crushwatch.messages import AlertChange, Level, RegionReading
from crushwatch.site.part import Point
from service.alarms.lifecycle import AlertState as AlertState
from service.store.deliveries import DeliveryState as DeliveryState


class View(BaseModel):
    """The base of all that is shown; fields with a default are always present in answers."""

    model_config = ConfigDict(frozen=True, json_schema_serialization_defaults_required=True)


class LevelsView(View):
    """Thresholds in people per square metre."""

    notice: float
    caution: float
    alert: float
    critical: float


class ActionsView(View):
    """What the venue's plan says to do at each level."""

    notice: str | None = None
    caution: str | None = None
    alert: str | None = None
    critical: str | None = None


class SiteView(View):
    """The venue, and what the page needs to know of the rules."""

    id: str
    name: str
    revision: int
    timezone: str
    cameras: list[str] = Field(description="Ids, in the order of the site file.")
    standing: LevelsView
    moving: LevelsView
    judge: Literal["worst", "mean", "peak"] = Field(description="The figure that is held against the levels.")
    stale_after_s: float = Field(description="Age from which a figure is marked as old.")
    unknown_after_s: float = Field(description="Age from which a region is unknown.")
    login_required: bool = Field(description="Whether there is somebody to log out.")
    version: str = Field(description="Of the service.")


class CameraCondition(enum.StrEnum):
    """What a camera gives at the moment, as far as the service has heard."""

    STARTING = "starting"
    OK = "ok"
    SILENT = "silent"
    FROZEN = "frozen"
    DARK = "dark"
    OVEREXPOSED = "overexposed"
    COVERED = "covered"
    MOVED = "moved"
    OFF = "off"


class RegionUpdate(View):
    """What changes in a region from second to second.

    `level` is age-aware: `unknown` when nothing was measured for `unknown_after_s` or the camera gives no usable
    picture, whatever the last reading says. `reading` then is the last one, with `stale` set.
    """

    camera: str
    region: str
    level: Level
    stale: bool = Field(description="True from `stale_after_s` on: the figure must not be shown as current.")
    age_s: float | None = Field(default=None, description="Seconds since the capture of `reading`, when this was made.")
    reason: str = Field(default="", description="Why the level is unknown, in a sentence.")
    reading: RegionReading | None = None


class GateView(View):
    """A line through which people come into a region and leave it; what passes stands in the reading's `gates`."""

    gate: str = Field(description="Its id in the site file, as in the reading.")
    name: str
    line: tuple[tuple[float, float], tuple[float, float]] | None = Field(
        default=None,
        description="Both ends x, y in the picture from 0 to 1; null where one is behind the camera.",
    )


class RegionView(RegionUpdate):
    """A region with what was configured for it."""

    name: str
    kind: Literal["standing", "moving"]
    outline: list[tuple[float, float]] | None = Field(
        default=None, description="Corners x, y in the picture from 0 to 1; null: the whole picture or not known."
    )
    gates: list[GateView] = Field(default=[], description="The gates that lead into this region.")
    thresholds: LevelsView
    capacity_people: float | None = None
    actions: ActionsView = ActionsView()


class CameraView(View):
    """A camera as it stands, with its regions. One without configured regions has the region `picture`."""

    id: str
    name: str
    enabled: bool
    simulated: bool
    state: CameraCondition
    since: AwareDatetime | None = None
    reason: str = ""
    faults: list[str] = Field(
        default=[], description="Camera alerts that are open: camera-moved, camera-blurred, camera-slow ..."
    )
    last_frame_at: AwareDatetime | None = None
    width_px: int | None = None
    height_px: int | None = None
    codec: str | None = None
    source_rate_hz: float = 0.0
    analysed_rate_hz: float = 0.0
    asked_rate_hz: float = Field(default=0.0, description="Frames a second that the site asks for.")
    machine_slow: bool = Field(
        default=False,
        description="True while more pictures come than the worker's machine analyses of those asked for: figures and "
        "alerts come late. False where the camera sends too few.",
    )
    reconnects: int = 0
    decode_errors: int = 0
    frames_analysed: int = 0
    worker: str | None = None
    heard_at: AwareDatetime | None = Field(default=None, description="When the service last heard of this camera.")
    obstacles: list[list[tuple[float, float]]] = Field(
        default=[], description="Ground on which nobody can stand: corners x, y in the picture from 0 to 1."
    )
    regions: list[RegionView]


class TrendView(View):
    """Figures over time as columns. Each point is the highest of its interval; null where nothing was measured."""

    t: list[float] = Field(description="Seconds since 1970, ascending.")
    density: list[float | None] = Field(description="People per m2, mean of the region.")
    peak_density: list[float | None] = Field(description="People per m2, highest 3 m x 3 m.")
    count: list[float | None] = Field(description="People.")


class ReadingsPage(View):
    """Readings, newest first."""

    items: list[RegionReading]
    next_cursor: str | None = Field(default=None, description="Give it as `cursor` for the next page; null at the end.")


class AlertSubject(enum.StrEnum):
    """What an alert is about."""

    REGION = "region"
    CAMERA = "camera"
    WORKER = "worker"
    SERVICE = "service"


class AlertView(View):
    """An alert as it stands. It is open until it is both cleared and acknowledged."""

    alert_id: str
    about: AlertSubject
    camera: str = Field(description="Id of the camera; of the worker or `service` when the alert is about these.")
    region: str | None = None
    title: str = Field(description="What it is about, in the names that people use.")
    rule: str
    state: AlertState
    level: Level
    highest_level: Level
    raised_at: AwareDatetime = Field(description="When it was raised, the last time if it came back unacknowledged.")
    level_at: AwareDatetime | None = Field(
        default=None, description="When it came to its level, or to the last one before it cleared; null: not noted."
    )
    highest_because: str | None = Field(
        default=None, description="What first raised it to its highest level; null: not noted."
    )
    highest_at: AwareDatetime | None = Field(default=None, description="When it came to its highest level.")
    highest_per_m2: float | None = Field(
        default=None,
        description="People per m2, the highest mean or peak of its region from raise to clear; null until then.",
    )
    updated_at: AwareDatetime
    cleared_at: AwareDatetime | None = None
    acknowledged_at: AwareDatetime | None = None
    acknowledged_by: str | None = None
    note: str | None = None
    because: str
    value: float | None = None
    value_low: float | None = Field(default=None, description="The truth lies above it and below value_high: 90 %.")
    value_high: float | None = None
    threshold: float | None = None
    unit: str | None = None
    action: str | None = None
    occurrences: int = Field(default=1, description="How often it was raised before somebody acknowledged it.")
    simulated: bool = False


class AlertEventView(View):
    """One step in an alert's life."""

    event_id: str
    change: AlertChange
    level: Level
    previous_level: Level
    because: str
    value: float | None = None
    value_low: float | None = Field(default=None, description="The truth lies above it and below value_high: 90 %.")
    value_high: float | None = None
    threshold: float | None = None
    captured_at: AwareDatetime
    published_at: AwareDatetime
    stored_at: AwareDatetime
    joined: bool = Field(default=False, description="True: it found the alert open already and changed nothing.")


class AuditView(View):
    """Who did what, when."""

    at: AwareDatetime
    who: str
    what: str
    alert_id: str | None = None
    note: str | None = None


class AlertDetail(AlertView):
    """An alert with all that happened to it."""

    events: list[AlertEventView]
    audit: list[AuditView]


class AlertsPage(View):
    """Alerts, newest first."""

    items: list[AlertView]
    next_cursor: str | None = None


class Acknowledgement(BaseModel):
    """Who acknowledges, and what for."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)
    by: Annotated[str, Field(min_length=1, max_length=80, description="Name or call sign.")]
    note: Annotated[str | None, Field(max_length=500)] = None


class DeliveryView(View):
    """One event for one channel."""

    id: int
    channel: str
    type: str = Field(description="alert.raised, alert.escalated, alert.lowered, alert.cleared, alert.acknowledged")
    event_id: str
    alert_id: str
    state: DeliveryState
    attempts: int
    created_at: AwareDatetime
    next_at: AwareDatetime | None = None
    delivered_at: AwareDatetime | None = None
    last_status: int | None = None
    last_error: str | None = None


class DeliveriesPage(View):
    """Deliveries, newest first."""

    items: list[DeliveryView]
    next_cursor: str | None = None


class ChannelView(View):
    """A channel of the site, without its address and secret."""

    id: str
    type: str
    enabled: bool = Field(description="False: switched off in the site file, or by the receiver (410 Gone).")
    reason: str = Field(default="", description="Why it is switched off.")
    minimum_level: Level
    pending: int
    dead: int
    delivered: int


class WorkerView(View):
    """A worker, as its last heartbeat had it."""

    id: str
    silent: bool
    age_s: float
    started_at: AwareDatetime
    site_revision: int
    model: str
    engine: str
    device: str
    cameras: list[str]
    infer_ms_p50: float | None = None
    infer_ms_p95: float | None = None
    outbox_length: int = 0
    memory_bytes: int = 0


class BusView(View):
    """Redis, as the service sees it."""

    reachable: bool
    reason: str = ""
    since: AwareDatetime | None = None
    backlog_messages: int | None = None


class DatabaseView(View):
    """Where readings and alerts are kept."""

    kind: str = Field(description="sqlite or postgresql")
    reachable: bool
    reason: str = ""
    schema_revision: str | None = None
    size_bytes: int | None = None


class CountersView(View):
    """What the service has done since it started."""

    readings_stored: int = 0
    readings_repeated: int = 0
    readings_dropped: int = 0
    alert_events_stored: int = 0
    alerts_raised: int = 0
    alerts_cleared: int = 0
    messages_rejected: int = 0
    webhooks_delivered: int = 0
    webhooks_failed: int = 0
    webhooks_dead: int = 0
    live_clients: int = 0


class LatencyView(View):
    """Milliseconds from the capture of a frame; over the last readings."""

    p50: float | None = None
    p95: float | None = None
    samples: int = 0


class LatenciesView(View):
    """How old a reading is when it is stored, and when it has been handed to a browser's socket."""

    to_store_ms: LatencyView
    to_browser_ms: LatencyView


class SystemView(View):
    """The state of the system: what an engineer asks first."""

    version: str
    python: str
    started_at: AwareDatetime
    uptime_s: float
    faults: list[str] = Field(description="What the service itself lacks now; empty if all is well.")
    workers: list[WorkerView]
    bus: BusView
    database: DatabaseView
    channels: list[ChannelView]
    counters: CountersView
    latency: LatenciesView


class FaultView(View):
    """One thing that was wrong in a request."""

    where: str
    text: str


class LayoutView(View):
    """Where things lie in a camera's picture; each part as the site file has it."""

    picture_size_px: tuple[int, int] | None = None
    ground: dict[str, Any] | None = None
    regions: dict[str, dict[str, Any]] = {}
    obstacles: dict[str, dict[str, Any]] = {}
    gates: dict[str, dict[str, Any]] = {}


DEEPEST = 12


def _shallow(part: dict[str, Any] | None) -> dict[str, Any] | None:
    level = [part]
    for _depth in range(DEEPEST):
        level = [inner for value in level for inner in _inside(value)]
    if level:
        raise ValueError(f"nested deeper than {DEEPEST} levels")
    return part


def _inside(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


DrawnPart = Annotated[dict[str, Any], AfterValidator(_shallow)]
DrawnParts = Annotated[dict[str, dict[str, Any]], Field(max_length=64), AfterValidator(_shallow)]


class LayoutDraft(BaseModel):
    """Where things lie in a camera's picture, as somebody draws it; each part as the site file has it, or faulty."""

    model_config = ConfigDict(extra="forbid")
    picture_size_px: tuple[int, int] | None = None
    ground: DrawnPart | None = None
    regions: DrawnParts = {}
    obstacles: DrawnParts = {}
    gates: DrawnParts = {}
    measure_px: Annotated[
        tuple[Point, Point] | None,
        Field(description="Two points of the floor whose distance is wanted; no part of a layout."),
    ] = None


class GroundTried(View):
    """The ground plane that follows from the points; pixels of `picture_size_px`."""

    height_m: float = Field(description="Of the camera above the floor, as the points have it.")
    tilt_deg: float = Field(description="How far it looks down from the horizontal.")
    reprojection_error_px: float | None = Field(
        description="How well the points agree, root mean square; null for four: any four are met exactly."
    )
    residuals_px: list[float] = Field(description="How far each point lies from where the plane has it.")
    suspect: int | None = Field(default=None, description="Place of the one point without which the others agree.")
    step_m: float = Field(description="Between two lines of the paving.")
    lines: list[list[tuple[float, float]]] = Field(description="A paving of the floor, as the camera would see it.")
    people: list[tuple[tuple[float, float], tuple[float, float]]] = Field(
        description="Feet and head of people who would stand there."
    )


class AreaTried(View):
    """A region or an obstacle of a layout that is tried out; pixels of `picture_size_px`."""

    outline: list[tuple[float, float]]
    area_m2: float | None = Field(default=None, description="To stand on, without obstacles; null without a ground.")
    density_within: float | None = Field(
        default=None, description="Half the 90 % interval that the ground alone gives a density, as a share of it."
    )


class LayoutTried(View):
    """What would become of a layout. Nothing is stored: `excerpt` belongs into the site file."""

    faults: list[FaultView] = Field(default=[], description="All of them, as `crushwatch check` would tell them.")
    warnings: list[str] = []
    ground: GroundTried | None = None
    regions: dict[str, AreaTried] = {}
    obstacles: dict[str, AreaTried] = {}
    gates: dict[str, list[tuple[float, float]]] = {}
    measured_m: float | None = None
    excerpt: str | None = Field(default=None, description="The lines of the site file; null while there are faults.")


class Problem(View):
    """An error, as RFC 9457 has it."""

    type: str = Field(default="about:blank", description="A URI that names the kind of problem.")
    title: str
    status: int
    detail: str = ""
    instance: str | None = None
    faults: list[FaultView] = []


class Snapshot(View):
    """The first message on a live channel: everything."""

    type: Literal["snapshot"] = "snapshot"
    server_time: AwareDatetime
    site: SiteView
    cameras: list[CameraView]
    alerts: list[AlertView] = Field(description="The open ones.")
    trends: dict[str, TrendView] = Field(
        description="The last ten minutes, by `camera/region`; of a site of more than 64 regions see `Trends`."
    )
    faults: list[str] = []


class Trends(View):
    """The last ten minutes of the cameras that this client has begun to watch, on a site of more than 64 regions."""

    type: Literal["trends"] = "trends"
    trends: dict[str, TrendView] = Field(description="By `camera/region`.")


class Readings(View):
    """New figures, or levels that changed because figures grew old."""

    type: Literal["readings"] = "readings"
    readings: list[RegionUpdate]


class CameraChanged(View):
    """A camera whose state changed."""

    type: Literal["camera"] = "camera"
    camera: CameraView


class AlertChanged(View):
    """An alert that is new or changed."""

    type: Literal["alert"] = "alert"
    alert: AlertView


class Tick(View):
    """Every second: whoever does not hear it is cut off."""

    type: Literal["tick"] = "tick"
    server_time: AwareDatetime
    faults: list[str] = Field(default=[], description="What the service itself lacks now: no bus, no database.")


class PreviewShown(View):
    """A picture and its density grid, only for cameras that this client watches.

    `density` is base64 of rows x columns uint8: v stands for v / 255 * density_full_scale_per_m2.
    """

    type: Literal["preview"] = "preview"
    camera: str
    captured_at: AwareDatetime
    width_px: int
    height_px: int
    jpeg: str = Field(description="base64")
    density: str | None = None
    density_rows: int = 0
    density_columns: int = 0
    density_full_scale_per_m2: float = 8.0


LiveMessage = Annotated[
    Snapshot | Trends | Readings | CameraChanged | AlertChanged | Tick | PreviewShown, Field(discriminator="type")
]
"""What the service says on /api/v1/live."""


class Watch(BaseModel):
    """The client shows these cameras and wants their previews; each message replaces the one before."""

    type: Literal["watch"] = "watch"
    cameras: Annotated[list[str], Field(max_length=256)]


class Ping(BaseModel):
    """The client asks for a tick."""

    type: Literal["ping"] = "ping"


ClientMessage = Annotated[Watch | Ping, Field(discriminator="type")]
"""What the page says on /api/v1/live."""
