"""A person takes the call over."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from agi.ivr.persistence import queue_ticket, transfer
from agi.ivr.steps.base import FlowStep, Names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agi.ivr.context import StepContext


class TransferToOperatorStep(FlowStep):
    """Books what is known so far, then has the helpline's people rung.

    Attributes:
        say: Said before they are rung.
        without: Where the call goes on when there is nobody.
    """

    ends: ClassVar[bool] = True

    kind: Literal["human"]
    say: Names
    without: str

    async def run(self, talk: StepContext) -> str | None:
        """Hand the call over, with a ticket for the person to go on with."""
        destinations = talk.destinations("person")
        queue_ticket(
            talk, talk.call.why_handed_over or "A person is being rung for the caller.", even_without_place=True
        )
        if not destinations:
            return self.without
        await talk.session.play(talk.names(self.say))
        await transfer(talk, destinations)
        return None

    def targets(self) -> Iterator[tuple[str, str]]:
        """Where the call goes on without anybody."""
        yield "without", self.without
