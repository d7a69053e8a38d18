"""The ticket is opened, its number spoken twice, and whether there is anything else asked."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, ClassVar, Final, Literal

from agi.dialplan import NextAction
from agi.ivr.context import NO, TRIES, YES
from agi.ivr.persistence import build_submission, claim_recordings, end_call
from agi.ivr.prompt_names import SILENCE_HALF, WRONG_KEY, Prompt, PromptDeclarations, digit_prompts
from agi.ivr.references import Target  # noqa: TC001 - pydantic reads them
from agi.ivr.steps.base import FlowStep
from agi.ivr.steps.ticket.nearest_facilities import NEAREST_KEY, OFFER_NEAREST, can_be_read_out, prepare
from router.model.stranded import STRANDED_NEEDS
from router.storage.errors import StorageUnavailableError

if TYPE_CHECKING:
    from agi.ivr.context import StepContext
    from router.model.ticket import Ticket

DESK_TIMEOUT_S = 6.0  # the store itself gives up after five: its own word comes first, and nobody hears more silence
GROUP = 3  # digits of a number spoken together
OTHER_STATE_KEY: Final = "4"
"""Pressed where the other state's control room is offered."""

_declare = PromptDeclarations(__name__)
NUMBER_IS: Final = _declare("number-is")
NUMBER_AGAIN: Final = _declare("number-again")
NUMBER_NOT_NEEDED: Final = _declare("number-call-again")
ANYTHING_ELSE: Final = _declare("again-ask", yes=YES)
TROUBLE: Final = _declare("sorry-trouble")
OFFER_OTHER_STATE: Final = _declare("other-state-offer", key=OTHER_STATE_KEY)

_log = logging.getLogger(__name__)


class OpenTicketStep(FlowStep):
    """Opens the ticket; only a committed ticket's number is ever spoken.

    Attributes:
        on_more: Where "yes, there is something else" leads.
        on_nearest: Where the nearest places that serve the need are read out; offered when there may be any.
        on_other_state: Where stranded people are put through to the other state's control room; offered when it has a
            telephone.
        next: Where the call goes on without.
    """

    asks: ClassVar[bool] = True

    kind: Literal["open-ticket"]
    on_more: Target
    on_nearest: Target | None = None
    on_other_state: Target | None = None
    next: Target

    async def run(self, talk: StepContext) -> str | None:
        """Open the ticket and speak its number; without the store, promise nothing and take a message."""
        ticket = await _open(talk)
        if ticket is None:
            await talk.session.play((TROUBLE,))
            await end_call(talk, NextAction.MESSAGE)
            return None
        said = spoken(ticket.service_request_id)
        names = [NUMBER_IS, *said, NUMBER_AGAIN, *said, NUMBER_NOT_NEEDED]
        near = self.on_nearest if can_be_read_out(talk, ticket) else None
        if near:
            await prepare(talk, ticket)
        line = self.on_other_state if _has_other_state_line(talk, ticket) else None
        names += [OFFER_NEAREST] * bool(near) + [OFFER_OTHER_STATE] * bool(line) + [ANYTHING_ELSE]
        before: list[Prompt] = []
        for _ in range(TRIES):
            key = await talk.keys([*before, *names])
            if key == YES:
                return self.on_more
            if key == NEAREST_KEY and near:
                talk.call.about = ticket
                return near
            if key == OTHER_STATE_KEY and line:
                return line
            if key in ("", NO):
                break
            before = [WRONG_KEY]
        return self.next


def _has_other_state_line(talk: StepContext, ticket: Ticket) -> bool:
    return ticket.service_code in STRANDED_NEEDS and bool(talk.destinations("other-state"))


def spoken(number: str) -> list[Prompt]:
    """The prompts of a number, three digits at a time."""
    names: list[Prompt] = []
    for first in range(0, len(number), GROUP):
        names += [SILENCE_HALF] * bool(first)
        names += digit_prompts(number[first : first + GROUP])
    return names


async def _open(talk: StepContext) -> Ticket | None:
    """Open the ticket of the current need; None when the store cannot take it now and it will be opened later."""
    call = talk.call
    call.booked.update(filter(None, (call.need,)))
    try:
        async with asyncio.timeout(DESK_TIMEOUT_S):
            ticket = (await talk.intake.submit(build_submission(talk))).ticket
    except (StorageUnavailableError, TimeoutError) as error:
        _log.warning("call %s: ticket not opened, will be: %s", call.uniqueid, error or "no answer in time")
        talk.intake.submit_later(build_submission(talk, "The caller was told no number: the store was not available."))
        call.close_trouble()
        return None
    recordings = call.recordings
    call.tickets.append(ticket.service_request_id)
    call.close_trouble()
    await claim_recordings(talk, recordings)
    return ticket
