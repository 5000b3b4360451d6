"""What has piled up in the connection while nobody read, and how the reader comes back to the present.

A capture that got no processor for a while, or whose frames take longer to decode than they last, finds old packets
first. Decoded one after the other they would be shown as if they were new. So they are read and not decoded until the
newest has come; then the decoder begins anew with the last key frame.

Pictures that come late because the network or the camera keeps them back are another matter: reading faster makes them
no newer, so after a try they are taken as they come, and `camera-clock` says that they are old.

A decoder that is slower than its camera shows what follows a key frame until that is `BEHIND_S` old, and then waits for
the next one, always for less than the time between two: each picture needs all before it, so that no order of decoding
brings a newer one sooner.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, TypeVar

P = TypeVar("P")

BEHIND_S = 1.0
"""Later than this, what is read is not decoded."""
CAUGHT_UP_S = 0.3
TRY_S = 0.5
LEAST_GAIN = 0.25
"""Seconds that a second of reading must bring the reader nearer to the present; else nothing has piled up."""
LONGEST_REPAIR_S = 0.5
"""What follows the last key frame is decoded in so long before the newest is shown."""
WORTH_DECODING = 0.5
"""What takes longer is decoded and not shown where that takes less than this share of the time it was filmed in: what
comes meanwhile is shorter. Else it is left out until the next key frame has come."""
MOST_HELD = 500
"""More without a key frame are decoded all the same, or let go where the decoder is slower than the camera: memory is
limited."""


class Backlog(Generic[P]):
    """One connection's. `P`: its packets. All times are seconds of one monotonic clock.

    holds: whether the packets since the last key frame are kept, to be decoded together when the newest has come; not
    where only key frames are decoded, the last of which may be old by then.

    >>> backlog = Backlog[str](holds=True)
    >>> late_s = {"frame-1": 0.0, "frame-2": 9.0, "key-3": 5.0, "frame-4": 0.1, "frame-5": 0.1}
    >>> [backlog.due(name, "key" in name, late_s=late_s[name], now_s=7.0, decode_s=0.004) for name in late_s]
    [['frame-1'], [], [], ['key-3', 'frame-4'], ['frame-5']]
    """

    def __init__(self, *, holds: bool) -> None:
        self._holds = holds
        self._held: list[P] = []
        self._held_from_s = 0.0
        self._waits_for_key = False
        self._borne_s = 0.0
        self._tried_at: tuple[float, float] | None = None

    @property
    def is_catching_up(self) -> bool:
        """Whether packets are read and not decoded."""
        return self._tried_at is not None

    def due(self, packet: P, is_key: bool, *, late_s: float, now_s: float, decode_s: float) -> Sequence[P]:
        """The packets to decode now, of which only the last one's picture is wanted; while catching up none, or some
        whose pictures are all old.

        late_s:   how much later than it should `packet` was read
        decode_s: what it takes to decode one, of late
        """
        self._waits_for_key = self._waits_for_key and not is_key
        if self._waits_for_key:
            return []
        held = [] if is_key else self._held
        self._look(late_s, now_s, repair_s=len(held) * decode_s)
        if not self.is_catching_up:
            self._held = []
            return [*held, packet]
        if not held:
            self._held_from_s = now_s - late_s
        self._held = [*held, packet] if self._holds else []
        return self._worth_decoding(late_s, now_s, decode_s)

    def _worth_decoding(self, late_s: float, now_s: float, decode_s: float) -> Sequence[P]:
        """What is held, where it is decoded before its time; then nothing is held any more."""
        filmed_s = now_s - late_s - self._held_from_s
        takes_s = len(self._held) * decode_s
        is_full = len(self._held) > MOST_HELD
        if is_full and takes_s >= filmed_s:
            self._held, self._waits_for_key = [], True
        elif is_full or (self._is_present(late_s) and takes_s < WORTH_DECODING * filmed_s):
            due, self._held = self._held, []
            self._tried_at = (now_s + takes_s, late_s + takes_s)
            return due
        return []

    def _is_present(self, late_s: float) -> bool:
        return late_s <= self._borne_s + CAUGHT_UP_S

    def _look(self, late_s: float, now_s: float, repair_s: float) -> None:
        """Begin or end to catch up, and remember how late pictures come that cannot be had sooner."""
        if self._tried_at is None:
            self._borne_s = max(0.0, min(self._borne_s, late_s))
            if late_s > self._borne_s + BEHIND_S:
                self._tried_at = (now_s, late_s)
            return
        if repair_s > LONGEST_REPAIR_S:
            return
        began_s, began_late_s = self._tried_at
        gains = began_late_s - late_s >= LEAST_GAIN * (now_s - began_s)
        if self._is_present(late_s):
            self._tried_at = None
        elif now_s - began_s >= TRY_S:
            self._tried_at = (now_s, late_s) if gains else None
            self._borne_s = self._borne_s if gains else late_s
