"""Keys of a camera that stand beside the cameras, as after a paste at another depth.

They are told once, and looked at where they belong, so that nothing is told that only follows.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from crushwatch.site.camera import Camera
from crushwatch.site.part import Path_

_CAMERAS_OWN = frozenset(Camera.model_fields)


def move_below_cameras(data: dict[str, Any]) -> tuple[dict[str, Any], dict[Path_, Path_]]:
    """The file's values with such keys in the camera that they follow; and from where to where each went.

    >>> move_below_cameras({"cameras": {"gate": {"source": "sim:gate"}, "loop": True}})[0]
    {'cameras': {'gate': {'source': 'sim:gate', 'loop': True}}}
    """
    cameras = data.get("cameras")
    misplaced = (
        [key for key, value in cameras.items() if _is_no_camera(key, value)] if isinstance(cameras, dict) else []
    )
    if not isinstance(cameras, dict) or not misplaced:
        return data, {}
    kept: dict[str, Any] = {}
    moved: dict[Path_, Path_] = {}
    for key, value in cameras.items():
        if key not in misplaced:
            kept[key] = value
            continue
        owner = next(reversed(kept), None)
        moved["cameras", key] = ("cameras", owner or "", key)
        if owner is not None and isinstance(kept[owner], dict | None):
            kept[owner] = dict(kept[owner] or {})
            kept[owner].setdefault(key, value)
    return data | {"cameras": kept}, moved


def how_to_indent(moved: Sequence[Path_]) -> str:
    """What is said of keys that went to where `move_below_cameras` says.

    >>> how_to_indent([("cameras", "gate", "ground"), ("cameras", "gate", "regions")])
    "belongs below a camera, also regions: indent them as that camera's other keys"
    >>> how_to_indent([("cameras", "", "source")])
    "belongs below a camera: write the camera's id on a line above, and indent it below that"
    """
    others = ", ".join(str(path[-1]) for path in moved[1:])
    it = "them" if others else "it"
    said = f"belongs below a camera{f', also {others}' if others else ''}: "
    if all(path[1] for path in moved):
        return f"{said}indent {it} as that camera's other keys"
    return f"{said}write the camera's id on a line above, and indent {it} below that"


def _is_no_camera(key: str, value: Any) -> bool:
    """Whether it bears the name of a camera's key and has nothing that a camera has."""
    return key in _CAMERAS_OWN and not (isinstance(value, dict) and _CAMERAS_OWN & value.keys())
