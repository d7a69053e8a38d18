"""Hourly counts of tickets, and the state of the shortage charts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from router.model.hourly_count import SETTLE_S, HourlyCount, hour_of
from router.storage.portable import insert_or_replace, insert_or_update
from router.storage.schema import shortage_charts, ticket_hours

if TYPE_CHECKING:
    from datetime import datetime

    from router.model.ticket import Ticket

_LATE_HOURS = 6  # the charts' own "recent"
_RETENTION_HOURS = 400 * 24  # for reports on a year; the charts need an hour once


_ADD = insert_or_update(ticket_hours, {"tickets": ticket_hours.c.tickets + 1})
_TAKE_BACK = (
    sa.update(ticket_hours)
    .where(
        ticket_hours.c.hour == sa.bindparam("of_hour"),
        ticket_hours.c.district == sa.bindparam("of_district"),
        ticket_hours.c.need == sa.bindparam("of_need"),
        ticket_hours.c.tickets > 0,
    )
    .values(tickets=ticket_hours.c.tickets - 1)
)
_BETWEEN = (
    sa.select(ticket_hours)
    .where(ticket_hours.c.hour >= sa.bindparam("first"), ticket_hours.c.hour <= sa.bindparam("last"))
    .order_by(ticket_hours.c.hour)
)
_PUT = insert_or_replace(shortage_charts)
_ONLY = 1


class HourlyCountRepository:
    """Hourly counts of tickets, and the state of the shortage charts."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def count_new(self, ticket: Ticket) -> None:
        """Count a ticket that has just been opened, in its own transaction."""
        self._add(ticket, hour_of(ticket.requested_datetime.timestamp()))

    def count_changed(self, before: Ticket, after: Ticket, now: datetime) -> None:
        """Count a ticket for what it is now known to lack, and where; in the transaction that says so.

        It counts in the hour of its call. When the charts have taken that hour, it counts in the one that runs, for a
        shortage is none the less for having been told in a message; unless it was asked for too long ago: a night's
        messages understood in the morning are no rise.

        Args:
            before: The ticket as it was.
            after: As it is.
            now: Aware.
        """
        if (before.district, before.service_code) == (after.district, after.service_code):
            return
        asked = hour_of(after.requested_datetime.timestamp())
        where = {"of_hour": asked, "of_district": before.district, "of_need": before.service_code}
        self._connection.execute(_TAKE_BACK, where)
        open_hour = hour_of(now.timestamp() - SETTLE_S)
        self._add(after, open_hour if asked < open_hour <= asked + _LATE_HOURS else asked)

    def _add(self, ticket: Ticket, hour: int) -> None:
        if ticket.district is not None:
            self._connection.execute(
                _ADD, {"hour": hour, "district": ticket.district, "need": ticket.service_code, "tickets": 1}
            )

    def between(self, first: int, last: int) -> list[HourlyCount]:
        """Return the counts of some hours, both ends included, in the order of the hours."""
        return [HourlyCount(*row) for row in self._connection.execute(_BETWEEN, {"first": first, "last": last})]

    def load_charts(self) -> str | None:
        """Return the state of the charts (JSON)."""
        return self._connection.execute(
            sa.select(shortage_charts.c.document).where(shortage_charts.c.id == _ONLY)
        ).scalar()

    def save_charts(self, document: str, hour: int) -> None:
        """Store the state of the charts by an hour, and delete hours past retention."""
        self._connection.execute(_PUT, {"id": _ONLY, "document": document})
        self._connection.execute(sa.delete(ticket_hours).where(ticket_hours.c.hour < hour - _RETENTION_HOURS))
