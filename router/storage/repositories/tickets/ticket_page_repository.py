"""Tickets by the time of request, in pages, for other programs and the export.

Pages are found by the last row of the page before (keyset), so that the hundredth costs what the first does. The
functions return the documents as they are kept: whoever asked parses them, away from the event loop.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import sqlalchemy as sa

from router.clock import sortable
from router.model.ticket_views import Page, PageCursor
from router.storage.schema import tickets

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class TicketFilter:
    """Which tickets.

    Attributes:
        since: The earliest time of request.
        until: The latest.
        is_open: None: open and closed ones.
        services: Ids of needs; none: all.
        districts: Ids of districts; none: all.
        hidden: Ids of needs that are left out, whatever else is said.
    """

    since: datetime
    until: datetime
    is_open: bool | None = None
    services: tuple[str, ...] = ()
    districts: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()


_START = PageCursor("", 0)
_ORDER = sa.tuple_(tickets.c.requested, tickets.c.id)
_MARK_OF = sa.select(tickets.c.requested, tickets.c.id).where(tickets.c.number == sa.bindparam("n"))


class TicketPageRepository:
    """Pages of tickets."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def cursor_of(self, number: str) -> PageCursor | None:
        """Return the place of a ticket, None when there is no such ticket."""
        row = self._connection.execute(_MARK_OF, {"n": number}).first()
        return PageCursor(*row) if row else None

    def newest(self, wanted: TicketFilter, *, before: PageCursor | None, skip: int, count: int) -> list[str]:
        """Return a page of tickets, newest first.

        Args:
            wanted: Which.
            before: Only those older than this place.
            skip: Leave out so many first.
            count: At most so many.
        """
        return list(self._connection.execute(newest_query(wanted, before).offset(skip).limit(count)).scalars())

    def counts(self, *, since: datetime) -> list[Counted]:
        """Count the tickets requested since then, by need and district."""
        is_open = sa.func.sum(sa.case((tickets.c.is_open, 1), else_=0))
        query = (
            sa.select(tickets.c.service_code, tickets.c.district, is_open, sa.func.count() - is_open)
            .where(tickets.c.requested >= sortable(since))
            .group_by(tickets.c.service_code, tickets.c.district)
            .order_by(tickets.c.service_code, tickets.c.district)
        )
        return [Counted(*row) for row in self._connection.execute(query)]

    def oldest(self, since: datetime, until: datetime, *, after: PageCursor | None = None, count: int) -> Page:
        """Return a page of the tickets requested from ``since`` until before ``until``, oldest first."""
        after = after or _START
        query = (
            sa.select(tickets.c.requested, tickets.c.id, tickets.c.document)
            .where(tickets.c.requested >= max(sortable(since), after.requested), tickets.c.requested < sortable(until))
            .where(sa.tuple_(*after) < _ORDER)
            .order_by(tickets.c.requested, tickets.c.id)
            .limit(count)
        )
        rows = self._connection.execute(query).all()
        return Page(
            [row.document for row in rows], PageCursor(rows[-1].requested, rows[-1].id) if len(rows) == count else None
        )

    def by_numbers(self, numbers: Sequence[str]) -> list[str]:
        """Return the tickets that have these numbers, newest first."""
        query = sa.select(tickets.c.document).where(tickets.c.number.in_(numbers)).order_by(tickets.c.id.desc())
        return list(self._connection.execute(query).scalars())


def newest_query(wanted: TicketFilter, before: PageCursor | None = None) -> sa.Select[str]:
    """Return the query for all wanted tickets, newest first.

    One index alone is left to drive it: the first of open ones, one service, one district, all; so that the rows
    come in order and the open ones never cost what the closed ones weigh. The other conditions are written so that
    no index fits them. SQLite does not enter an index by a pair of columns: the time of the mark stands by itself.
    """
    since, until = sortable(wanted.since), sortable(wanted.until)
    until = min(until, before.requested) if before else until
    query = sa.select(tickets.c.document).where(tickets.c.requested >= since, tickets.c.requested <= until)
    if before:
        query = query.where(sa.tuple_(*before) > _ORDER)
    driven = False
    if wanted.is_open is not None:
        query = query.where(tickets.c.is_open.is_(wanted.is_open))
        driven = wanted.is_open
    for column, values in ((tickets.c.service_code, wanted.services), (tickets.c.district, wanted.districts)):
        if len(values) == 1 and not driven:
            query = query.where(column == values[0])
            driven = True
        elif values:
            query = query.where(column.concat("").in_(values))
    if wanted.hidden:
        query = query.where(tickets.c.service_code.concat("").not_in(wanted.hidden))
    return query.order_by(tickets.c.requested.desc(), tickets.c.id.desc())


class Counted(NamedTuple):
    """How many tickets there are of a need in a district."""

    service_code: str
    district: str | None
    open: int
    closed: int
