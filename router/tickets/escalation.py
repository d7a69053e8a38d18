"""Tickets whose time has come: one level up, with all that hangs on it, in one transaction."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from router.store import deadline_rows, steady_rows, ticket_rows
from router.tickets import late_alerts
from router.tickets.life import CLOCK

if TYPE_CHECKING:
    import sqlalchemy as sa

    from router.places import Places
    from router.store.deadline_rows import Deadline
    from router.tickets.book import Book
    from router.tickets.ticket import Ticket

AT_ONCE = 50  # tickets in one transaction, 20 ms of work: callers must not wait behind a night's neglect
_MINUTE_S = 60
_SAID = {"acknowledge": "not acknowledged in time", "resolve": "not resolved in time"}


def escalate_due(connection: sa.Connection, book: Book, places: Places) -> int:
    """Take the tickets whose time has come one level up and, once no more wait, bring the alerts up to date.

    Runs in the writer's thread, in a transaction. A ticket whose room has no next level any more stays at its level;
    it is late all the same.

    Returns:
        How many tickets; ``AT_ONCE`` when more may wait.
    """
    now = steady_rows.now(connection)
    numbers = deadline_rows.due(connection, now, AT_ONCE)
    for number in numbers:
        ticket, deadline = ticket_rows.by_number(connection, number), deadline_rows.of_ticket(connection, number)
        if ticket:
            _escalate(connection, book, ticket, deadline, places, now)
    if 0 < len(numbers) < AT_ONCE:  # else after the rest: an alert names all that is late, which may be thousands
        late_alerts.bring(connection, late_alerts.wanted(deadline_rows.late(connection), places))
    return len(numbers)


def _escalate(
    connection: sa.Connection, book: Book, ticket: Ticket, deadline: Deadline, places: Places, now: int
) -> None:
    levels = [room.level for room in places.ladder(ticket.room) if room.level > ticket.level]
    if levels:
        after = ticket.next(datetime.now(UTC), level=levels[0])
        what = f"{_SAID[deadline.awaits or 'resolve']}; level {ticket.level} → {after.level}"
        book.next(connection, ticket, after, by=CLOCK.name, what=what)
    again = now + ticket.limits.escalate * _MINUTE_S if len(levels) > 1 else None
    deadline_rows.put(connection, ticket.number, deadline._replace(due=again, late=True))
