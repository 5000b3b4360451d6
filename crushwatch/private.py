"""Files and folders for their owner alone, whatever the umask: what we keep names places, people's acts and alerts."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path


def make_private_folder(folder: Path) -> None:
    """Make it for its owner alone; one that is there stays as somebody made it. Raises OSError."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def make_private_file(file: Path) -> None:
    """Make it for its owner alone, and so one that all may read; what SQLite puts beside it follows. Raises OSError.

    Where only a group may read it besides, somebody wanted that.
    """
    make_private_folder(file.parent)
    with suppress(FileExistsError):
        os.close(os.open(file, os.O_CREAT | os.O_EXCL, 0o600))
    mode = stat.S_IMODE(file.stat().st_mode)
    if mode & stat.S_IRWXO:
        with suppress(PermissionError):  # somebody else's file: it is for him to say who reads it
            file.chmod(mode & stat.S_IRWXU)
