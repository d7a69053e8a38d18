"""No help comes: the citizen is told why, and can talk to a person."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal, get_args

from agi.ivr.context import YES, NoValidInputError, OperatorRequestedError
from agi.ivr.steps.base import FlowStep, Names
from router.tickets.ticket import RejectionReason

if TYPE_CHECKING:
    from agi.ivr.context import StepContext

DEFAULT: RejectionReason = "other"


class ExplainRejectionStep(FlowStep):
    """Says the kind of reason; told is who then presses a key, for an answering machine presses none.

    Attributes:
        say: What the citizen can do now: 1 it is understood, 0 a person.
    """

    asks: ClassVar[bool] = True
    fixed_prompts: ClassVar[tuple[str, ...]] = tuple(f"refused-{reason}" for reason in get_args(RejectionReason))

    kind: Literal["refused"]
    say: Names
    go: str

    async def run(self, talk: StepContext) -> str:
        """Tell why."""
        ticket = talk.call.about
        reason = (ticket.rejection if ticket else None) or DEFAULT
        try:
            await talk.choose([f"refused-{reason}", *talk.names(self.say)], (YES,))
        except OperatorRequestedError:
            talk.call.word = "told"
            raise
        except NoValidInputError:
            return self.go
        talk.call.word = "told"
        return self.go
