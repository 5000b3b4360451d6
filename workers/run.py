"""From a site file to a running worker, through its changes, to the end."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from crushwatch.bus import Outbox, open_bus
from crushwatch.claim import Claims
from crushwatch.errors import CrushwatchError
from crushwatch.models import find_model
from crushwatch.site import Site
from crushwatch.site.share import Share
from crushwatch.site.state import outbox_path, references_folder
from crushwatch.site.watch import LOOK_EVERY_S, Seen, SiteFile
from crushwatch.tracing import Tracer
from workers.bands import open_bands
from workers.batch.tiles import tiling_of
from workers.health.reference import References
from workers.infer.ahead import EngineStuckError
from workers.infer.choose import open_engine
from workers.infer.engine import Engine
from workers.metrics import WorkerMetrics
from workers.metrics_server import MetricsDoor
from workers.worker import Worker


def run_worker(file: SiteFile, stop: threading.Event, tracer: Tracer, *, share: Share | None = None) -> None:
    """Watch until `stop` is set, always by the newest revision of the file that has no fault.

    A change ends the pipeline and starts another in the same process: the engine stays unless the change concerns it.
    A revision that cannot be put to work gives way to the one before; the first one's fault is raised.
    """
    standing: Site | None = None
    with ExitStack() as kept:
        engines, door = kept.enter_context(EngineKeeper()), kept.enter_context(MetricsDoor())
        claims = kept.enter_context(Claims())
        while not stop.is_set():
            try:
                revision = Revision(file, share, engines, door, claims, tracer)
            except CrushwatchError as error:
                if standing is None or file.site is standing:
                    raise
                file.go_back(standing, str(error))
                continue
            standing = file.site
            revision.run(stop)


class Revision:
    """One revision of the site at work. Opening raises what is wrong with it and leaves nothing open."""

    def __init__(
        self,
        file: SiteFile,
        share: Share | None,
        engines: EngineKeeper,
        door: MetricsDoor,
        claims: Claims,
        tracer: Tracer,
    ) -> None:
        self._file = file
        self._metrics = WorkerMetrics()
        site = file.site if share is None else share.of(file.site)
        name = socket.gethostname() if share is None else f"{socket.gethostname()}-{share.index}"
        model = find_model(site.worker.model)
        state = outbox_path(file.path, site, share)
        claims.take(state, "state of a worker", "worker")
        engine = engines.engine(file.site)
        with ExitStack() as opening:
            door.open(site.worker.metrics_host, site.worker.metrics_port)
            outbox = Outbox(state, limit=site.worker.outbox_limit)
            opening.callback(outbox.close)
            bus = open_bus(site.bus.url.reveal(), site.id, readings_kept=site.bus.readings_kept)
            opening.callback(bus.close)
            self._worker = Worker(
                site,
                engine,
                model.name,
                bus,
                outbox,
                name=name,
                metrics=self._metrics,
                tracer=tracer,
                elsewhere=frozenset(file.site.cameras) - frozenset(site.cameras),
                references=References(file.path.parent, references_folder(file.path, site)),
                bands=open_bands(model, file.path, site),
            )
            self._opened = opening.pop_all()
        self._metrics.info.labels(name, model.name, engine.name, engine.precision, engine.device).set(1)
        self._metrics.site_revision.set(site.revision)
        self._metrics.tell_site_file(file)
        door.show(self._metrics)

    def run(self, stop: threading.Event) -> None:
        """Watch until `stop` is set or the file has another revision."""
        with self._opened, self._until_changed(stop) as ended:
            self._worker.run(ended)

    @contextmanager
    def _until_changed(self, stop: threading.Event) -> Iterator[threading.Event]:
        ended, over = threading.Event(), threading.Event()

        def look() -> None:
            while not over.is_set():
                if stop.wait(LOOK_EVERY_S) or self._look() is Seen.TAKEN:
                    ended.set()
                    return

        looking = threading.Thread(target=look, name="site-file", daemon=True)
        looking.start()
        try:
            yield ended
        finally:
            over.set()
            looking.join()

    def _look(self) -> Seen:
        seen = self._file.look()
        self._metrics.tell_site_file(self._file)
        return seen


class EngineKeeper:
    """Opens the engine that a site asks for, and keeps it while the next one asks for the same."""

    def __init__(self) -> None:
        self._engine: Engine | None = None
        self._asked: tuple[object, ...] = ()

    def __enter__(self) -> EngineKeeper:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        is_at_work = kind is not None and issubclass(kind, EngineStuckError)
        if self._engine is not None and not is_at_work:
            self._engine.close()

    def engine(self, site: Site) -> Engine:
        """The engine; raises EngineError."""
        worker, shapes_px = site.worker, _shapes_px(site)
        asked = (worker.engine, worker.model, worker.precision, worker.threads, worker.batch_size, *shapes_px)
        if self._engine is not None and asked == self._asked:
            return self._engine
        if self._engine is not None:
            self._engine.close()
            self._engine = None
        self._engine = open_engine(
            worker.engine,
            find_model(worker.model),
            precision=worker.precision,
            threads=worker.threads,
            shapes_px=shapes_px,
            batch_size=worker.batch_size,
            tune=True,
        )
        self._asked = asked
        return self._engine


def _shapes_px(site: Site) -> list[tuple[int, int]]:
    """(width, height) of all that comes to the engine: a large camera's tiles, not its whole picture."""
    tilings = [tiling_of(camera.engine_shape) for camera in site.cameras.values() if camera.enabled]
    return sorted({(tiling.tile_width_px, tiling.tile_height_px) for tiling in tilings})
