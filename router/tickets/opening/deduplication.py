"""Deduplication: a second report of the same need from the same number joins the open ticket."""

from __future__ import annotations

from typing import TYPE_CHECKING

from router.geo.names import folded
from router.model.stages import Stage
from router.model.stranded import STRANDED_NEEDS
from router.tickets.findings.apply_findings import INTAKE, understood_note
from router.tickets.workflow import MAX_NOTES, TOP_LEVEL

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from router.model.ticket import Ticket
    from router.tickets.opening.report import Report

OPENS_ALWAYS = frozenset({"danger", "listen", "other", "information"})
"""Needs that never join: a second danger is not the first, and the content of a message or "other" is unknown."""

RAISED_AT = 3
"""The call at which a ticket's priority rises by one step: a third call means two in vain."""

CLUSTER_FROM = 5
"""Open tickets for the same need in the same PIN code from which a room sees one cluster: a few neighbours who call
are usual, five are a shop that has not opened."""

_PRESERVED_FIELDS = (
    "name",
    "address",
    "landmark",
    "quantity",
)  # known fields stay; new ones fill the gaps
_DESCRIPTION = 4_000  # characters; what more callers add is in their recordings
_STATUS_NOTES = 2_000


def find_duplicate(found: Iterable[Ticket], report: Report) -> Ticket | None:
    """Return the ticket that a report joins.

    Args:
        found: Open tickets of the same telephone or sender for the same need, newest first.
        report: The new report.
    """
    if report.need is None or report.need in OPENS_ALWAYS:
        return None
    return next((ticket for ticket in found if _same_place(ticket, report) and _same_person(ticket, report)), None)


def merge_report(ticket: Ticket, report: Report, now: datetime) -> Ticket:
    """Return the ticket's next version, with the content of the report.

    A ticket that its room has called resolved is reopened, one level up: who asks again has not been helped.
    """
    contact = contact_of(report)
    calls = ticket.calls if contact in ticket.calls else (*ticket.calls, contact)
    priority = min(ticket.priority, report.priority or ticket.priority)
    if len(calls) == RAISED_AT > len(ticket.calls):
        priority = max(1, priority - 1)
    changes: dict[str, object] = {
        "calls": calls,
        "priority": priority,
        "recordings": tuple(dict.fromkeys((*ticket.recordings, *(one.name for one in report.recordings)))),
        "description": _added(ticket.description, report.description, "\n", _DESCRIPTION),
        "status_notes": _added(ticket.status_notes, report.status_notes, "; ", _STATUS_NOTES),
        "zipcode": ticket.zipcode or report.zipcode,
        **{name: getattr(ticket, name) or getattr(report, name) for name in _PRESERVED_FIELDS},
        "lat": report.lat if ticket.lat is None else ticket.lat,
        "long": report.long if ticket.long is None else ticket.long,
        "people": _people(ticket, report),
        "stranded": ticket.stranded.filled_from(report.stranded)
        if ticket.stranded and report.stranded
        else ticket.stranded or report.stranded,
        "callback_wanted": report.callback_wanted,
        "notes": (*ticket.notes, *_new_notes(ticket, report))[:MAX_NOTES],
    }
    if ticket.stage is Stage.RESOLVED:
        changes |= {"stage": Stage.REOPENED, "level": min(ticket.level + 1, TOP_LEVEL), "expected_datetime": None}
    return ticket.next(now, **changes)


def contact_of(report: Report) -> str:
    """Return the key of one call: several needs stated in one call count as one call."""
    return report.call or report.source_key


def _same_place(ticket: Ticket, report: Report) -> bool:
    """The same district and other state; two PIN codes that differ are two places."""
    pins = {ticket.zipcode, report.zipcode} - {""}
    return (ticket.district, ticket.state) == (report.district, report.state) and len(pins) <= 1


def _same_person(ticket: Ticket, report: Report) -> bool:
    """Two names that differ are two people, where the channel says so; a name that is not known fits any."""
    names = {folded(one) for one in (ticket.name, report.name) if one}
    return not report.same_name or len(names) <= 1


def _people(ticket: Ticket, report: Report) -> int | None:
    """Return for how many: the first word stands, but groups of stranded people grow as others join them."""
    if report.need in STRANDED_NEEDS and ticket.people and report.people:
        return max(ticket.people, report.people)
    return ticket.people or report.people


def _new_notes(ticket: Ticket, report: Report) -> list[str]:
    return [note for note in understood_note(INTAKE, report.understood) if note not in ticket.notes]


def _added(old: str, new: str, between: str, most: int) -> str:
    if not new or new in old:
        return old
    whole = f"{old}{between}{new}" if old else new
    return whole if len(whole) <= most else old
