"""Which room is calling: known by its telephone, else by the code it keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final, Literal

from agi.ivr.context import KEYING_WAIT_S, TRIES
from agi.ivr.prompt_names import NO_KEY, PromptDeclarations
from agi.ivr.references import PromptNames, Target  # noqa: TC001 - pydantic reads them
from agi.ivr.room_calls import CODE_DIGITS, STATE_CODE, room_of_caller, room_of_code
from agi.ivr.steps.base import FlowStep

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agi.ivr.context import StepContext

_declare = PromptDeclarations(__name__)
ROOM_CODE_WRONG: Final = _declare("room-code-wrong")


class IdentifyRoomStep(FlowStep):
    """Finds the room.

    Attributes:
        intro_prompts: The greeting.
        prompts: Asks for the code.
        next: Where the call goes on with the room known.
        on_unknown: Where it goes on without.
    """

    asks: ClassVar[bool] = True
    keys: ClassVar[Mapping[str, str]] = {"state": STATE_CODE}
    for_rooms: ClassVar[bool] = True

    kind: Literal["identify-room"]
    intro_prompts: PromptNames
    prompts: PromptNames
    next: Target
    on_unknown: Target

    async def run(self, talk: StepContext) -> str:
        """Ask three times at most; a room known by its telephone is not asked."""
        call = talk.call
        call.room = room_of_caller(call.line, talk.places)
        if call.room:
            call.own_line = True
            await talk.session.play(talk.names(self.intro_prompts))
            return self.next
        before = list(talk.names(self.intro_prompts))
        for _ in range(TRIES):
            code = await talk.session.ask(
                [*before, *talk.names(self.prompts)], digits=CODE_DIGITS, wait_s=KEYING_WAIT_S
            )
            call.room = room_of_code(code, talk.places)
            if call.room:
                return self.next
            before = [ROOM_CODE_WRONG if code else NO_KEY]
        return self.on_unknown
