from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from crushwatch.commands import demo
from support.waiting import wait_for


@contextmanager
def answering(readings_stored: int) -> Iterator[str]:
    """The address of a service that has stored so many readings."""

    class Service(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b'{"counters": {"readings_stored": %d}}' % readings_stored)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Service)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_demo_without_figures_says_once_why(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(demo, "SLOW_START_S", 0.3)
    stop, said = threading.Event(), list[str]()

    def has_said(text: str) -> bool:
        said.append(capsys.readouterr().err)
        return text in "".join(said)

    with answering(0) as address:
        announcing = threading.Thread(target=demo._announce, args=(address, stop))
        announcing.start()
        wait_for("why there are no figures", lambda: has_said("the dashboard says what each camera lacks"))
        announcing.join(0.5)
        stop.set()
        announcing.join()
    assert "".join(said).count("no figures after") == 1


def test_a_demo_whose_service_does_not_answer_blames_the_machine(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(demo, "SLOW_START_S", 0.0)
    stop = threading.Event()
    threading.Timer(0.3, stop.set).start()
    demo._announce("http://127.0.0.1:9", stop)
    assert "the service is still starting; this machine is slow, or busy" in capsys.readouterr().err


def test_a_demo_says_when_its_first_figures_are_there(capsys: pytest.CaptureFixture[str]) -> None:
    with answering(3) as address:
        demo._announce(address, threading.Event())
    assert "first figures after" in capsys.readouterr().err


def test_a_demo_lets_the_control_room_stand_out_unless_somebody_asks_for_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CRUSHWATCH_LOG_LEVEL", raising=False)
    assert demo._calmly() == ["--log-level", "WARNING"]
    monkeypatch.setenv("CRUSHWATCH_LOG_LEVEL", "INFO")
    assert demo._calmly() == []
