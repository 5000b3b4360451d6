"""Stop-and-go waves: the crowd's speed comes and goes, which in Mina preceded the turbulence."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

STEP_S = 0.5
SHORTEST_S, LONGEST_S = 4.0, 60.0
"""Periods looked for; in Mina the waves had some 45 s (Helbing et al. 2007), in narrow corridors 5 to 20 s."""
NEEDS_S = 60.0


@dataclass(frozen=True)
class Wave:
    """The strongest wave: its period, its amplitude, and its share of all the speed's variance (0 to 1)."""

    period_s: float
    amplitude_m_s: float
    share: float


def stop_and_go(times_s: npt.NDArray[np.floating], speeds_m_s: npt.NDArray[np.floating]) -> Wave | None:
    """The Fourier peak of a region's mean speed.

    times_s: (N,) ascending; speeds_m_s: (N,). The series is laid on even steps, its straight line taken off, weighted
    with Hann's window; the peak is the strongest line with a period of 4 s to 60 s and at most half the series' length.
    Amplitude = 2 |X| / sum(window). None from less than a minute, and from a speed that does not vary.
    """
    if len(times_s) < NEEDS_S / 4 or times_s[-1] - times_s[0] < NEEDS_S:
        return None
    even_s = np.arange(times_s[0], times_s[-1], STEP_S)
    speed = np.interp(even_s, times_s, speeds_m_s)
    flat = speed - np.polyval(np.polyfit(even_s - even_s[0], speed, 1), even_s - even_s[0])
    window = np.hanning(len(flat))
    lines = np.abs(np.fft.rfft(flat * window))
    frequency_hz = np.fft.rfftfreq(len(flat), STEP_S)
    longest_s = min(LONGEST_S, (even_s[-1] - even_s[0]) / 2)
    wanted = (frequency_hz >= 1 / longest_s) & (frequency_hz <= 1 / SHORTEST_S)
    power = float(np.square(lines).sum())
    if not wanted.any() or power < 1e-12:
        return None
    peak = int(np.argmax(np.where(wanted, lines, 0.0)))
    share = float(np.square(lines[max(0, peak - 1) : peak + 2]).sum()) / power
    return Wave(float(1 / frequency_hz[peak]), float(2 * lines[peak] / window.sum()), share)
