"""Additions to a ticket without a decision: recordings, notes about its call, notes of people."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from router.errors import UserError
from router.history_line import SEPARATOR
from router.tickets.workflow import MAX_NOTES

if TYPE_CHECKING:
    from router.model.calls.recording_record import NewRecording
    from router.model.ticket import Ticket
    from router.storage.unit_of_work import UnitOfWork
    from router.tickets.version_writer import TicketVersionWriter


class UnknownTicketError(UserError, LookupError):
    """No ticket has this number."""


def attach(
    uow: UnitOfWork,
    *,
    number: str,
    recordings: tuple[NewRecording, ...],
    status_notes: str,
    key: str,
    versions: TicketVersionWriter,
) -> Ticket:
    """Add recordings and a status note; the arguments are those of ``TicketService.attach``."""
    before = known_ticket(uow, number)
    if not first_time(uow, key, number):
        return before
    new = tuple(one for one in recordings if one.name not in before.recordings)
    note = status_notes if status_notes not in before.status_notes else ""
    if not new and not note:
        return before
    ticket = before.next(
        datetime.now(UTC),
        recordings=(*before.recordings, *(one.name for one in new)),
        status_notes="; ".join(filter(None, (before.status_notes, note))),
    )
    done = " and ".join(["recording added"] * bool(new) + ["status noted"] * bool(note))
    what = SEPARATOR.join(filter(None, (done, note)))  # behind the separator goes when the person is forgotten
    return versions.update(uow, before, ticket, by=ticket.channel, what=what, recordings=new)


def note(
    uow: UnitOfWork,
    *,
    number: str,
    text: str,
    recordings: tuple[NewRecording, ...],
    by: str,
    key: str,
    versions: TicketVersionWriter,
) -> Ticket:
    """Add a note to a ticket; the arguments are those of ``TicketService.note``."""
    before = known_ticket(uow, number)
    if not first_time(uow, key, number):
        return before
    new = tuple(one for one in recordings if one.name not in before.recordings)
    line = f"{by}: {text}"
    said = bool(text) and line not in before.notes and len(before.notes) < MAX_NOTES
    if not new and not said:
        return before
    ticket = before.next(
        datetime.now(UTC),
        recordings=(*before.recordings, *(one.name for one in new)),
        notes=(*before.notes, line) if said else before.notes,
    )
    what = "note" if said else "recording added"
    return versions.update(uow, before, ticket, by=by, what=what, recordings=new)


def first_time(uow: UnitOfWork, key: str, number: str) -> bool:
    """Record that a ticket has the note of a key; return whether it is new. Without a key it always is."""
    if not key:
        return True
    if uow.tickets.by_source_key(f"{key}/{number}"):
        return False
    uow.tickets.add_source(f"{key}/{number}", number)
    return True


def known_ticket(uow: UnitOfWork, number: str) -> Ticket:
    """Return a ticket. Raises UnknownTicketError."""
    ticket = uow.tickets.by_number(number)
    if ticket is None:
        raise UnknownTicketError(f"no ticket has the number {number}")
    return ticket
