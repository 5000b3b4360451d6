"""Crowd pressure: the figure that rose before the crush in Mina."""

from __future__ import annotations

import warnings

import numpy as np
import numpy.typing as npt

TURBULENCE_PER_S2 = 0.02
"""Crowd turbulence set in at about this pressure (Helbing et al. 2007, at Jamarat 12 January 2006)."""


def crowd_pressure(
    density_per_m2: npt.NDArray[np.floating], velocity_m_s: npt.NDArray[np.floating]
) -> npt.NDArray[np.float64]:
    """Crowd pressure P = rho * Var(V).

    density_per_m2: (T, H, W) local density rho, people per square metre, T moments of the window
    velocity_m_s:   (T, H, W, 2) local velocity V, metres per second; NaN where nobody was
    Returns (H, W), 1/s^2: mean density over the window x mean over the window of |V - mean V|^2.
    NaN where fewer than two moments have a velocity. With local figures as in `field.py` (R = 1 m). Noise of the
    optical flow and a crowd that speeds up as a whole count as variance too: docs/measurement.md has the floor.
    Source: Helbing, Johansson, Al-Abideen, "Dynamics of crowd disasters", Phys. Rev. E 75, 046109 (2007).
    """
    seen = np.isfinite(velocity_m_s).all(axis=3).sum(axis=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # places where nobody ever was: NaN is what we want there
        mean = np.nanmean(velocity_m_s, axis=0)
        variance = np.nanmean(np.square(velocity_m_s - mean).sum(axis=3), axis=0)
    pressure = density_per_m2.mean(axis=0) * variance
    return np.where(seen >= 2, pressure, np.nan)
