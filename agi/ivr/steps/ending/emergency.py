"""Danger to life: the call goes to 108, 112 or 104, before anything else is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from agi.destinations.resolver import EMERGENCY
from agi.ivr.persistence import find_last_place, queue_ticket, save_progress, transfer
from agi.ivr.references import NeedId, PromptNames  # noqa: TC001 - pydantic reads them
from agi.ivr.steps.base import FlowStep

if TYPE_CHECKING:
    from agi.ivr.context import StepContext

NOTE = "Danger to life: the emergency line is being rung for the caller."
"""What came of it is noted when it is known."""
NOBODY = "Danger to life, and no emergency line can be rung from here: call the citizen at once."


class EmergencyStep(FlowStep):
    """Opens a ticket if the caller can be called back, and has the emergency line rung.

    Attributes:
        prompts: Said before it is rung.
        need: What is booked.
    """

    ends: ClassVar[bool] = True

    kind: Literal["emergency"]
    prompts: PromptNames
    need: NeedId = "danger"

    async def run(self, talk: StepContext) -> None:
        """Put the caller through; the ticket goes to the district of an earlier call, else to the state."""
        call = talk.call
        call.need = self.need
        if not call.place_known:
            call.guess = call.guess or await find_last_place(talk)
        save_progress(talk)
        destinations = talk.destinations("danger")
        queue_ticket(talk, NOTE if EMERGENCY in destinations else NOBODY)
        await talk.session.play(talk.names(self.prompts))
        await transfer(talk, destinations)
