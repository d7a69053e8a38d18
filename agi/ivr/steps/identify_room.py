"""Which room is calling: known by its telephone, else by the code it keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from agi.ivr.context import KEYING_WAIT_S, TRIES
from agi.ivr.room_calls import CODE_DIGITS, room_of_caller, room_of_code
from agi.ivr.steps.base import FlowStep, Names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agi.ivr.context import StepContext


class IdentifyRoomStep(FlowStep):
    """Finds the room.

    Attributes:
        intro: The greeting.
        say: Asks for the code.
        go: Where the call goes on with the room known.
        unknown: Where it goes on without.
    """

    asks: ClassVar[bool] = True
    fixed_prompts: ClassVar[tuple[str, ...]] = ("room-code-wrong", "no-key")

    kind: Literal["room"]
    intro: Names
    say: Names
    go: str
    unknown: str

    async def run(self, talk: StepContext) -> str:
        """Ask three times at most; who is known by the telephone is not asked."""
        call = talk.call
        call.room = room_of_caller(call.line, talk.places)
        if call.room:
            call.own_line = True
            await talk.session.play(talk.names(self.intro))
            return self.go
        before = list(talk.names(self.intro))
        for _ in range(TRIES):
            code = await talk.session.ask([*before, *self.say], digits=CODE_DIGITS, wait_s=KEYING_WAIT_S)
            call.room = room_of_code(code, talk.places)
            if call.room:
                return self.go
            before = ["room-code-wrong" if code else "no-key"]
        return self.unknown

    def targets(self) -> Iterator[tuple[str, str]]:
        """Where it leads."""
        yield "go", self.go
        yield "unknown", self.unknown
