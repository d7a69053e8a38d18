"""An alert to a room, which stands until it is ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime


class AlertVersion(NamedTuple):
    """One version of an alert, as its message has it.

    Attributes:
        version: Counts the changes of this kind of alert for this room, over all its beginnings and ends.
        since: When it began, ISO 8601.
        changed: When it became so.
        document: Its content, JSON.
    """

    kind: str
    room: str
    version: int
    since: str
    changed: datetime
    document: str


class Alert(NamedTuple):
    """One alert that stands.

    Attributes:
        kind: Such as ``overdue``.
        room: The room it is for.
        since: When it began.
        data: Its content.
    """

    kind: str
    room: str
    since: datetime
    data: Mapping[str, Any]
