"""Built engines on disk, so that a worker that starts again need not build again."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import structlog

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


class EngineCache:
    """Files named by their key. A cache that cannot be written is no fault: the engine is built again next time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def load(self, key: str) -> bytes | None:
        """What was kept under that key, None if nothing was."""
        with suppress(OSError):
            return self._path(key).read_bytes()
        return None

    def store(self, key: str, built: bytes) -> None:
        """Keep it, whole or not at all."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=self._folder, suffix=".part", delete=False) as part:
                part.write(built)
            Path(part.name).replace(self._path(key))
        except OSError as error:
            log.warning("the engine is not kept", folder=str(self._folder), reason=error.strerror)

    def forget(self, key: str) -> None:
        """Drop what proved unusable."""
        with suppress(OSError):
            self._path(key).unlink()

    def _path(self, key: str) -> Path:
        return self._folder / f"{key}.engine"
