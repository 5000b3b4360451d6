"""Built engines and measured plans on disk, so that a worker that starts again need not build or measure again.

Two files each: what was built, and beside it what it was made from, for people who list and clean.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import structlog

SUFFIX, NOTE_SUFFIX = ".engine", ".json"

log = structlog.get_logger("crushwatch.workers.infer")


def cache_folder() -> Path:
    """Where engines are kept between runs: under XDG_CACHE_HOME, or ~/.cache."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "crushwatch" / "engines"


def cache_key(made_from: Mapping[str, object]) -> str:
    """One name for all that an engine depends on; it changes when any of it does.

    >>> cache_key({"model": "ab", "precision": "fp16"}) == cache_key({"precision": "fp16", "model": "ab"})
    True
    """
    return hashlib.sha256(json.dumps(made_from, sort_keys=True, default=str).encode()).hexdigest()


@dataclass(frozen=True)
class Entry:
    """One thing kept: what it was made from, its size, when it was last used."""

    key: str
    made_from: Mapping[str, object]
    size_bytes: int
    used_at: datetime


class EngineCache:
    """Files named by their key. A cache that cannot be written is no fault: the engine is built again next time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def load(self, key: str) -> bytes | None:
        """What was kept under that key, None if nothing was."""
        with suppress(OSError):
            kept = self._path(key).read_bytes()
            with suppress(OSError):  # another user's folder can be read, not marked
                os.utime(self._path(key))
            return kept
        return None

    def store(self, key: str, built: bytes, made_from: Mapping[str, object]) -> None:
        """Keep it, whole or not at all."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._write(self._path(key).with_suffix(NOTE_SUFFIX), json.dumps(made_from, default=str).encode())
            self._write(self._path(key), built)
        except OSError as error:
            log.warning("the engine is not kept", folder=str(self._folder), reason=error.strerror)

    def forget(self, key: str) -> None:
        """Drop what proved unusable, or what nobody wants."""
        for path in (self._path(key), self._path(key).with_suffix(NOTE_SUFFIX)):
            with suppress(OSError):
                path.unlink()

    def entries(self) -> Iterator[Entry]:
        """All that is kept, last used first."""
        for path in sorted(self._folder.glob(f"*{SUFFIX}"), key=lambda path: -path.stat().st_mtime):
            stat = path.stat()
            used_at = datetime.fromtimestamp(stat.st_mtime, UTC)
            yield Entry(path.stem, _note(path.with_suffix(NOTE_SUFFIX)), stat.st_size, used_at)

    def _write(self, path: Path, content: bytes) -> None:
        with tempfile.NamedTemporaryFile(dir=self._folder, suffix=".part", delete=False) as part:
            part.write(content)
        Path(part.name).replace(path)

    def _path(self, key: str) -> Path:
        return self._folder / f"{key}{SUFFIX}"


def _note(path: Path) -> Mapping[str, object]:
    """What lies beside an engine; nothing where an earlier version wrote none."""
    try:
        note = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return note if isinstance(note, dict) else {}
