"""What one process alone may use: a database, a worker's state. A second one says who has it, and leaves it alone.

The claim is a lock on a file beside it (`crushwatch.db.lock`), which the system lets go of when the process ends,
however it ends. The file stays; by itself it means nothing.
"""

from __future__ import annotations

import fcntl
import os
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from crushwatch.errors import IN_USE, CrushwatchError
from crushwatch.private import make_private_folder

WAIT_S = 2.0
"""So long one that is about to end may take: a program that is started again at once meets the one before."""
_LOOK_AGAIN_S = 0.1
_LOOKS = round(WAIT_S / _LOOK_AGAIN_S)


class ClaimedError(CrushwatchError):
    """Another process has it: `holder`, as "service (pid 12 on gate-1)"."""

    exit_code = IN_USE

    def __init__(self, file: Path, what: str, holder: str) -> None:
        self.file, self.what, self.holder = file, what, holder
        super().__init__(f"{file}: this {what} is in use by the {holder}; stop that one, or give each its own")


class Claims:
    """The files that this process has claimed; a context: at its end it lets go of all."""

    def __init__(self, *, sleep: Callable[[float], None] = time.sleep) -> None:
        self._sleep = sleep
        self._held: dict[Path, int] = {}
        self._looks_left = _LOOKS

    def __enter__(self) -> Claims:
        return self

    def __exit__(self, *_: object) -> None:
        for descriptor in self._held.values():
            os.close(descriptor)
        self._held.clear()

    def take(self, file: Path, what: str, owner: str) -> None:
        """Claim `file`; nothing happens where it is ours already. Raises ClaimedError, naming the process that has it.

        what, owner: for the sentence, as "database" and "service". Where no lock can be made (no such folder, not ours,
        a file system without locks), nothing is claimed: whoever opens the file says what is wrong there.
        """
        place = file.resolve()
        if place in self._held:
            return
        with suppress(OSError):
            make_private_folder(place.parent)
            lock = os.open(place.with_name(f"{place.name}.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            if self._is_ours(lock, owner):
                self._held[place] = lock
                return
            holder = os.pread(lock, 200, 0).decode("utf-8", "replace").strip() or f"{owner} (just started)"
            os.close(lock)
            raise ClaimedError(file, what, holder)

    def _is_ours(self, lock: int, owner: str) -> bool:
        """Wait a little for those who have it, all together. Closes what cannot be locked, and raises OSError."""
        try:
            while not _locked(lock):
                if self._looks_left == 0:
                    return False
                self._looks_left -= 1
                self._sleep(_LOOK_AGAIN_S)
            self._looks_left = _LOOKS
            os.ftruncate(lock, 0)
            os.pwrite(lock, f"{owner} (pid {os.getpid()} on {socket.gethostname()})\n".encode(), 0)
        except OSError:
            os.close(lock)
            raise
        return True


def _locked(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
