"""A file that a command writes: never over one that is there unasked, and whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from crushwatch.errors import SiteError


def refuse_what_is_there(path: Path, replace: bool, *, said: str = "") -> None:
    """What was written before may hold what is nowhere else by now. said: what a person calls it; the path if empty."""
    if path.exists() and not replace:
        raise SiteError(f"{said or path}: already there; take another name, or --replace to write over it")


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """A file beside `path` to write to, which takes its place once it is whole; what is broken off leaves nothing."""
    part = path.with_name(f"{path.stem}.part{path.suffix}")
    try:
        part.touch()
        yield part
        part.replace(path)
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)
