"""Escalates overdue tickets to the next level, with all consequences in one transaction."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from router.geo import STATE_ROOM
from router.storage.errors import UnreadableDocumentError
from router.tickets.sla import overdue_alerts
from router.tickets.workflow import CLOCK

if TYPE_CHECKING:
    from router.geo import Places
    from router.model.deadline import Deadline
    from router.model.rooms.alert import Alert
    from router.model.ticket import Ticket
    from router.storage.unit_of_work import UnitOfWork
    from router.tickets.version_writer import TicketVersionWriter

BATCH_SIZE = 50  # tickets in one transaction, 20 ms of work: callers must not wait behind a night's neglect
_MINUTE_S = 60
UNREADABLE: Final = "unreadable"
"""The kind of alert that tickets whose time has come cannot be read."""
UNREADABLE_AGAIN_S: Final = 600
"""When such a ticket is checked again: soon after it was repaired, and without a log full of it."""
_UNREADABLE_WHAT: Final = {
    "what": "tickets whose time has come cannot be read in the store: see `warroom tickets show NUMBER`",
    "what_hi": "टिकट जिनका समय हो चुका है, भंडार में पढ़े नहीं जा सकते",
}
_log = logging.getLogger(__name__)
_SAID = {"acknowledge": "not acknowledged in time", "resolve": "not resolved in time"}


def escalate_due(uow: UnitOfWork, versions: TicketVersionWriter, places: Places) -> int:
    """Take the tickets whose time has come one level up and, once no more wait, bring the alerts up to date.

    Runs in the writer's thread, in a transaction. A ticket whose room has no next level any more stays at its level;
    it is late all the same. One that cannot be read is late too, at its level, and the war room is told of it.

    Returns:
        How many tickets; ``AT_ONCE`` when more may wait.
    """
    now = uow.clock.monotonic_now()
    numbers = uow.deadlines.due(now, BATCH_SIZE)
    unreadable = []
    for number in numbers:
        deadline = uow.deadlines.of_ticket(number)
        try:
            ticket = uow.tickets.by_number(number)
        except UnreadableDocumentError as trouble:
            _log.error("not in time, and its level stays: %s", trouble)
            unreadable.append(number)
            uow.deadlines.upsert(number, deadline._replace(due=now + UNREADABLE_AGAIN_S, late=True))
            continue
        if ticket:
            _escalate(uow, versions, ticket, deadline, places, now)
    if numbers:
        _tell_unreadable(uow, unreadable)
    if 0 < len(numbers) < BATCH_SIZE:  # else after the rest: an alert names all that is late, which may be thousands
        overdue_alerts.replace_active(uow, overdue_alerts.wanted(uow.deadlines.late(), places))
    return len(numbers)


def _tell_unreadable(uow: UnitOfWork, found: list[str]) -> None:
    """List for the war room the tickets that cannot be read: found now, or reported before and still so."""
    told = {number for alert in uow.alerts.active(UNREADABLE) for number in _named(alert)}
    numbers = sorted({*found, *(number for number in told if not _is_readable(uow, number))})
    named = [{"ticket": number} for number in numbers[: overdue_alerts.MAX_LISTED]]
    said = {**_UNREADABLE_WHAT, "count": len(numbers), "tickets": named}
    uow.alerts.replace_active(UNREADABLE, {STATE_ROOM: said} if numbers else {})


def _named(alert: Alert) -> list[str]:
    return [one["ticket"] for one in alert.data["tickets"]]


def _is_readable(uow: UnitOfWork, number: str) -> bool:
    try:
        uow.tickets.by_number(number)
    except UnreadableDocumentError:
        return False
    return True


def _escalate(
    uow: UnitOfWork, versions: TicketVersionWriter, ticket: Ticket, deadline: Deadline, places: Places, now: int
) -> None:
    levels = [room.level for room in places.ladder(ticket.room) if room.level > ticket.level]
    if levels:
        after = ticket.next(datetime.now(UTC), level=levels[0])
        what = f"{_SAID[deadline.awaits or 'resolve']}; level {ticket.level} → {after.level}"
        versions.update(uow, ticket, after, by=CLOCK.name, what=what)
    again = now + ticket.limits.escalate * _MINUTE_S if len(levels) > 1 else None
    uow.deadlines.upsert(ticket.number, deadline._replace(due=again, late=True))
