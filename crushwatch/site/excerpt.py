"""A camera's layout as it stands in a site file: to be pasted there."""

from __future__ import annotations

import textwrap
from typing import Any

import yaml

from crushwatch.site.camera import Camera

LAYOUT = ("picture_size_px", "ground", "regions", "obstacles", "gates")
"""The keys of a camera that say where things lie in its picture."""
_UNBROKEN = 10_000
_DEEP = "    "


class _Inline(dict[str, Any]):
    """A mapping on one line."""


class _Row(list[Any]):
    """A sequence on one line."""


class _Dumper(yaml.SafeDumper):
    """As people write it: points on one line."""


_Dumper.add_representer(_Inline, lambda dumper, value: dumper.represent_mapping("tag:yaml.org,2002:map", value, True))
_Dumper.add_representer(_Row, lambda dumper, value: dumper.represent_sequence("tag:yaml.org,2002:seq", value, True))


_Dumper.add_representer(
    str,  # a NEL would be folded to a space
    lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, '"' if "\x85" in text else None),
)


def layout_of(camera: Camera) -> dict[str, Any]:
    """What the camera's part of the file says of its layout; keys that the file leaves out are left out."""
    told: dict[str, Any] = camera.model_dump(mode="json", include=set(LAYOUT), exclude_unset=True)
    return {key: told[key] for key in LAYOUT if told.get(key)}


def layout_excerpt(layout: dict[str, Any]) -> str:
    """The lines of `layout` as they stand below a camera's id.

    >>> print(layout_excerpt({"picture_size_px": [1920, 1080]}), end="")
        picture_size_px: [1920, 1080]
    >>> print(layout_excerpt({"picture_size_px": [1920, 1080], "gates": {"door": {"into": "hall"}}}), end="")
        picture_size_px: [1920, 1080]
        gates:
          door: {into: hall}
    """
    if not layout:
        return ""
    told = {key: _inlined(part) for key, part in layout.items()}
    text = yaml.dump(told, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=_UNBROKEN)
    return textwrap.indent(text, _DEEP)


def _inlined(value: Any) -> Any:
    """What holds no mapping is on one line."""
    if isinstance(value, dict):
        inside = {key: _inlined(part) for key, part in value.items()}
        return inside if any(map(_holds_a_mapping, value.values())) else _Inline(inside)
    if isinstance(value, list):
        parts = [_inlined(part) for part in value]
        return parts if _holds_a_mapping(value) else _Row(parts)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _holds_a_mapping(value: Any) -> bool:
    return isinstance(value, dict) or (isinstance(value, list) and any(map(_holds_a_mapping, value)))
