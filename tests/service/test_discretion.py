"""No sentence tells where a camera is found or how one gets in."""

from __future__ import annotations

from pathlib import Path

import pytest

from crushwatch.messages import AlertEvent, CameraHealth
from service.discretion import Discretion
from support.service_messages import alert_event, camera_health
from support.service_site import CAMERA_HOST, CAMERA_PASSWORD, CAMERA_TOKEN, CAMERA_USER, site

LEAKS = {
    "whole address": f"cannot open rtsp://{CAMERA_USER}:{CAMERA_PASSWORD}@{CAMERA_HOST}:554/s1",
    "redacted address": f"no answer from rtsp://***@{CAMERA_HOST}:554/s1?token=***",
    "host and port": f"no RTSP answer from {CAMERA_HOST}:554 in 5 s",
    "password alone": f"401 for {CAMERA_USER} with {CAMERA_PASSWORD}",
    "token in a query": f"GET /s1?token={CAMERA_TOKEN} failed",
}


@pytest.mark.parametrize("sentence", LEAKS.values(), ids=LEAKS.keys())
def test_addresses_users_and_passwords_are_taken_out(tmp_path: Path, sentence: str) -> None:
    clean = Discretion(site(tmp_path)).text(sentence)
    for secret in (CAMERA_USER, CAMERA_PASSWORD, CAMERA_HOST, CAMERA_TOKEN):
        assert secret not in clean


def test_the_sentence_still_says_what_is_wrong(tmp_path: Path) -> None:
    clean = Discretion(site(tmp_path)).text(f"no RTSP answer from {CAMERA_HOST}:554 in 5 s (attempt 3)")
    assert clean == "no RTSP answer from the camera in 5 s (attempt 3)"


@pytest.mark.parametrize("where", [CAMERA_HOST, f"{CAMERA_HOST}:554", f"{CAMERA_HOST}:8554", f"[{CAMERA_HOST}]:554"])
def test_a_port_goes_with_its_host_though_the_site_names_another_or_none(tmp_path: Path, where: str) -> None:
    assert Discretion(site(tmp_path)).text(f"{where} refuses the connection") == "the camera refuses the connection"


def test_reasons_and_alerts_are_cleaned_before_they_are_kept(tmp_path: Path) -> None:
    discretion = Discretion(site(tmp_path))
    health = discretion.message(camera_health(reason=LEAKS["host and port"]))
    event = discretion.message(alert_event(because=LEAKS["whole address"]))
    assert isinstance(health, CameraHealth)
    assert isinstance(event, AlertEvent)
    assert CAMERA_HOST not in health.reason + event.because
