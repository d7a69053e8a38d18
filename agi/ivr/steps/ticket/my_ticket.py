"""Where is my ticket? By the telephone it was asked for from, or by its number."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, ClassVar, Final, Literal

from agi.fastagi.errors import AgiCommandError
from agi.ivr import ticket_prompts
from agi.ivr.context import KEYING_WAIT_S, TRIES, NoValidInputError
from agi.ivr.prompt_names import SILENCE_HALF, WRONG_KEY, Prompt, PromptDeclarations
from agi.ivr.references import Target  # noqa: TC001 - pydantic reads them
from agi.ivr.steps.base import FlowStep
from agi.ivr.steps.ticket.nearest_facilities import LOOKUP_TROUBLE, NEAREST_KEY, OFFER_NEAREST, can_be_read_out, prepare
from router.storage.errors import StorageUnavailableError
from router.tickets import ticket_number as numbers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agi.ivr.context import StepContext
    from router.model.ticket import Ticket

LOOKUP_TIMEOUT_S: Final = 3.0
"""For the store to answer while the caller hears nothing."""
MAX_TICKETS: Final = 9
"""Tickets of one telephone that are read out, newest first: a telephone with more is a switchboard's."""

NEXT, ADD, BY_NUMBER, BACK = "1", "2", "4", "9"

_declare = PromptDeclarations(__name__)
NO_TICKET: Final = _declare("status-none")
KEY_TICKET: Final = _declare("status-key")
TICKET_WRONG: Final = _declare("status-key-wrong")
TICKET_UNKNOWN: Final = _declare("status-key-unknown")
OFFER_NEXT: Final = _declare("status-next", key=NEXT)
OFFER_ADD: Final = _declare("status-add", key=ADD)
OFFER_NUMBER: Final = _declare("status-number", key=BY_NUMBER)
OFFER_BACK: Final = _declare("status-back", key=BACK)

_log = logging.getLogger(__name__)


class MyTicketStep(FlowStep):
    """Tells how the telephone's open tickets stand, newest first, or the one whose number is keyed.

    Without its own telephone a number tells only the stage: it may be anybody's who asks. So may the telephone's own
    number: what is private is told to nobody.

    Attributes:
        on_add: Where the caller leaves more details about the ticket just read out.
        on_nearest: Where the nearest places that serve its need are read out.
        on_back: Where key 9 leads.
        next: Where the call goes on when no key is pressed.
    """

    asks: ClassVar[bool] = True

    kind: Literal["my-ticket"]
    on_add: Target
    on_nearest: Target
    on_back: Target
    next: Target

    async def run(self, talk: StepContext) -> str:
        """Tell one ticket after the other; without one of its own, ask for a number."""
        try:
            mine = await _of_telephone(talk)
            if not mine:
                return await self._by_number(talk, (NO_TICKET,))
            for place, ticket in enumerate(mine, 1):
                key = await self._told(talk, ticket, more=place < len(mine))
                if key != NEXT:
                    return await self._after(talk, key)
        except (StorageUnavailableError, TimeoutError) as error:
            _log.warning("call %s: no ticket told: %s", talk.call.uniqueid, error or "no answer in time")
            await talk.session.play((LOOKUP_TROUBLE,))
        return self.next

    async def _told(self, talk: StepContext, ticket: Ticket, *, more: bool) -> str:
        """Tell a ticket of this telephone; return the key pressed then, "" for none."""
        talk.call.about = ticket
        near = ticket.is_open and can_be_read_out(talk, ticket) and not ticket_prompts.is_private(ticket, talk.places)
        if near:
            await prepare(talk, ticket)
        offers = [OFFER_NEXT] * more + [OFFER_ADD] + [OFFER_NEAREST] * near + [OFFER_NUMBER, OFFER_BACK]
        keys = {ADD, BY_NUMBER, BACK} | ({NEXT} if more else set()) | ({NEAREST_KEY} if near else set())
        status = ticket_prompts.spoken_status(ticket, talk.places, talk.now())
        note = await _note(talk, ticket)
        told = ticket_prompts.spoken_note(ticket, note, talk.now()) if _has_note(talk, ticket) else []
        try:
            return await _offer(talk, [*status, *told, SILENCE_HALF, *offers], keys)
        except AgiCommandError as trouble:
            if note is None:
                raise
            _log.warning("call %s: a note could not be played: %s", talk.call.uniqueid, trouble)
            told = ticket_prompts.spoken_note(ticket, None, talk.now())
            return await _offer(talk, [*status, *told, SILENCE_HALF, *offers], keys)

    async def _by_number(self, talk: StepContext, before: tuple[Prompt, ...]) -> str:
        ticket = await _keyed(talk, before)
        if ticket is None:
            return self.on_back
        if ticket.phone is not None and ticket.phone == talk.call.caller.e164:
            return await self._after(talk, await self._told(talk, ticket, more=False))
        talk.call.about = None
        names = [ticket_prompts.spoken_stage(ticket), SILENCE_HALF, OFFER_NUMBER, OFFER_BACK]
        return await self._after(talk, await _offer(talk, names, {BY_NUMBER, BACK}))

    async def _after(self, talk: StepContext, key: str) -> str:
        if key == BY_NUMBER:
            return await self._by_number(talk, ())
        return {ADD: self.on_add, NEAREST_KEY: self.on_nearest, BACK: self.on_back}.get(key, self.next)


def _has_note(talk: StepContext, ticket: Ticket) -> bool:
    """Whether the room has said something to the citizen; of a private need it is told to nobody: see `is_private`."""
    return bool(ticket.for_citizen) and not ticket_prompts.is_private(ticket, talk.places)


async def _note(talk: StepContext, ticket: Ticket) -> Prompt | None:
    """The sound of the room's word to the citizen; None when there is none, or it is not ready."""
    if not _has_note(talk, ticket):
        return None
    (note,) = await talk.spoken([ticket.for_citizen])
    return note


async def _offer(talk: StepContext, names: Sequence[Prompt], keys: set[str]) -> str:
    """Say it and the choices after it; "" when no valid key is pressed: a caller who has heard enough hangs up."""
    before: list[Prompt] = []
    for _ in range(TRIES):
        key = await talk.keys([*before, *names])
        if not key or key in keys:
            return key
        before = [WRONG_KEY]
    return ""


async def _of_telephone(talk: StepContext) -> list[Ticket]:
    """The open tickets of the telephone that is calling: the line's own word, never a number that was keyed."""
    phone = talk.call.caller.e164
    if phone is None:
        return []
    async with asyncio.timeout(LOOKUP_TIMEOUT_S):
        return await talk.desk.tickets_of_phone(phone, open_only=True, limit=MAX_TICKETS)


async def _keyed(talk: StepContext, before: tuple[Prompt, ...]) -> Ticket | None:
    """Ask for a number until a ticket has it; None when none is keyed.

    Raises:
        OperatorRequestedError: The caller pressed 0.
        NoValidInputError: Three numbers, and no ticket.
    """
    for _ in range(TRIES):
        keys = await talk.keys([*before, KEY_TICKET], digits=numbers.DIGITS, wait_s=KEYING_WAIT_S)
        if not keys:
            return None
        if not numbers.valid(keys):
            before = (TICKET_WRONG,)
            continue
        async with asyncio.timeout(LOOKUP_TIMEOUT_S):
            ticket = await talk.desk.ticket(keys)
            if ticket is not None and ticket.merged_into:
                ticket = await talk.desk.ticket(ticket.merged_into) or ticket
        if ticket is not None:
            return ticket
        before = (TICKET_UNKNOWN,)
    raise NoValidInputError
