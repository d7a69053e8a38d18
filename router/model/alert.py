"""An alert to a room, which stands until it is ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime


class Alert(NamedTuple):
    """One alert that stands.

    Attributes:
        kind: Such as ``overdue``.
        room: Whom it is told.
        since: When it began.
        data: What it says.
    """

    kind: str
    room: str
    since: datetime
    data: Mapping[str, Any]
