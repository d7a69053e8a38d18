"""Reads out the two nearest places that serve a ticket's need: a shop may be open round the corner."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final, Literal

from agi.ivr.prompt_names import SILENCE_HALF, Prompt, PromptDeclarations, digit_prompts, facility_kind_prompt
from agi.ivr.references import Target  # noqa: TC001 - pydantic reads them
from agi.ivr.steps.base import FlowStep
from router.geo.facilities import SEVERAL
from router.storage.errors import StorageUnavailableError

if TYPE_CHECKING:
    from datetime import datetime

    from agi.ivr.context import StepContext
    from router.geo.facilities import ServingPlace
    from router.model.ticket import Ticket

LOOKUP_TIMEOUT_S: Final = 3.0
"""For the store to answer while the caller hears nothing."""
NEAREST_KEY: Final = "3"
"""Pressed where they are offered."""
MAX_FACILITIES: Final = 2
"""Places read out: more are not remembered, and each has a telephone number."""

_declare = PromptDeclarations(__name__)
NONE_NEAR: Final = _declare("nearest-none")
CODE: Final = _declare("nearest-code")
OPEN: Final = _declare("nearest-open")
CLOSED: Final = _declare("nearest-closed")
PHONE: Final = _declare("nearest-phone")
AGAIN: Final = _declare("nearest-again")
LOOKUP_TROUBLE: Final = _declare("status-trouble")
OFFER_NEAREST: Final = _declare("status-near", key=NEAREST_KEY)

_log = logging.getLogger(__name__)


class NearestFacilitiesStep(FlowStep):
    """Says of each place its kind, its number, whether it is open now, and its telephone, twice.

    Names of places are not spoken: there are tens of thousands, and what is said is spoken beforehand. The number of
    a fair price shop stands on every ration card.
    """

    kind: Literal["nearest-facilities"]
    next: Target

    async def run(self, talk: StepContext) -> str:
        """Tell the places nearest to the ticket that is talked about."""
        try:
            async with asyncio.timeout(LOOKUP_TIMEOUT_S):
                found = await _found(talk)
        except (StorageUnavailableError, TimeoutError) as error:
            _log.warning("call %s: no places told: %s", talk.call.uniqueid, error or "no answer in time")
            await talk.session.play((LOOKUP_TROUBLE,))
            return self.next
        said = [name for place in found for name in spoken(place, talk.now())]
        await talk.session.play([*said, AGAIN, *said] if said else (NONE_NEAR,))
        return self.next


def can_be_read_out(talk: StepContext, ticket: Ticket) -> bool:
    """Whether there may be places that have what this ticket asks for."""
    return ticket.district is not None and bool(talk.places.kinds_serving(ticket.service_code))


async def _found(talk: StepContext) -> list[ServingPlace]:
    ticket = talk.call.about
    if ticket is None or ticket.district is None:
        return []
    return await talk.desk.nearest_places(ticket.service_code, ticket.district, ticket.zipcode, count=MAX_FACILITIES)


def spoken(place: ServingPlace, now: datetime) -> list[Prompt]:
    """A place in prompts."""
    names = [facility_kind_prompt(place.kind)]
    if place.code.isdecimal() and place.code.isascii():
        names += [CODE, *digit_prompts(place.code)]
    if place.hours:
        names.append(OPEN if place.open_at(now) else CLOSED)
    for phone in place.phone.split(SEVERAL) if place.phone else ():
        names += [PHONE, *digit_prompts(phone)]
    return [*names, SILENCE_HALF]
