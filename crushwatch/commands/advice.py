"""What is allowed in a site file and is better otherwise: passwords in it, weak ones, what is not here, bad views."""

from __future__ import annotations

import os
import re
import shlex
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

import yaml

from crushwatch.errors import CrushwatchError, SiteError
from crushwatch.gpu import has_nvidia_gpu
from crushwatch.models import find_for_watch
from crushwatch.regions.count_check import read_check
from crushwatch.regions.outlook import outlook
from crushwatch.site import Site, redact
from crushwatch.site.fault import Look, dotted
from crushwatch.site.guessing import guessable

_SECRETS = frozenset({"secret", "password", "token"})
_ADDRESSES = frozenset({"source", "url", "database"})
_SECRET_FILE = re.compile(r"\$\{file:([^}]*)\}")
_PLACEHOLDER = re.compile(r"\$\{[^}]*\}")
ELSEWHERE = "write ${NAME} for an environment variable, or ${file:PATH}"


@dataclass(frozen=True)
class _Scalar:
    """One value of the file: the keys that lead to it, its line, and the text as it was written."""

    keys: tuple[str, ...]
    line: int
    text: str


def advice(path: Path, look: Look) -> list[str]:
    """A sentence for each thing, the file's own lines first. `look` is what was found in the file at `path`."""
    site = look.site
    scalars = list(_scalars(yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader), ()))
    literal = [f"{path}:{found.line} {'.'.join(found.keys)}: {_literal(found)}" for found in scalars if _literal(found)]
    shared = [f"{path}: {_open_to_all(path)}"] if literal and _open_to_all(path) else []
    shared += _shared_secrets(path, scalars)
    said = (*guessable(site), *_missing(path, site), *_gpu_missing(site), *outlook(site))
    return literal + shared + [_with_line(sentence, path, look) for sentence in said]


def _with_line(sentence: str, path: Path, look: Look) -> str:
    """Its key is what stands before the first colon; one that the file leaves out has its section's line."""
    key = sentence.partition(": ")[0]
    lines = {dotted(keys): line for keys, line in look.lines.items()}
    while key and key not in lines:
        key = key.rpartition(".")[0]
    return f"{path}:{lines[key]} {sentence}" if key else f"{path} {sentence}"


def _shared_secrets(path: Path, scalars: Sequence[_Scalar]) -> list[str]:
    """Files of secrets that others on this machine may read."""
    named = [(found, name) for found in scalars for name in _SECRET_FILE.findall(found.text)]
    said = [(found, _open_to_all(path.parent / name)) for found, name in named]
    return [f"{path}:{found.line} {'.'.join(found.keys)}: {text}" for found, text in said if text]


def _open_to_all(file: Path) -> str | None:
    """What to do about a file that everybody on this machine may read; nothing about one that a container is given."""
    try:
        mode = stat.S_IMODE(file.stat().st_mode)
        is_given = bool(os.statvfs(file).f_flag & os.ST_RDONLY)
    except OSError:
        return None
    if is_given or not mode & stat.S_IRWXO:
        return None
    who = f"everybody on this machine may read {file} (mode {mode:04o})"
    return f"{who}: chmod 600 {shlex.quote(str(file))}, or 640 for a group that needs it"


def _scalars(node: yaml.Node | None, keys: tuple[str, ...]) -> Iterator[_Scalar]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield from _scalars(value, (*keys, str(key.value)))
    elif isinstance(node, yaml.SequenceNode):
        for number, value in enumerate(node.value):
            yield from _scalars(value, (*keys, str(number)))
    elif isinstance(node, yaml.ScalarNode):
        yield _Scalar(keys, node.start_mark.line + 1, str(node.value))


def _literal(found: _Scalar) -> str | None:
    """What to do about a password that everybody reads who reads the file; None where there is none."""
    kept = _PLACEHOLDER.sub("", found.text)
    if found.keys[-1] in _SECRETS and kept:
        return f"it stands here for everybody who reads this file; {ELSEWHERE}"
    if found.keys[-1] in _ADDRESSES and _has_password(kept):
        return f"a password stands in this address; {ELSEWHERE} in its place"
    return None


def _has_password(address: str) -> bool:
    user = address.partition("://")[2].partition("/")[0].rpartition("@")[0]
    return bool(user.partition(":")[2]) or redact(f"?{address.partition('?')[2]}") != f"?{address.partition('?')[2]}"


def _missing(path: Path, site: Site) -> Iterator[str]:
    """Files that are named and are not here, or cannot be read: on this machine, seen from this folder."""
    for key, camera in site.cameras.items():
        recording = _recording(camera.source.reveal())
        if recording is not None and not recording.exists():
            yield f"cameras.{key}.source: no such file here: {recording}"
        reference = camera.ground and camera.ground.reference
        if reference and not (path.parent / reference).is_file():
            yield (
                f"cameras.{key}.ground.reference: no such picture here: {path.parent / reference}; without it nobody "
                f"sees that the camera moves: crushwatch reference {path} {key}"
            )
        try:
            read_check(path, key)
        except SiteError as error:
            yield f"cameras.{key}: the watch goes on without its check of counts: {error}"
    try:
        find_for_watch(site.worker.model)
    except CrushwatchError as error:
        yield f"worker.model: {error}"


def _gpu_missing(site: Site) -> Iterator[str]:
    """On this machine, which may not be the worker's."""
    wanted = {"engine": site.worker.engine, "precision": site.worker.precision}
    for name, value in wanted.items():
        if value in ("tensorrt", "fp8") and not has_nvidia_gpu():
            yield (
                f"worker.{name}: {value} needs an NVIDIA GPU; this machine has none: a worker would not start here; "
                "take auto unless the worker's machine has one"
            )


def _recording(source: str) -> Path | None:
    if source.startswith("file:"):
        return Path(unquote(urlsplit(source).path))
    return None if re.match(r"^[a-zA-Z][a-zA-Z0-9+.-]*:", source) else Path(source).expanduser()
