"""Another helpline or its people take the call over, where there are any."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from agi.destinations.schema import Purpose  # noqa: TC001 - pydantic reads it
from agi.ivr.persistence import find_last_place, queue_ticket, transfer
from agi.ivr.prompt_names import PromptDeclarations
from agi.ivr.references import PromptNames, Target  # noqa: TC001 - pydantic reads them
from agi.ivr.steps.base import FlowStep

if TYPE_CHECKING:
    from agi.ivr.context import StepContext


NOBODY = "The caller wanted another helpline, and nobody could be rung: call the citizen."
NOBODY_FREE = PromptDeclarations(__name__)("human-none")


class IfHelplineStep(FlowStep):
    """Goes one way while a chain of this helpline leads to anybody, and another while it does not.

    Attributes:
        purpose: The chain's purpose.
        next: Where it does.
        else: Where it does not.
    """

    kind: Literal["if-helpline"]
    purpose: Purpose
    next: Target
    else_: Target = Field(alias="else")

    async def run(self, talk: StepContext) -> str:
        """Choose."""
        return self.next if talk.destinations(self.purpose) else self.else_


class TransferToHelplineStep(FlowStep):
    """Saves the state of the call, then has the destinations rung one after the other.

    Attributes:
        purpose: The chain's purpose.
        prompts: Said before the first is rung.
    """

    ends: ClassVar[bool] = True

    kind: Literal["transfer-to-helpline"]
    purpose: Purpose
    prompts: PromptNames

    async def run(self, talk: StepContext) -> None:
        """Hand the call over; if nobody is there any more, the dialplan takes a message."""
        call = talk.call
        if not call.place_known:
            call.guess = call.guess or call.home or await find_last_place(talk)
        destinations = talk.destinations(self.purpose)
        note = "The caller asked for another helpline." if destinations else NOBODY
        queue_ticket(talk, note, even_without_place=True)
        await talk.session.play(talk.names(self.prompts) if destinations else [NOBODY_FREE])
        await transfer(talk, destinations)
