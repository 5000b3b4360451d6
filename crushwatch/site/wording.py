"""What pydantic finds wrong with a site file, in a sentence for whoever wrote it; secrets are not repeated."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic_core import ErrorDetails

from crushwatch.site.part import MisfitsError, Path_
from crushwatch.site.secret import redact
from crushwatch.site.site import Site

_ENUM_MEMBER = re.compile(r"<[\w.]+: ('[^']*')>")
_SECRET_KEYS = frozenset({"source", "secret", "password", "token", "url", "database"})
_ID = "lower-case letters, digits and inner hyphens, 1 to 64 of them"
_NAMES_AN_ID = frozenset({"id", "into", "[key]"})
_BAD_ID = frozenset({"string_pattern_mismatch", "string_too_short", "string_too_long"})
_TEXT, _LIST = "text (a number, true and false: in quotes)", "a list, as [1, 2]"
_A_NUMBER, _A_WHOLE_NUMBER, _A_SWITCH = "a number", "a whole number", "true or false"
_MUST_BE = {
    "string_pattern_mismatch": _ID,
    "string_type": _TEXT,
    "string_too_short": "{min_length} characters or more",
    "string_too_long": "{max_length} characters at most",
    "float_type": _A_NUMBER,
    "float_parsing": _A_NUMBER,
    "int_type": _A_WHOLE_NUMBER,
    "int_parsing": _A_WHOLE_NUMBER,
    "int_from_float": _A_WHOLE_NUMBER,
    "bool_type": _A_SWITCH,
    "bool_parsing": _A_SWITCH,
    "tuple_type": _LIST,
    "list_type": _LIST,
}
"""By pydantic's name of the fault."""
_SECTION = "must be a section: keys with values, indented below it"
_OF_A_WHOLE = {
    "missing": "is missing",
    "model_type": _SECTION,
    "dict_type": _SECTION,
    "too_short": "has {actual_length} values; it needs {min_length} or more",
    "too_long": "has {actual_length} values; {max_length} are allowed at most",
}


def path_of(detail: ErrorDetails) -> Path_:
    """The keys that lead to what it speaks of."""
    return tuple(part for part in detail["loc"] if part != "[key]")


def sentences(detail: ErrorDetails) -> Iterator[tuple[Path_, str]]:
    """Each with the key that it speaks of."""
    path = path_of(detail)
    error = detail.get("ctx", {}).get("error")
    if isinstance(error, MisfitsError):
        yield from (((*path, *found.at), redact(found.text)) for found in error.misfits)
    else:
        yield path, _sentence(detail, path)


def is_told_as_a_reference(detail: ErrorDetails) -> bool:
    """Whether it is an id that names a region or a camera that is not there: `sound_rest` says which there are."""
    path, value = path_of(detail), detail["input"]
    of_a_gate = path[:1] == ("cameras",) and path[2:3] == ("gates",) and path[4:] == ("into",)
    of_a_channel = path[:1] == ("notifications",) and path[2:3] == ("cameras",) and len(path) == 4
    is_text = detail["type"] in _BAD_ID
    return (of_a_gate and (is_text or (value is None and detail["type"] != "missing"))) or (of_a_channel and is_text)


def _sentence(detail: ErrorDetails, path: Path_) -> str:
    kind, value, limits = detail["type"], detail["input"], detail.get("ctx", {})
    if kind == "extra_forbidden":
        known = ", ".join(_allowed_keys(path))
        return f"unknown key; allowed here: {known}" if known else "unknown key"
    if kind in _OF_A_WHOLE:
        return _OF_A_WHOLE[kind].format_map(limits)
    if kind == "value_error":
        return redact(detail["msg"].removeprefix("Value error, "))
    if kind in _BAD_ID and detail["loc"][-1] in _NAMES_AN_ID:
        return f"{value!r} is not allowed; it must be {_ID}" if value else f"the id is empty; it must be {_ID}"
    return _refusal(value, _must_be(detail, limits), path)


def _must_be(detail: ErrorDetails, limits: Mapping[str, Any]) -> str:
    said = _MUST_BE.get(detail["type"])
    if said is not None:
        return said.format_map(limits)
    return _ENUM_MEMBER.sub(r"\1", detail["msg"].removeprefix("Input should be "))


def _refusal(value: object, must_be: str, path: Path_) -> str:
    keys = path[2:] if path[0] in ("cameras", "notifications") else path
    if any(isinstance(part, str) and part in _SECRET_KEYS for part in keys):
        return f"must be {redact(must_be)}"
    if value is None:
        return f"has no value; it must be {must_be}"
    if not isinstance(value, str | int | float | bool):
        return f"must be {redact(must_be)}"
    return f"{value!r} is not allowed; it must be {must_be}"


def _allowed_keys(path: Path_) -> Iterator[str]:
    """The keys that the part at `path`'s parent may have, found by walking the JSON Schema."""
    schema = Site.model_json_schema()
    here: dict[str, Any] = schema
    for part in path[:-1]:
        here = _step(_resolve(here, schema), part)
    yield from _resolve(here, schema).get("properties", {})


def _resolve(here: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    for option in here.get("anyOf", ()):
        if option.get("type") != "null":
            here = option
    if "$ref" in here:
        resolved: dict[str, Any] = schema["$defs"][here["$ref"].rsplit("/", 1)[-1]]
        return resolved
    return here


def _step(here: dict[str, Any], part: str | int) -> dict[str, Any]:
    if isinstance(part, int):
        found: dict[str, Any] = here.get("items", {})
        return found
    found = here.get("properties", {}).get(part)
    if found is None:
        found = here.get("additionalProperties") or next(iter(here.get("patternProperties", {}).values()), {})
    return found if isinstance(found, dict) else {}
