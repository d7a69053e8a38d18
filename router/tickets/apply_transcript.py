"""Applies a transcript to its ticket: the text, and the fields it settles, in one version."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from router.model.recording_record import said_in
from router.storage.errors import UnreadableDocumentError
from router.storage.repositories import job_repository, recording_repository, ticket_repository
from router.tickets.apply_findings import BY, Consequence, consequence
from router.tickets.attach_facilities import attach_facilities

if TYPE_CHECKING:
    from datetime import datetime

    import sqlalchemy as sa

    from router.geo import Places
    from router.model.recording_record import Transcription
    from router.tickets.apply_findings import Settle
    from router.tickets.routing.rules import Rules
    from router.tickets.version_writer import TicketVersionWriter

_log = logging.getLogger(__name__)


def apply_transcript(
    connection: sa.Connection,
    *,
    name: str,
    what: Transcription,
    work: int,
    settle: Settle | None,
    book: TicketVersionWriter,
    places: Places,
    rules: Rules,
    now: datetime,
) -> bool:
    """Write what a recording says to its row and to its ticket, and end the work done for it.

    Runs in the writer's thread, in a transaction; the arguments are those of ``TicketService.heard``.

    Returns:
        Whether this was new: a recording is heard once, however often the work is done.
    """
    job_repository.finish(connection, work, what.why or what.state.value)
    if not recording_repository.heard(connection, name, what, now):
        return False
    try:
        before = ticket_repository.by_number(connection, recording_repository.number_of(connection, name))
    except UnreadableDocumentError as trouble:
        _log.error("what recording %s says is with the recording alone: %s", name, trouble)
        return True
    assert before is not None  # noqa: S101 - a recording's row names a ticket there is (foreign key)
    said = said_in(recording_repository.of_ticket(connection, before.number))
    note = what.note if what.note not in before.status_notes else ""
    settled = Consequence({}, ())
    if settle and before.is_open:
        history = ticket_repository.history_of(connection, before.number)
        settled = consequence(before, settle(before, history), history, places=places, rules=rules, now=now)
    after = before.next(
        now,
        transcript=said.text,
        transcript_confidence=said.confidence,
        status_notes="; ".join(filter(None, (before.status_notes, note))),
        **settled.changes,
    )
    after = attach_facilities(connection, after, places, before=before)
    book.next(
        connection, before, after, by=BY, what="; ".join((f"recording: {what.why or what.state.value}", *settled.what))
    )
    return True
