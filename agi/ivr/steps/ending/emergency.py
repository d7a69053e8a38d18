"""Danger to life: the call goes to 108, 112 or 104, before anything else is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from agi import dialplan
from agi.destinations.resolver import EMERGENCY, LINE, QUEUE
from agi.ivr.persistence import find_last_place, queue_ticket, save_progress, transfer
from agi.ivr.prompt_names import PromptDeclarations
from agi.ivr.references import NeedId, PromptNames  # noqa: TC001 - pydantic reads them
from agi.ivr.steps.base import FlowStep

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agi.ivr.context import StepContext
    from agi.ivr.prompt_names import Prompt

NOTE = "Danger to life: the caller asked for the emergency line."
"""The result of each dial is a note of its own, written when it is known."""
NOT_THE_EMERGENCY_LINE = "Danger to life, and no emergency line can be rung from here."
NOBODY = "Danger to life, and no emergency line can be rung from here: call the citizen at once."

_declare = PromptDeclarations(__name__)
DIAL_IT_YOURSELF = _declare("emergency-nobody")
"""That nobody can be rung from here, the number to dial, and that a message is taken; the dialplan says it too."""
_CONNECTING = {QUEUE: _declare("connecting-queue"), LINE: _declare("connecting-line-104")}


class EmergencyStep(FlowStep):
    """Opens a ticket if the caller can be called back, and has the emergency line rung.

    Attributes:
        prompts: Said before the emergency line is rung. Where another is tried first, that one is named, and where
            nobody can be rung, the caller hears which number to dial.
        need: The need of the ticket.
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
        destinations = talk.destinations("emergency")
        queue_ticket(talk, _note(destinations))
        await talk.session.play(self._said(talk, destinations))
        await talk.session.set_variable(dialplan.DANGER, "yes")
        await transfer(talk, destinations)

    def _said(self, talk: StepContext, destinations: Sequence[str]) -> list[Prompt]:
        if not destinations:
            return [DIAL_IT_YOURSELF]
        first = destinations[0]
        if first == EMERGENCY:
            return talk.names(self.prompts)
        return [said for begin, said in _CONNECTING.items() if first.startswith(begin)]


def _note(destinations: Sequence[str]) -> str:
    if not destinations:
        return NOBODY
    return NOTE if EMERGENCY in destinations else NOT_THE_EMERGENCY_LINE
