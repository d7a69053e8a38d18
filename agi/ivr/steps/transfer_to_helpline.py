"""Another helpline or its people take the call over, where there are any."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from agi.destinations.schema import Purpose  # noqa: TC001 - pydantic reads it
from agi.ivr.persistence import find_last_place, queue_ticket, transfer
from agi.ivr.steps.base import FlowStep, Names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agi.ivr.context import StepContext


class IfHelplineStep(FlowStep):
    """Goes one way while a chain of this helpline leads to anybody, and another while it does not.

    Attributes:
        chain: The chain's purpose.
        go: Where it does.
        without: Where it does not.
    """

    kind: Literal["if-line"]
    chain: Purpose
    go: str
    without: str

    async def run(self, talk: StepContext) -> str:
        """Choose."""
        return self.go if talk.destinations(self.chain) else self.without

    def targets(self) -> Iterator[tuple[str, str]]:
        """Both."""
        yield "go", self.go
        yield "without", self.without


class TransferToHelplineStep(FlowStep):
    """Books what is known so far, then has those of a chain rung one after the other.

    Attributes:
        chain: The chain's purpose.
        say: Said before the first is rung.
    """

    ends: ClassVar[bool] = True

    kind: Literal["line"]
    chain: Purpose
    say: Names

    async def run(self, talk: StepContext) -> None:
        """Hand the call over; if nobody is there any more, the dialplan takes a message."""
        call = talk.call
        if not call.place_known:
            call.guess = call.guess or call.home or await find_last_place(talk)
        destinations = talk.destinations(self.chain)
        queue_ticket(talk, "Another helpline is being rung for the caller.", even_without_place=True)
        await talk.session.play(talk.names(self.say))
        await transfer(talk, destinations)
