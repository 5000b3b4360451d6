"""Where an installation has its Redis, its database and its doors: the environment may say so over the site file.

The site file is about the venue and moves between machines; a container, a unit or a chart sets these variables. Each
may end in `_FILE` instead and then names a file that holds the value, as container platforms give secrets.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from crushwatch.site.unread import NONE, Keys, is_among

PLACES: dict[str, tuple[str, str]] = {
    "CRUSHWATCH_BUS_URL": ("bus", "url"),
    "CRUSHWATCH_STATE_DIR": ("worker", "state_dir"),
    "CRUSHWATCH_METRICS_HOST": ("worker", "metrics_host"),
    "CRUSHWATCH_METRICS_PORT": ("worker", "metrics_port"),
    "CRUSHWATCH_SERVICE_HOST": ("service", "host"),
    "CRUSHWATCH_SERVICE_PORT": ("service", "port"),
    "CRUSHWATCH_DATABASE_URL": ("service", "database"),
    "CRUSHWATCH_PASSWORD": ("service", "password"),
    "CRUSHWATCH_TOKEN": ("service", "token"),
}
"""Variable: section and key of the site file that it stands over."""

Complain = Callable[[tuple[str, str], str], None]


def place(
    data: Any,
    environment: Mapping[str, str],
    read_secret: Callable[[str], str] | None,
    complain: Complain,
    unread: Keys = NONE,
) -> Any:
    """`data`, the site file's values, with what the environment says of places; what cannot be read is complained of.

    unread: keys of which nothing is looked up.

    >>> place({"id": "hall"}, {"CRUSHWATCH_BUS_URL": "redis://bus:6379/0"}, None, print)
    {'id': 'hall', 'bus': {'url': 'redis://bus:6379/0'}}
    """
    placed: dict[str, Any] = dict(data)
    for variable, (section, key) in PLACES.items():
        if is_among((section, key), unread):
            continue
        value = _value(variable, (section, key), environment, read_secret, complain)
        if value is not None and isinstance(placed.get(section, {}), dict):
            placed[section] = placed.get(section, {}) | {key: value}
    return placed


def _value(
    variable: str,
    place_: tuple[str, str],
    environment: Mapping[str, str],
    read_secret: Callable[[str], str] | None,
    complain: Complain,
) -> str | None:
    if environment.get(variable):
        return environment[variable]
    file_name = environment.get(f"{variable}_FILE")
    if not file_name or read_secret is None:
        return None
    try:
        return read_secret(file_name)
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not readable text"
        complain(place_, f"{variable}_FILE: {file_name} cannot be read: {reason}")
        return None
