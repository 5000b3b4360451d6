"""Who is let in: the table, row by row."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from crushwatch.errors import SiteError
from crushwatch.site import SecretText, Service
from crushwatch.site.doors import is_loopback, refuse_open_doors
from service.auth.policy import Asked, judge, opens_login
from service.auth.session import Session, derive_key, sign, verify
from service.auth.throttle import FAILURES_ALL, FAILURES_EACH, WINDOW_S, Throttle

PASSWORD, TOKEN = "correct horse", "program-token"
OPEN = Service()
LOCKED = Service(host="0.0.0.0", password=SecretText(PASSWORD), token=SecretText(TOKEN))
ALLOWING = Service(allowed_origins=("https://wall.example",))

HERE = Asked(method="GET", path="/api/v1/cameras", scheme="http", host="127.0.0.1:8000")
POST = replace(HERE, method="POST", path="/api/v1/alerts/a/acknowledge")
LIVE = replace(HERE, path="/api/v1/live", scheme="ws", is_websocket=True)
OWN, FOREIGN = "http://127.0.0.1:8000", "https://evil.example"

WITHOUT_LOGIN = {
    "a read": (HERE, 200),
    "a read by the name localhost": (replace(HERE, host="localhost:8000"), 200),
    "a read by IPv6": (replace(HERE, host="[::1]:8000"), 200),
    "a read by a rebound name": (replace(HERE, host="evil.example"), 403),
    "a read without a name": (replace(HERE, host=""), 403),
    "an act by a program": (POST, 200),
    "an act from our page": (replace(POST, origin=OWN), 200),
    "an act from a foreign page": (replace(POST, origin=FOREIGN), 403),
    "an act from another port": (replace(POST, origin="http://127.0.0.1:9000"), 403),
    "an act from a page without origin": (replace(POST, origin="null"), 403),
    "an act of a cross-site form without origin": (replace(POST, fetch_site="cross-site"), 403),
    "the live channel for a program": (LIVE, 200),
    "the live channel for our page": (replace(LIVE, origin=OWN), 200),
    "the live channel for a foreign page": (replace(LIVE, origin=FOREIGN), 403),
    "health": (replace(HERE, path="/healthz", host="evil.example"), 200),
}

BEARER = f"Bearer {TOKEN}"
WITH_LOGIN = {
    "health": (replace(HERE, path="/healthz"), 200),
    "a changed health": (replace(HERE, path="/healthz", method="POST"), 401),
    "the page": (replace(HERE, path="/"), 401),
    "a script of the page": (replace(HERE, path="/assets/main.js"), 401),
    "readiness": (replace(HERE, path="/readyz"), 401),
    "metrics": (replace(HERE, path="/metrics"), 401),
    "the description": (replace(HERE, path="/api/openapi.json"), 401),
    "a read": (HERE, 401),
    "the live channel": (LIVE, 401),
    "the login": (replace(HERE, path="/login"), 200),
    "its style": (replace(HERE, path="/login.css"), 200),
    "a login from our page": (replace(HERE, path="/login", method="POST", origin=OWN), 200),
    "a login from a foreign page": (replace(HERE, path="/login", method="POST", origin=FOREIGN), 403),
    "a live channel at the login": (replace(LIVE, path="/login"), 401),
    "a read with the token": (replace(HERE, authorization=BEARER), 200),
    "an act with the token": (replace(POST, authorization=BEARER), 200),
    "a read with a wrong token": (replace(HERE, authorization="Bearer wrong"), 401),
    "a read with an empty token": (replace(HERE, authorization="Bearer "), 401),
    "a read with the password as token": (replace(HERE, authorization=f"Bearer {PASSWORD}"), 401),
    "a wrong token and a session": (replace(HERE, authorization="Bearer wrong", session=True), 401),
    "basic authentication": (replace(HERE, authorization="Basic dTpw"), 401),
    "a read with a session": (replace(HERE, session=True), 200),
    "an act with a session from our page": (replace(POST, session=True, origin=OWN), 200),
    "an act with a session from a foreign page": (replace(POST, session=True, origin=FOREIGN), 403),
    "the live channel with a session from our page": (replace(LIVE, session=True, origin=OWN), 200),
    "the live channel with a session from a foreign page": (replace(LIVE, session=True, origin=FOREIGN), 403),
    "behind a proxy with TLS": (
        replace(POST, session=True, scheme="https", host="crowd.example", origin="https://crowd.example"),
        200,
    ),
}


def status(service: Service, asked: Asked) -> int:
    refused = judge(service, asked)
    return 200 if refused is None else refused.status


@pytest.mark.parametrize(("asked", "expected"), WITHOUT_LOGIN.values(), ids=WITHOUT_LOGIN.keys())
def test_without_a_password(asked: Asked, expected: int) -> None:
    assert status(OPEN, asked) == expected


@pytest.mark.parametrize(("asked", "expected"), WITH_LOGIN.values(), ids=WITH_LOGIN.keys())
def test_with_a_password_and_a_token(asked: Asked, expected: int) -> None:
    assert status(LOCKED, asked) == expected


def test_an_allowed_origin_may_open_the_live_channel() -> None:
    assert status(ALLOWING, replace(LIVE, origin="https://wall.example", host="wall.example")) == 200
    assert status(ALLOWING, replace(LIVE, origin="https://wall.example.evil")) == 403


@pytest.mark.parametrize(
    ("service", "given", "opens"),
    [
        (LOCKED, PASSWORD, True),
        (LOCKED, TOKEN, False),
        (LOCKED, "", False),
        (LOCKED, PASSWORD + " ", False),
        (Service(token=SecretText(TOKEN)), TOKEN, True),
        (OPEN, "", False),
    ],
    ids=["password", "token beside a password", "nothing", "nearly", "token alone", "no login"],
)
def test_what_opens_the_login(service: Service, given: str, opens: bool) -> None:
    assert opens_login(service, given) is opens


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "", "192.168.1.10", "crowd.example", "2001:db8::1"])
def test_an_open_door_to_the_network_is_refused_with_what_to_set(host: str) -> None:
    assert not is_loopback(host)
    with pytest.raises(SiteError, match=r"service\.password"):
        refuse_open_doors(Service(host=host))
    refuse_open_doors(Service(host=host, token=SecretText("x")))


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.53", "::1", "localhost"])
def test_on_loopback_no_password_is_needed(host: str) -> None:
    refuse_open_doors(Service(host=host))


NOW = datetime(2026, 5, 1, 20, 0, tzinfo=UTC)
SESSION = Session("nonce", NOW + timedelta(hours=1))
KEY = derive_key("stored", [PASSWORD])


def test_a_session_is_known_until_it_is_over() -> None:
    cookie = sign(KEY, SESSION)
    assert verify(KEY, cookie, NOW) == SESSION
    assert verify(KEY, cookie, NOW + timedelta(hours=1)) is None


@pytest.mark.parametrize(
    "forged",
    [
        lambda cookie: cookie.replace("nonce", "other"),
        lambda cookie: cookie[:-1] + ("A" if cookie[-1] != "A" else "B"),
        lambda _cookie: "",
        lambda _cookie: "..",
        lambda cookie: cookie * 50,
        lambda _cookie: "é.1.x",
    ],
    ids=["another nonce", "another signature", "empty", "dots", "long", "not ASCII"],
)
def test_a_forged_session_is_none(forged: object) -> None:
    assert callable(forged)
    assert verify(KEY, forged(sign(KEY, SESSION)), NOW) is None


def test_a_changed_password_ends_all_sessions() -> None:
    assert verify(derive_key("stored", ["changed"]), sign(KEY, SESSION), NOW) is None


def test_guesses_from_one_address_are_few() -> None:
    throttle = Throttle()
    for second in range(FAILURES_EACH):
        assert throttle.wait_s("10.0.0.1", second) == 0
        throttle.failed("10.0.0.1", second)
    assert throttle.wait_s("10.0.0.1", 10) == pytest.approx(WINDOW_S - 10)
    assert throttle.wait_s("10.0.0.2", 10) == 0
    assert throttle.wait_s("10.0.0.1", WINDOW_S) == 0


def test_guesses_from_many_addresses_are_few_together() -> None:
    throttle = Throttle()
    for number in range(FAILURES_ALL):
        throttle.failed(f"10.0.0.{number}", 0)
    assert throttle.wait_s("10.9.9.9", 1) == pytest.approx(WINDOW_S - 1)
