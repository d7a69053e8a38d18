"""Which other state: where a stranded caller is, or where one who is stranded here comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from agi.ivr.context import KEYING_WAIT_S, TRIES
from agi.ivr.prompt_names import Prompt, PromptDeclarations, state_prompt
from agi.ivr.references import Target  # noqa: TC001 - pydantic reads them
from agi.ivr.steps.base import FlowStep
from agi.ivr.steps.ticket import paged_choice
from agi.ivr.steps.ticket.place import (
    CODE_DIGITS,
    CONFIRM,
    NONE_OF_THESE,
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
CHOOSE: Final = _declare("outside-choose")
TELL: Final = _declare("outside-say")
HOME_CHOOSE: Final = _declare("home-state-choose")
HOME_IS: Final = _declare("home-state-is")


class OtherStateStep(FlowStep):
    """Determines the other state by the PIN code of where the caller is, else by the states' spoken names.

    A caller stranded in a district of ours gets that district. Who chooses no state says it in a recording: the state
    room has the ticket then.
    """

    kind: Literal["other-state"]
    next: Target

    async def run(self, talk: StepContext) -> str:
        """Ask for the PIN code, or let the caller choose."""
        if not talk.call.place_known and not await _by_pin(talk) and not await _by_name(talk):
            await talk.session.play((TELL,))
            talk.call.place_known = True
        return self.next


class HomeStateStep(FlowStep):
    """Determines where a caller comes from who is stranded here; asked once in a call."""

    kind: Literal["home-state"]
    next: Target

    async def run(self, talk: StepContext) -> str:
        """Let the caller choose; without a choice the district asks."""
        if talk.call.home_state is None:
            state = await _choose(talk, HOME_CHOOSE, HOME_IS)
            talk.call.home_state = state.id if state else None
        return self.next


async def _by_pin(talk: StepContext) -> bool:
    """Whether the state or the district was found by a PIN code and confirmed."""
    ask: Sequence[Prompt] = (ASK,)
    for _ in range(TRIES):
        keys = await talk.keys(ask, digits=CODE_DIGITS, wait_s=KEYING_WAIT_S)
        if not keys:
            return False
        ask = (ASK,)
        state = talk.places.state_of_pin(keys) if is_pin(keys) else None
        districts = talk.places.by_pin(keys) if is_pin(keys) else ()
        if state:
            if await _said_back(talk, STATE_IS, state):
                _settle(talk, state, keys)
                return True
        elif districts:
            district = await one_of(talk, districts)
            if district and await confirm_place(talk, FoundPlace(district, keys), (INSIDE, PLACE_IS)):
                return True
        else:
            ask = (UNKNOWN_CODE, ASK)
    return False


async def _by_name(talk: StepContext) -> bool:
    state = await _choose(talk, CHOOSE, STATE_IS)
    if state:
        _settle(talk, state, "")
    return state is not None


async def _choose(talk: StepContext, intro: Prompt, said: Prompt) -> IndianState | None:
    """Let the caller choose by name, the commonest first; None when it is none of them."""
    options = [(state_prompt(state.id), state) for state in talk.places.other_states]
    for _ in range(TRIES):
        state = await paged_choice.choose_paged(talk, options, intro=(intro,), back=NONE_OF_THESE)
        if state is None or await _said_back(talk, said, state):
            return state
    return None


async def _said_back(talk: StepContext, said: Prompt, state: IndianState) -> bool:
    return await talk.confirm((said, state_prompt(state.id), CONFIRM))


def _settle(talk: StepContext, state: IndianState, zipcode: str) -> None:
    talk.call.state, talk.call.zipcode = state.id, zipcode
    talk.call.place_known = True
