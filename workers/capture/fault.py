"""Why a stream cannot be had, in words for the person who has to mend it.

No word of FFmpeg's own text about the address comes through, and of the address nothing but host and port: user,
password, path and query stay inside.
"""

from __future__ import annotations

import socket
from urllib.parse import urlsplit

import av
from av import error as libav

from crushwatch.errors import SourceError
from crushwatch.site.secret import ESCAPES, leads_to_a_host

DEFAULT_PORT = {"rtsp": 554, "rtsps": 322, "http": 80, "https": 443}

_REASONS: tuple[tuple[type[Exception], str], ...] = (
    (libav.ConnectionRefusedError, "{where} refuses the connection: is it on, is the port right?"),
    (libav.HTTPUnauthorizedError, "{where} refuses this user and password (401)"),
    (libav.HTTPForbiddenError, "{where} forbids this user to see the stream (403)"),
    (libav.HTTPNotFoundError, "{where} has no stream of that path (404)"),
    (libav.HTTPServerError, "{where} has a fault of its own (5xx)"),
    (libav.HTTPError, "{where} does not give this stream ({what})"),
    (libav.InvalidDataError, "{where} answers, but with nothing that can be read as video"),
    (libav.ProtocolNotFoundError, "{where} leads on to an address of a kind that is not allowed"),
    (libav.FileNotFoundError, "{where}: no such file"),
    (libav.PermissionError, "{where}: not permitted to read it"),
    (libav.IsADirectoryError, "{where} is a folder, not a video"),
)


def host_and_port(address: str) -> tuple[str, int]:
    """Where a stream's address leads; raises SourceError for an address without a host or with an impossible port.

    >>> host_and_port("rtsp://admin:hunter2@10.0.0.11/stream1")
    ('10.0.0.11', 554)
    """
    if not leads_to_a_host(address):
        raise SourceError(f"the address has no host and port that can be read; {ESCAPES}")
    parts = urlsplit(address)
    return parts.hostname or "", parts.port or DEFAULT_PORT[parts.scheme]


def endpoint(host: str, port: int) -> str:
    """As it is written in a message.

    >>> endpoint("fe80::1", 554)
    '[fe80::1]:554'
    """
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def look_up(host: str, port: int) -> None:
    """Raises SourceError for a name that nobody knows: of that FFmpeg says no more than "input/output error"."""
    try:
        socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise SourceError(f"the name {host} cannot be looked up: {error.strerror}") from None


def open_fault(error: Exception, *, protocol: str, where: str, took_s: float, timeout_s: float | None) -> SourceError:
    """Why the stream could not be opened. FFmpeg does not always say that it ran out of time: the clock does."""
    if timeout_s is not None and (took_s >= timeout_s or isinstance(error, libav.ExitError | libav.TimeoutError)):
        return SourceError(f"no {protocol} answer from {where} in {timeout_s:g} s")
    for kind, sentence in _REASONS:
        if isinstance(error, kind):
            return SourceError(sentence.format(where=where, what=_plain(error)))
    return SourceError(f"{protocol} from {where} cannot be opened: {_plain(error)}")


def read_fault(error: Exception, *, where: str, waited_s: float) -> SourceError:
    """Why a stream that was open gives no more."""
    if isinstance(error, libav.ExitError | libav.TimeoutError):
        return SourceError(f"no packet from {where} for {waited_s:g} s")
    return SourceError(f"the stream from {where} broke off: {_plain(error)}")


def _plain(error: Exception) -> str:
    """FFmpeg's name for the fault, without the address that its text carries."""
    if isinstance(error, av.FFmpegError):
        return (error.strerror or type(error).__name__).lower()
    return type(error).__name__
