"""Creates the first version of a ticket from a report: room, desk, stage, priority and limits."""

from __future__ import annotations

import logging
from dataclasses import fields
from datetime import timedelta
from typing import TYPE_CHECKING

from router.model.ticket import Ticket
from router.tickets.findings.apply_findings import INTAKE, understood_note
from router.tickets.opening.report import Report
from router.tickets.routing.conditions import Facts, local_minute

if TYPE_CHECKING:
    from datetime import datetime

    from router.geo import Need, Places
    from router.tickets.routing.rules import Route, Rules

UNKNOWN_NEED = "other"
"""The need of a citizen who has not said it."""

_CARRIED = tuple(
    {field.name for field in fields(Report)} & Ticket.model_fields.keys() - {"district", "priority", "recordings"}
)
"""Fields that a ticket has just as its report has them."""

_log = logging.getLogger(__name__)


def create_ticket(report: Report, number: str, now: datetime, places: Places, rules: Rules) -> tuple[Ticket, Route]:
    """Return the ticket of a report, and which way it was sent.

    An id that the data does not know (a district taken out since) costs the ticket its place, never the ticket: it
    goes to the state room's triage desk and the log says why.
    """
    need = _need(report, places)
    district = _district(report, places)
    facts = _facts(report, need, district, now, places)
    route, limits = rules.route(facts, places), rules.limits(facts)
    ticket = Ticket(
        service_request_id=number,
        version=1,
        stage=route.stage,
        priority=facts.priority,
        service_code=need.id,
        room=route.room,
        desk=route.desk,
        copies=route.copies,
        limits=limits,
        expected_datetime=now + timedelta(minutes=limits.resolve),
        district=district,
        agency_responsible=next(room.name for room in places.rooms if room.id == route.room),
        requested_datetime=now,
        updated_datetime=now,
        notes=understood_note(INTAKE, report.understood),
        calls=(report.call or report.source_key,),
        recordings=tuple(recording.name for recording in report.recordings),
        **{name: getattr(report, name) for name in _CARRIED},
    )
    return ticket, route


def _need(report: Report, places: Places) -> Need:
    if report.need is not None and report.need not in places.needs:
        _log.error("%s: unknown need %r, taken as %r", report.source_key, report.need, UNKNOWN_NEED)
    return places.needs.get(report.need or UNKNOWN_NEED) or places.needs[UNKNOWN_NEED]


def _district(report: Report, places: Places) -> str | None:
    if report.district is not None and report.district not in places.districts:
        _log.error("%s: unknown district %r, sent to triage", report.source_key, report.district)
        return None
    return report.district


def _facts(report: Report, need: Need, district: str | None, now: datetime, places: Places) -> Facts:
    return Facts(
        need=need.id,
        priority=report.priority or need.priority,
        helpline=report.helpline,
        district=district,
        state=report.state if report.state in places.states else None,
        pin=report.zipcode,
        hours=local_minute(now),
    )
