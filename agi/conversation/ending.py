"""The two ways a conversation ends by itself: with a message to be left, or with a good-bye."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from agi.conversation.booking import finish
from agi.conversation.step import Names, Step
from agi.variables import Next

if TYPE_CHECKING:
    from agi.conversation.talk import Talk


class Message(Step):
    """Says why, and has the dialplan take a message.

    Attributes:
        say: Said before; the dialplan itself asks for the message.
    """

    ends: ClassVar[bool] = True

    kind: Literal["message"]
    say: Names = ()

    async def run(self, talk: Talk) -> None:
        """Hand the caller to the dialplan's message."""
        if self.say:
            await talk.session.play(talk.names(self.say))
        await finish(talk, Next.MESSAGE)


class End(Step):
    """Says good-bye and hangs up.

    Attributes:
        say: The good-bye.
    """

    ends: ClassVar[bool] = True

    kind: Literal["end"]
    say: Names

    async def run(self, talk: Talk) -> None:
        """End the call."""
        await talk.session.play(talk.names(self.say))
        await finish(talk, Next.HANGUP)
