"""No help comes: the citizen is told why, and can talk to a person."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal, get_args

from agi.conversation.step import Names, Step
from agi.conversation.talk import YES, HumanAsked, Lost
from router.tickets.ticket import RejectionReason

if TYPE_CHECKING:
    from agi.conversation.talk import Talk

DEFAULT: RejectionReason = "other"


class Refused(Step):
    """Says the kind of reason; told is who then presses a key, for an answering machine presses none.

    Attributes:
        say: What the citizen can do now: 1 it is understood, 0 a person.
    """

    asks: ClassVar[bool] = True
    fixed_prompts: ClassVar[tuple[str, ...]] = tuple(f"refused-{reason}" for reason in get_args(RejectionReason))

    kind: Literal["refused"]
    say: Names
    go: str

    async def run(self, talk: Talk) -> str:
        """Tell why."""
        ticket = talk.call.about
        reason = (ticket.rejection if ticket else None) or DEFAULT
        try:
            await talk.choose([f"refused-{reason}", *talk.names(self.say)], (YES,))
        except HumanAsked:
            talk.call.word = "told"
            raise
        except Lost:
            return self.go
        talk.call.word = "told"
        return self.go
