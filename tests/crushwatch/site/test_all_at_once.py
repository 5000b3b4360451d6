"""One run of check tells the faults of every look at a file: what is malformed, does not fit, or is not there."""

from __future__ import annotations

import contextlib
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import typer
from hypothesis import given, settings
from hypothesis import strategies as st

from crushwatch.commands.check import check
from crushwatch.errors import SiteError
from crushwatch.ground import ground_faults, load_checked_site
from crushwatch.site import parse_site
from crushwatch.site.fault import SiteFaultsError
from crushwatch.site.load import look_at_text

BROKEN = Path(__file__).parents[2] / "broken"
POINTS = (
    "[{{px: [100, 450], m: [0, 0]}}, {{px: [860, 450], m: {}}}, "
    "{{px: [775, 130], m: {}}}, {{px: [190, 130], m: [0, 11]}}]"
)
GOOD_POINTS, CROSSED = POINTS.format("[14, 0]", "[14, 11]"), POINTS.format("[14, 11]", "[14, 0]")
FLOOR = "{polygon_m: [[0, 0], [9, 0], [9, 9]]}"
SITE = f"""\
id: Square
cameras:
  crossed:
    source: sim:gate
    colour: red
    picture_size_px: [960, 540]
    ground: {{points: {CROSSED}}}
  drawn:
    source: sim:gaet
  high:
    source: rtsp://watch:${{HIGH_PASSWORD}}@10.0.0.11/s1
    analysis_rate_hz: -1
    picture_size_px: [960, 540]
    ground: {{points: {GOOD_POINTS}}}
    regions:
      sky: {{kind: standing, polygon_px: [[0, -990], [960, -990], [480, -1000]]}}
      bent: {{kind: standing, polygon_px: [[0, 500], [90, 500]]}}
    gates:
      door: {{into: bent, line_px: [[300, 300], [500, 300]]}}
  gated:
    source: sim:gate
    transport: pigeon
    picture_size_px: [960, 540]
    ground: {{points: {GOOD_POINTS}}}
    gates:
      east: {{into: nowhere, line_px: [[300, 300], [500, 300]]}}
      west: {{into: neither, line_px: [[300, 400], [500, 400]]}}
service: {{host: 0.0.0.0, readings_kept_days: 0}}
notifications:
  room:
    url: https://room.example/
    secret: whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=
    cameras: [drawn, high, hall, yard]
"""
TOLD = {
    "id: ": "'Square' is not allowed",
    "cameras.crossed.colour: ": "unknown key",
    "cameras.crossed.ground: ": "the points contradict each other",
    "cameras.drawn.source: ": "sim:gaet: no such scenario",
    "cameras.high.source: ": "the environment variable HIGH_PASSWORD is not set",
    "cameras.high.analysis_rate_hz: ": "-1 is not allowed",
    "cameras.high.regions.sky: ": "polygon_px[0] lies above the horizon",
    "cameras.high.regions.bent.polygon_px: ": "2 points",
    "cameras.gated.transport: ": "'pigeon' is not allowed",
    "cameras.gated.gates.east.into: ": "no region nowhere",
    "cameras.gated.gates.west.into: ": "no region neither",
    "service.readings_kept_days: ": "0 is not allowed",
    "service.host: ": "0.0.0.0 can be reached from other machines",
    "notifications.room.cameras: ": "no camera hall, yard; there are crossed, drawn, high, gated",
}


@pytest.fixture
def faults(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[[str], list[str]]:
    """What check tells of a file of that text, without the file's name and line."""

    def told(text: str) -> list[str]:
        path = tmp_path / "site.yaml"
        path.write_text(text)
        with pytest.raises(typer.Exit):
            check(path, probe=False, as_json=True)
        found: list[str] = json.loads(capsys.readouterr().out).get("faults", [])
        return [fault.partition(" ")[2] for fault in found]

    return told


def test_faults_of_all_looks_are_told_in_one_and_each_once(faults: Callable[[str], list[str]]) -> None:
    found = faults(SITE)
    for key, text in TOLD.items():
        assert [fault for fault in found if fault.startswith(key + text)], (key, found)
    assert len(found) == len(TOLD), found


@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["unix", "windows"])
def test_one_run_tells_every_fault_of_a_file_with_its_line(tmp_path: Path, newline: str) -> None:
    text = (BROKEN / "everything-at-once.yaml").read_text()
    (tmp_path / "site.yaml").write_text(text, newline=newline)
    command = [str(Path(sys.executable).with_name("crushwatch")), "check", str(tmp_path / "site.yaml")]
    told = subprocess.run(command, capture_output=True, text=True, timeout=60)
    *faults, how_many = told.stderr.splitlines()
    places = [re.fullmatch(r".*site\.yaml:(\d+) [\w.\[\]-]+: .{9,}", fault) for fault in faults]
    marked = [(re.search(r"# amiss ?(\d*)", line), number) for number, line in enumerate(text.splitlines(), 1)]
    expected = [number for mark, number in marked if mark for _ in range(int(mark[1] or 1))]
    assert [int(place[1]) if place else None for place in places] == expected, told.stderr
    assert how_many == f"{len(expected)} faults"


def test_a_fault_of_the_ground_is_told_with_the_line_of_the_corner_that_has_it() -> None:
    text = SITE.replace("[[0, -990], [960, -990], [480, -1000]]", "[[200, 440], [700, 440],\n         [0, -990]]")
    look = look_at_text(text)
    (sky,) = [finding for finding in ground_faults(look.site) if finding.part[-1] == "sky"]
    (line,) = [number for number, line in enumerate(text.splitlines(), 1) if line.startswith("         [0, -990]")]
    assert [fault.line for fault in look.further([sky]).faults if fault.key.endswith("sky")] == [line]


def test_who_mends_what_was_told_is_told_nothing_new(faults: Callable[[str], list[str]]) -> None:
    mended = {
        "id: Square": "id: square",
        "    colour: red\n": "",
        CROSSED: GOOD_POINTS,
        "sim:gaet": "sim:gate",
        "${HIGH_PASSWORD}": "hunter2",
        "analysis_rate_hz: -1": "analysis_rate_hz: 1",
        "[[0, -990], [960, -990], [480, -1000]]": "[[200, 400], [700, 400], [480, 300]]",
        "[[0, 500], [90, 500]]": "[[200, 440], [700, 440], [480, 400]]",
        "pigeon": "tcp",
        "    gates:\n      east": f"    regions: {{nowhere: {FLOOR}, neither: {FLOOR}}}\n    gates:\n      east",
        "host: 0.0.0.0, readings_kept_days: 0": "host: 127.0.0.1, readings_kept_days: 1",
        "hall, yard": "gated",
    }
    text = SITE
    for wrong, right in mended.items():
        assert wrong in text
        text = text.replace(wrong, right)
    assert faults(text) == []


@pytest.mark.parametrize(
    ("service", "told"),
    [
        ("host: 0.0.0.0, password: ''", ["service.password: must be"]),
        ("host: 0.0.0.0, password: '${UNSET}'", ["service.password: the environment variable UNSET is not set"]),
        ("host: 3, token: short", ["service.host: "]),
        ("port: none, token: short", ["service.port: ", "service.token: shorter than 8"]),
    ],
    ids=["empty password", "password not set", "no host", "two of which neither hides the other"],
)
def test_nothing_is_told_that_only_follows_from_another_fault(
    faults: Callable[[str], list[str]], service: str, told: list[str]
) -> None:
    found = faults(f"id: square\ncameras: {{gate: {{source: 'sim:gate'}}}}\nservice: {{{service}}}\n")
    assert [fault.startswith(text) for fault, text in zip(found, told, strict=True)] == [True] * len(told), found


def test_of_a_camera_of_which_the_ground_itself_is_malformed_only_the_source_is_looked_at_further() -> None:
    text = SITE.replace("ground: {points: " + CROSSED, "ground: {head_height_m: 9, points: [], reference: ''")
    cameras = look_at_text(text).site.cameras
    assert set(cameras) == {"crossed", "drawn", "high", "gated"}
    assert cameras["crossed"].source.reveal() == "sim:gate"
    assert cameras["crossed"].ground is None


def test_a_list_where_regions_belong_is_a_fault_whatever_stands_in_it() -> None:
    with pytest.raises(SiteFaultsError, match=r"cameras\.gate\.regions: must be a section"):
        parse_site("id: square\ncameras: {gate: {source: 'sim:gate', regions: ['${NOT_SET}']}}\n")


def test_a_worker_is_told_of_grounds_along_with_the_rest(tmp_path: Path) -> None:
    (tmp_path / "site.yaml").write_text(SITE)
    with pytest.raises(SiteError) as caught:
        load_checked_site(tmp_path / "site.yaml")
    for text in ("'Square' is not allowed", "site.yaml:7 cameras.crossed.ground: the points contradict each other"):
        assert text in str(caught.value)


@settings(deadline=None, max_examples=40)
@given(st.lists(st.sampled_from(SITE.splitlines()), max_size=12), st.sets(st.sampled_from(range(20)), max_size=6))
def test_whatever_lines_are_lost_or_come_twice_it_is_a_site_or_faults(more: list[str], lost: set[int]) -> None:
    lines = [line for number, line in enumerate(SITE.splitlines()) if number not in lost]
    with contextlib.suppress(SiteError):
        parse_site("\n".join([*lines, *more]))
