"""What of a faulty site file is well all the same, so that one reading can tell the faults of later looks, too.

A camera of which only a setting is wrong still has a ground that can be tried out; of one whose ground or outlines are
wrong nothing more can be told that would be sure. Nothing is told twice, and nothing that follows from another fault.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from crushwatch.site.camera import Camera
from crushwatch.site.site import Service, Site, no_such_cameras

Path_ = tuple[str | int, ...]

NOWHERE = "file:not-read"
"""Stands for a camera's source that is not known."""
_OUTLINES = ("regions", "obstacles", "gates")
_DOORS = ("host", "password", "token")


def sound_rest(data: Mapping[str, Any], wrong: Sequence[Path_]) -> tuple[Site, list[ErrorDetails]]:
    """A site of the cameras, and the service, that may be looked at further; and what a first look did not come to.

    wrong: the keys of which a fault is told.
    """
    cameras: dict[str, Camera] = {}
    unseen: list[ErrorDetails] = []
    for key, told in _mapping(data.get("cameras")).items():
        camera, more = _camera(told, _below(wrong, "cameras", key))
        if camera is not None:
            cameras[key] = camera
        unseen += [detail | {"loc": ("cameras", key, *detail["loc"])} for detail in more]
    service = _service(data.get("service"), _below(wrong, "service"))
    return Site.model_construct(id="", cameras=cameras, service=service), unseen


def references_to_no_camera(data: Mapping[str, Any]) -> list[tuple[Path_, str]]:
    """Where a channel names a camera that the file does not have, not even a faulty one; and what to say of it."""
    known = list(_mapping(data.get("cameras")))
    found: list[tuple[Path_, str]] = []
    for key, channel in _mapping(data.get("notifications")).items():
        named = _mapping(channel).get("cameras")
        unknown = [str(name) for name in named if name not in known] if isinstance(named, list) else []
        if unknown:
            found.append((("notifications", key, "cameras"), no_such_cameras(sorted(unknown), known)))
    return found


def _camera(told: Any, wrong: Sequence[Path_]) -> tuple[Camera | None, list[ErrorDetails]]:
    if any(map(_leaves_nothing_sure, wrong)):
        return None, []
    left = copy.deepcopy(_mapping(told))
    for head, *below in (tuple(map(str, path)) for path in wrong):
        if head in _OUTLINES:
            left[head].pop(below[0], None)
        elif head == "source":
            left["source"] = NOWHERE
        else:
            left.pop(head, None)
    has_all_outlines = not any(path[0] in _OUTLINES for path in wrong)
    gone = _mapping(_mapping(told).get("regions")).keys() - _mapping(left.get("regions")).keys()
    for key, gate in list(_mapping(left.get("gates")).items()):
        if _mapping(gate).get("into") in gone:
            del left["gates"][key]
    try:
        return Camera.model_validate(left), []
    except ValidationError as error:
        return None, error.errors(include_url=False) if has_all_outlines and wrong else []


def _leaves_nothing_sure(path: Path_) -> bool:
    """Path: below a camera."""
    return len(path) == 0 or path[0] in ("ground", "picture_size_px") or (len(path) == 1 and path[0] in _OUTLINES)


def _service(told: Any, wrong: Sequence[Path_]) -> Service:
    """The usual one, of which nothing can be said, where it is not known who may come in."""
    if any(not path or path[0] in _DOORS for path in wrong):
        return Service()
    left = {key: value for key, value in _mapping(told).items() if (key,) not in {path[:1] for path in wrong}}
    try:
        return Service.model_validate(left)
    except ValidationError:
        return Service()


def _below(paths: Sequence[Path_], *parent: str) -> list[Path_]:
    return [path[len(parent) :] for path in paths if path[: len(parent)] == parent]


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
