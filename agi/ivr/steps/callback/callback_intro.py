"""Introduces a call-back: the caller's name, and the ticket it is about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from agi.dialplan import NextAction
from agi.ivr.persistence import end_call
from agi.ivr.prompt_names import SILENCE_HALF, PromptDeclarations, need_prompt
from agi.ivr.references import PromptNames, Target  # noqa: TC001 - pydantic reads them
from agi.ivr.steps.base import FlowStep
from router.model.stages import Stage

if TYPE_CHECKING:
    from agi.ivr.context import StepContext

_declare = PromptDeclarations(__name__)
ABOUT_NEED: Final = _declare("callback-about")
ABOUT_HELP: Final = _declare("callback-about-one")
MERGED: Final = _declare("callback-merged")
ALREADY_CLOSED: Final = _declare("callback-over")


class CallbackIntroStep(FlowStep):
    """Introduces the call and goes on by the stage of the ticket.

    Attributes:
        prompts: The introduction.
        on_resolved: Where the citizen is asked whether help came.
        on_rejected: Where the citizen is informed that no help comes.
    """

    kind: Literal["callback-intro"]
    prompts: PromptNames
    on_resolved: Target
    on_rejected: Target

    async def run(self, talk: StepContext) -> str | None:
        """Begin; a ticket that has moved on while the telephone rang needs no word any more."""
        ticket = talk.call.about
        stage = ticket.stage if ticket else None
        if ticket is None or stage not in (Stage.RESOLVED, Stage.REJECTED):
            await talk.session.play([SILENCE_HALF, *talk.names(self.prompts), ALREADY_CLOSED])
            await end_call(talk, NextAction.HANGUP)
            return None
        need = talk.places.needs.get(ticket.service_code)
        named = need is not None and not need.private  # another member of the household may answer
        what = (ABOUT_NEED, need_prompt(ticket.service_code)) if named else (ABOUT_HELP,)
        joined = (MERGED,) if ticket.merged_into else ()
        await talk.session.play([SILENCE_HALF, *talk.names(self.prompts), *what, *joined])
        return self.on_resolved if stage is Stage.RESOLVED else self.on_rejected
