"""Keys of a camera that were pasted at another depth than the file has are one fault."""

from __future__ import annotations

import textwrap

import pytest

from crushwatch.site import Camera
from crushwatch.site.excerpt import layout_excerpt
from crushwatch.site.load import look_at_text, parse_site

LAYOUT = {
    "picture_size_px": [960, 540],
    "ground": {
        "points": [
            {"px": [100, 450], "m": [0, 0]},
            {"px": [860, 450], "m": [14, 0]},
            {"px": [775, 130], "m": [14, 11]},
            {"px": [190, 130], "m": [0, 11]},
        ]
    },
    "regions": {"hall": {"polygon_m": [[0, 0], [9, 0], [9, 9]]}},
    "gates": {"door": {"into": "hall", "line_px": [[300, 300], [500, 300]]}},
}
FOUR_DEEP = "id: demo\ncameras:\n    gate:\n        source: sim:gate\n"


def told(text: str) -> list[str]:
    return [fault.render("site.yaml") for fault in look_at_text(text).faults]


def test_a_pasted_excerpt_in_a_file_that_is_indented_otherwise_is_one_fault_that_says_how_to_indent_it() -> None:
    excerpt = layout_excerpt(LAYOUT)
    assert told(FOUR_DEEP + excerpt) == [
        "site.yaml:5 cameras.picture_size_px: belongs below a camera, also ground, regions, gates: "
        "indent them as that camera's other keys"
    ]
    mended = parse_site(FOUR_DEEP + textwrap.indent(excerpt, "    "))
    assert isinstance(mended.cameras["gate"], Camera)
    assert mended.cameras["gate"].ground is not None


def test_what_else_is_wrong_is_told_along_with_its_own_line() -> None:
    wrong = LAYOUT | {"regions": {"hall": {"polygon_m": [[0, 0], [9, 0]]}}}
    text = FOUR_DEEP + layout_excerpt(wrong) + "    stairs:\n        source: sim:gate\n        loop: perhaps\n"
    lines = text.splitlines()
    corner = next(number for number, line in enumerate(lines, 1) if "hall: " in line)
    assert told(text)[1:] == [
        f"site.yaml:{corner} cameras.gate.regions.hall.polygon_m: 2 points; a polygon needs at least 3",
        f"site.yaml:{len(lines)} cameras.stairs.loop: 'perhaps' is not allowed; it must be true or false",
    ]


@pytest.mark.parametrize(
    ("below", "says"),
    [
        ("  gate:\n  source: sim:gate\n", "4 cameras.source: belongs below a camera: indent it as that camera's other"),
        ("  gate: {source: 'sim:gate'}\n  loop: true\n", "4 cameras.loop: belongs below a camera: indent it as that"),
        (
            "  source: sim:gate\n  name: North\n",
            "3 cameras.source: belongs below a camera, also name: write the camera's id on a line above",
        ),
    ],
    ids=["beside its camera", "after a whole camera", "no camera"],
)
def test_keys_beside_the_cameras_are_one_fault(below: str, says: str) -> None:
    (fault,) = told(f"id: demo\ncameras:\n{below}")
    assert fault.startswith(f"site.yaml:{says}")


def test_a_camera_may_be_called_as_one_of_a_cameras_keys() -> None:
    assert set(parse_site("id: demo\ncameras: {ground: {source: 'sim:gate'}}\n").cameras) == {"ground"}
    (fault,) = told("id: demo\ncameras: {ground: {name: Hall}}\n")
    assert fault == "site.yaml:2 cameras.ground.source: is missing"
