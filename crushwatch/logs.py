"""Logs for a person at night: structured, changes of state at INFO, repeated faults rolled up, secrets redacted.

Configured once, by the command that starts. Rooms take `structlog.get_logger("crushwatch.workers.capture")` and bind
`camera=` and `region=`.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, MutableMapping
from typing import Any, Literal

import structlog

from crushwatch.site.secret import redact

LogFormat = Literal["console", "json"]


def configure_logs(*, form: LogFormat = "console", level: str = "INFO") -> None:
    """One line an event on standard error, as text or as JSON; the libraries' own logs go the same way."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _redact_values,
    ]
    renderer: Any = (
        structlog.processors.JSONRenderer()
        if form == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), pad_event_to=0)
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
            foreign_pre_chain=shared,
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("crushwatch").setLevel(level.upper())


def _redact_values(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for key, value in event.items():
        if isinstance(value, str):
            event[key] = redact(value)
    return event


class RollUp:
    """A flood of equal faults as one honest line a period, which says how many there were.

    >>> said = []
    >>> flood = RollUp(said.append, period_s=1.0)
    >>> for moment in (0.0, 0.1, 0.2, 1.2): flood.add("corrupt packet", now_s=moment)
    >>> said
    ['corrupt packet', 'corrupt packet (the last of 3 in 1 s)']
    """

    def __init__(self, say: Callable[[str], None], *, period_s: float = 1.0) -> None:
        self._say = say
        self._period_s = period_s
        self._count = 0
        self._said_at_s: float | None = None

    def add(self, text: str, *, now_s: float) -> None:
        """One more; it is said now if the last line is old enough."""
        self._count += 1
        if self._said_at_s is not None and now_s - self._said_at_s < self._period_s:
            return
        since_s = 0 if self._said_at_s is None else now_s - self._said_at_s
        self._say(text if self._count == 1 else f"{text} (the last of {self._count} in {since_s:.0f} s)")
        self._count, self._said_at_s = 0, now_s
