"""Every fault of a site file at once, with its line; secrets in none of them. Broken files: tests/broken/site."""

from __future__ import annotations

import contextlib
import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crushwatch.commands.schema import site_schema
from crushwatch.errors import SiteError
from crushwatch.site import load_site, parse_site, redact
from crushwatch.site.fault import SiteFaultsError
from crushwatch.site.state import outbox_path

REPOSITORY = Path(__file__).parents[3]
BROKEN = REPOSITORY / "tests" / "broken" / "site"
SMALLEST = "id: demo\ncameras:\n  gate:\n    source: sim:gate\n"

SAID = {
    "analysis-rate-is-a-word.yaml": "5 cameras.gate.analysis_rate_hz: 'fast' is not allowed; it must be a number",
    "area-is-negative.yaml": "8 cameras.gate.regions.front.area_m2: -4 is not allowed; it must be greater than 0",
    "camera-twice.yaml": "5 cameras.gate: stands twice (first on line 3)",
    "camera-has-no-source.yaml": "3 cameras.gate.source: is missing",
    "channel-names-no-camera.yaml": "6 notifications.room.cameras: no camera hall; there are gate",
    "engine-shape-not-a-multiple-of-32.yaml": "5 cameras.gate.engine_shape: 1000 x 576: each side must be a multiple",
    "environment-variable-not-set.yaml": "4 cameras.gate.source: the environment variable GATE_PASSWORD is not set",
    "fp8-without-tensorrt.yaml": "4 worker.precision: fp8 needs engine tensorrt, not openvino",
    "gate-has-two-lines.yaml": "7 cameras.gate.gates.turnstiles.line_m: give either line_px or line_m",
    "gate-into-no-region.yaml": "16 cameras.gate.gates.turnstiles.into: no region hall; there are front",
    "gate-without-ground.yaml": "10 cameras.gate.gates.turnstiles: the camera has no `ground`",
    "obstacle-without-ground.yaml": "10 cameras.gate.obstacles.pillar: the camera has no `ground` for it to lie on",
    "ground-points-collinear.yaml": "7 cameras.gate.ground.points: the points' `px` are collinear or repeated",
    "ground-three-points.yaml": "7 cameras.gate.ground.points: 3 points; a ground plane needs at least 4",
    "id-has-capitals.yaml": "1 id: 'Demo' is not allowed; it must be lower-case letters",
    "key-unknown.yaml": "5 cameras.gate.sauce: unknown key; allowed here: name, source, enabled",
    "metres-without-ground.yaml": "7 cameras.gate.regions.front.polygon_m: is in metres but the camera has no",
    "no-cameras.yaml": "2 cameras:",
    "not-yaml.yaml": "not YAML:",
    "picture-size-missing.yaml": "3 cameras.gate.picture_size_px: is missing: regions.front.polygon_px",
    "polygon-crosses-itself.yaml": "8 cameras.gate.regions.front.polygon_px: the outline crosses or touches itself",
    "polygon-two-points.yaml": "8 cameras.gate.regions.front.polygon_px: 2 points; a polygon needs at least 3",
    "secret-file-missing.yaml": "6 notifications.room.secret: the secret file nowhere.txt cannot be read",
    "secret-too-short.yaml": "6 notifications.room.secret: must be whsec_ and the base64 of 24 to 64 random bytes",
    "source-scheme-unknown.yaml": "4 cameras.gate.source: unknown scheme 'ftp'; allowed: rtsp://",
    "thresholds-out-of-order.yaml": "9 cameras.gate.regions.front.levels: thresholds out of order: notice 2, caution",
    "timezone-is-a-continent.yaml": "2 timezone: no time zone 'Asia'; names are like Asia/Seoul",
    "timezone-unknown.yaml": "2 timezone: no time zone 'Seoul'; names are like Asia/Seoul",
    "unknown-before-stale.yaml": "5 rules.unknown_after_s: 4 is shorter than stale_after_s 5",
}


@pytest.mark.parametrize("name", sorted(SAID))
def test_a_broken_file_is_refused_by_name(name: str) -> None:
    with pytest.raises(SiteFaultsError) as caught:
        load_site(BROKEN / name, environment={})
    assert SAID[name] in str(caught.value).replace(f"{BROKEN / name}:", "").replace(f"{BROKEN / name} ", "")


def test_every_broken_file_has_its_sentence() -> None:
    assert {path.name for path in BROKEN.glob("*.yaml")} == set(SAID)


def test_all_faults_are_told_at_once_in_the_order_of_the_file() -> None:
    text = SMALLEST + "    colour: red\n    analysis_rate_hz: -1\nrules: {hysteresis: 2}\n"
    with pytest.raises(SiteFaultsError) as caught:
        parse_site(text)
    assert [fault.line for fault in caught.value.faults] == [5, 6, 7]


def test_a_secret_that_cannot_be_had_is_one_fault_and_not_two(tmp_path: Path) -> None:
    room = "notifications:\n  room: {url: 'https://room.example/x', secret: '${file:room.secret}'}\n"
    (tmp_path / "site.yaml").write_text(SMALLEST + room)
    with pytest.raises(SiteFaultsError) as caught:
        load_site(tmp_path / "site.yaml", {})
    (fault,) = caught.value.faults
    assert "room.secret cannot be read" in fault.text


def test_the_smallest_file_is_enough() -> None:
    site = parse_site(SMALLEST)
    assert site.cameras["gate"].analysis_rate_hz == 2
    assert site.service.host == "127.0.0.1"


def test_the_example_file_has_no_faults() -> None:
    environment = {"NORTH_GATE_PASSWORD": "hunter2", "DASHBOARD_PASSWORD": "hunter3"}
    example = REPOSITORY / "site.example.yaml"
    site = parse_site(example.read_text(), environment=environment, read_secret=lambda _name: "whsec_" + "A" * 43 + "=")
    assert len(site.cameras) >= 2


@pytest.mark.parametrize(
    "named", ["rtsps://", "https://", "webcam:0", "path of a file", "sim:gate", "loop:", "enabled:"]
)
def test_the_example_file_names_every_kind_of_source_and_what_goes_with_it(named: str) -> None:
    assert named in (REPOSITORY / "site.example.yaml").read_text()


@pytest.mark.parametrize("document", ["site.example.yaml", "docs/operating.md"])
def test_relative_paths_count_from_where_the_documents_say(tmp_path: Path, document: str) -> None:
    told = " ".join((REPOSITORY / document).read_text().replace("\n#", "\n").split())
    assert re.search(r"state_dir\S* count from (this file's folder|the folder of the site file)", told)
    assert re.search(r"service\.database.* count from the folder in which the program is started", told)
    site = parse_site(SMALLEST)
    assert outbox_path(tmp_path / "site.yaml", site) == tmp_path / "state" / "outbox.db"
    assert site.service.database.reveal() == "sqlite:///crushwatch.db"


def test_secrets_come_from_the_environment_and_from_files_and_never_show(tmp_path: Path) -> None:
    (tmp_path / "room.secret").write_text("whsec_" + "QUJD" * 8 + "\n")
    (tmp_path / "site.yaml").write_text(
        "id: demo\ncameras:\n  gate:\n    source: rtsp://admin:${GATE_PASSWORD}@10.0.0.11/s1\n"
        "notifications:\n  room: {url: 'https://room.example/x?token=t0k3n', secret: '${file:room.secret}'}\n"
    )
    site = load_site(tmp_path / "site.yaml", {"GATE_PASSWORD": "hunter2"})
    assert site.cameras["gate"].source.reveal() == "rtsp://admin:hunter2@10.0.0.11/s1"
    assert site.notifications["room"].secret.reveal() == "whsec_" + "QUJD" * 8
    for shown in (str(site), repr(site), site.model_dump_json(), str(site.model_dump())):
        assert "hunter2" not in shown
        assert "t0k3n" not in shown
        assert "QUJD" not in shown
    assert "10.0.0.11" in str(site)


@pytest.mark.parametrize(
    "text",
    [
        "id: demo\ncameras:\n  gate:\n    source: gopher://admin:hunter2@10.0.0.11/\n",
        SMALLEST + "notifications:\n  room: {url: 'ftp://u:hunter2@h/', secret: hunter2}\n",
        SMALLEST + "service: {password: '', token: 12}\nbus: {url: {redis: 'redis://u:hunter2@h'}}\n",
    ],
    ids=["source", "webhook", "service"],
)
def test_faults_in_secrets_do_not_repeat_them(text: str) -> None:
    with pytest.raises(SiteFaultsError) as caught:
        parse_site(text)
    assert "hunter2" not in str(caught.value)


def test_a_file_that_is_not_there_or_not_text_is_named(tmp_path: Path) -> None:
    with pytest.raises(SiteError, match="cannot be read: No such file"):
        load_site(tmp_path / "nowhere.yaml")
    (tmp_path / "picture.yaml").write_bytes(b"\xff\xd8\xff\xe0")
    with pytest.raises(SiteError, match="not UTF-8"):
        load_site(tmp_path / "picture.yaml")


@given(st.text(max_size=200))
def test_no_text_whatever_gives_anything_but_a_site_or_a_site_error(text: str) -> None:
    with contextlib.suppress(SiteError):
        parse_site(text)


def test_the_committed_schema_is_the_models() -> None:
    committed = REPOSITORY / "crushwatch" / "site" / "site.schema.json"
    assert committed.read_text() == site_schema(), "run: crushwatch schema > crushwatch/site/site.schema.json"


def test_every_key_of_the_schema_has_a_description() -> None:
    schema = json.loads(site_schema())
    for part in (schema, *schema["$defs"].values()):
        for key, value in part.get("properties", {}).items():
            assert value.get("description") or "const" in value, f"{part.get('title')}.{key} has no description"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("rtsp://a:b@h/x", "rtsp://***@h/x"),
        ("rtsp://a:p@ss@h/x", "rtsp://***@h/x"),
        ("http://h/x?user=a&pwd=b&q=1", "http://h/x?user=***&pwd=***&q=1"),
        ("see rtsp://h/x for more", "see rtsp://h/x for more"),
    ],
)
def test_addresses_are_shown_without_credentials(text: str, shown: str) -> None:
    assert redact(text) == shown


@pytest.mark.parametrize(
    "section",
    ["bus: {url: 'localhost:6379'}", "bus: {url: 'redis://u:pa/ss@h:6379'}", "bus: {url: 'redis://h:port/0'}"],
)
def test_a_redis_address_that_leads_nowhere_is_refused_without_repeating_it(section: str) -> None:
    with pytest.raises(SiteFaultsError, match=r"bus\.url: must be redis://") as caught:
        parse_site(SMALLEST + section)
    assert "pa/ss" not in str(caught.value)


@pytest.mark.parametrize("source", ["rtsp://[fe80::1/s", "rtsp://admin:hunter2/x@10.0.0.11/s", "http:///video"])
def test_a_camera_address_without_a_host_is_refused_without_repeating_it(source: str) -> None:
    with pytest.raises(SiteFaultsError, match="no host and port that can be read") as caught:
        parse_site(f"id: demo\ncameras:\n  gate:\n    source: '{source}'\n")
    assert "hunter2" not in str(caught.value)


def test_of_a_camera_address_only_scheme_host_and_port_are_shown() -> None:
    text = "rtsp://10.0.0.11:554/user=admin_password=tlJwpbo6_channel=1.sdp"
    site = parse_site(f"id: demo\ncameras:\n  gate:\n    source: '{text}'\n")
    assert str(site.cameras["gate"].source) == "rtsp://10.0.0.11:554"
    assert "tlJwpbo6" not in site.model_dump_json()
