"""Whether an operator is at work."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from datetime import datetime


class OperatorAttendance(NamedTuple):
    """Whether an operator takes calls.

    Attributes:
        id: The operator's.
        present: Whether at work.
        paused: Why no calls just now; empty: calls are taken.
        since: Since when all this holds; aware, UTC.
    """

    id: str
    present: bool
    paused: str
    since: datetime
