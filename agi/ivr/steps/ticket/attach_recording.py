"""Puts what a caller has just recorded on the ticket the call is about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from agi.ivr.persistence import add_to_ticket
from agi.ivr.prompt_names import PromptDeclarations
from agi.ivr.references import Target  # noqa: TC001 - pydantic reads them
from agi.ivr.steps.base import FlowStep

if TYPE_CHECKING:
    from agi.ivr.context import StepContext

_declare = PromptDeclarations(__name__)
DETAILS_THANKS: Final = _declare("details-thanks")
DETAILS_NONE: Final = _declare("details-none")


class AttachRecordingStep(FlowStep):
    """Puts the recordings of the step before it on the ticket; without the store the sweep does it later."""

    kind: Literal["attach-recording"]
    next: Target

    async def run(self, talk: StepContext) -> str:
        """Commit, then thank."""
        said = bool(talk.call.recordings)
        await add_to_ticket(talk)
        await talk.session.play((DETAILS_THANKS if said else DETAILS_NONE,))
        return self.next
