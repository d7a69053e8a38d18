"""Writes a report: opens its ticket, joins the one that is open for the same trouble, or adds it to a ticket named.

Each function runs in the writer's thread, in a transaction.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from router import history_line
from router.localized import LocalizedMessage
from router.model.stages import NAMES_HI
from router.tickets import ticket_number as numbers
from router.tickets.errors import CommandRefusedError
from router.tickets.findings.attach_facilities import attach_facilities
from router.tickets.notes import UnknownTicketError
from router.tickets.opening.create import create_ticket
from router.tickets.opening.deduplication import find_duplicate, merge_report
from router.tickets.opening.idempotency import keep_content, known_already
from router.tickets.opening.report import OpenedTicket
from router.tickets.workflow import MAX_NOTES, corrected

if TYPE_CHECKING:
    from router.geo import Places
    from router.model.ticket import Ticket
    from router.storage.unit_of_work import UnitOfWork
    from router.tickets.command import Changes
    from router.tickets.opening.report import Report
    from router.tickets.routing.rules import Rules
    from router.tickets.version_writer import TicketVersionWriter


class Addition(NamedTuple):
    """What a person adds to a ticket with a call.

    Attributes:
        number: The ticket's.
        note: May be empty.
        changes: Fields put right.
        by: Its author.
    """

    number: str
    note: str
    changes: Changes | None
    by: str


def open_ticket(
    uow: UnitOfWork, report: Report, *, node: int, places: Places, rules: Rules, versions: TicketVersionWriter
) -> OpenedTicket:
    """Open a ticket or join the one open for the same trouble; the same ``source_key`` again changes nothing."""
    known = known_already(uow, report)
    if known:
        return OpenedTicket(known, "known")
    now = datetime.now(UTC)
    if report.need and (report.phone or report.contact):
        same = find_duplicate(_open_of_sender(uow, report), report)
        if same:
            after = attach_facilities(uow, merge_report(same, report, now), places, before=same)
            what = "; ".join((_joined(after), *report.understood))
            ticket = versions.update(uow, same, after, by=report.channel, what=what, recordings=report.recordings)
            _add_sources(uow, report, ticket, now)
            return OpenedTicket(ticket, "joined")
    number = numbers.issue(node, uow.tickets.next_serial(node))
    ticket, route = create_ticket(report, number, now, places, rules)
    ticket = attach_facilities(uow, ticket, places)
    what = "; ".join(("opened", f"rule {route.rule.name}", *report.understood))
    ticket = versions.create(uow, ticket, by=ticket.channel, what=what, recordings=report.recordings)
    keep_content(uow, report, now)
    _add_call(uow, report, ticket)
    return OpenedTicket(ticket, "opened")


def _open_of_sender(uow: UnitOfWork, report: Report) -> list[Ticket]:
    """Return the open tickets for a report's need, newest first: of its telephone, and of a sender without one."""
    found = uow.tickets.open_of_phone(report.phone, report.need) if report.phone else []
    if not report.contact:
        return found
    own = [one for one in uow.tickets.of_call(report.contact) if one.is_open and one.service_code == report.need]
    of_sender = [one for one in reversed(own) if one.phone in (None, report.phone)]
    return [*found, *(one for one in of_sender if one.number not in {each.number for each in found})]


def add_report(
    uow: UnitOfWork, report: Report, addition: Addition, *, places: Places, versions: TicketVersionWriter
) -> Ticket:
    """Add a report to the ticket that a person has named, whatever its need; the same ``source_key`` once.

    Raises:
        UnknownTicketError: no ticket has this number.
        CommandRefusedError: the ticket is closed or full of notes, or the changes are not possible.
    """
    known = known_already(uow, report)
    if known:
        return known
    before = uow.tickets.by_number(addition.number)
    if before is None:
        raise UnknownTicketError(f"no ticket has the number {addition.number}")
    if not before.is_open:
        raise CommandRefusedError("closed", stage=LocalizedMessage(str(before.stage), NAMES_HI[before.stage]))
    now = datetime.now(UTC)
    after = merge_report(before, replace(report, callback_wanted=before.callback_wanted), now)
    changes = corrected(addition.changes, places, now)
    if addition.note:
        if len(after.notes) >= MAX_NOTES:
            raise CommandRefusedError("full", count=len(after.notes))
        changes["notes"] = (*after.notes, f"{addition.by}: {addition.note}")
    after = attach_facilities(uow, after.model_copy(update=changes), places, before=before)
    named = set(addition.changes.model_fields_set) if addition.changes else set()
    what = "; ".join(filter(None, (_joined(after), history_line.changed(named) if named else "")))
    ticket = versions.update(uow, before, after, by=addition.by, what=what, recordings=report.recordings)
    _add_sources(uow, report, ticket, now)
    return ticket


def _joined(after: Ticket) -> str:
    return f"joined, {len(after.calls)} calls"


def _add_sources(uow: UnitOfWork, report: Report, ticket: Ticket, now: datetime) -> None:
    uow.tickets.add_source(report.source_key, ticket.number)
    keep_content(uow, report, now)
    _add_call(uow, report, ticket)


def _add_call(uow: UnitOfWork, report: Report, ticket: Ticket) -> None:
    """Have a ticket found by its call, where the report's key does not begin with it."""
    if report.call and not report.source_key.startswith(f"{report.call}/"):
        uow.tickets.add_source(f"{report.call}/{report.source_key}", ticket.number)
