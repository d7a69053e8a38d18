"""Applies a transcript to its ticket: the text, and the fields it settles, in one version."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from router.model.calls.recording_record import said_in
from router.storage.errors import UnreadableDocumentError
from router.tickets.findings.apply_findings import BY, Consequence, consequence
from router.tickets.findings.attach_facilities import attach_facilities

if TYPE_CHECKING:
    from datetime import datetime

    from router.geo import Places
    from router.model.calls.recording_record import Transcription
    from router.storage.unit_of_work import UnitOfWork
    from router.tickets.findings.apply_findings import Settle
    from router.tickets.routing.rules import Rules
    from router.tickets.version_writer import TicketVersionWriter

_log = logging.getLogger(__name__)


def apply_transcript(
    uow: UnitOfWork,
    *,
    name: str,
    what: Transcription,
    work: int,
    settle: Settle | None,
    versions: TicketVersionWriter,
    places: Places,
    rules: Rules,
    now: datetime,
) -> bool:
    """Write a transcript to its recording's row and to its ticket, and end the job.

    Runs in the writer's thread, in a transaction; the arguments are those of ``TicketService.heard``.

    Returns:
        Whether this was new: a recording is heard once, however often the work is done.
    """
    uow.jobs.finish(work, what.why or what.state.value)
    if not uow.recordings.heard(name, what, now):
        return False
    try:
        before = uow.tickets.by_number(uow.recordings.number_of(name))
    except UnreadableDocumentError as trouble:
        _log.error("what recording %s says is with the recording alone: %s", name, trouble)
        return True
    assert before is not None  # noqa: S101 - a recording's row names a ticket there is (foreign key)
    said = said_in(uow.recordings.of_ticket(before.number))
    note = what.note if what.note not in before.status_notes else ""
    settled = Consequence({}, ())
    if settle and before.is_open:
        history = uow.tickets.history_of(before.number)
        settled = consequence(before, settle(before, history), history, places=places, rules=rules, now=now)
    after = before.next(
        now,
        transcript=said.text,
        transcript_confidence=said.confidence,
        status_notes="; ".join(filter(None, (before.status_notes, note))),
        **settled.changes,
    )
    after = attach_facilities(uow, after, places, before=before)
    versions.update(
        uow, before, after, by=BY, what="; ".join((f"recording: {what.why or what.state.value}", *settled.what))
    )
    return True
