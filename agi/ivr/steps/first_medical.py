"""Two ways for a call that gets urgent help only: with medical help, or with danger to life alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from agi.ivr.steps.base import FlowStep

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agi.ivr.context import StepContext


class FirstMedicalStep(FlowStep):
    """Looks whether medical help was booked for this number lately.

    Attributes:
        first: Where the call goes on when none was.
        again: Where it goes on when some was.
    """

    kind: Literal["first-medical"]
    first: str
    again: str

    async def run(self, talk: StepContext) -> str:
        """Choose the way."""
        return self.first if talk.call.medical else self.again

    def targets(self) -> Iterator[tuple[str, str]]:
        """Both ways."""
        yield "first", self.first
        yield "again", self.again
