"""What a recording says comes onto its ticket: the words, what they settle, and the way that follows from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from router.store import recording_rows, ticket_rows, work_rows
from router.tickets.recording import said_in
from router.tickets.stages import Stage

if TYPE_CHECKING:
    from datetime import datetime

    import sqlalchemy as sa

    from router.places import Places
    from router.store.ticket_rows import HistoryLine
    from router.tickets.book import Book
    from router.tickets.recording import Heard
    from router.tickets.ticket import Ticket

Says = Callable[["Ticket", Sequence["HistoryLine"]], Mapping[str, object]]
"""Tells which fields of a ticket a text settles, by name, given what was done to the ticket. Quick and pure."""

BY = "transcribe"
"""Who the history names."""

_UNTOUCHED = (Stage.TRIAGE, Stage.ROUTED)  # nobody in a room has it in hand: it may still be sent elsewhere


def hear(
    connection: sa.Connection,
    name: str,
    what: Heard,
    *,
    work: int,
    says: Says | None,
    book: Book,
    places: Places,
    now: datetime,
) -> bool:
    """Write what a recording says to its row and its ticket, once; runs in the writer's thread, in a transaction.

    Args:
        connection: The writer's.
        name: The recording's file name.
        what: What came of it.
        work: The row of work that ends with this.
        says: What the words settle; None: nothing.
        book: Writes the version.
        places: Districts, needs, rooms.
        now: The clock, UTC.

    Returns:
        Whether this was new.
    """
    work_rows.finish(connection, work, what.why or what.state.value)
    if not recording_rows.heard(connection, name, what, now):
        return False
    before = ticket_rows.by_number(connection, recording_rows.number_of(connection, name))
    if before is None:
        return False
    said = said_in(recording_rows.of_ticket(connection, before.number))
    note = what.note if what.note not in before.status_notes else ""
    found = dict(says(before, ticket_rows.history_of(connection, before.number))) if says else {}
    after = before.next(
        now,
        transcript=said.text,
        transcript_confidence=said.confidence,
        status_notes="; ".join(filter(None, (before.status_notes, note))),
        **found,
    )
    after = after.model_copy(update=_sent(before, after, places))
    book.next(connection, before, after, by=BY, what="; ".join([what.why or what.state.value, *_told(found)]))
    return True


def _sent(before: Ticket, after: Ticket, places: Places) -> dict[str, object]:
    """Return where a ticket goes now that its district or its need is known, and how urgent that need makes it."""
    need = places.needs[after.service_code]
    known = before.service_code == after.service_code
    changes: dict[str, object] = {} if known else {"priority": min(after.priority, need.priority)}
    if before.stage not in _UNTOUCHED or after.district is None:
        return changes
    if known and before.district == after.district:
        return changes
    room = places.room_of(after.district)
    name = next(each.name for each in places.rooms if each.id == room)
    return changes | {"room": room, "desk": need.desk, "stage": Stage.ROUTED, "agency_responsible": name}


def _told(found: Mapping[str, object]) -> list[str]:
    return [f"heard {', '.join(sorted(found))}"] * bool(found)
