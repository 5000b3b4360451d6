"""Which pictures are whole, where packets are lost on their way (RTSP over UDP).

A decoder guesses what is missing, and all that follows is drawn upon the guess until the next key frame. Of a crowd
that is counted there most are missing: of a plaza with 3 % of the packets lost half over H.264, nine in ten over H.265.
So pictures are held back from the first that is damaged to the next key frame that is whole. While none comes the
camera is silent, which is told.
"""

from __future__ import annotations

from collections import deque

KEYS_NEEDED = {"hevc": 2}
"""Whole key frames in a row, with nothing damaged between, after which pictures are shown again; else one. H.265's
decoder does not see each loss."""
HELD_S = 10.0
"""Without further damage for so long pictures are shown again: some cameras renew theirs without key frames."""
REMEMBERED = 64
"""Packets; a picture comes out of the decoder some packets after its own went in."""


class Damage:
    """One connection's. Moments are seconds of one monotonic clock; stamps are those of packets and their pictures.

    >>> damage = Damage()
    >>> damage.spares(7, is_key=False, now_s=0.28)
    True
    >>> damage.struck(stamp=8, now_s=0.32)
    >>> [damage.spares(stamp, is_key=stamp == 10, now_s=stamp * 0.04) for stamp in (8, 9, 10, 11)]
    [False, False, True, True]
    """

    def __init__(self, codec: str = "") -> None:
        self._keys_needed = KEYS_NEEDED.get(codec, 1)
        self._keys = 0
        self._stamps: deque[int | None] = deque(maxlen=REMEMBERED)
        self._struck_at_s: float | None = None

    def struck(self, stamp: int | None, now_s: float) -> None:
        """The packet of that stamp, or its picture, is damaged."""
        self._stamps.append(stamp)
        self._struck_at_s = now_s
        self._keys = 0

    def spares(self, stamp: int | None, *, is_key: bool, now_s: float) -> bool:
        """Whether the picture of that stamp, which comes next, shows what the camera saw."""
        if self._struck_at_s is None:
            return True
        is_struck = stamp is not None and stamp in self._stamps
        self._keys += is_key and not is_struck
        if not is_struck and (self._keys >= self._keys_needed or now_s - self._struck_at_s > HELD_S):
            self._struck_at_s = None
            return True
        return False
