"""What people and programs outside never read: where a camera is found, and with which user and password.

Workers redact what they say; this stands behind them, for a service shows their words to browsers and receivers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import unquote, urlsplit

from crushwatch.messages import AlertEvent, CameraHealth, RegionReading, WorkerHealth
from crushwatch.site import Site, redact

_ADDRESS = re.compile(r"\b(?:rtsps?|https?|file)://\S+", re.IGNORECASE)
_SHORTEST_SECRET = 4
"""Shorter words would blank out half of every sentence."""

AnyHeard = RegionReading | AlertEvent | CameraHealth | WorkerHealth


class Discretion:
    """Takes the cameras' addresses, users and passwords out of sentences."""

    def __init__(self, site: Site) -> None:
        addresses = [camera.source.reveal() for camera in site.cameras.values()]
        hosts = [host for address in addresses if (host := urlsplit(address).hostname)]
        self._hosts = _pattern(hosts, r"\[?(?:{})\]?(?::\d+)?")
        self._secrets = _pattern([word for address in addresses for word in _secrets(address)], "{}")

    def text(self, text: str) -> str:
        """The sentence without them."""
        text = _ADDRESS.sub("the camera", redact(text))
        if self._hosts is not None:
            text = self._hosts.sub("the camera", text)
        return text if self._secrets is None else self._secrets.sub("***", text)

    def message(self, message: AnyHeard) -> AnyHeard:
        """The message with its sentences cleaned."""
        if isinstance(message, CameraHealth) and message.reason:
            return message.model_copy(update={"reason": self.text(message.reason)})
        if isinstance(message, AlertEvent):
            return message.model_copy(update={"because": self.text(message.because)})
        return message


def _pattern(words: Iterable[str], around: str) -> re.Pattern[str] | None:
    """Any of the words; `around` says with what about it: a host goes with its port, though the site names none."""
    longest_first = sorted({word for word in words if len(word) >= _SHORTEST_SECRET}, key=len, reverse=True)
    return re.compile(around.format("|".join(map(re.escape, longest_first))), re.IGNORECASE) if longest_first else None


def _secrets(address: str) -> list[str]:
    user = urlsplit(address).netloc.rpartition("@")[0]
    name, _, password = user.partition(":")
    query = [part.partition("=")[2] for part in urlsplit(address).query.split("&") if redact(f"?{part}") != f"?{part}"]
    return [word for text in (name, password, *query) for word in (text, unquote(text))]
