"""Every error of ours, in one tree, so that a caller can catch all of them by one name.

CrushwatchError
├── SiteError           a fault in what a person wrote (site file, option); the message says where and what is allowed
│   └── PortTakenError  a port on which another program listens
├── GroundError         points or polygons from which no ground can be computed
├── SourceError         a camera, stream or file that does not give frames
│   └── UnreadableError a file, folder or scenario that was named and is not there, or is not what it should be
├── EngineError         a model or engine that cannot be loaded or run
│   └── ModelError      a model, engine or arithmetic that was named and is not there, or cannot be read
└── BusError            Redis cannot be reached or refused

Each says what a command ends with that it ends: its `exit_code`.
"""

from __future__ import annotations

import errno
from typing import ClassVar

DONE, COULD_NOT, ASKED_WRONGLY, IN_USE, INTERRUPTED = 0, 1, 2, 3, 130
"""What every command ends with. COULD_NOT: a finding too, as a check that failed. ASKED_WRONGLY: the same call fails
again, whenever. IN_USE: another process has what it needs."""


class CrushwatchError(Exception):
    """The base of all errors raised by crushwatch; its text is written for the person who reads it."""

    exit_code: ClassVar[int] = COULD_NOT


class SiteError(CrushwatchError):
    """A fault in what a person wrote: the site file or an option."""

    exit_code = ASKED_WRONGLY


class PortTakenError(SiteError):
    """A port on which another program listens."""

    exit_code = IN_USE


def port_error(error: OSError, where: str) -> SiteError:
    """What to raise where a port that a person named could not be opened; `where` names it.

    >>> port_error(OSError(errno.EADDRINUSE, "Address already in use"), "port 8000")
    PortTakenError('port 8000: Address already in use; choose another port')
    """
    kind = PortTakenError if error.errno == errno.EADDRINUSE else SiteError
    return kind(f"{where}: {error.strerror or error}; choose another port")


class GroundError(CrushwatchError):
    """Points or polygons from which no ground plane or region can be computed. at: the key below the part, if known."""

    def __init__(self, text: str, at: tuple[str | int, ...] = ()) -> None:
        super().__init__(text)
        self.at = at


class SourceError(CrushwatchError):
    """A camera, stream or file that does not give frames."""


class UnreadableError(SourceError):
    """A file, folder or scenario that was named and is not there, or is not what it should be."""

    exit_code = ASKED_WRONGLY


class EngineError(CrushwatchError):
    """A model or engine that cannot be found, loaded or run."""


class ModelError(EngineError):
    """A model, engine or arithmetic that was named and is not there, or cannot be read."""

    exit_code = ASKED_WRONGLY


class BusError(CrushwatchError):
    """Redis cannot be reached, or refused what was asked."""
