"""Did help come? Closing a ticket is the citizen's word."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, ClassVar, Final, Literal

from agi.ivr.context import NO, YES, NoValidInputError
from agi.ivr.prompt_names import PromptDeclarations
from agi.ivr.references import PromptNames, Target  # noqa: TC001 - pydantic reads them
from agi.ivr.steps.base import FlowStep
from router.storage.errors import StorageUnavailableError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agi.ivr.context import StepContext
    from router.tickets.service import Answer

ANSWER_TIMEOUT_S: Final = 6.0
"""The store itself gives up after five seconds: its own word comes first."""

_declare = PromptDeclarations(__name__)
NOTED_LATER: Final = _declare("callback-trouble")

_log = logging.getLogger(__name__)


class ConfirmResolutionStep(FlowStep):
    """Asks, and goes on only when the answer is committed.

    Attributes:
        prompts: The question.
        on_yes: Where the call goes on when help came.
        on_no: Where it goes on when it did not: the ticket is open again, one level up.
        next: Where it goes on when nothing was pressed, or the store did not take the answer.
    """

    asks: ClassVar[bool] = True
    keys: ClassVar[Mapping[str, str]] = {"yes": YES, "no": NO}

    kind: Literal["confirm-resolution"]
    prompts: PromptNames
    on_yes: Target
    on_no: Target
    next: Target

    async def run(self, talk: StepContext) -> str:
        """Ask three times at most: an answering machine presses nothing."""
        try:
            came = await talk.choose(talk.names(self.prompts), (YES, NO)) == YES
        except NoValidInputError:
            return self.next
        if not await _committed(talk, "helped" if came else "not-yet"):
            await talk.session.play((NOTED_LATER,))
            return self.next
        return self.on_yes if came else self.on_no


async def _committed(talk: StepContext, answer: Answer) -> bool:
    """Write the answer; kept for later when the store does not take it now."""
    ticket = talk.call.about
    if ticket is None:  # `callback-intro` comes first in any sound flow
        return False
    try:
        async with asyncio.timeout(ANSWER_TIMEOUT_S):
            reply = await talk.desk.citizen_answers(ticket.number, answer, talk.call.uniqueid)
    except (StorageUnavailableError, TimeoutError) as error:
        _log.warning("call %s: answer %s not written, will be: %s", talk.call.uniqueid, answer, error or "no answer")
        talk.call.word = answer
        return False
    if not reply.accepted:  # the room or the war room was quicker: the citizen is thanked all the same
        _log.info("call %s: answer %s comes too late: %s", talk.call.uniqueid, answer, reply.code)
    return True
