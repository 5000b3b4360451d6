"""The door of a running service: login, token, session, origin, and who is turned away."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from crushwatch.bus import MemoryBus
from crushwatch.errors import PortTakenError, SiteError
from service.run import EmbeddedService
from support.browser import open_page
from support.service_messages import alert_event
from support.service_site import PASSWORD, TOKEN, site
from support.waiting import wait_for

pytestmark = pytest.mark.integration

Start = Callable[..., Any]
LOCKED = {"password": PASSWORD, "token": TOKEN}
EVERY_PATH = ("/", "/readyz", "/metrics", "/api/openapi.json", "/api/v1/cameras", "/api/v1/system", "/assets/x.js")


def log_in(running: Any, password: str = PASSWORD, **kwargs: Any) -> httpx.Response:
    response: httpx.Response = running.client.post("/login", data={"password": password, "next": "/wall"}, **kwargs)
    return response


def live_status(url: str, **headers: str) -> int:
    """101 if the live channel opens, else the status with which it was refused."""

    async def ask() -> int:
        try:
            async with connect(url.replace("http", "ws") + "/api/v1/live", additional_headers=headers) as live:
                await live.recv()
                return 101
        except InvalidStatus as refused:
            return refused.response.status_code

    return asyncio.run(ask())


def test_a_live_channel_that_is_refused_is_said_calmly(run_service: Start, caplog: pytest.LogCaptureFixture) -> None:
    running = run_service(service=LOCKED)
    with capture_logs() as said, caplog.at_level("INFO"):
        assert live_status(running.url) == 401
        assert live_status(running.url, authorization=f"Bearer {TOKEN}") == 101
        wait_for("the word", lambda: [line for line in said if line["event"] == "a live channel was refused"])
    (line,) = [line for line in said if line["event"] == "a live channel was refused"]
    assert (line["log_level"], line["status"]) == ("info", 401)
    assert [record for record in caplog.records if record.levelname in ("WARNING", "ERROR")] == []


def test_without_login_everything_but_health_and_the_login_is_closed(run_service: Start) -> None:
    running = run_service(service=LOCKED)
    for path in EVERY_PATH:
        answer = running.client.get(path)
        assert answer.status_code == 401, path
        assert answer.headers["www-authenticate"].startswith("Bearer")
    assert running.client.post("/api/v1/alerts/a/acknowledge", json={"by": "x"}).status_code == 401
    assert running.client.get("/healthz").status_code == 200
    assert running.client.get("/login").status_code == 200
    assert running.client.get("/login.css").headers["content-type"].startswith("text/css")
    assert live_status(running.url) == 401


def test_a_person_who_opens_the_page_is_shown_the_login(run_service: Start) -> None:
    running = run_service(service=LOCKED)
    answer = running.client.get("/wall", headers={"accept": "text/html"})
    assert answer.status_code == 401
    assert '<form method="post" action="/login">' in answer.text
    assert 'name="next" value="/wall"' in answer.text
    asked = running.client.get("/calibrate.html?camera=gate&x=%22", headers={"accept": "text/html"})
    assert 'name="next" value="/calibrate.html?camera=gate&amp;x=%22"' in asked.text
    assert "http://" not in answer.text
    assert "https://" not in answer.text


def test_the_token_opens_everything_to_a_program(run_service: Start) -> None:
    running = run_service(service=LOCKED)
    bearer = {"Authorization": f"Bearer {TOKEN}"}
    assert running.client.get("/api/v1/cameras", headers=bearer).status_code == 200
    assert running.client.get("/metrics", headers=bearer).status_code == 200
    assert live_status(running.url, **bearer) == 101
    for wrong in (f"Bearer {TOKEN}x", "Bearer", f"Basic {TOKEN}", f"Bearer {PASSWORD}"):
        assert running.client.get("/api/v1/cameras", headers={"Authorization": wrong}).status_code == 401


def test_a_login_gives_a_cookie_that_scripts_and_other_sites_cannot_use(run_service: Start) -> None:
    running = run_service(service=LOCKED)
    answer = log_in(running, headers={"origin": running.url})
    assert (answer.status_code, answer.headers["location"]) == (303, "/wall")
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "samesite=strict" in cookie.lower()
    assert "Secure" not in cookie
    assert running.client.get("/api/v1/cameras").status_code == 200
    session = f"crushwatch_session={running.client.cookies['crushwatch_session']}"
    assert live_status(running.url, Cookie=session, Origin=running.url) == 101
    assert live_status(running.url, Cookie=session, Origin="https://evil.example") == 403
    foreign = {"origin": "https://evil.example"}
    assert running.client.post("/api/v1/alerts/a/acknowledge", json={"by": "x"}, headers=foreign).status_code == 403
    own = {"origin": running.url}
    assert running.client.post("/api/v1/alerts/a/acknowledge", json={"by": "x"}, headers=own).status_code == 404


def test_behind_tls_the_cookie_is_for_tls_only(run_service: Start) -> None:
    running = run_service(service=LOCKED)
    assert "Secure" in log_in(running, headers={"x-forwarded-proto": "https"}).headers["set-cookie"]


def test_a_session_outlives_a_restart_and_ends_with_the_logout(run_service: Start) -> None:
    running = run_service(service=LOCKED)
    log_in(running)
    cookie = running.client.cookies["crushwatch_session"]
    running.service.stop()
    again = run_service(service=LOCKED)
    again.client.headers["cookie"] = f"crushwatch_session={cookie}"
    assert again.client.get("/api/v1/cameras").status_code == 200
    assert again.client.post("/logout").status_code == 303
    assert again.client.get("/api/v1/cameras").status_code == 401
    again.service.stop()
    third = run_service(service=LOCKED)
    third.client.headers["cookie"] = f"crushwatch_session={cookie}"
    assert third.client.get("/api/v1/cameras").status_code == 401


def test_a_changed_password_ends_the_session(run_service: Start) -> None:
    running = run_service(service=LOCKED)
    log_in(running)
    cookie = running.client.cookies["crushwatch_session"]
    running.service.stop()
    changed = run_service(service=LOCKED | {"password": "another one"})
    changed.client.headers["cookie"] = f"crushwatch_session={cookie}"
    assert changed.client.get("/api/v1/cameras").status_code == 401


def test_passwords_cannot_be_guessed_quickly(run_service: Start) -> None:
    running = run_service(service=LOCKED)
    assert [log_in(running, f"guess {n}").status_code for n in range(5)] == [401] * 5
    blocked = log_in(running)
    assert blocked.status_code == 429
    assert 0 < int(blocked.headers["retry-after"]) <= 61
    assert "set-cookie" not in blocked.headers


@pytest.mark.parametrize("next_path", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:x"])
def test_a_login_leads_to_no_other_site(run_service: Start, next_path: str) -> None:
    running = run_service(service=LOCKED)
    answer = running.client.post("/login", data={"password": PASSWORD, "next": next_path})
    assert answer.headers["location"] == "/"


def test_on_loopback_without_a_password_nobody_logs_in_and_no_rebound_name_gets_in(run_service: Start) -> None:
    running = run_service()
    assert running.client.get("/api/v1/cameras").status_code == 200
    assert running.client.get("/api/v1/cameras", headers={"host": "evil.example"}).status_code == 403
    assert live_status(running.url, Origin="https://evil.example") == 403
    assert live_status(running.url, Origin=running.url) == 101
    foreign = {"origin": "https://evil.example"}
    assert running.client.post("/api/v1/deliveries/1/retry", headers=foreign).status_code == 403
    assert running.client.get("/login").headers["location"] == "/"


def test_an_endless_body_is_refused(run_service: Start) -> None:
    def parts() -> Any:
        yield b"x"

    running = run_service(service=LOCKED)
    assert running.client.post("/login", content=parts()).status_code == 411
    assert running.client.post("/login", content=b"x" * 70_000).status_code == 413


def test_a_service_open_to_the_network_does_not_start_without_a_password(tmp_path: Path) -> None:
    with pytest.raises(SiteError, match=r"service\.password"):
        EmbeddedService(site(tmp_path, service={"host": "0.0.0.0"}), MemoryBus())


def test_a_port_that_is_taken_is_said_plainly(run_service: Start, tmp_path: Path) -> None:
    port = int(run_service().url.rsplit(":", 1)[1])
    with pytest.raises(PortTakenError, match=f"port {port}: Address already in use"):
        EmbeddedService(site(tmp_path, service={"port": port}), MemoryBus())


def test_a_person_logs_in_acts_and_logs_out_in_a_real_browser(run_service: Start) -> None:
    running = run_service(service=LOCKED)
    running.bus.publish("alerts", [alert_event()])
    with open_page(running.url) as page:
        page.fill("#password", "wrong")
        page.click("button")
        page.get_by_text("This is not the password.").wait_for()
        page.fill("#password", PASSWORD)
        page.click("button")
        page.wait_for_url(f"{running.url}/")
        act = "fetch('/api/v1/alerts/a-1/acknowledge', {method: 'POST', headers: {'Content-Type': 'application/json'}, "
        assert page.evaluate(act + "body: JSON.stringify({by: 'Kim'})}).then(answer => answer.status)") == 200
        assert page.evaluate("document.cookie") == ""
        assert page.evaluate("fetch('/logout', {method: 'POST'}).then(answer => answer.url)") == f"{running.url}/login"
        assert page.evaluate("fetch('/api/v1/site').then(answer => answer.status)") == 401
