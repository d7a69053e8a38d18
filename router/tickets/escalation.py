"""Tickets whose time has come: one level up, with all that hangs on it, in one transaction."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from router.places import STATE_ROOM
from router.store import alert_rows, deadline_rows, steady_rows, ticket_rows
from router.store.errors import Unreadable
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
UNREADABLE: Final = "unreadable"
"""The kind of alert that tickets whose time has come cannot be read."""
UNREADABLE_AGAIN_S: Final = 600
"""When such a ticket is looked at again: soon after somebody has mended it, and without a log full of it."""
_UNREADABLE_WHAT: Final = {
    "what": "tickets whose time has come cannot be read in the store: see `warroom tickets show NUMBER`",
    "what_hi": "टिकट जिनका समय हो चुका है, भंडार में पढ़े नहीं जा सकते",
}
_log = logging.getLogger(__name__)
_SAID = {"acknowledge": "not acknowledged in time", "resolve": "not resolved in time"}


def escalate_due(connection: sa.Connection, book: Book, places: Places) -> int:
    """Take the tickets whose time has come one level up and, once no more wait, bring the alerts up to date.

    Runs in the writer's thread, in a transaction. A ticket whose room has no next level any more stays at its level;
    it is late all the same. One that cannot be read is late too, at its level, and the war room is told of it.

    Returns:
        How many tickets; ``AT_ONCE`` when more may wait.
    """
    now = steady_rows.now(connection)
    numbers = deadline_rows.due(connection, now, AT_ONCE)
    unreadable = []
    for number in numbers:
        deadline = deadline_rows.of_ticket(connection, number)
        try:
            ticket = ticket_rows.by_number(connection, number)
        except Unreadable as trouble:
            _log.error("not in time, and its level stays: %s", trouble)
            unreadable.append(number)
            deadline_rows.put(connection, number, deadline._replace(due=now + UNREADABLE_AGAIN_S, late=True))
            continue
        if ticket:
            _escalate(connection, book, ticket, deadline, places, now)
    if numbers:
        _tell_unreadable(connection, unreadable)
    if 0 < len(numbers) < AT_ONCE:  # else after the rest: an alert names all that is late, which may be thousands
        late_alerts.bring(connection, late_alerts.wanted(deadline_rows.late(connection), places))
    return len(numbers)


def _tell_unreadable(connection: sa.Connection, found: list[str]) -> None:
    """Name to the war room those that cannot be read: found now, or told before and still so."""
    told = {number for alert in alert_rows.standing(connection, UNREADABLE) for number in _named(alert)}
    numbers = sorted({*found, *(number for number in told if not _is_readable(connection, number))})
    named = [{"ticket": number} for number in numbers[: late_alerts.LISTED]]
    said = {**_UNREADABLE_WHAT, "count": len(numbers), "tickets": named}
    alert_rows.bring(connection, UNREADABLE, {STATE_ROOM: said} if numbers else {})


def _named(alert: alert_rows.Alert) -> list[str]:
    return [one["ticket"] for one in alert.data["tickets"]]


def _is_readable(connection: sa.Connection, number: str) -> bool:
    try:
        ticket_rows.by_number(connection, number)
    except Unreadable:
        return False
    return True


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
