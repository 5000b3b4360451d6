"""What of a faulty site file is well all the same, so that one reading can tell the faults of later looks, too.

A camera of which only a setting is wrong still has a ground that can be tried out; of one whose ground or outlines are
wrong nothing more can be told that would be sure. Nothing is told twice, and nothing that follows from another fault.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from pydantic import ValidationError

from crushwatch.site.camera import Camera, no_such_region
from crushwatch.site.part import Misfit, MisfitsError, Path_
from crushwatch.site.site import Service, Site, no_such_cameras

NOWHERE = "file:not-read"
"""Stands for a camera's source that is not known."""
_OUTLINES = ("regions", "obstacles", "gates")
_WHERE = ("polygon_px", "polygon_m", "line_px", "line_m", "into")
"""Without one of these no outline and no gate is left."""
_PLANE = (("points",), ("lens",))
"""What the ground follows from."""
_DOORS = ("host", "password", "token")


def sound_rest(data: Mapping[str, Any], wrong: Sequence[Path_]) -> tuple[Site, list[tuple[Path_, str]]]:
    """A site of the cameras, and the service, that may be looked at further; and what a first look did not come to.

    wrong: the keys of which a fault is told.
    """
    cameras: dict[str, Camera] = {}
    unseen = references_to_no_camera(data)
    for key, told in _mapping(data.get("cameras")).items():
        camera, misfits = _camera(told, _below(wrong, "cameras", key))
        if camera is not None:
            cameras[key] = camera
        unseen += [(("cameras", key, *found.at), found.text) for found in misfits]
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


def _camera(told: Any, wrong: Sequence[Path_]) -> tuple[Camera | None, list[Misfit]]:
    """What of it is sound, its source at least, and what does not go together in it; None where nothing is."""
    if () in wrong:
        return None, []
    unsure = {path[0] for path in wrong if len(path) == 1 or path[0] not in (*_OUTLINES, "ground")}
    unsure |= {"ground" for path in wrong if path[:1] == ("ground",) and path[1:2] in _PLANE}
    left = _without(_mapping(told), wrong)
    misfits = [found for found in _misfits(left) if found.rests_on not in unsure | {"regions"}]
    if "regions" not in unsure:
        misfits += _gates_to_nowhere(_mapping(told))
    left = _without(left, [found.at for found in misfits])
    if not unsure & {"ground", "picture_size_px"}:
        with suppress(ValidationError):
            return Camera.model_validate(left), misfits
    try:
        return Camera.model_validate({"source": left.get("source")}), misfits
    except ValidationError:
        return None, misfits


def _gates_to_nowhere(camera: Mapping[str, Any]) -> list[Misfit]:
    """Of a camera as the file has it: a region with a fault is there all the same, and one without an id is any."""
    known = list(_mapping(camera.get("regions")))
    if "" in known:
        return []
    gates = {key: _mapping(gate) for key, gate in _mapping(camera.get("gates")).items()}
    into = {key: gate["into"] or "" for key, gate in gates.items() if isinstance(gate.get("into", 0), str | None)}
    return [no_such_region(key, name, known) for key, name in into.items() if name not in known]


def _misfits(camera: Mapping[str, Any]) -> tuple[Misfit, ...]:
    try:
        Camera.model_validate(camera)
    except ValidationError as error:
        found = (detail.get("ctx", {}).get("error") for detail in error.errors(include_url=False))
        return tuple(misfit for each in found if isinstance(each, MisfitsError) for misfit in each.misfits)
    return ()


def _without(camera: Mapping[str, Any], wrong: Sequence[Path_]) -> dict[str, Any]:
    """The camera without what is wrong, and without the gates into what is gone."""
    left = copy.deepcopy(dict(camera))
    for path in wrong:
        head = str(path[0])
        if head in _OUTLINES and len(path) > 1:
            _take_out(_mapping(left.get(head)), path[1:])
        elif head == "ground" and path[1:2] not in (*_PLANE, ()):
            _mapping(left.get(head)).pop(str(path[1]), None)
        elif head == "source":
            left["source"] = NOWHERE
        else:
            left.pop(head, None)
    known = _mapping(left.get("regions")).keys()
    gone = _mapping(camera.get("regions")).keys() - known
    for key, gate in list(_mapping(left.get("gates")).items()):
        if _mapping(gate).get("into") in gone or not known:
            del left["gates"][key]
    return left


def _take_out(outlines: dict[str, Any], path: Path_) -> None:
    """One outline or gate; only a setting of it, where it is clear all the same where it lies."""
    key, *below = map(str, path)
    if below and below[0] not in _WHERE:
        _mapping(outlines.get(key)).pop(below[0], None)
    else:
        outlines.pop(key, None)


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
