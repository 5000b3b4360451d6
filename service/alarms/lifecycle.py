"""The life of an alert after ISA-18.2, as a table: (where it stands, what happens) -> where it stands then.

                         raise/escalate                       clear                     acknowledge
    (none)               -> raised-unacknowledged
    raised-unack'ed                                           -> cleared-unack'ed       -> acknowledged
    acknowledged         escalate -> raised-unack'ed          -> closed
    cleared-unack'ed     -> raised-unacknowledged                                       -> closed
    closed               a new alert begins

An alert is open until it is both cleared and acknowledged. An acknowledgement is for what was seen: an escalation asks
again. What stands in no row is illegal: it raises and changes nothing.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping

from crushwatch.errors import CrushwatchError


class AlertState(enum.StrEnum):
    """Where an alert stands, after ISA-18.2."""

    RAISED_UNACKNOWLEDGED = "raised-unacknowledged"
    ACKNOWLEDGED = "acknowledged"
    CLEARED_UNACKNOWLEDGED = "cleared-unacknowledged"
    CLOSED = "closed"


class Move(enum.StrEnum):
    """What can happen to an alert. `join`: it is raised again, no higher, while it is raised already."""

    RAISE = "raise"
    JOIN = "join"
    ESCALATE = "escalate"
    LOWER = "lower"
    CLEAR = "clear"
    ACKNOWLEDGE = "acknowledge"


class IllegalMoveError(CrushwatchError):
    """This cannot happen to an alert that stands so."""

    def __init__(self, state: AlertState | None, move: Move) -> None:
        self.state = state
        self.move = move
        super().__init__(f"an alert that is {state or 'unknown'} cannot {move}")


_UNACKNOWLEDGED = AlertState.RAISED_UNACKNOWLEDGED
_ACKNOWLEDGED = AlertState.ACKNOWLEDGED
_RETURNED = AlertState.CLEARED_UNACKNOWLEDGED
_CLOSED = AlertState.CLOSED

TABLE: Mapping[tuple[AlertState | None, Move], AlertState] = {
    (None, Move.RAISE): _UNACKNOWLEDGED,
    (_UNACKNOWLEDGED, Move.JOIN): _UNACKNOWLEDGED,
    (_UNACKNOWLEDGED, Move.ESCALATE): _UNACKNOWLEDGED,
    (_UNACKNOWLEDGED, Move.LOWER): _UNACKNOWLEDGED,
    (_UNACKNOWLEDGED, Move.CLEAR): _RETURNED,
    (_UNACKNOWLEDGED, Move.ACKNOWLEDGE): _ACKNOWLEDGED,
    (_ACKNOWLEDGED, Move.JOIN): _ACKNOWLEDGED,
    (_ACKNOWLEDGED, Move.ESCALATE): _UNACKNOWLEDGED,
    (_ACKNOWLEDGED, Move.LOWER): _ACKNOWLEDGED,
    (_ACKNOWLEDGED, Move.CLEAR): _CLOSED,
    (_RETURNED, Move.RAISE): _UNACKNOWLEDGED,
    (_RETURNED, Move.ACKNOWLEDGE): _CLOSED,
}


def after(state: AlertState | None, move: Move) -> AlertState:
    """Where an alert stands after a move; raises IllegalMoveError for what stands not in the table.

    >>> after(AlertState.ACKNOWLEDGED, Move.ESCALATE).value
    'raised-unacknowledged'
    """
    try:
        return TABLE[state, move]
    except KeyError:
        raise IllegalMoveError(state, move) from None
