"""Did help come? Closing a ticket is the citizen's word."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, ClassVar, Final, Literal

from agi.ivr.context import NO, YES, NoValidInputError
from agi.ivr.steps.base import FlowStep, Names
from router.storage.errors import StorageUnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agi.ivr.context import StepContext
    from router.tickets.service import Answer

ANSWER_TIMEOUT_S: Final = 6.0
"""The store itself gives up after five seconds: its own word comes first."""

_log = logging.getLogger(__name__)


class ConfirmResolutionStep(FlowStep):
    """Asks, and goes on only when the answer is committed.

    Attributes:
        say: The question.
        yes: Where the call goes on when help came.
        no: Where it goes on when it did not: the ticket is open again, one level up.
        go: Where it goes on when nothing was pressed, or the store did not take the answer.
    """

    asks: ClassVar[bool] = True
    fixed_prompts: ClassVar[tuple[str, ...]] = ("callback-trouble",)

    kind: Literal["helped"]
    say: Names
    yes: str
    no: str
    go: str

    async def run(self, talk: StepContext) -> str:
        """Ask three times at most: an answering machine presses nothing."""
        try:
            came = await talk.choose(talk.names(self.say), (YES, NO)) == YES
        except NoValidInputError:
            return self.go
        if not await _committed(talk, "helped" if came else "not-yet"):
            await talk.session.play(("callback-trouble",))
            return self.go
        return self.yes if came else self.no

    def targets(self) -> Iterator[tuple[str, str]]:
        """Where each answer leads."""
        yield "yes", self.yes
        yield "no", self.no
        yield "go", self.go


async def _committed(talk: StepContext, answer: Answer) -> bool:
    """Write the answer; kept for later when the store does not take it now."""
    ticket = talk.call.about
    if ticket is None:  # `about` comes first in any sound flow
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
