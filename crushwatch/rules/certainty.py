"""What of a figure is held against its threshold: itself, or an end of the interval in which the truth lies."""

from __future__ import annotations

from crushwatch.site.rule import Certainty

Interval = tuple[float, float]
"""Low and high: the truth lies between them nine times in ten."""


def asked_figure(certainty: Certainty, estimate: float, interval: Interval | None) -> float:
    """The figure that must pass the threshold; without an interval the estimate, so that nothing unknown hides it.

    >>> asked_figure("lower", 5.2, (4.6, 5.9)), asked_figure("lower", 5.2, None)
    (4.6, 5.2)
    """
    if interval is None or certainty == "estimate":
        return estimate
    return interval[0] if certainty == "lower" else interval[1]


def in_words(certainty: Certainty, interval: Interval | None, digits: int) -> str:
    """What is said after the figure: its interval, and which end of it was asked for.

    >>> in_words("lower", (4.56, 5.9), 1)
    ', 4.6 to 5.9 (the lower end counts),'
    >>> in_words("estimate", None, 1)
    ''
    """
    if interval is None:
        return "" if certainty == "estimate" else ", its band unknown,"
    asked = "" if certainty == "estimate" else f" (the {certainty} end counts)"
    return f", {interval[0]:.{digits}f} to {interval[1]:.{digits}f}{asked},"
