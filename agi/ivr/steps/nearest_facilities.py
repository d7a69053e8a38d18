"""The two nearest places that have what a ticket asks for: a shop may be open round the corner."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, ClassVar, Final, Literal

from agi.ivr.steps.base import FlowStep
from router.geo.facilities import SEVERAL
from router.storage.errors import StorageUnavailableError

if TYPE_CHECKING:
    from datetime import datetime

    from agi.ivr.context import StepContext
    from router.geo.facilities import ServingPlace
    from router.tickets.ticket import Ticket

LOOKUP_TIMEOUT_S: Final = 3.0
"""For the store to answer while the caller hears nothing."""
MAX_FACILITIES: Final = 2
"""Places told: more are not kept in mind, and each has a telephone number."""

_log = logging.getLogger(__name__)


class NearestFacilitiesStep(FlowStep):
    """Tells of each place what it is, its number, whether it is open now, and its telephone, twice.

    Names of places are not spoken: there are tens of thousands, and what is said is spoken beforehand. The number of
    a fair price shop stands on every ration card.
    """

    fixed_prompts: ClassVar[tuple[str, ...]] = (
        "nearest-none",
        "nearest-code",
        "nearest-open",
        "nearest-closed",
        "nearest-phone",
        "nearest-again",
        "silence-half",
        "status-trouble",
        *(f"number-{digit}" for digit in range(10)),
    )

    kind: Literal["nearest"]
    go: str

    async def run(self, talk: StepContext) -> str:
        """Tell the places nearest to the ticket that is talked about."""
        try:
            async with asyncio.timeout(LOOKUP_TIMEOUT_S):
                found = await _found(talk)
        except (StorageUnavailableError, TimeoutError) as error:
            _log.warning("call %s: no places told: %s", talk.call.uniqueid, error or "no answer in time")
            await talk.session.play(("status-trouble",))
            return self.go
        said = [name for place in found for name in spoken(place, talk.now())]
        await talk.session.play([*said, "nearest-again", *said] if said else ("nearest-none",))
        return self.go


def can_be_read_out(talk: StepContext, ticket: Ticket) -> bool:
    """Whether there may be places that have what this ticket asks for."""
    return ticket.district is not None and bool(talk.places.kinds_serving(ticket.service_code))


async def _found(talk: StepContext) -> list[ServingPlace]:
    ticket = talk.call.about
    if ticket is None or ticket.district is None:
        return []
    return await talk.desk.nearest_places(ticket.service_code, ticket.district, ticket.zipcode, count=MAX_FACILITIES)


def spoken(place: ServingPlace, now: datetime) -> list[str]:
    """A place in prompts."""
    names = [f"kind-{place.kind}"]
    if place.code.isdecimal() and place.code.isascii():
        names += ["nearest-code", *digits(place.code)]
    if place.hours:
        names.append("nearest-open" if place.open_at(now) else "nearest-closed")
    for phone in place.phone.split(SEVERAL) if place.phone else ():
        names += ["nearest-phone", *digits(phone)]
    return [*names, "silence-half"]


def digits(number: str) -> list[str]:
    """The digits of a number, whatever stands between them."""
    return [f"number-{digit}" for digit in number if digit in "0123456789"]
