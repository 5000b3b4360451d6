"""People who walk against each other."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

WALKING_M_S = 0.3
"""Slower than this nobody walks anywhere."""
FEWEST_PEOPLE = 1.0


def counterflow_share(people: npt.NDArray[np.floating], velocity_m_s: npt.NDArray[np.floating]) -> float | None:
    """Share of the walking people who walk against the majority, 0 (all one way) to 0.5 (as many each way).

    people:       (N,) people in each cell
    velocity_m_s: (N, 2); NaN: nothing known, left out
    The axis is the one along which most motion lies: the first eigenvector of sum(n v v'). Share = min(n+, n-) /
    (n+ + n-), n+ and n- the people who walk faster than WALKING_M_S along the axis and against it. None with fewer
    than FEWEST_PEOPLE walking. Lanes that cross at right angles are no counter-flow. Our own: PedPy has none.

    >>> counterflow_share(np.array([3.0, 1.0]), np.array([[1.0, 0.1], [-1.0, 0.0]]))
    0.25
    """
    known = np.isfinite(velocity_m_s).all(axis=1)
    weights, velocity = people[known].astype(np.float64), velocity_m_s[known].astype(np.float64)
    if weights.sum() <= 0:
        return None
    _values, vectors = np.linalg.eigh((velocity * weights[:, None]).T @ velocity)
    along = velocity @ vectors[:, -1]
    one_way, other_way = float(weights[along > WALKING_M_S].sum()), float(weights[along < -WALKING_M_S].sum())
    if one_way + other_way < FEWEST_PEOPLE:
        return None
    return min(one_way, other_way) / (one_way + other_way)
