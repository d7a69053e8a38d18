"""What a caller has just said is put on the ticket that is talked about."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from agi.ivr.persistence import add_to_ticket
from agi.ivr.steps.base import FlowStep

if TYPE_CHECKING:
    from agi.ivr.context import StepContext


class AttachRecordingStep(FlowStep):
    """Puts the recordings of a `details` step before it on the ticket; without the store the sweep does it later."""

    fixed_prompts: ClassVar[tuple[str, ...]] = ("details-thanks", "details-none")

    kind: Literal["add"]
    go: str

    async def run(self, talk: StepContext) -> str:
        """Commit, then thank."""
        said = bool(talk.call.recordings)
        await add_to_ticket(talk)
        await talk.session.play(("details-thanks" if said else "details-none",))
        return self.go
