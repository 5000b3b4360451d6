"""One camera as the worker keeps it: its capture, its meter, what was seen of it, and what it is said to be."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

import structlog

from crushwatch.ground import Lattice
from crushwatch.logs import RollUp
from crushwatch.messages import CameraHealth, CameraState, RegionReading
from crushwatch.models.band import BandTable
from crushwatch.rules import CameraSight
from crushwatch.rules.sight import COVERED, DARK, FROZEN, LEVEL_OF, MOVED, OVEREXPOSED, SILENT
from crushwatch.site import Camera, Site
from workers.batch.letterbox import Letterbox
from workers.capture.slot import Slot
from workers.capture.source import Frame, RgbImage
from workers.capture.supervise import CaptureState, CaptureStatus, capture_camera
from workers.health import SightKeeper
from workers.health.arrival import Arrival
from workers.health.pace import Growth, Pace
from workers.health.reference import Reference
from workers.health.steadily import steadily
from workers.infer.engine import Density
from workers.measure import CameraMeter
from workers.metrics import WorkerMetrics
from workers.preview import EVERY_S

READING_EVERY_S = 0.9
"""Readings are reported at 1 Hz, however often frames are analysed; a change of level is told at once."""
RATE_WINDOW_S = 10.0
NOT_ANALYSED_S = 10.0
"""So much newer than the last that was analysed is a picture to which this worker does not come."""

log = structlog.get_logger("crushwatch.workers")


class CameraWatch:
    """Used by the worker's main thread."""

    def __init__(
        self,
        site: Site,
        worker: str,
        key: str,
        camera: Camera,
        metrics: WorkerMetrics,
        now: datetime,
        now_s: float,
        reference: Reference | None = None,
        band: BandTable | None = None,
    ) -> None:
        """reference: the picture under which it was calibrated; without one it is not watched whether it moves.

        band: how far the model's counts are off here. now, now_s: this moment on the wall clock, which may be set, and
        on the monotonic one.
        """
        self._site = site
        self._worker = worker
        self._key = key
        self._camera = camera
        self._is_simulated = camera.source.reveal().startswith("sim:")
        self._metrics = metrics
        self.slot = Slot(keeps_earlier=camera.ground is not None)
        self.capture = capture_camera(key, camera, self.slot)
        self.meter = CameraMeter(camera, site.rules, band)
        self._keeper = SightKeeper(steadily(now_s), site.rules.camera, reference)
        self._analysed_well_at_s = now_s
        self._heard_anew_at_s = now_s
        self._failure = ""
        self._failures = RollUp(
            lambda text: log.error(f"frame not analysed: {text}", camera=key, exc_info=True), period_s=10
        )
        self._last_frame_at: datetime | None = None
        self._analysed_at_s: deque[float] = deque(maxlen=512)
        self._analysed = 0
        self._decoded = Growth(RATE_WINDOW_S)
        self._told: dict[str, RegionReading] = {}
        self._preview_at_s = 0.0
        self._state, self._since = CameraState.STARTING, now
        self._counted = {"decoded": 0, "dropped": 0, "left_out": 0, "reconnects": 0, "errors": 0}

    def saw(self, content: RgbImage, frame: Frame, density: Density) -> None:
        """One frame has been through the network; `content` is its picture without the letterbox's border."""
        self._keeper.see(
            content,
            steadily(frame.captured_monotonic_s),
            source_width_px=frame.picture.width_px,
            people=density,
        )
        self._analysed += 1
        self._analysed_at_s.append(frame.captured_monotonic_s)
        self._last_frame_at = frame.captured_at
        self._metrics.frames_analysed.labels(self._key).inc()

    def analysed(self, frame: Frame) -> None:
        """All has been made of this frame that is made of one."""
        self._analysed_well_at_s, self._failure = frame.captured_monotonic_s, ""

    def failed(self, error: Exception, now_s: float) -> None:
        """Its newest frame made us fail: it counts as none, so that a camera of which nothing is known is silent."""
        self._failure = f"its pictures cannot be analysed: {type(error).__name__}: {error}"
        self._failures.add(f"{type(error).__name__}: {error}", now_s=now_s)

    def hears_anew(self, now_s: float) -> None:
        """Until now nobody could hear the camera: how long it has been silent is counted from here."""
        self._heard_anew_at_s = now_s

    def sight(self) -> CameraSight:
        """What the rules judge of the camera itself. Its moments are of the monotonic clock: the wall's may be set."""
        status = self.capture.status()
        arrival = Arrival(
            sent_rate_hz=self._sent_rate_hz(status) if status.state is CaptureState.CONNECTED else None,
            wanted_rate_hz=self._camera.analysis_rate_hz,
            late_s=status.late_s,
            clock_ahead_s=status.clock_ahead_s,
        )
        seen = self._keeper.sight(self._failure or status.reason or self._not_analysed(), arrival)
        waiting_since = steadily(self._analysed_well_at_s) if self._failure else seen.waiting_since
        return replace(seen, waiting_since=max(waiting_since, steadily(self._heard_anew_at_s)))

    def _not_analysed(self) -> str:
        """Why a camera counts as silent that sends pictures; empty where it sends none that wait."""
        newest = self.slot.newest()
        analysed_at_s = self._analysed_at_s[-1] if self._analysed_at_s else 0.0
        waits = newest is not None and newest.captured_monotonic_s > analysed_at_s + NOT_ANALYSED_S
        return "its pictures come, and this worker does not analyse them" if waits else ""

    def _sent_rate_hz(self, status: CaptureStatus) -> float:
        """A simulated camera sends what is wanted: what is slow is this machine."""
        return self._camera.analysis_rate_hz if self._is_simulated else status.source_rate_hz

    def pace(self, now_s: float) -> Pace | None:
        """How many of its pictures are analysed, of how many; None while none come.

        Of what comes more seldom than once in the window nothing is due: no machine is too slow for that.
        """
        status = self.capture.status()
        decoded_hz = self._decoded.hz(status.frames_decoded, now_s)
        if status.state is not CaptureState.CONNECTED:
            return None
        given_hz = decoded_hz if self._camera.key_frames_only else self._sent_rate_hz(status)
        due_hz = min(self._camera.analysis_rate_hz, given_hz)
        return Pace(self._rate_hz(now_s), due_hz if due_hz * RATE_WINDOW_S >= 1 else 0.0)

    def lattice(self, letterbox: Letterbox) -> Lattice:
        """How the density's cells lie over the picture in which the site's points were drawn."""
        drawn = self._camera.picture_size_px or (letterbox.source_width_px, letterbox.source_height_px)
        return letterbox.lattice(drawn)

    def is_news(self, reading: RegionReading) -> bool:
        """Whether this reading is told: once a second, or when the level has changed."""
        last = self._told.get(reading.region)
        if last is not None and last.level is reading.level:
            age_s = (reading.captured_at - last.captured_at).total_seconds()
            if 0 <= age_s < READING_EVERY_S:
                return False
        self._told[reading.region] = reading
        return True

    def preview_is_due(self, now_s: float) -> bool:
        """At most two previews a second."""
        if now_s - self._preview_at_s < EVERY_S * 0.9:
            return False
        self._preview_at_s = now_s
        return True

    def health(
        self, open_since: Mapping[str, datetime], now: datetime, now_s: float, *, machine_slow: bool = False
    ) -> CameraHealth:
        """What the service is told of this camera; `machine_slow`: more pictures come than this machine analyses.

        open_since: its alerts' rules, and when each was raised, which may have been by a worker before this one.
        """
        status = self.capture.status()
        state, raised_at = _state(open_since, self._last_frame_at is not None)
        if state is not self._state:
            self._state, self._since = state, raised_at or now
        self._count(status, state, now_s)
        return CameraHealth(
            site=self._site.id,
            worker=self._worker,
            camera=self._key,
            published_at=now,
            state=state,
            since=self._since,
            reason=self._failure or status.reason,
            faults=tuple(name for name in LEVEL_OF if name in open_since) or None,
            last_frame_at=self._last_frame_at,
            width_px=status.info.width_px if status.info else None,
            height_px=status.info.height_px if status.info else None,
            codec=status.info.codec if status.info else None,
            source_rate_hz=status.source_rate_hz,
            analysed_rate_hz=self._rate_hz(now_s),
            reconnects=status.reconnects,
            decode_errors=status.decode_errors,
            frames_decoded=status.frames_decoded,
            frames_analysed=self._analysed,
            machine_slow=machine_slow or None,
            simulated=self._is_simulated,
        )

    def _rate_hz(self, now_s: float) -> float:
        if not self._analysed_at_s:
            return 0.0
        recent = sum(1 for moment_s in self._analysed_at_s if moment_s > now_s - RATE_WINDOW_S)
        covered_s = min(RATE_WINDOW_S, now_s - self._analysed_at_s[0])
        return round(recent / covered_s, 2) if covered_s > 0.5 else 0.0

    def _count(self, status: CaptureStatus, state: CameraState, now_s: float) -> None:
        totals = {
            "decoded": (self._metrics.frames_decoded, status.frames_decoded),
            "dropped": (self._metrics.frames_overtaken, status.frames_dropped),
            "left_out": (self._metrics.frames_left_out, status.frames_left_out),
            "reconnects": (self._metrics.reconnects, status.reconnects),
            "errors": (self._metrics.decode_errors, status.decode_errors),
        }
        for name, (counter, total) in totals.items():
            counter.labels(self._key).inc(max(0, total - self._counted[name]))
            self._counted[name] = total
        self._metrics.analysed_share.labels(self._key).set(self._rate_hz(now_s) / self._camera.analysis_rate_hz)
        self._metrics.camera_up.labels(self._key).set(state is not CameraState.SILENT and self._analysed > 0)
        if self._analysed_at_s:
            self._metrics.frame_age_s.labels(self._key).set(now_s - self._analysed_at_s[-1])


def _state(open_since: Mapping[str, datetime], has_frames: bool) -> tuple[CameraState, datetime | None]:
    """In the words that every reader knows: who does not know `faults` takes what else hides the scene for dark. And
    since when, where an alert says so.
    """
    known = {SILENT: CameraState.SILENT, FROZEN: CameraState.FROZEN}
    known |= dict.fromkeys((DARK, OVEREXPOSED, COVERED, MOVED), CameraState.DARK)
    worst = next((rule for rule in known if rule in open_since), None)
    if worst is not None:
        return known[worst], open_since[worst]
    return (CameraState.OK if has_frames else CameraState.STARTING), None
