"""A call-back begins: who is calling, and about what."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from agi.dialplan import Next
from agi.ivr.persistence import end_call
from agi.ivr.steps.base import FlowStep, Names
from router.tickets.stages import Stage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agi.ivr.context import StepContext


class CallbackIntroStep(FlowStep):
    """Says who is calling and goes on as the ticket stands.

    Attributes:
        say: Who is calling.
        resolved: Where the citizen is asked whether help came.
        rejected: Where the citizen is told that none comes.
    """

    fixed_prompts: ClassVar[tuple[str, ...]] = (
        "silence-half",
        "callback-about",
        "callback-about-one",
        "callback-merged",
        "callback-over",
    )

    kind: Literal["about"]
    say: Names
    resolved: str
    rejected: str

    async def run(self, talk: StepContext) -> str | None:
        """Begin; a ticket that has moved on while the telephone rang needs no word any more."""
        ticket = talk.call.about
        stage = ticket.stage if ticket else None
        if ticket is None or stage not in (Stage.RESOLVED, Stage.REJECTED):
            await talk.session.play(["silence-half", *talk.names(self.say), "callback-over"])
            await end_call(talk, Next.HANGUP)
            return None
        need = talk.places.needs.get(ticket.service_code)
        named = need is not None and not need.private  # who lifts may be somebody else of the house
        what = ("callback-about", f"need-{ticket.service_code}") if named else ("callback-about-one",)
        joined = ("callback-merged",) if ticket.merged_into else ()
        await talk.session.play(["silence-half", *talk.names(self.say), *what, *joined])
        return self.resolved if stage is Stage.RESOLVED else self.rejected

    def targets(self) -> Iterator[tuple[str, str]]:
        """Where each stage leads."""
        yield "resolved", self.resolved
        yield "rejected", self.rejected
