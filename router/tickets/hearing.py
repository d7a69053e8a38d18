"""What a recording says becomes part of its ticket: the text, and what the words settle, in one version."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from router.store import recording_rows, ticket_rows, work_rows
from router.store.errors import Unreadable
from router.tickets.recording import said_in
from router.tickets.serving import with_places
from router.tickets.settling import BY, Consequence, consequence

if TYPE_CHECKING:
    from datetime import datetime

    import sqlalchemy as sa

    from router.places import Places
    from router.tickets.book import Book
    from router.tickets.recording import Heard
    from router.tickets.rules import Rules
    from router.tickets.settling import Settle

_log = logging.getLogger(__name__)


def hear(
    connection: sa.Connection,
    *,
    name: str,
    what: Heard,
    work: int,
    settle: Settle | None,
    book: Book,
    places: Places,
    rules: Rules,
    now: datetime,
) -> bool:
    """Write what a recording says to its row and to its ticket, and end the work done for it.

    Runs in the writer's thread, in a transaction; the arguments are those of ``Desk.heard``.

    Returns:
        Whether this was new: a recording is heard once, however often the work is done.
    """
    work_rows.finish(connection, work, what.why or what.state.value)
    if not recording_rows.heard(connection, name, what, now):
        return False
    try:
        before = ticket_rows.by_number(connection, recording_rows.number_of(connection, name))
    except Unreadable as trouble:
        _log.error("what recording %s says is with the recording alone: %s", name, trouble)
        return True
    assert before is not None  # noqa: S101 - a recording's row names a ticket there is (foreign key)
    said = said_in(recording_rows.of_ticket(connection, before.number))
    note = what.note if what.note not in before.status_notes else ""
    settled = Consequence({}, ())
    if settle and before.is_open:
        history = ticket_rows.history_of(connection, before.number)
        settled = consequence(before, settle(before, history), history, places=places, rules=rules, now=now)
    after = before.next(
        now,
        transcript=said.text,
        transcript_confidence=said.confidence,
        status_notes="; ".join(filter(None, (before.status_notes, note))),
        **settled.changes,
    )
    after = with_places(connection, after, places, before=before)
    book.next(
        connection, before, after, by=BY, what="; ".join((f"recording: {what.why or what.state.value}", *settled.what))
    )
    return True
