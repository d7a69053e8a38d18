"""A person takes the call over."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from agi.ivr.persistence import note_unstaffed, queue_ticket, transfer
from agi.ivr.references import LastTarget, PromptNames  # noqa: TC001 - pydantic reads them
from agi.ivr.steps.base import FlowStep

if TYPE_CHECKING:
    from agi.ivr.context import StepContext


NOBODY = "Nobody could be rung for the caller: call the citizen."


class TransferToOperatorStep(FlowStep):
    """Saves the state of the call, then has the helpline's operators rung.

    Attributes:
        prompts: Said before they are rung.
        else: Where the call goes on when there is nobody.
    """

    ends: ClassVar[bool] = True
    takes_over: ClassVar[bool] = True

    kind: Literal["transfer-to-operator"]
    prompts: PromptNames
    else_: LastTarget = Field(alias="else")

    async def run(self, talk: StepContext) -> str | None:
        """Hand the call over, with a ticket for the person to go on with."""
        destinations = talk.destinations("operator")
        note = talk.call.why_handed_over or "The caller asked for a person."
        queue_ticket(
            talk, note if destinations else f"{talk.call.why_handed_over} {NOBODY}".strip(), even_without_place=True
        )
        if not destinations:
            note_unstaffed(talk)
            return self.else_
        await talk.session.play(talk.names(self.prompts))
        await transfer(talk, destinations)
        return None
