"""The service as a server: in a thread of a bigger program, or as a process of its own."""

from __future__ import annotations

import gc
import signal
import socket
import sys
import threading
from collections.abc import Callable
from types import FrameType

import structlog
import uvicorn

from crushwatch.bus import Bus, open_bus
from crushwatch.claim import Claims
from crushwatch.errors import CrushwatchError, SiteError, port_error
from crushwatch.site import Service, Site
from crushwatch.site.state import database_file
from crushwatch.site.watch import LOOK_EVERY_S, Seen, SiteFile
from crushwatch.tracing import Tracer
from service.api.views import CountersView, LatenciesView
from service.app import create_app
from service.parts import Parts
from service.socket import SharedFrames

START_WITHIN_S = 30.0
STOP_WITHIN_S = 3.0
LARGEST_CLIENT_MESSAGE = 64 * 1024
SWITCH_AFTER_S = 0.0005
COLLECT_AFTER = (5_000, 20, 50)
"""New objects, and younger collections, after which the collector looks for cycles: thousands of figures come and go a
second, and none of them is part of one."""
SITE_FAULT = "the site file on the disk has faults, the revision before it is in force"

log = structlog.get_logger("crushwatch.service")


class EmbeddedService:
    """The service in a thread: `start` returns its address, `stop` ends it within some seconds.

    The bus is the caller's: it is not closed here.
    """

    def __init__(
        self, site: Site, bus: Bus, listening: socket.socket | None = None, tracer: Tracer | None = None
    ) -> None:
        """`listening`: take this door, already open, instead of the one that the site names."""
        self._app = create_app(site, bus, tracer)
        self._parts: Parts = self._app.state.parts
        self._socket = _listen(site.service) if listening is None else listening
        self._server = uvicorn.Server(_config(self._app))
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],), name="service", daemon=True)

    @property
    def url(self) -> str:
        """Where it is reached, without a slash at the end."""
        host, port = self._socket.getsockname()[:2]
        return f"http://{f'[{host}]' if ':' in host else host}:{port}"

    def start(self) -> str:
        """Start and wait until it answers; returns `url`."""
        self._thread.start()
        waiting = threading.Event()
        waited_s = 0.0
        while not self._server.started:
            if not self._thread.is_alive() or waited_s > START_WITHIN_S:
                raise SiteError(f"the service did not start within {waited_s:.0f} s: its log says why")
            waiting.wait(0.02)
            waited_s += 0.02
        log.info("the service listens", url=self.url)
        return self.url

    def stop(self) -> None:
        """Say goodbye to the browsers, finish what is in hand, end."""
        self._parts.stills.stop()  # who waits for one would be waited for
        self._server.should_exit = True
        if self._thread.is_alive():
            self._thread.join(2 * STOP_WITHIN_S)
        self._socket.close()

    def door(self) -> socket.socket:
        """Another handle of the socket it listens on: who connects while nobody serves it waits a moment."""
        return self._socket.dup()

    def tell_site_file(self, file: SiteFile) -> None:
        """Whether the site file on the disk is in force; where not, every screen says so."""
        self._parts.tally.site_file(valid=file.fault is None, taken=file.taken, refused=file.refused)
        sentence = None if file.fault is None else "; ".join([SITE_FAULT, *file.fault.splitlines()])
        self._parts.board.set_fault("site", sentence)

    def counters(self) -> CountersView:
        """What it has done since it started."""
        return self._parts.tally.view()

    def latencies(self) -> LatenciesView:
        """Milliseconds from capture to the store and to the browsers."""
        tally = self._parts.tally
        return LatenciesView(to_store_ms=tally.to_store.view(), to_browser_ms=tally.to_browser.view())


def serve(file: SiteFile, tracer: Tracer, *, say: Callable[[str], None] = print) -> None:
    """Run by the newest revision of the file that has no fault, until SIGTERM or SIGINT.

    Raises SiteError, StoreError, or ClaimedError where another service has the database, and does not start then.
    `say` is told the address.
    """
    stopping = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopping.set()

    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
    share_the_lock()
    with Claims() as claims:
        standing = Standing(file.site, tracer, claims)
        try:
            say(standing.service.start())
            leave_out_of_collections()
            standing.service.tell_site_file(file)
            while not stopping.wait(LOOK_EVERY_S):
                if file.look() is Seen.TAKEN:
                    standing = _follow(standing, file)
                standing.service.tell_site_file(file)
            log.info("the service stops")
        finally:
            standing.stop()
            for number, handler in before.items():
                signal.signal(number, handler)


class Standing:
    """One revision of the site at work, with its own connection to the bus."""

    def __init__(self, site: Site, tracer: Tracer, claims: Claims, listening: socket.socket | None = None) -> None:
        self.site = site
        self.tracer = tracer
        self.claims = claims
        database = database_file(site.service.database.reveal())
        if database is not None:
            claims.take(database, "database", "service")
        self._bus = open_bus(site.bus.url.reveal(), site.id, readings_kept=site.bus.readings_kept)
        try:
            self.service = EmbeddedService(site, self._bus, listening, tracer)
        except BaseException:
            self._bus.close()
            raise

    def stop(self) -> None:
        """End it."""
        self.service.stop()
        self._bus.close()


def _follow(standing: Standing, file: SiteFile) -> Standing:
    """The next revision in place of the one that stands; where it does not open, the one that stands goes on.

    Browsers are cut off for a moment and come back by themselves; nobody who connects meanwhile is refused.
    """
    door = standing.service.door() if _place(file.site) == _place(standing.site) else None
    try:
        following = Standing(file.site, standing.tracer, standing.claims, door)
    except CrushwatchError as error:
        if door is not None:
            door.close()
        file.go_back(standing.site, str(error))
        return standing
    standing.stop()
    following.service.start()
    leave_out_of_collections()
    return following


def share_the_lock() -> None:
    """Whoever wants Python's lock gets it after half a millisecond instead of five.

    The thread that serves browsers lets go of the lock with every frame it sends, two hundred times in a row, and must
    not wait for as long each time because another thread computes.
    """
    sys.setswitchinterval(SWITCH_AFTER_S)


def leave_out_of_collections() -> None:
    """What stands now stays: the collector need not look through it again, for that stops everything for a while.

    Of 2,000 regions a full collection took 150 to 250 ms, two to three times in ten seconds.
    """
    gc.set_threshold(*COLLECT_AFTER)
    gc.unfreeze()
    gc.collect()
    gc.freeze()


def _place(site: Site) -> tuple[str, int]:
    return site.service.host, site.service.port


def _listen(service: Service) -> socket.socket:
    family = socket.AF_INET6 if ":" in service.host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    # For all who connect: what is written goes out at once, not when the other side has confirmed what came before.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        listener.bind((service.host.strip("[]"), service.port))
    except OSError as error:
        listener.close()
        raise port_error(error, f"service.host {service.host}, port {service.port}") from None
    return listener


def _config(app: object) -> uvicorn.Config:
    return uvicorn.Config(
        app,  # type: ignore[arg-type]  # an ASGI application
        log_config=None,
        access_log=False,
        server_header=False,
        ws_max_size=LARGEST_CLIENT_MESSAGE,
        ws=SharedFrames,
        timeout_graceful_shutdown=1,
    )
