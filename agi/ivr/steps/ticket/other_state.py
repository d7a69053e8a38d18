"""Where a stranded caller is: another state, by the PIN code of the place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from agi.ivr.context import KEYING_WAIT_S, TRIES
from agi.ivr.prompt_names import Prompt, PromptDeclarations, state_prompt
from agi.ivr.references import Target  # noqa: TC001 - pydantic reads them
from agi.ivr.steps.base import FlowStep
from agi.ivr.steps.ticket.place import (
    CODE_DIGITS,
    CONFIRM,
    PLACE_IS,
    UNKNOWN_CODE,
    FoundPlace,
    confirm_place,
    is_pin,
    one_of,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agi.ivr.context import StepContext
    from router.geo import IndianState

_declare = PromptDeclarations(__name__)
ASK: Final = _declare("outside-ask")
STATE_IS: Final = _declare("outside-is")
INSIDE: Final = _declare("outside-inside")
TELL: Final = _declare("outside-say")


class OtherStateStep(FlowStep):
    """Determines the other state, if the caller knows a PIN code; otherwise the caller says it in a recording.

    A caller stranded in a district of ours gets that district. Without either the state room has the ticket.
    """

    kind: Literal["other-state"]
    next: Target

    async def run(self, talk: StepContext) -> str:
        """Ask for the PIN code of where the caller is."""
        if not talk.call.place_known and not await _settle(talk):
            await talk.session.play((TELL,))
            talk.call.place_known = True
        return self.next


async def _settle(talk: StepContext) -> bool:
    """Whether the state or the district was found and confirmed."""
    ask: Sequence[Prompt] = (ASK,)
    for _ in range(TRIES):
        keys = await talk.keys(ask, digits=CODE_DIGITS, wait_s=KEYING_WAIT_S)
        if not keys:
            return False
        ask = (ASK,)
        state = talk.places.state_of_pin(keys) if is_pin(keys) else None
        districts = talk.places.by_pin(keys) if is_pin(keys) else ()
        if state:
            if await _state_said_back(talk, state, keys):
                return True
        elif districts:
            district = await one_of(talk, districts)
            if district and await confirm_place(talk, FoundPlace(district, keys), (INSIDE, PLACE_IS)):
                return True
        else:
            ask = (UNKNOWN_CODE, ASK)
    return False


async def _state_said_back(talk: StepContext, state: IndianState, zipcode: str) -> bool:
    if not await talk.confirm((STATE_IS, state_prompt(state.id), CONFIRM)):
        return False
    talk.call.state, talk.call.zipcode = state.id, zipcode
    talk.call.place_known = True
    return True
