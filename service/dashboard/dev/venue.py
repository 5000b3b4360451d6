"""What the made-up service knows and says: the service's own models, filled with invented figures."""

from __future__ import annotations

import asyncio
import base64
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from pydantic import BaseModel
from starlette.websockets import WebSocket, WebSocketDisconnect

from crushwatch.messages import RAISED_LEVELS, Band, Forecast, GateFlow, Hold, Level, LevelForecast, RegionReading
from service.api.views import (
    ActionsView,
    AlertChanged,
    AlertState,
    AlertSubject,
    AlertView,
    CameraChanged,
    CameraCondition,
    CameraView,
    GateView,
    LevelsView,
    PreviewShown,
    Readings,
    RegionUpdate,
    RegionView,
    SiteView,
    Snapshot,
    Tick,
    TrendView,
)
from service.dashboard.dev.scenarios import MOVING, STANDING, Eye, Ground
from service.dashboard.dev.scene import Scene

TREND_S = 600
CLEAR_AFTER_S, CLEARS_AT = 60.0, 0.85
"""How long a figure must be below which share of its threshold."""
UNKNOWN_AFTER_S = 15.0
SEND_WITHIN_S = 3.0
"""A page that was closed without a word must not hold up the others."""


def _figure(reading: RegionReading, threshold: float) -> str:
    """The figure that reached the threshold, as the rules write it."""
    mean, peak = reading.density_per_m2 or 0.0, reading.peak_density_per_m2 or 0.0
    if mean >= threshold:
        return f"{mean:.1f} people/m²"
    return f"{peak:.1f} people/m² over 3 m × 3 m (region {mean:.1f})"


def _band(count: float, density: float | None, peak: float | None) -> Band:
    """An eighth to either side."""

    def end(figure: float | None, factor: float) -> float | None:
        return None if figure is None else figure * factor

    return Band(
        count_low=count * 0.875,
        count_high=count * 1.125,
        density_low_per_m2=end(density, 0.875),
        density_high_per_m2=end(density, 1.125),
        peak_density_low_per_m2=end(peak, 0.875),
        peak_density_high_per_m2=end(peak, 1.125),
    )


def _forecast(density_per_m2: float, ground: Ground) -> Forecast:
    """A straight line from the figure on its slope, with a band of a tenth."""
    rate = ground.rate_per_m2_per_min
    coming = []
    for level in RAISED_LEVELS:
        threshold = getattr(ground.thresholds, level.value)
        in_s = (threshold - density_per_m2) / rate * 60 if rate > 0 else -1.0
        if 0 < in_s <= TREND_S:
            coming.append(LevelForecast(level=level, threshold_per_m2=threshold, in_s=in_s, earliest_s=in_s / 2))
    return Forecast(
        density_per_m2=density_per_m2,
        density_low_per_m2=density_per_m2 * 0.9,
        density_high_per_m2=density_per_m2 * 1.1,
        rate_per_m2_per_min=rate,
        rate_low_per_m2_per_min=rate - 0.1,
        rate_high_per_m2_per_min=rate + 0.1,
        levels=tuple(coming),
    )


def now() -> datetime:
    return datetime.now(UTC)


def _at(epoch_s: float) -> datetime:
    return datetime.fromtimestamp(epoch_s, UTC)


def _ago(seconds: float) -> datetime:
    return _at(time.time() - seconds)


_FLOW = GateFlow(gate="entry", width_m=4.0, in_per_m_min=8.5, out_per_m_min=0.5, net_people=120)
_NO_GROUND = "no ground plane: the camera is not calibrated"


def level_of(figure: float | None, thresholds: LevelsView) -> Level:
    """The highest level whose threshold the figure has reached."""
    reached = [level for level in RAISED_LEVELS if figure is not None and figure >= getattr(thresholds, level.value)]
    return reached[-1] if reached else Level.CLEAR


@dataclass
class Venue:
    """What the made-up service knows: the scene, the alerts, and who listens."""

    eyes: tuple[Eye, ...]
    login: bool = False
    started_s: float = field(default_factory=time.time)
    alerts: dict[str, AlertView] = field(default_factory=dict)
    listeners: dict[WebSocket, set[str]] = field(default_factory=dict)
    silent_until_s: float = 0.0
    away_until_s: float = 0.0
    faults: tuple[str, ...] = ()
    said: int = 0
    scenes: dict[str, Scene] = field(default_factory=dict)

    def density(self, ground: Ground, at_s: float) -> float | None:
        """The figure at a moment: the scene's figure on its slope, a little restless."""
        if ground.density_per_m2 is None:
            return None
        slope = ground.rate_per_m2_per_min * max(-8.0, (at_s - self.started_s) / 60 if at_s < self.started_s else 0.0)
        restless = 0.04 * math.sin(at_s / 7 + len(ground.name)) + 0.03 * math.sin(at_s / 2.3)
        return max(0.0, ground.density_per_m2 + slope + restless * min(1.0, ground.density_per_m2))

    def captured_s(self, eye: Eye) -> float:
        """When the newest frame of a camera was captured."""
        return time.time() - eye.lost_for_s - eye.late_s

    def reading(self, eye: Eye, ground: Ground) -> RegionReading:
        """The last thing that was measured."""
        at_s = self.captured_s(eye)
        density = self.density(ground, at_s)
        count = (density or 1.1) * ground.area_m2 * 2
        peak = None if density is None else density * ground.peak_factor
        judged = max(density or 0.0, peak or 0.0) if density is not None else None
        hold = self._hold(ground, judged, at_s)
        return RegionReading(
            site="made-up",
            camera=eye.id,
            region=ground.id,
            captured_at=_at(at_s),
            published_at=_at(at_s + 0.2),
            sequence=int(at_s),
            count=count,
            area_m2=None if density is None else ground.area_m2 * 2,
            density_per_m2=density,
            peak_density_per_m2=peak,
            instant_count=count,
            instant_density_per_m2=density,
            rate_per_m2_per_min=None if density is None else ground.rate_per_m2_per_min,
            level=self._level(ground, judged, hold, at_s),
            quality=0.1 if hold and not hold.believed else 0.5 if judged is None or ground.doubts else 1.0,
            quality_reasons=(_NO_GROUND,) if judged is None else ground.doubts,
            truth_count=count * 1.06 if eye.simulated else None,
            gates=(_FLOW,) if ground.gate else None,
            forecast=None if judged is None else _forecast(judged, ground),
            band=_band(count, density, peak) if ground.has_band else None,
            holds=(hold,) if hold else None,
            model="made-up",
            engine="made-up",
        )

    def _hold(self, ground: Ground, judged: float | None, at_s: float) -> Hold | None:
        """What holds the level, until it was calm for long enough."""
        held = ground.held
        if held is None or (held.calm_for_s is not None and at_s - self.started_s + held.calm_for_s >= CLEAR_AFTER_S):
            return None
        return Hold(
            rule="levels",
            level=held.level,
            value=judged,
            below=getattr(ground.thresholds, held.level.value) * CLEARS_AT,
            unit="people/m²",
            for_s=CLEAR_AFTER_S,
            calm_since=None if held.calm_for_s is None else _at(self.started_s - held.calm_for_s),
            believed=held.doubted_for_s is None,
            then=None if held.calm_for_s is None else level_of(judged, ground.thresholds),
        )

    def _level(self, ground: Ground, judged: float | None, hold: Hold | None, at_s: float) -> Level:
        """The level that the rules hold, unknown once it was not believed for a quarter of a minute."""
        doubted_for_s = ground.held.doubted_for_s if ground.held else None
        if judged is None or (doubted_for_s is not None and at_s - self.started_s + doubted_for_s >= UNKNOWN_AFTER_S):
            return Level.UNKNOWN
        return hold.level if hold else level_of(judged, ground.thresholds)

    def update(self, eye: Eye, ground: Ground) -> RegionUpdate:
        """What is shown of a region now."""
        reading = self.reading(eye, ground)
        age_s = time.time() - reading.captured_at.timestamp()
        lost = eye.state is not CameraCondition.OK
        doubts = "; ".join(reading.quality_reasons) if reading.level is Level.UNKNOWN else ""
        reason = f"the camera is {eye.state}" if lost else doubts
        return RegionUpdate(
            camera=eye.id,
            region=ground.id,
            level=Level.UNKNOWN if lost else reading.level,
            stale=age_s > 5 or bool(reason),
            age_s=age_s,
            reason=reason,
            reading=reading,
        )

    def camera(self, eye: Eye) -> CameraView:
        """A camera with its regions."""
        return CameraView(
            id=eye.id,
            name=eye.name,
            enabled=True,
            simulated=eye.simulated,
            state=eye.state,
            since=_ago(eye.lost_for_s or 600),
            last_frame_at=_at(self.captured_s(eye)),
            width_px=640,
            height_px=360,
            source_rate_hz=25,
            analysed_rate_hz=eye.analysed_hz,
            asked_rate_hz=2,
            machine_slow=eye.analysed_hz < 1.6,
            worker="worker-1",
            regions=[
                RegionView(
                    **self.update(eye, ground).__dict__,
                    name=ground.name,
                    kind="moving" if ground.kind == "moving" else "standing",
                    outline=None if ground.outline is None else list(ground.outline),
                    gates=[GateView(gate="entry", name="Entry", line=ground.gate)] if ground.gate else [],
                    thresholds=ground.thresholds,
                    actions=ActionsView(alert=ground.action, critical=ground.action),
                )
                for ground in eye.grounds
            ],
        )

    def trend(self, ground: Ground) -> TrendView:
        """Ten minutes of figures, one in five seconds."""
        times = [time.time() - ago for ago in range(TREND_S, 0, -5)]
        figures = [self.density(ground, at_s) for at_s in times]
        counts: list[float | None] = [66.0 if figure is None else figure * 2 * ground.area_m2 for figure in figures]
        return TrendView(t=times, density=figures, peak_density=figures, count=counts)

    def snapshot(self) -> Snapshot:
        """Everything, as a new listener hears it first."""
        return Snapshot(
            server_time=now(),
            site=SiteView(
                id="made-up",
                name="Harbour festival",
                revision=1,
                timezone="Asia/Seoul",
                cameras=[eye.id for eye in self.eyes],
                standing=STANDING,
                moving=MOVING,
                judge="worst",
                stale_after_s=5,
                unknown_after_s=UNKNOWN_AFTER_S,
                login_required=self.login,
                version="0",
            ),
            cameras=[self.camera(eye) for eye in self.eyes],
            alerts=[alert for alert in self.alerts.values() if alert.state is not AlertState.CLOSED],
            trends={f"{eye.id}/{ground.id}": self.trend(ground) for eye in self.eyes for ground in eye.grounds},
        )

    def judge(self) -> Iterator[AlertView]:
        """The alerts that the scene raises, changes or ends; each is kept and told."""
        wanted = {alert.alert_id: alert for eye in self.eyes for alert in self._wanted(eye)}
        if self.faults:
            wanted["service"] = self._cut_off_from_the_bus()
        for alert_id, alert in wanted.items():
            known = self.alerts.get(alert_id)
            if known is None or known.state is AlertState.CLOSED or known.cleared_at or known.level != alert.level:
                kept = {} if known is None or known.cleared_at else {"raised_at": known.raised_at}
                yield self.keep(alert.model_copy(update=kept))
        for alert in list(self.alerts.values()):
            if alert.alert_id not in wanted and not alert.cleared_at:
                ended = AlertState.CLOSED if alert.acknowledged_at else AlertState.CLEARED_UNACKNOWLEDGED
                changes = {"state": ended, "cleared_at": now(), "updated_at": now(), "level": Level.CLEAR}
                if alert.region:
                    changes |= {"because": "0.5 people/m², below 2.5 for 60 s", "highest_per_m2": 6.04}
                yield self.keep(alert.model_copy(update=changes))

    def keep(self, alert: AlertView) -> AlertView:
        """Remember an alert as it stands now."""
        self.alerts[alert.alert_id] = alert
        return alert

    def _cut_off_from_the_bus(self) -> AlertView:
        return AlertView(
            alert_id="service",
            about=AlertSubject.SERVICE,
            camera="service",
            title="Harbour festival",
            rule="bus-unreachable",
            state=AlertState.RAISED_UNACKNOWLEDGED,
            level=Level.ALERT,
            highest_level=Level.ALERT,
            raised_at=now(),
            updated_at=now(),
            because=f"no answer for 5 s: {self.faults[0]}; nothing is known of any camera: start Redis",
        )

    def _wanted(self, eye: Eye) -> Iterator[AlertView]:
        if eye.state not in (CameraCondition.OK, CameraCondition.OFF):
            because = f"no picture for {eye.lost_for_s:.0f} s; check the camera or send someone"
            yield self._alert(f"{eye.id}-camera", eye, None, Level.ALERT, because, f"camera-{eye.state}", eye.name)
        for ground in eye.grounds:
            update = self.update(eye, ground)
            reading = update.reading
            title = f"{eye.name} · {ground.name}"
            for told in ground.told:
                alert_id = f"{eye.id}-{ground.id}-{told.rule}"
                yield self._alert(alert_id, eye, ground.id, told.level, told.because, told.rule, title)
            kept = self.alerts.get(f"{eye.id}-{ground.id}")
            if update.level is Level.UNKNOWN and kept and not kept.cleared_at:
                yield kept
            if update.level not in (Level.CAUTION, Level.ALERT, Level.CRITICAL) or reading is None:
                continue
            threshold = getattr(ground.thresholds, update.level.value)
            because = f"{_figure(reading, threshold)} for 12 s, threshold {threshold:.1f}"
            alert = self._alert(f"{eye.id}-{ground.id}", eye, ground.id, update.level, because, "levels", title)
            yield alert.model_copy(update={"action": ground.action})

    def _alert(
        self, alert_id: str, eye: Eye, region: str | None, level: Level, because: str, rule: str, title: str
    ) -> AlertView:
        return AlertView(
            alert_id=alert_id,
            about=AlertSubject.REGION if region else AlertSubject.CAMERA,
            camera=eye.id,
            region=region,
            title=title,
            rule=rule,
            state=AlertState.RAISED_UNACKNOWLEDGED,
            level=level,
            highest_level=level,
            raised_at=now(),
            level_at=now(),
            updated_at=now(),
            because=because,
            highest_because=because,
            highest_at=now(),
            simulated=eye.simulated,
        )

    def preview(self, eye: Eye) -> PreviewShown:
        """A drawn picture and the density it was drawn from."""
        scene = self.scenes.setdefault(eye.id, Scene(seed=len(self.scenes)))
        grounds = [(ground.outline, ground.density_per_m2 or 1.1) for ground in eye.grounds]
        jpeg, density = scene.picture(grounds, self.said)
        calibrated = all(ground.density_per_m2 is not None for ground in eye.grounds)
        return PreviewShown(
            camera=eye.id,
            captured_at=_at(self.captured_s(eye)),
            width_px=640,
            height_px=360,
            jpeg=base64.b64encode(jpeg).decode(),
            density=base64.b64encode(density.tobytes()).decode() if calibrated else None,
            density_rows=density.shape[0] if calibrated else 0,
            density_columns=density.shape[1] if calibrated else 0,
        )

    async def tell(self, message: BaseModel, only: set[WebSocket] | None = None) -> None:
        """Say something to all who listen, or to some; nothing while the feed plays dead."""
        if time.time() < self.silent_until_s:
            return
        text = message.model_dump_json()
        for socket in list(self.listeners if only is None else only):
            try:
                async with asyncio.timeout(SEND_WITHIN_S):
                    await socket.send_text(text)
            except (WebSocketDisconnect, RuntimeError, TimeoutError):
                self.listeners.pop(socket, None)

    async def watch(self, socket: WebSocket, cameras: set[str]) -> None:
        """Somebody looks at these cameras: the last picture of each comes at once, of a lost one too."""
        self.listeners[socket] = cameras
        for eye in self.eyes:
            if eye.id in cameras:
                await self.tell(self.preview(eye), {socket})

    async def run(self) -> None:
        """Twice a second pictures, once a second figures and a tick."""
        while True:
            await asyncio.sleep(0.5)
            self.said += 1
            for eye in self.eyes:
                watchers = {socket for socket, cameras in self.listeners.items() if eye.id in cameras}
                if watchers and eye.state is CameraCondition.OK:
                    await self.tell(self.preview(eye), watchers)
            if self.said % 2:
                continue
            for alert in self.judge():
                await self.tell(AlertChanged(alert=alert))
            for eye in self.eyes:
                await self.tell(Readings(readings=[self.update(eye, ground) for ground in eye.grounds]))
            await self.tell(Tick(server_time=now(), faults=list(self.faults)))

    async def begin(self, eyes: tuple[Eye, ...]) -> None:
        """Another scene from nothing: no alert is left of the one before."""
        self.alerts, self.silent_until_s, self.away_until_s, self.faults = {}, 0.0, 0.0, ()
        self.eyes, self.started_s = eyes, time.time()
        list(self.judge())
        await self.tell(self.snapshot())

    async def turn(self, eyes: tuple[Eye, ...]) -> None:
        """The same cameras see something else now; what is open stays open until it is over."""
        self.eyes, self.started_s = eyes, time.time()
        for eye in eyes:
            await self.tell(CameraChanged(camera=self.camera(eye)))
