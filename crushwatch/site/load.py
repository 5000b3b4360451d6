"""From the text of a site file to a `Site`, or to every fault in it at once, each with its line.

Reading has no side effects: the environment and the reader of secret files are arguments. `${NAME}` stands for an
environment variable, `${file:PATH}` for the text of a file, anywhere in a value; those that the caller does not use are
not looked up (`unread.py`). What `placement.py` lists stands over the file.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from crushwatch.errors import SiteError
from crushwatch.site.fault import Fault, Look, dotted, in_order, nearest_line
from crushwatch.site.misplaced import how_to_indent, move_below_cameras
from crushwatch.site.part import Path_
from crushwatch.site.placement import place
from crushwatch.site.site import Site
from crushwatch.site.sound import NOWHERE, sound_rest
from crushwatch.site.unread import NONE, Keys, is_among
from crushwatch.site.wording import is_told_as_a_reference, sentences

_PLACEHOLDER = re.compile(r"\$\{(?:(file):)?([^}]*)\}")
_YAML_HINTS = {
    "expected <block end>": "mostly indentation: the keys of one section begin in one column",
    "mapping values are not allowed here": "mostly indentation, a line above without its colon, or a text with a colon "
    "in it that needs quotes",
    "found character '\\t'": "a tab: indent by spaces",
    "could not find expected ':'": "mostly a key without its colon, on this line or the one above",
    "expected ',' or": "mostly a bracket that is not closed, or a comma that is missing",
    "found unexpected end of stream": "mostly a quote that is not closed",
}
"""By how the parser's own words begin: what is mostly the cause."""


def load_site(path: Path, environment: Mapping[str, str] | None = None, *, unread: Keys = NONE) -> Site:
    """The site in the file at `path`; raises SiteError with every fault in it.

    unread: of these keys the placeholders are not looked up. Keys are left out then, channels too; a camera's source
    leads nowhere.
    """
    return look_at_site(path, environment, unread=unread).whole()


def look_at_site(path: Path, environment: Mapping[str, str] | None = None, *, unread: Keys = NONE) -> Look:
    """What is found in the file at `path`; raises SiteError only where it cannot be read at all."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise SiteError(f"{path}: cannot be read: {reason}") from None
    base = path.parent
    return look_at_text(
        text,
        file_name=str(path),
        environment=os.environ if environment is None else environment,
        read_secret=lambda name: (base / name).read_text(encoding="utf-8").strip(),
        unread=unread,
    )


def parse_site(
    text: str,
    *,
    environment: Mapping[str, str] | None = None,
    read_secret: Callable[[str], str] | None = None,
) -> Site:
    """The site in `text`; raises SiteFaultsError with every fault in it."""
    return look_at_text(text, environment=environment, read_secret=read_secret).whole()


def look_at_text(
    text: str,
    *,
    file_name: str = "site.yaml",
    environment: Mapping[str, str] | None = None,
    read_secret: Callable[[str], str] | None = None,
    unread: Keys = NONE,
) -> Look:
    """What is found in `text`. unread: see `load_site`."""
    document = _read_yaml(text)
    if isinstance(document, Fault):
        return Look(file_name, sound_rest({}, [])[0], (document,), {})
    reader = _Reader(environment or {}, read_secret, unread)
    data = place(reader.document(document), reader.environment, read_secret, reader.fault, unread)
    details: list[ErrorDetails] = []
    try:
        site = Site.model_validate(data)
        if not reader.faults:
            return Look(file_name, site, (), reader.lines)
    except ValidationError as error:
        details = error.errors(include_url=False)
    wrong = [found for detail in details for found in sentences(detail) if found[0] not in reader.wrong]
    misnamed = {found for detail in details if _is_of_a_cameras_id(detail) for found in sentences(detail)}
    told_below = {found for detail in details if is_told_as_a_reference(detail) for found in sentences(detail)}
    sound, unseen = sound_rest(data, [*reader.wrong, *(found[0] for found in wrong if found not in misnamed)])
    told = [*(found for found in wrong if found not in told_below), *unseen]
    faults = [reader.fault_at(path, text) for path, text in dict.fromkeys(told)]
    return Look(file_name, sound, in_order([*reader.faults, *faults]), reader.lines)


def _read_yaml(text: str) -> yaml.MappingNode | Fault:
    """Its mapping, or why it has none."""
    try:
        document = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        return Fault(line, "", f"not YAML: {_of_yaml(error, line)}")
    except yaml.YAMLError as error:
        return Fault(None, "", f"not YAML: {error}")
    if not isinstance(document, yaml.MappingNode):
        return Fault(None, "", "a site file is a mapping that begins with `id:` and `cameras:`")
    return document


def _of_yaml(error: yaml.MarkedYAMLError, line: int | None) -> str:
    """What the parser says, what is mostly the cause, and where that begins to which the line belongs."""
    problem = str(error.problem or error.context)
    said = [problem, *(hint for begins, hint in _YAML_HINTS.items() if problem.startswith(begins))]
    if error.context_mark is not None and error.context_mark.line + 1 != line:
        said.append(f"what it belongs to begins on line {error.context_mark.line + 1}")
    return "; ".join(said)


class _Unread:
    """Stands for a value that was not looked up."""


_UNREAD = _Unread()


@dataclass
class _Reader:
    """YAML nodes to plain values; remembers the line of every key, finds doubled keys, fills in placeholders."""

    environment: Mapping[str, str]
    read_secret: Callable[[str], str] | None
    unread: Keys
    lines: dict[Path_, int] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    wrong: list[Path_] = field(default_factory=list)
    open_nodes: set[int] = field(default_factory=set)

    def document(self, node: yaml.MappingNode) -> dict[str, Any]:
        """The whole file. Keys of a camera that stand beside the cameras are told, and read as the camera's."""
        data, moved = move_below_cameras(self.value(node, ()))
        if moved:
            self.fault(next(iter(moved)), how_to_indent(list(moved.values())))
            self.wrong += [] if data["cameras"] else [("cameras",)]
        for before, after in moved.items():
            below = {path: line for path, line in self.lines.items() if path[: len(before)] == before}
            self.lines = {(*after, *path[len(before) :]): line for path, line in below.items()} | self.lines
        return data

    def value(self, node: yaml.Node, path: Path_) -> Any:
        self.lines.setdefault(path, node.start_mark.line + 1)
        if id(node) in self.open_nodes:
            self.fault(path, "an alias that contains itself")
            return None
        self.open_nodes.add(id(node))
        try:
            if isinstance(node, yaml.MappingNode):
                return self._mapping(node, path)
            if isinstance(node, yaml.SequenceNode):
                items = [self.value(item, (*path, index)) for index, item in enumerate(node.value)]
                return [item for item in items if item is not _UNREAD]
            return self._scalar(node, path)
        finally:
            self.open_nodes.discard(id(node))

    def _mapping(self, node: yaml.MappingNode, path: Path_) -> dict[str, Any] | _Unread:
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = str(key_node.value) if isinstance(key_node, yaml.ScalarNode) else "?"
            here = (*path, key)
            line = key_node.start_mark.line + 1
            if key in result:
                self.faults.append(Fault(line, dotted(here), f"stands twice (first on line {self.lines[here]})"))
                continue
            self.lines[here] = line
            result[key] = self.value(value_node, here)
        if path[:1] == ("notifications",) and len(path) > 1 and _UNREAD in result.values():
            return _UNREAD  # a channel without its address or its secret is none
        return {key: value for key, value in result.items() if value is not _UNREAD}

    def _scalar(self, node: yaml.Node, path: Path_) -> Any:
        if isinstance(node.value, str) and "${" in node.value:
            if is_among(path, self.unread) and _PLACEHOLDER.search(node.value):
                return NOWHERE if path[-1] == "source" else _UNREAD
            return _PLACEHOLDER.sub(lambda match: self._placeholder(match, path), node.value)
        try:
            return yaml.SafeLoader("").construct_object(node)
        except (yaml.YAMLError, ValueError) as error:
            self.fault(path, f"cannot be read: {error}")
            return None

    def _placeholder(self, match: re.Match[str], path: Path_) -> str:
        is_file, name = match[1], match[2]
        if not is_file:
            if name not in self.environment:
                self.fault(path, f"the environment variable {name} is not set")
            return self.environment.get(name, "unset")
        try:
            if self.read_secret is None:
                raise FileNotFoundError(name)
            return self.read_secret(name)
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "not readable text"
            self.fault(path, f"the secret file {name} cannot be read: {reason}")
            return "unset"

    def fault(self, path: Path_, text: str) -> None:
        """Keep a fault of what stands at `path`."""
        self.wrong.append(path)
        self.faults.append(self.fault_at(path, text))

    def fault_at(self, path: Path_, text: str) -> Fault:
        """With the line of the key, or of what it would stand below."""
        return Fault(nearest_line(path, self.lines), dotted(path), text)


def _is_of_a_cameras_id(detail: ErrorDetails) -> bool:
    """The camera below it may be looked at all the same."""
    return detail["loc"][:1] == ("cameras",) and detail["loc"][2:] == ("[key]",)
