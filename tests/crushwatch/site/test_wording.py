"""Faults of a site file read as sentences, one for each cause."""

from __future__ import annotations

import pytest

from crushwatch.site.load import look_at_text

POINTS = (
    "[{px: [100, 450], m: [0, 0]}, {px: [860, 450], m: [14, 0]}, {px: [775, 130], m: [14, 11]}, "
    "{px: [190, 130], m: [0, 11]}]"
)
HALL = "{polygon_m: [[0, 0], [9, 0], [9, 9]]}"
ID = "lower-case letters, digits and inner hyphens, 1 to 64 of them"
NONE_YET = "the camera has none yet: draw the one that it leads into, or leave the gate out"


def told(text: str) -> list[str]:
    """As a person reads them."""
    return [fault.render("site.yaml") for fault in look_at_text(text).faults]


def of_the_camera(lines: str) -> list[str]:
    """Of a camera with these lines more, from line 7 on; without file and line."""
    head = "id: demo\ncameras:\n  gate:\n    source: sim:gate\n    picture_size_px: [960, 540]\n"
    return [fault.partition(" ")[2] for fault in told(f"{head}    ground: {{points: {POINTS}}}\n{lines}")]


@pytest.mark.parametrize(
    ("regions", "into", "says"),
    [
        ("{}", "''", [f"gates.east.into: names no region; {NONE_YET}"]),
        ("{}", "", [f"gates.east.into: names no region; {NONE_YET}"]),
        (f"{{hall: {HALL}}}", "''", ["gates.east.into: names no region; there are hall"]),
        (f"{{hall: {HALL}}}", "Hall X", ["gates.east.into: no region Hall X; there are hall"]),
        (f"{{'': {HALL}}}", "''", [f"regions.'': the id is empty; it must be {ID}"]),
        (f"{{'': {HALL}}}", "hall", [f"regions.'': the id is empty; it must be {ID}"]),
        (f"{{Big Hall: {HALL}}}", "Big Hall", [f"regions.Big Hall: 'Big Hall' is not allowed; it must be {ID}"]),
        (f"{{hall: {HALL}}}", "[hall]", ["gates.east.into: must be text (a number, true and false: in quotes)"]),
    ],
    ids=["none drawn", "no value", "not chosen", "no id", "both empty", "region empty", "region faulty", "a list"],
)
def test_a_gate_and_the_region_that_it_leads_into_have_one_fault_a_cause(
    regions: str, into: str, says: list[str]
) -> None:
    gate = f"{{into: {into}, line_px: [[300, 300], [500, 300]]}}" if into else None
    lines = f"    gates:\n      east: {gate}\n" if gate else "    gates:\n      east:\n        into:\n"
    lines += "" if gate else "        line_px: [[300, 300], [500, 300]]\n"
    assert of_the_camera(f"    regions: {regions}\n{lines}") == [f"cameras.gate.{fault}" for fault in says]


def test_a_channel_that_names_a_camera_without_an_id_has_one_fault() -> None:
    secret = "whsec_" + "A" * 43 + "="
    (fault,) = of_the_camera(f"notifications: {{a: {{url: 'https://h/', secret: {secret}, cameras: ['', gate]}}}}\n")
    assert fault == "notifications.a.cameras: no camera ''; there are gate"


@pytest.mark.parametrize(
    ("setting", "says"),
    [
        ("analysis_rate_hz: fast", "'fast' is not allowed; it must be a number"),
        ("stall_after_s: 12 s", "'12 s' is not allowed; it must be a number"),
        ("stall_after_s: [12]", "must be a number"),
        ("stall_after_s:", "has no value; it must be a number"),
        ("loop: perhaps", "'perhaps' is not allowed; it must be true or false"),
        ("name: 3", "3 is not allowed; it must be text (a number, true and false: in quotes)"),
        (f"name: {'n' * 81}", f"'{'n' * 81}' is not allowed; it must be 80 characters at most"),
        ("engine_shape: 960x544", "'960x544' is not allowed; it must be a list, as [1, 2]"),
        ("engine_shape: [960, 544, 3]", "has 3 values; 2 are allowed at most"),
        ("transport: pigeon", "'pigeon' is not allowed; it must be 'tcp' or 'udp'"),
        ("analysis_rate_hz: 99", "99 is not allowed; it must be less than or equal to 30"),
    ],
)
def test_a_value_that_is_not_what_it_should_be_is_one_clear_sentence(setting: str, says: str) -> None:
    key = setting.partition(":")[0]
    assert of_the_camera(f"    {setting}\n") == [f"cameras.gate.{key}: {says}"]


def test_a_part_of_a_shape_that_is_no_whole_number_says_so() -> None:
    assert of_the_camera("    engine_shape: [960.5, b]\n") == [
        "cameras.gate.engine_shape[0]: 960.5 is not allowed; it must be a whole number",
        "cameras.gate.engine_shape[1]: 'b' is not allowed; it must be a whole number",
    ]


@pytest.mark.parametrize(
    ("below", "says"),
    [
        (
            "  gate:\n    source: sim:gate\n   name: North\n",
            "5: not YAML: expected <block end>, but found '<block mapping start>'; mostly indentation: the keys of one "
            "section begin in one column; what it belongs to begins on line 3",
        ),
        (
            "  gate:\n    name: a\n      loop: true\n",
            "5: not YAML: mapping values are not allowed here; mostly indentat",
        ),
        ("\tgate:\n", "3: not YAML: found character '\\t' that cannot start any token; a tab: indent by spaces"),
        ("  gate\n  name: a\n", "4: not YAML: mapping values are not allowed here; mostly indentation, a line above"),
        ("  gate:\n    {name: a\nrules: {}\n", "5: not YAML: expected ',' or '}', but got ':'; mostly a bracket"),
        ("  gate: {name: 'a\n", "4: not YAML: found unexpected end of stream; mostly a quote that is not closed; what"),
    ],
    ids=["less deep", "deeper", "a tab", "no colon", "a bracket", "a quote"],
)
def test_what_is_no_yaml_says_what_is_mostly_the_cause_and_where(below: str, says: str) -> None:
    (fault,) = told(f"id: demo\ncameras:\n{below}")
    assert fault.startswith(f"site.yaml:{says}")
