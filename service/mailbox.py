"""What waits for one browser: alerts in order and all of them, of everything else only the newest. Pure, bounded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from service.frame import Frame, merged

ALERTS_AT_MOST = 5000
"""A browser that is so far behind is cut off: it comes back and gets a snapshot, which misses nothing."""
FRAMES_AT_MOST = 20
"""Frames that wait are shared by all browsers; so many that a browser is behind are merged into one."""


@dataclass(frozen=True)
class Post:
    """All that waited. `witnessed`: this browser stands for all when it is asked how old figures are on arrival."""

    frame: Frame | None
    witnessed: bool
    own: tuple[str, ...]


class Mailbox:
    """Used by the event loop only."""

    def __init__(self) -> None:
        self._frames: list[Frame] = []
        self._witnessed = False
        self._answers: dict[str, str] = {}
        self._previews: dict[str, str] = {}
        self.watching: frozenset[str] = frozenset()
        self.overfull = False

    def put(self, frame: Frame, *, witnessed: bool = False) -> None:
        """What all are told; where there is no room for its alerts, this browser is `overfull` and must start again."""
        self._frames.append(frame)
        self._witnessed = self._witnessed or witnessed
        if len(self._frames) > FRAMES_AT_MOST:
            self._frames = [merged(self._frames)]
        self.overfull = self.overfull or sum(len(kept.alerts) for kept in self._frames) > ALERTS_AT_MOST

    def put_answer(self, kind: str, text: str) -> None:
        """What this browser asked for; the newest of each kind."""
        self._answers[kind] = text

    def put_preview(self, camera: str, text: str) -> None:
        """The newest of each camera, if this browser looks at it."""
        if camera in self.watching:
            self._previews[camera] = text

    def take(self) -> Post:
        """Everything that waits; then nothing waits any more."""
        post = Post(
            merged(self._frames) if self._frames else None,
            self._witnessed,
            (*_values(self._answers), *_values(self._previews)),
        )
        self._frames = []
        self._witnessed = False
        self._answers.clear()
        self._previews.clear()
        return post


def _values(texts: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(texts.values())
