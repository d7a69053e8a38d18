"""Reads out the two nearest places that serve a ticket's need: a shop may be open round the corner."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final, Literal

from agi.fastagi.errors import AgiCommandError
from agi.ivr.prompt_names import SILENCE_HALF, Prompt, PromptDeclarations, digit_prompts, facility_kind_prompt
from agi.ivr.references import Target  # noqa: TC001 - pydantic reads them
from agi.ivr.steps.base import FlowStep
from router.geo.facilities import SEVERAL
from router.storage.errors import StorageUnavailableError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from agi.ivr.context import StepContext
    from router.geo.facilities import ServingPlace
    from router.model.ticket import Ticket

LOOKUP_TIMEOUT_S: Final = 3.0
"""For the store to answer while the caller hears nothing."""
NEAREST_KEY: Final = "3"
"""Pressed where they are offered."""
PREPARE_S: Final = 0.5
"""For the store to answer where the caller has not asked for it."""
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
    """Says of each place its kind, its name, its number, whether it is open now, and its telephone, twice.

    There are tens of thousands of names, so they are spoken when they are needed: one that is not ready is left out.
    The number of a fair price shop stands on every ration card.
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
        names = await talk.spoken([_name(place) for place in found])
        try:
            await self._say(talk, found, names)
        except AgiCommandError as trouble:
            if not any(names):
                raise
            _log.warning("call %s: a place's name could not be played: %s", talk.call.uniqueid, trouble)
            await self._say(talk, found, [None] * len(found))
        return self.next

    @staticmethod
    async def _say(talk: StepContext, found: Sequence[ServingPlace], names: Sequence[Prompt | None]) -> None:
        said = [prompt for place, name in zip(found, names, strict=True) for prompt in spoken(place, name, talk.now())]
        await talk.session.play([*said, AGAIN, *said] if said else (NONE_NEAR,))


def can_be_read_out(talk: StepContext, ticket: Ticket) -> bool:
    """Whether there may be places that have what this ticket asks for."""
    return ticket.district is not None and bool(talk.places.kinds_serving(ticket.service_code))


async def prepare(talk: StepContext, ticket: Ticket) -> None:
    """Have the names of the places nearest to a ticket spoken, while the caller hears something else."""
    try:
        async with asyncio.timeout(PREPARE_S):
            talk.speak_soon([_name(place) for place in await _nearest(talk, ticket)])
    except (StorageUnavailableError, TimeoutError):
        return  # they are looked for again when the caller asks


async def _found(talk: StepContext) -> list[ServingPlace]:
    return await _nearest(talk, talk.call.about) if talk.call.about else []


async def _nearest(talk: StepContext, ticket: Ticket) -> list[ServingPlace]:
    if ticket.district is None:
        return []
    return await talk.desk.nearest_places(ticket.service_code, ticket.district, ticket.zipcode, count=MAX_FACILITIES)


def _name(place: ServingPlace) -> str:
    """In Hindi also for who speaks English, as districts are: an English voice says Indian names wrongly."""
    return place.name_hi or place.name


def spoken(place: ServingPlace, name: Prompt | None, now: datetime) -> list[Prompt]:
    """A place in prompts.

    Args:
        place: The place.
        name: Its name; None: not ready.
        now: Aware.
    """
    names = [facility_kind_prompt(place.kind), *([name] if name else [])]
    if place.code.isdecimal() and place.code.isascii():
        names += [CODE, *digit_prompts(place.code)]
    if place.hours:
        names.append(OPEN if place.open_at(now) else CLOSED)
    for phone in place.phone.split(SEVERAL) if place.phone else ():
        names += [PHONE, *digit_prompts(phone)]
    return [*names, SILENCE_HALF]
