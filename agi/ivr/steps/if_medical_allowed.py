"""Two branches for a call that gets urgent help only: with medical help, or danger to life alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from agi.ivr.references import Target  # noqa: TC001 - pydantic reads them
from agi.ivr.steps.base import FlowStep

if TYPE_CHECKING:
    from agi.ivr.context import StepContext


class IfMedicalAllowedStep(FlowStep):
    """Looks whether medical help was booked for this number lately.

    Attributes:
        next: Where the call goes on when none was.
        else: Where it goes on when some was.
    """

    kind: Literal["if-medical-allowed"]
    next: Target
    else_: Target = Field(alias="else")

    async def run(self, talk: StepContext) -> str:
        """Choose the way."""
        return self.next if talk.call.medical else self.else_
