"""The pipeline on one page: capture -> batch -> infer -> measure -> judge -> publish.

capture   a thread a camera decodes into a slot that holds the newest frame only
batch     a thread takes the newest frame of every camera that is due and forms one batch
infer     a thread runs the engine: pictures in, people per cell out; meanwhile this one does the rest for those before
measure   this thread: people per cell and the ground -> figures of each region
judge     this thread: figures and rules -> levels and alert events, kept on disk at once
publish   a thread gives the bus what there is; while Redis is away nothing else stops
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime

import structlog

from crushwatch.bus import Bus, Outbox
from crushwatch.errors import EngineError
from crushwatch.logs import RollUp
from crushwatch.messages import RegionReading
from crushwatch.models.band import BandTable
from crushwatch.rules.sight import SILENT
from crushwatch.site import Site
from crushwatch.stood_still import StoodStill
from crushwatch.tracing import FrameTrace, NoTracer, Tracer
from workers.batch.feeder import Feeder, Item
from workers.camera import CameraWatch
from workers.health import WorkerPulse
from workers.health.pace import Machine, Pace
from workers.health.reference import References
from workers.infer.ahead import STUCK_AFTER_S, EngineStuckError, InferAhead, Inferred
from workers.infer.engine import Density, Engine
from workers.infer.steady import trouble_of
from workers.judge import Judge
from workers.measure import RegionFigures
from workers.metrics import WorkerMetrics
from workers.preview import PreviewMaker
from workers.publish import Publisher
from workers.reading import region_reading
from workers.still import Stills

LOOK_EVERY_S = 1.0
"""How often the cameras' and the worker's own health are judged and told."""
ENGINE_FAILURES_BORNE = 3
"""After so many batches in a row that the engine refused, the worker gives up and is started anew by its keeper."""

log = structlog.get_logger("crushwatch.workers")


class Worker:
    """Watches the enabled cameras of a site until told to stop. One engine, one process."""

    def __init__(
        self,
        site: Site,
        engine: Engine,
        model: str,
        bus: Bus,
        outbox: Outbox,
        *,
        name: str,
        metrics: WorkerMetrics,
        tracer: Tracer | None = None,
        elsewhere: frozenset[str] = frozenset(),
        references: References | None = None,
        bands: Mapping[str, BandTable] | None = None,
    ) -> None:
        """elsewhere: cameras of the site that other workers watch. references: by which cameras are seen to move.

        bands: how far the model's counts are off, by camera.
        """
        now = datetime.now(UTC)
        self._site = site
        self._engine = engine
        self._model = model
        self._metrics = metrics
        self._outbox = outbox
        self._cameras = _watches(site, name, metrics, now, references, bands or {})
        slots = {key: watch.slot for key, watch in self._cameras.items()}
        self._feeder = Feeder(slots, site.cameras, site.worker.batch_size)
        self._inferring = InferAhead(engine, self._feeder.next, tracer or NoTracer())
        self._judge = Judge(site, outbox, now, elsewhere=elsewhere)
        self._publisher = Publisher(bus, outbox, metrics)
        self._stills = Stills(site, bus, slots)
        self._pulse = WorkerPulse(site, name, model, engine, tuple(self._cameras), now)
        self._machine = Machine()
        self._looked_at_s = 0.0
        self._stood_still = StoodStill(LOOK_EVERY_S, site.rules.camera.silent_after_s)
        self._engine_failures = 0
        self._engine_faults = RollUp(lambda text: log.error(f"engine: {text}"), period_s=10)

    def run(self, stop: threading.Event) -> None:
        """Watch until `stop` is set.

        Raises EngineError when the engine refuses batch after batch or does not come back, or a thread has died: the
        worker is then to be started anew.
        """
        with self._all_threads():
            while not stop.is_set():
                self._look_if_due()
                inferred = self._next_inferred()
                if inferred is not None:
                    self._analyse(inferred)

    def _next_inferred(self) -> Inferred | None:
        try:
            inferred = self._inferring.next(timeout_s=0.1)
        except EngineError as error:
            self._engine_failures += 1
            self._engine_faults.add(str(error), now_s=time.monotonic())
            if self._engine_failures >= ENGINE_FAILURES_BORNE:
                raise
            return None
        if inferred is not None:
            self._engine_failures = 0
            self._count(inferred)
        return inferred

    def _count(self, inferred: Inferred) -> None:
        frames = len(inferred.batch.items)
        self._metrics.inference_s.observe(inferred.took_s)
        self._metrics.batch_frames.observe(frames)
        self._metrics.batch_fill.set(frames / self._site.worker.batch_size)
        self._pulse.inferred(inferred.took_s)

    def _analyse(self, inferred: Inferred) -> None:
        for item, density, trace in zip(inferred.batch.items, inferred.densities, inferred.traces, strict=True):
            watch = self._cameras[item.frame.camera]
            try:
                self._analyse_one(item, density, trace)
            except Exception as error:  # one camera's edge: what its pictures do to us costs no other camera anything
                watch.failed(error, time.monotonic())
            else:
                watch.analysed(item.frame)

    def _analyse_one(self, item: Item, density: Density, trace: FrameTrace) -> None:
        figures = self._measure(item, density)
        trace.step("measure")
        readings = [self._judge.region(reading) for reading in self._readings(item, figures, trace.parent)]
        trace.step("judge")
        self._publish(item, density, readings)
        trace.step("publish")
        trace.end()

    def _measure(self, item: Item, density: Density) -> list[RegionFigures]:
        watch, frame = self._cameras[item.frame.camera], item.frame
        watch.saw(item.letterbox.content(item.image), frame, item.letterbox.content_cells(density))
        self._judge.camera(frame.camera, watch.sight(), frame.captured_at, frame.captured_monotonic_s)
        return watch.meter.measure(
            density,
            watch.lattice(item.letterbox),
            frame.captured_at.timestamp(),
            picture_doubts=self._judge.picture_doubts(frame.camera),
            age_s=time.monotonic() - frame.captured_monotonic_s,
            has_moved=self._judge.has_moved(frame.camera),
            truth=frame.truth,
            displacement=item.displacement,
        )

    def _readings(self, item: Item, figures: Sequence[RegionFigures], trace: str | None) -> Iterator[RegionReading]:
        frame = item.frame
        for figure in figures:
            yield region_reading(
                figure,
                site=self._site.id,
                camera=frame.camera,
                captured_at=frame.captured_at,
                published_at=datetime.now(UTC),
                sequence=frame.sequence,
                model=self._model,
                engine=self._engine.name,
                trace=trace,
            )

    def _publish(self, item: Item, density: Density, readings: Sequence[RegionReading]) -> None:
        watch, frame = self._cameras[item.frame.camera], item.frame
        self._publisher.readings([reading for reading in readings if watch.is_news(reading)])
        self._metrics.capture_to_publish_s.observe(time.monotonic() - frame.captured_monotonic_s)
        if self._publisher.is_watched(frame.camera) and watch.preview_is_due(frame.captured_monotonic_s):
            has_ground = not self._judge.has_moved(frame.camera)
            heat = watch.meter.heat_per_m2(density, watch.lattice(item.letterbox)) if has_ground else None
            content = item.letterbox.content(item.image).copy()  # else the whole batch would be kept with it
            visible = None if heat is None else item.letterbox.content_cells(heat)
            self._publisher.preview(PreviewMaker(self._site.id, frame.camera, frame.captured_at, content, visible).make)

    def _look_if_due(self) -> None:
        """Once a second: are the cameras well, and we ourselves?"""
        now, now_s = datetime.now(UTC), time.monotonic()
        if now_s - self._looked_at_s < LOOK_EVERY_S:
            return
        self._looked_at_s = now_s
        self._require_live_threads()
        self._metrics.went_round(self._inferring.busy_since_s)
        self._metrics.engine_degraded.set(bool(trouble_of(self._engine)))
        self._forgive_standstill(now_s)
        slow = self._slow_cameras(now_s)
        for key, watch in self._cameras.items():
            self._judge.camera(key, watch.sight(), now, now_s)
            self._publisher.health(watch.health(self._judge.open_since(key), now, now_s, machine_slow=key in slow))
        self._publisher.health(self._pulse.message(now, outbox_length=len(self._outbox)))

    def _forgive_standstill(self, now_s: float) -> None:
        """What was not heard while nobody could hear is no camera's silence."""
        if lasted_s := self._stood_still.lasted_s(now_s):
            log.warning("the worker stood still", for_s=lasted_s)
            for key, watch in self._cameras.items():
                if SILENT not in self._judge.open_since(key):
                    watch.hears_anew(now_s)

    def _slow_cameras(self, now_s: float) -> frozenset[str]:
        """Those of which this machine analyses too few pictures, once that has lasted."""
        paces = {key: pace for key, watch in self._cameras.items() if (pace := watch.pace(now_s))}
        changed = self._machine.look(paces.values(), now_s)
        if changed:
            _tell_pace(changed, self._engine, is_behind=self._machine.is_behind)
        return frozenset(key for key, pace in paces.items() if self._machine.is_behind and pace.is_behind)

    def _require_live_threads(self) -> None:
        for name, is_alive in {"batch": self._feeder.is_alive, "infer": self._inferring.is_alive}.items():
            if not is_alive:
                raise EngineError(f"the thread {name} has died: nothing is counted; the lines before say why")
        if self._inferring.is_stuck:
            raise EngineStuckError(
                f"the engine has computed one batch for over {STUCK_AFTER_S:g} s: nothing is counted"
            )

    @contextmanager
    def _all_threads(self) -> Iterator[None]:
        """Started in the order of the pipeline's end, stopped in that of its beginning; the engine may hang: last."""
        log.info("worker watches", cameras=list(self._cameras), model=self._model, engine=self._engine.name)
        self._publisher.start()
        self._stills.start()
        self._feeder.start()
        self._inferring.start()
        for watch in self._cameras.values():
            watch.capture.start()
        try:
            yield
        finally:
            _stop_together([watch.capture.stop for watch in self._cameras.values()])
            self._feeder.stop()
            self._stills.stop()
            self._judge.keep(datetime.now(UTC))
            self._publisher.stop(timeout_s=2.0)
            self._inferring.stop()
            log.info("worker has stopped")


def _watches(
    site: Site,
    name: str,
    metrics: WorkerMetrics,
    now: datetime,
    references: References | None,
    bands: Mapping[str, BandTable],
) -> dict[str, CameraWatch]:
    """One for each enabled camera; none has begun."""
    now_s, watches = time.monotonic(), {}
    for key, camera in site.cameras.items():
        if camera.enabled:
            reference = references.of(key, camera) if references else None
            watches[key] = CameraWatch(site, name, key, camera, metrics, now, now_s, reference, bands.get(key))
    return watches


def _tell_pace(pace: Pace, engine: Engine, *, is_behind: bool) -> None:
    if is_behind:
        faster = engine.name == "openvino" and engine.precision != "int8"
        log.warning(
            f"this machine analyses {pace.analysed_hz:.1f} of {pace.due_hz:.1f} pictures a second: figures and alerts "
            f"come late. End what else runs here; or {'precision: int8, ' if faster else ''}fewer cameras, a lower "
            "analysis_rate_hz, a smaller engine_shape"
        )
    elif round(pace.due_hz, 1) > 0:  # cameras that send nothing leave nothing to keep up with
        log.info(f"this machine keeps up again: {pace.analysed_hz:.1f} of {pace.due_hz:.1f} pictures a second")


def _stop_together(stops: Sequence[Callable[[], None]]) -> None:
    threads = [threading.Thread(target=stop) for stop in stops]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
