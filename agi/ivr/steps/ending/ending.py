"""The two endings of a conversation without a transfer: leaving a message, or a goodbye."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from agi.dialplan import NextAction
from agi.ivr.persistence import end_call
from agi.ivr.references import PromptNames  # noqa: TC001 - pydantic reads them
from agi.ivr.steps.base import FlowStep

if TYPE_CHECKING:
    from agi.ivr.context import StepContext


class LeaveMessageStep(FlowStep):
    """Says why, and has the dialplan take a message.

    Attributes:
        prompts: Said before; the dialplan itself asks for the message.
    """

    ends: ClassVar[bool] = True

    kind: Literal["leave-message"]
    prompts: PromptNames = ()

    async def run(self, talk: StepContext) -> None:
        """Hand the caller to the dialplan's message."""
        if self.prompts:
            await talk.session.play(talk.names(self.prompts))
        await end_call(talk, NextAction.MESSAGE)


class EndStep(FlowStep):
    """Says good-bye and hangs up.

    Attributes:
        prompts: The good-bye.
    """

    ends: ClassVar[bool] = True
    takes_over: ClassVar[bool] = True

    kind: Literal["end"]
    prompts: PromptNames

    async def run(self, talk: StepContext) -> None:
        """End the call."""
        await talk.session.play(talk.names(self.prompts))
        await end_call(talk, NextAction.HANGUP)
