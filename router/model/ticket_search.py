"""An officer's search for tickets, and its result."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from datetime import datetime

    from router.model.ticket import Ticket

URGENT = 1
"""The priority of danger to life."""


class TicketOrder(StrEnum):
    """How a list is sorted, below the tickets of danger to life that are open."""

    NEWEST = "newest"
    OLDEST = "oldest"
    PRIORITY = "priority"
    """The most urgent first, of the same priority the oldest."""
    DUE = "due"
    """Earliest resolve-by time first; tickets without one last."""


class TicketSearch(NamedTuple):
    """Which tickets; None: any.

    Attributes:
        is_open: Open ones alone.
        phone: E.164.
        need, district, room, stage: Their ids.
        late: Only those whose room is late with its next action.
        before: Requested before then.
        text: Contained in what was said or noted, in any case of letters.
    """

    is_open: bool = True
    phone: str | None = None
    need: str | None = None
    district: str | None = None
    room: str | None = None
    stage: str | None = None
    priority: int | None = None
    late: bool = False
    before: datetime | None = None
    text: str | None = None


class FoundTicket(NamedTuple):
    """A ticket, and whether its room is late with it."""

    ticket: Ticket
    late: bool


class StageTimes(NamedTuple):
    """When a ticket first came to a stage, and last; ISO 8601 in UTC."""

    first: str
    last: str
