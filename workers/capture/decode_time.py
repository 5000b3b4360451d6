"""What a packet takes the decoder, measured by the clock while it decodes."""

from __future__ import annotations

from collections import deque

LAST = 25
"""So many measurements count."""
LEFT_OUT = 2
"""So many of them, the longest, do not: then the thread got no processor, and the decoder is not to blame."""


class DecodeTime:
    """The mean over the last packets without the longest.

    No median: where a decoder passes over frames that no other needs, three in four take no time.

    >>> time = DecodeTime()
    >>> for took_s in (0.7, 0.004, 0.004, 1.5, 0.004): time.add(took_s, packets=1)
    >>> round(time.per_packet_s, 6)
    0.004
    """

    def __init__(self) -> None:
        self._last_s: deque[float] = deque(maxlen=LAST)
        self.per_packet_s = 0.0
        """0 until enough have been decoded to say."""

    def add(self, took_s: float, packets: int) -> None:
        """So many packets, decoded together, took that long."""
        self._last_s.append(took_s / packets)
        if counted := sorted(self._last_s)[:-LEFT_OUT]:
            self.per_packet_s = sum(counted) / len(counted)
