"""A ticket as Open311 presents it: to the public, or to a key that may read personal data.

Everybody sees of a private need (``needs.csv``) neither PIN code nor time of day: in a village the hour and the need
are a name.
"""

from __future__ import annotations

from datetime import UTC, datetime, time
from types import MappingProxyType
from typing import TYPE_CHECKING

from router.india import INDIA
from router.intake.open311.models import PersonalServiceRequest, ServiceRequest
from router.model.stages import Stage
from router.model.ticket import Ticket
from router.storage.readable import readable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from router.geo import Places

STATUS: Mapping[Stage, tuple[str, str]] = MappingProxyType(
    {
        Stage.TRIAGE: (
            "राज्य कक्ष देख रहा है कि यह किस ज़िले के लिए है।",
            "The state's room finds out which district this is for.",
        ),
        Stage.ROUTED: (
            "संबंधित कक्ष के पास पहुँच गया है।",
            "With the room that sees to it.",
        ),
        Stage.ACKNOWLEDGED: (
            "कक्ष ने काम हाथ में ले लिया है।",
            "The room has taken it.",
        ),
        Stage.IN_PROGRESS: (
            "मदद भेजी जा रही है।",
            "Help is on its way.",
        ),
        Stage.RESOLVED: (
            "कक्ष के अनुसार मदद पहुँच गई है; आपसे पूछा जाएगा।",
            "The room says that help has come; the citizen is asked.",
        ),
        Stage.CONFIRMED: (
            "नागरिक ने बताया है कि मदद मिल गई।",
            "The citizen says that help has come.",
        ),
        Stage.UNCONFIRMED: (
            "कक्ष के अनुसार मदद पहुँच गई है; नागरिक से बात नहीं हो सकी।",
            "The room says that help has come; the citizen could not be asked.",
        ),
        Stage.REOPENED: (
            "मदद नहीं मिली थी; कक्ष फिर से देख रहा है।",
            "The citizen says that help has not come; the room has it again.",
        ),
        Stage.REJECTED: (
            "यह नहीं हो सकता; नागरिक को बता दिया गया है।",
            "Cannot be done; the citizen has been told.",
        ),
        Stage.WITHDRAWN: (
            "नागरिक ने अनुरोध वापस ले लिया।",
            "Withdrawn by the citizen.",
        ),
        Stage.MERGED: (
            "इसी परेशानी का दूसरा अनुरोध चल रहा है।",
            "The same as another request, which goes on.",
        ),
    }
)
"""Public text of each stage, in Hindi and English. Notes of rooms may name people: they are for keys alone."""


def present(documents: Sequence[str], places: Places, *, personal: bool) -> list[ServiceRequest]:
    """Return tickets, given as they are kept, as they may be shown. Not for the event loop when there are many."""
    return [_view(ticket, places, personal=personal) for ticket in readable(Ticket, documents)]


def _view(ticket: Ticket, places: Places, *, personal: bool) -> ServiceRequest:
    need = places.needs.get(ticket.service_code)
    hidden = not personal and (need is None or need.private)
    when = _day if hidden else _time
    stage = " / ".join(STATUS[ticket.stage])
    common = {
        "service_request_id": ticket.number,
        "status": ticket.status,
        "status_notes": stage,
        "service_name": need.name if need else ticket.service_code,
        "service_code": ticket.service_code,
        "agency_responsible": ticket.agency_responsible,
        "requested_datetime": when(ticket.requested_datetime),
        "updated_datetime": when(ticket.updated_datetime),
        "expected_datetime": when(ticket.expected_datetime) if ticket.expected_datetime else None,
        "zipcode": "" if hidden else ticket.zipcode,
        "stage": ticket.stage.value,
        "priority": ticket.priority,
        "level": ticket.level,
        "district": ticket.district,
        "room": ticket.room,
        "merged_into": ticket.merged_into,
    }
    if not personal:
        return ServiceRequest(**common)
    common["status_notes"] = " ".join(filter(None, (stage, ticket.status_notes, *ticket.notes)))
    own = {name: getattr(ticket, name) for name in PersonalServiceRequest.model_fields if hasattr(ticket, name)}
    return PersonalServiceRequest(**{**own, **common})


def _day(at: datetime) -> str:
    """The beginning of India's day in which it was."""
    return _time(datetime.combine(at.astimezone(INDIA).date(), time(), INDIA))


def _time(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
