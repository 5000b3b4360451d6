"""The API of a running service, asked over HTTP."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from service.api.paging import number_cursor
from support.prometheus import check_metrics
from support.service_messages import alert_event, camera_health, reading, utc_now, worker_health
from support.service_site import CAMERA_HOST, CAMERA_PASSWORD, PASSWORD, SECRETS, TOKEN, webhook
from support.waiting import wait_for

pytestmark = pytest.mark.integration

Start = Callable[..., Any]


def speak(running: Any) -> None:
    running.bus.publish("health", [worker_health(), camera_health(), camera_health("hall", simulated=True)])


def test_cameras_and_regions_show_what_was_measured(run_service: Start) -> None:
    running = run_service()
    speak(running)
    running.bus.publish("readings", [reading(level="caution", density_per_m2=3.1)])
    wait_for("the reading", lambda: running.get("regions")[0]["reading"])
    gate, hall = running.get("cameras")
    assert (gate["id"], gate["name"], gate["state"], gate["worker"]) == ("gate", "North gate", "ok", "worker-1")
    assert (hall["name"], hall["simulated"]) == ("hall", True)
    square, picture = running.get("regions")
    assert (square["level"], square["reading"]["density_per_m2"], square["stale"]) == ("caution", 3.1, False)
    assert square["thresholds"] == {"notice": 2, "caution": 3, "alert": 4, "critical": 5}
    assert square["actions"]["alert"] == "open gate B"
    assert (picture["region"], picture["level"]) == ("picture", "unknown")
    assert running.get("cameras/gate")["regions"][0]["region"] == "square"


def test_readings_are_paged_to_the_last(run_service: Start) -> None:
    running = run_service()
    start = utc_now() - timedelta(seconds=60)
    running.bus.publish("readings", [reading(at=start + timedelta(seconds=n)) for n in range(25)])
    wait_for("all stored", lambda: running.service.counters().readings_stored == 25)
    seen, query = [], "readings?limit=10&camera=gate&region=square"
    page = running.get(query)
    while True:
        seen += [item["captured_at"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        page = running.get(f"{query}&cursor={page['next_cursor']}")
    assert len(seen) == len(set(seen)) == 25
    assert seen == sorted(seen, reverse=True)
    assert len(running.get("readings/trend?camera=gate&region=square&minutes=10")["t"]) <= 300


def test_alerts_are_listed_by_state_and_acknowledged_once(run_service: Start) -> None:
    running = run_service()
    running.bus.publish("alerts", [alert_event(), alert_event(alert_id="a-2", camera="hall", region="picture")])
    wait_for("two alerts", lambda: len(running.get("alerts")["items"]) == 2)
    first = running.client.post("/api/v1/alerts/a-1/acknowledge", json={"by": " Kim ", "note": "seen"})
    assert (first.status_code, first.json()["acknowledged_by"]) == (200, "Kim")
    assert running.client.post("/api/v1/alerts/a-1/acknowledge", json={"by": "Lee"}).status_code == 409
    assert running.client.post("/api/v1/alerts/none/acknowledge", json={"by": "Lee"}).status_code == 404
    running.bus.publish("alerts", [alert_event("cleared")])
    wait_for("closed", lambda: running.get("alerts?state=closed")["items"])
    assert [alert["alert_id"] for alert in running.get("alerts?state=open")["items"]] == ["a-2"]
    assert len(running.get("alerts?state=all&limit=1")["items"]) == 1
    detail = running.get("alerts/a-1")
    assert [event["change"] for event in detail["events"]] == ["raised", "cleared"]
    assert [(act["who"], act["what"], act["note"]) for act in detail["audit"]] == [("Kim", "acknowledge", "seen")]


BAD_REQUESTS = {
    "no such camera": ("GET", "cameras/none", None, 404),
    "no such region": ("GET", "readings/trend?camera=gate&region=none", None, 404),
    "no such alert": ("GET", "alerts/none", None, 404),
    "no such delivery": ("POST", "deliveries/1/retry", None, 404),
    "no such channel": ("POST", "channels/none/enable", None, 404),
    "no such path": ("GET", "nothing", None, 404),
    "wrong method": ("POST", "cameras", None, 405),
    "limit too large": ("GET", "readings?limit=100000", None, 422),
    "limit no number": ("GET", "readings?limit=many", None, 422),
    "time without zone": ("GET", "readings?since=2026-05-01T20:00:00", None, 422),
    "broken cursor": ("GET", "alerts?cursor=xyz", None, 422),
    "unknown state": ("GET", "alerts?state=asleep", None, 422),
    "nobody acknowledges": ("POST", "alerts/a/acknowledge", {"by": "  "}, 422),
    "unknown field": ("POST", "alerts/a/acknowledge", {"by": "Kim", "password": "secret-word"}, 422),
    "body too large": ("POST", "alerts/a/acknowledge", {"by": "K" * 100_000}, 413),
}


def test_every_error_is_a_problem_document(run_service: Start) -> None:
    running = run_service()
    for name, (method, path, body, status) in BAD_REQUESTS.items():
        answer = running.client.request(method, f"/api/v1/{path}", json=body)
        assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), name
        problem = answer.json()
        assert problem["status"] == status, name
        assert problem["title"], name
        assert "secret-word" not in answer.text, name
        assert bool(problem["faults"]) == (status == 422 and name != "broken cursor"), name


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", f"deliveries/{10**30}/retry"),
        ("POST", "deliveries/-1/retry"),
        ("GET", f"deliveries?cursor={number_cursor(10**30)}"),
        ("GET", f"alerts?cursor={number_cursor(10**30)}"),
        ("GET", f"alerts/{10**30}"),
        ("POST", f"alerts/{10**30}/acknowledge"),
        ("GET", f"readings?limit={10**30}"),
        ("GET", "readings?since=0001-01-01T00:00:00%2B14:00&until=9999-12-31T23:59:59-12:00"),
        ("GET", f"readings/trend?camera=gate&region=square&minutes={10**30}"),
        ("GET", f"cameras/{10**30}"),
        ("GET", "alerts?camera=%00&state=all"),
        ("POST", f"channels/{10**30}/enable"),
    ],
)
def test_nothing_that_is_asked_is_too_large_for_an_answer(run_service: Start, method: str, path: str) -> None:
    answer = run_service().client.request(method, f"/api/v1/{path}", json={"by": "Kim"} if method == "POST" else None)
    assert answer.status_code in (200, 404, 422), answer.text


def test_the_description_is_openapi_3_1_with_the_live_channels_models(run_service: Start) -> None:
    document = run_service().client.get("/api/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    assert {"LiveMessage", "ClientMessage", "Snapshot", "Problem"} <= set(document["components"]["schemas"])
    text = json.dumps(document)
    references = {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}
    assert references <= set(document["components"]["schemas"])


def test_no_page_loads_anything_from_elsewhere(run_service: Start) -> None:
    running = run_service()
    assert [running.client.get(path).status_code for path in ("/docs", "/redoc")] == [404, 404]
    page = running.client.get("/")
    assert page.status_code == 200
    for header, words in {
        "content-security-policy": "default-src 'self'",
        "x-frame-options": "DENY",
        "x-content-type-options": "nosniff",
        "referrer-policy": "same-origin",
    }.items():
        assert words in page.headers[header]
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    assert "server" not in page.headers


def test_promtool_accepts_the_metrics(run_service: Start) -> None:
    running = run_service()
    speak(running)
    running.bus.publish("readings", [reading(), reading("hall", "picture")])
    running.bus.publish("alerts", [alert_event()])
    wait_for("the alert", lambda: running.get("alerts")["items"])
    text = running.client.get("/metrics").text
    check_metrics(text)
    labels = '{camera="gate",region="square",site="demo"}'
    assert f"crushwatch_region_density_people_per_square_metre{labels} 2.1" in text
    assert 'crushwatch_alerts_open{level="alert"} 1.0' in text
    assert 'crushwatch_alert_transitions_total{change="raised",level="alert"} 1.0' in text
    open_metrics = running.client.get("/metrics", headers={"accept": "application/openmetrics-text; version=1.0.0"})
    assert open_metrics.headers["content-type"].startswith("application/openmetrics-text")
    families = {family.name for family in text_string_to_metric_families(open_metrics.text)}
    assert {"crushwatch_region_density_people_per_square_metre", "crushwatch_camera_up"} <= families


def test_a_region_of_which_nothing_is_known_has_no_density_in_the_metrics(run_service: Start) -> None:
    running = run_service()
    old = utc_now() - timedelta(seconds=60)
    running.bus.publish("readings", [reading(at=old)])
    wait_for("stored", lambda: running.service.counters().readings_stored == 1)
    text = running.client.get("/metrics").text
    labels = '{camera="gate",region="square",site="demo"}'
    assert f"crushwatch_region_level{labels} -1.0" in text
    assert f"crushwatch_region_density_people_per_square_metre{labels}" not in text
    assert f"crushwatch_region_age_seconds{labels} 6" in text


def test_readiness_names_what_is_missing_and_health_says_nothing(run_service: Start) -> None:
    running = run_service()
    wait_for("ready", lambda: running.client.get("/readyz").status_code == 200)
    running.bus.go_away()
    answer = wait_for("not ready", lambda: (found := running.client.get("/readyz")).status_code == 503 and found)
    assert answer.json() == {"ready": False, "reasons": ["the bus is away"]}
    assert running.client.get("/healthz").json() == {"status": "ok"}
    assert running.get("system")["bus"]["reachable"] is False
    running.bus.come_back()
    wait_for("ready again", lambda: running.client.get("/readyz").status_code == 200)


def test_a_service_that_sends_no_notifications_any_more_is_not_ready(
    run_service: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def ends(*_: object) -> None:
        return None

    monkeypatch.setattr("service.notify.pipeline.Pipeline._serve", ends)
    running = run_service(notifications={"room": webhook(1)})
    answer = wait_for("not ready", lambda: (found := running.client.get("/readyz")).status_code == 503 and found)
    assert answer.json()["reasons"] == ["the task that sends notifications has ended"]


def test_nothing_that_the_service_says_holds_a_secret(run_service: Start, capfd: pytest.CaptureFixture[str]) -> None:
    running = run_service(
        notifications={"room": webhook(1)},
        service={"password": PASSWORD, "token": TOKEN},
    )
    running.client.headers["authorization"] = f"Bearer {TOKEN}"
    leak = f"cannot open rtsp://camera-operator:{CAMERA_PASSWORD}@{CAMERA_HOST}:554/s1"
    running.bus.publish("health", [worker_health(), camera_health(state="silent", reason=leak)])
    running.bus.publish("alerts", [alert_event(rule="camera-silent", region=None, because=leak)])
    wait_for("the alert", lambda: running.get("alerts")["items"])
    running.client.post("/login", data={"password": "wrong"})
    paths = ["/", "/login", "/healthz", "/readyz", "/metrics", "/api/openapi.json", "/nothing", "/api/v1/nothing"]
    nouns = ("site", "cameras", "cameras/gate", "regions", "readings", "alerts", "alerts/a-1", "channels", "deliveries")
    paths += [f"/api/v1/{noun}" for noun in (*nouns, "system", "readings/trend?camera=gate&region=square")]
    answers = [running.client.get(path) for path in paths]
    said = "".join(answer.text + str(answer.headers) for answer in answers) + "".join(capfd.readouterr())
    assert "North gate" in said
    assert [secret for secret in SECRETS if secret in said] == []
