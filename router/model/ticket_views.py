"""What lists, histories and summaries show of tickets."""

from __future__ import annotations

from typing import NamedTuple


class OpenTicket(NamedTuple):
    """The fields of a ticket that a room's summary needs."""

    number: str
    version: int
    stage: str
    desk: str
    service_code: str
    priority: int
    zipcode: str
    proposed: bool


class Cluster(NamedTuple):
    """Open tickets of one room with the same need and PIN code."""

    room: str
    service_code: str
    zipcode: str
    open: int


class TicketHistoryLine(NamedTuple):
    """One action on a ticket, and the stage after it; ``at`` is ISO 8601 in UTC."""

    version: int
    at: str
    by: str
    what: str
    stage: str


class PageCursor(NamedTuple):
    """A place in the order of requests."""

    requested: str
    id: int


class Page(NamedTuple):
    """Documents in order, and where to go on; None at the end."""

    documents: list[str]
    next: PageCursor | None
