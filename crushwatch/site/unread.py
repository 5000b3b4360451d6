"""Which placeholders a command leaves unread, for it uses nothing of what they stand for.

So a secret is needed only where it is used: a worker goes without the dashboard's password, a replay without any.
Keys are as in the site file; `*` stands for any id.
"""

from __future__ import annotations

from collections.abc import Sequence

Keys = frozenset[str]

NONE: Keys = frozenset()
SERVICES_OWN: Keys = frozenset({"service", "notifications"})
"""What a worker leaves to the service."""
ALL_DOORS: Keys = SERVICES_OWN | {"bus", "cameras.*.source"}
"""What a command without camera, Redis and database leaves."""
ALL_BUT_THE_DATABASE: Keys = (ALL_DOORS - {"service"}) | {"service.password", "service.token"}


def is_among(path: Sequence[str | int], keys: Keys) -> bool:
    """Whether `path` is one of the keys or lies below one.

    >>> is_among(("cameras", "gate", "source"), ALL_DOORS), is_among(("cameras", "gate", "name"), ALL_DOORS)
    (True, False)
    """
    return any(_covers(key.split("."), path) for key in keys)


def _covers(key: Sequence[str], path: Sequence[str | int]) -> bool:
    return len(key) <= len(path) and all(part in ("*", here) for part, here in zip(key, path, strict=False))
