"""Tickets as an officer looks for them: filtered, in a chosen order, danger to life on top."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from router.clock import sortable
from router.model.ticket import Ticket
from router.model.ticket_search import URGENT, FoundTicket, StageTimes, TicketOrder
from router.storage.readable import readable
from router.storage.schema import history, tickets

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from router.model.ticket_search import TicketSearch

_T = tickets.c
_ORDERS: dict[TicketOrder, tuple[sa.ColumnElement[Any], ...]] = {
    TicketOrder.NEWEST: (_T.requested.desc(), _T.id.desc()),
    TicketOrder.OLDEST: (_T.requested, _T.id),
    TicketOrder.PRIORITY: (_T.priority, _T.requested, _T.id),
    TicketOrder.DUE: (_T.resolve_by.is_(None), _T.resolve_by, _T.id),
}


class TicketSearchRepository:
    """Lists of tickets."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def find(self, wanted: TicketSearch, order: TicketOrder, limit: int) -> list[FoundTicket]:
        """Return tickets: the open ones of danger to life first, all in the order asked for."""
        danger = _T.is_open.is_(True) & (_T.priority == URGENT)
        found: list[FoundTicket] = []
        for part in (danger, ~danger):
            query = sa.select(_T.document, _T.late).where(part, *_conditions(wanted)).order_by(*_ORDERS[order])
            rows = self._connection.execute(query.limit(limit - len(found))).all() if len(found) < limit else []
            for row in rows:
                found += [FoundTicket(ticket, row.late) for ticket in readable(Ticket, [row.document])]
        return found

    def of_day(self, room: str, since: datetime, until: datetime) -> list[Ticket]:
        """Return a room's open tickets, and those that something was done with in a time, oldest first.

        It walks through all closed tickets of the room: for a page that is printed once a day.
        """
        h = history.c
        done = sa.exists().where(h.number == _T.number, h.at >= sortable(since), h.at < sortable(until))
        query = sa.select(_T.document).where(_T.room == room, _T.is_open.is_(True) | done).order_by(_T.requested, _T.id)
        return list(readable(Ticket, self._connection.execute(query).scalars()))

    def stage_times(self, numbers: Sequence[str]) -> dict[str, dict[str, StageTimes]]:
        """Return when these tickets came to their stages, by number and stage."""
        h = history.c
        query = (
            sa.select(h.number, h.stage, sa.func.min(h.at), sa.func.max(h.at))
            .where(h.number.in_(numbers), h.stage != "")
            .group_by(h.number, h.stage)
        )
        found: dict[str, dict[str, StageTimes]] = {}
        for number, stage, first, last in self._connection.execute(query):
            found.setdefault(number, {})[stage] = StageTimes(first, last)
        return found


def _conditions(wanted: TicketSearch) -> list[sa.ColumnElement[bool]]:
    pairs = (
        (_T.phone, wanted.phone),
        (_T.service_code, wanted.need),
        (_T.district, wanted.district),
        (_T.room, wanted.room),
        (_T.stage, wanted.stage),
        (_T.priority, wanted.priority),
    )
    chosen: list[sa.ColumnElement[bool]] = [column == value for column, value in pairs if value is not None]
    if wanted.is_open:
        chosen.append(_T.is_open.is_(True))
    if wanted.late:
        chosen.append(_T.late.is_(True))
    if wanted.before is not None:
        chosen.append(_T.requested < sortable(wanted.before))
    if wanted.text is not None:
        chosen.append(_T.document.icontains(wanted.text, autoescape=True))
    return chosen
