"""The service as a server: in a thread of a bigger program, or as a process of its own."""

from __future__ import annotations

import signal
import socket
import threading
from collections.abc import Callable
from types import FrameType

import structlog
import uvicorn

from crushwatch.bus import Bus, open_bus
from crushwatch.errors import SiteError
from crushwatch.site import Service, Site
from service.api.views import CountersView, LatenciesView
from service.app import create_app
from service.parts import Parts

START_WITHIN_S = 30.0
STOP_WITHIN_S = 3.0
LARGEST_CLIENT_MESSAGE = 64 * 1024

log = structlog.get_logger("crushwatch.service")


class EmbeddedService:
    """The service in a thread: `start` returns its address, `stop` ends it within some seconds.

    The bus is the caller's: it is not closed here.
    """

    def __init__(self, site: Site, bus: Bus) -> None:
        self._app = create_app(site, bus)
        self._parts: Parts = self._app.state.parts
        self._socket = _listen(site.service)
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
        self._server.should_exit = True
        if self._thread.is_alive():
            self._thread.join(2 * STOP_WITHIN_S)
        self._socket.close()

    def counters(self) -> CountersView:
        """What it has done since it started."""
        return self._parts.tally.view()

    def latencies(self) -> LatenciesView:
        """Milliseconds from capture to the store and to the browsers."""
        tally = self._parts.tally
        return LatenciesView(to_store_ms=tally.to_store.view(), to_browser_ms=tally.to_browser.view())


def serve(site: Site, *, say: Callable[[str], None] = print) -> None:
    """Run until SIGTERM or SIGINT; raises SiteError, StoreError where it cannot start. `say` is told the address."""
    bus = open_bus(site.bus.url.reveal(), site.id, readings_kept=site.bus.readings_kept)
    stopping = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopping.set()

    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        service = EmbeddedService(site, bus)
        say(service.start())
        stopping.wait()
        log.info("the service stops")
        service.stop()
    finally:
        bus.close()
        for number, handler in before.items():
            signal.signal(number, handler)


def _listen(service: Service) -> socket.socket:
    family = socket.AF_INET6 if ":" in service.host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((service.host.strip("[]"), service.port))
    except OSError as error:
        listener.close()
        reason = error.strerror or str(error)
        raise SiteError(f"service.host {service.host}, port {service.port}: {reason}; choose another port") from None
    return listener


def _config(app: object) -> uvicorn.Config:
    return uvicorn.Config(
        app,  # type: ignore[arg-type]  # an ASGI application
        log_config=None,
        access_log=False,
        server_header=False,
        ws_max_size=LARGEST_CLIENT_MESSAGE,
        ws_per_message_deflate=False,  # pictures are compressed already; the network here is a local one
        timeout_graceful_shutdown=1,
    )
