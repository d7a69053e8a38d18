"""Handles a command exactly once: checked, applied, answered and recorded in one transaction."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from router import history_line
from router.model.job import ROOM_CALL
from router.model.rooms.decided_command import Decided, digest
from router.phone_numbers import normalise
from router.storage.errors import UnreadableDocumentError
from router.tickets.command import Command, CommandReply
from router.tickets.confirmation import merging
from router.tickets.errors import CommandRefusedError
from router.tickets.findings.attach_facilities import attach_facilities
from router.tickets.workflow import CITIZEN, MAX_NOTES, check, next_version

if TYPE_CHECKING:
    from router.geo import Places
    from router.model.ticket import Ticket
    from router.storage.unit_of_work import UnitOfWork
    from router.tickets.confirmation.reply_channel import ReplyChannels
    from router.tickets.version_writer import TicketVersionWriter
    from router.tickets.workflow import Actor

_BATCH_SIZE = 1_000
"""Tickets of a cluster done with in one transaction: half a second in which calls wait. The next command does more."""

_log = logging.getLogger(__name__)


def handle_command(
    uow: UnitOfWork,
    command: Command,
    actor: Actor,
    *,
    versions: TicketVersionWriter,
    places: Places,
    now: datetime,
) -> CommandReply:
    """Apply a command, or find its earlier reply; runs in the writer's thread, in a transaction.

    The same id with the same content gets the reply of the first time, whatever has happened since; with another
    content it is refused and the first stays as it was.
    """
    content = digest(command.model_dump_json(exclude_unset=True))
    before = uow.commands.find(actor.name, command.command_id)
    if before is None:
        reply = _first_time(uow, command, actor, versions=versions, places=places, now=now)
        uow.commands.add(actor.name, command.command_id, Decided(content, reply.model_dump_json()))
        return reply
    if before.content != content:
        return refusal_reply(command.command_id, command.ticket, actor, CommandRefusedError("id-reused"), now)
    return CommandReply.model_validate_json(before.reply)


def merged_answers(
    uow: UnitOfWork,
    command: Command,
    *,
    answer: str,
    versions: TicketVersionWriter,
    places: Places,
    replies: ReplyChannels,
) -> CommandReply:
    """Take the word of a merged ticket's citizen, once: noted there; "not-yet" reopens the ticket that goes on.

    Args:
        uow: Of the transaction.
        command: What would be done with the ticket, were it not merged.
        answer: ``helped``, ``not-yet`` or ``unreached``.
        versions: Where versions are written.
        places: Rooms and needs.
        replies: How the citizen was asked.
    """
    now = datetime.now(UTC)
    ticket = uow.tickets.by_number(command.ticket)
    assert ticket is not None  # noqa: S101 - it has just been asked about
    said = {"helped": merging.HELPED, "not-yet": merging.NOT_YET}.get(answer)
    line = f"{CITIZEN.name}: {said}"
    if said and line not in ticket.notes and len(ticket.notes) < MAX_NOTES:
        noted = ticket.next(now, notes=(*ticket.notes, line))
        versions.update(uow, ticket, noted, by=CITIZEN.name, what=f"note; {answer}")
    replies.withdraw(uow, ticket.number, answer)
    if answer == "not-yet":
        main = merging.goes_on(uow, ticket)
        reopen = command.model_copy(update={"ticket": main.number})
        return handle_command(uow, reopen, CITIZEN, versions=versions, places=places, now=now)
    return CommandReply(command_id=command.command_id, room=CITIZEN.name, ticket=ticket.number, accepted=True, at=now)


def refusal_reply(
    command_id: str,
    number: str,
    actor: Actor,
    refusal: CommandRefusedError,
    now: datetime,
    ticket: Ticket | None = None,
) -> CommandReply:
    """Return the reply of a refusal.

    Args:
        command_id: The command's.
        number: The ticket's number as the command named it; may be empty.
        actor: Whose command it was.
        refusal: Why.
        now: Aware, UTC.
        ticket: The ticket, where its version and stage may be shown.
    """
    return CommandReply(
        command_id=command_id,
        room=actor.name,
        ticket=number,
        accepted=False,
        version=ticket.version if ticket else None,
        stage=ticket.stage if ticket else None,
        code=refusal.code,
        reason=refusal.reason,
        reason_hi=refusal.reason_hi,
        at=now,
    )


def _first_time(
    uow: UnitOfWork,
    command: Command,
    actor: Actor,
    *,
    versions: TicketVersionWriter,
    places: Places,
    now: datetime,
) -> CommandReply:
    ticket = None
    try:
        ticket = _of_store(uow, command.ticket)
        if command.action == "call-citizen":
            return _call_citizen(uow, check(ticket, command, actor), command, actor, now)
        into = _of_store(uow, command.into) if command.into else None
        ticket_after = next_version(check(ticket, command, actor), command, actor, places=places, now=now, into=into)
        ticket_after = attach_facilities(uow, ticket_after, places, before=ticket)
    except CommandRefusedError as refusal:
        known = ticket if ticket and refusal.code not in {"not-yours", "not-allowed"} else None
        return refusal_reply(command.command_id, command.ticket, actor, refusal, now, known)
    assert ticket is not None  # noqa: S101 - checked above
    by = _by(command, actor)
    versions.update(uow, ticket, ticket_after, by=by, what=_what(command, ticket, ticket_after))
    if command.action == "merge" and into:
        _note_on_target(uow, into, ticket, by=by, versions=versions, now=now)
    others = 0
    if command.whole_cluster and ticket.cluster:
        others = _do_with_others(uow, ticket, command, actor, versions=versions, places=places, now=now)
    return CommandReply(
        command_id=command.command_id,
        room=actor.name,
        ticket=ticket.number,
        accepted=True,
        version=ticket_after.version,
        stage=ticket_after.stage,
        others=others,
        at=now,
    )


def _call_citizen(uow: UnitOfWork, ticket: Ticket, command: Command, actor: Actor, now: datetime) -> CommandReply:
    """Have the room's own telephone ring, then the citizen; the ticket itself is not changed by that."""
    if not normalise(ticket.phone or "").callable:
        raise CommandRefusedError("no-phone", number=ticket.number)
    if uow.jobs.has_open(ROOM_CALL, ticket.number):
        raise CommandRefusedError("calling", number=ticket.number)
    payload = {"ticket": ticket.number, "room": actor.room, "by": command.by, "at": now.isoformat()}
    uow.jobs.add(ROOM_CALL, f"{ticket.number}/{actor.name}/{command.command_id}", payload, now)
    return CommandReply(
        command_id=command.command_id,
        room=actor.name,
        ticket=ticket.number,
        accepted=True,
        version=ticket.version,
        stage=ticket.stage,
        at=now,
    )


def _of_store(uow: UnitOfWork, number: str) -> Ticket | None:
    try:
        return uow.tickets.by_number(number)
    except UnreadableDocumentError as trouble:
        _log.error("a command is refused: %s", trouble)
        raise CommandRefusedError("unreadable", number=number) from None


def _do_with_others(
    uow: UnitOfWork,
    ticket: Ticket,
    command: Command,
    actor: Actor,
    *,
    versions: TicketVersionWriter,
    places: Places,
    now: datetime,
) -> int:
    """Apply an action on one ticket to the other open tickets of its cluster; return to how many.

    One that another person is further with, that cannot take this step, or whose rejection the war room has still to
    judge, stays as it is.
    """
    done = 0
    for other in uow.tickets.open_of_cluster(ticket, _BATCH_SIZE):
        if other.proposed_rejection:
            continue
        one = command.model_copy(update={"ticket": other.number, "if_version": None})
        try:
            after = next_version(check(other, one, actor), one, actor, places=places, now=now)
        except CommandRefusedError:
            continue
        versions.update(uow, other, after, by=_by(command, actor), what=f"{_what(one, other, after)}; whole cluster")
        done += 1
    return done


def _by(command: Command, actor: Actor) -> str:
    return f"{actor.name}: {command.by}" if command.by else actor.name


def _note_on_target(
    uow: UnitOfWork, into: Ticket, merged: Ticket, *, by: str, versions: TicketVersionWriter, now: datetime
) -> None:
    """Note on the surviving ticket which other one is merged into it, and the other citizen to call."""
    if len(into.notes) < MAX_NOTES:
        note = f"{merged.number} is the same trouble and was merged into this ticket"
        versions.update(uow, into, into.next(now, notes=(*into.notes, note)), by=by, what=f"merge of {merged.number}")


def _what(command: Command, before: Ticket, after: Ticket) -> str:
    """Return the line of history: the action, and the changed fields."""
    parts: list[str] = [command.action]
    if after.stage is not before.stage:
        parts.append(f"{before.stage} → {after.stage}")
    if (after.room, after.desk) != (before.room, before.desk):
        parts.append(f"{before.room}/{before.desk} → {after.room}/{after.desk}")
    if command.into:
        parts.append(f"into {command.into}")
    if command.changes and command.changes.model_fields_set:
        parts.append(history_line.changed(command.changes.model_fields_set))
    if command.for_citizen:
        parts.append(f"{history_line.TOLD}{command.for_citizen}")
    if command.note:
        parts.append(command.note)
    return history_line.SEPARATOR.join(parts)
