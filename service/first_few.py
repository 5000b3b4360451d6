"""Names in a sentence: the first few, and how many more."""

from __future__ import annotations

from collections.abc import Sequence

NAMED = 5


def first_few(names: Sequence[str]) -> str:
    """Five of them by name.

    >>> first_few(["a", "b"]), first_few(["a", "b", "c", "d", "e", "f", "g"])
    ('a, b', 'a, b, c, d, e and 2 more')
    """
    more = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f" and {more} more" if more > 0 else "")
