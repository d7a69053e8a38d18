"""The two ways a conversation ends by itself: with a message to be left, or with a good-bye."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from agi.dialplan import Next
from agi.ivr.persistence import end_call
from agi.ivr.steps.base import FlowStep, Names

if TYPE_CHECKING:
    from agi.ivr.context import StepContext


class LeaveMessageStep(FlowStep):
    """Says why, and has the dialplan take a message.

    Attributes:
        say: Said before; the dialplan itself asks for the message.
    """

    ends: ClassVar[bool] = True

    kind: Literal["message"]
    say: Names = ()

    async def run(self, talk: StepContext) -> None:
        """Hand the caller to the dialplan's message."""
        if self.say:
            await talk.session.play(talk.names(self.say))
        await end_call(talk, Next.MESSAGE)


class EndStep(FlowStep):
    """Says good-bye and hangs up.

    Attributes:
        say: The good-bye.
    """

    ends: ClassVar[bool] = True

    kind: Literal["end"]
    say: Names

    async def run(self, talk: StepContext) -> None:
        """End the call."""
        await talk.session.play(talk.names(self.say))
        await end_call(talk, Next.HANGUP)
