"""How a report becomes the first version of a ticket: its room, desk, stage and priority."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, NamedTuple

from router.tickets.stages import Stage
from router.tickets.ticket import Ticket

if TYPE_CHECKING:
    from datetime import datetime

    from router.places import Need, Places
    from router.tickets.report import Report

TRIAGE_DESK = "triage"
_UNKNOWN_NEED = "other"

_log = logging.getLogger(__name__)


class Route(NamedTuple):
    """Where a ticket goes first."""

    room: str
    desk: str
    stage: Stage


def first_version(report: Report, number: str, now: datetime, places: Places) -> Ticket:
    """Return the ticket of a report.

    An id that the data does not know (a district taken out since) costs the ticket its place, never the ticket: it
    goes to the state room's triage desk and the log says why.
    """
    need = _need(report, places)
    district = _district(report, places)
    route = _route(district, need, places)
    return Ticket(
        service_request_id=number,
        version=1,
        stage=route.stage,
        priority=report.priority or need.priority,
        service_code=need.id,
        room=route.room,
        desk=route.desk,
        district=district,
        agency_responsible=next(room.name for room in places.rooms if room.id == route.room),
        requested_datetime=now,
        updated_datetime=now,
        phone=report.phone,
        callback_wanted=report.callback_wanted,
        zipcode=report.zipcode,
        state=report.state,
        language=report.language,
        description=report.description,
        status_notes=report.status_notes,
        recordings=report.recordings,
        channel=report.channel,
        helpline=report.helpline,
        calls=(report.call or report.source_key,),
        source_key=report.source_key,
    )


def _need(report: Report, places: Places) -> Need:
    if report.need is not None and report.need not in places.needs:
        _log.error("%s: unknown need %r, taken as %r", report.source_key, report.need, _UNKNOWN_NEED)
    return places.needs.get(report.need or _UNKNOWN_NEED) or places.needs[_UNKNOWN_NEED]


def _district(report: Report, places: Places) -> str | None:
    if report.district is not None and report.district not in places.districts:
        _log.error("%s: unknown district %r, sent to triage", report.source_key, report.district)
        return None
    return report.district


def _route(district: str | None, need: Need, places: Places) -> Route:
    if district is None:
        return Route(places.room_of(None), TRIAGE_DESK, Stage.TRIAGE)
    return Route(places.room_of(district), need.desk, Stage.ROUTED)
