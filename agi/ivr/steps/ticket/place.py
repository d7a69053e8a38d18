"""Where help is needed: the district as of last time, by PIN or STD code, said by the caller, or chosen by its name."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final, Literal

from agi.ivr.context import KEYING_WAIT_S, NO, TRIES, YES, NoValidInputError
from agi.ivr.notices import tell_notices
from agi.ivr.persistence import find_last_place
from agi.ivr.prompt_names import Prompt, PromptDeclarations, district_prompt, division_prompt, state_prompt
from agi.ivr.references import Target  # noqa: TC001 - pydantic reads them
from agi.ivr.spoken_answer import SpokenQuestion, ask_aloud
from agi.ivr.steps.base import FlowStep
from agi.ivr.steps.ticket import paged_choice

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agi.ivr.context import StepContext
    from router.geo import District

CODE_DIGITS = 6  # of a PIN, and of the longest STD code with its leading 0
MIN_STD_CODE_DIGITS = 2

_declare = PromptDeclarations(__name__)
ASK: Final = _declare("place-ask")
UNKNOWN_CODE: Final = _declare("place-unknown-pin")
TRY_AGAIN: Final = _declare("place-try-again")
OTHER_STATE: Final = _declare("place-other-state")
SHARED: Final = _declare("place-shared")
BY_MENU: Final = _declare("place-by-menu")
CHOOSE_DIVISION: Final = _declare("choose-division")
CHOOSE_DISTRICT: Final = _declare("choose-district")
SAY: Final = SpokenQuestion(
    question="district",
    ask=_declare("place-say"),
    again=_declare("place-say-again"),
    louder=_declare("place-say-louder"),
)
PLACE_IS: Final = _declare("place-is")
LAST_TIME: Final = _declare("place-earlier")
HERE: Final = _declare("place-here")
CONFIRM: Final = _declare("place-confirm", yes=YES, no=NO)
OTHER_DIVISION: Final = _declare("other-division", key=paged_choice.OTHER_KEY)
NONE_OF_THESE: Final = _declare("none-of-these", key=paged_choice.OTHER_KEY)


@dataclass(frozen=True, slots=True)
class FoundPlace:
    """A district the caller's keys lead to, with the PIN code if it was found by one."""

    district: District
    zipcode: str = ""


class PlaceStep(FlowStep):
    """Settles the district; asked once in a call, for all its troubles.

    Attributes:
        notices: Whether notices to the public of that district are told then.
    """

    kind: Literal["place"]
    next: Target
    notices: bool = False

    async def run(self, talk: StepContext) -> str:
        """Ask for the place until the caller confirms it."""
        if not talk.call.place_known:
            await _settle(talk)
            if self.notices:
                await tell_notices(talk, talk.call.district)
        return self.next


async def _settle(talk: StepContext) -> None:
    earlier = await find_last_place(talk)
    district = earlier or talk.call.home
    before = LAST_TIME if earlier else HERE
    if district and await confirm_place(talk, FoundPlace(talk.places.districts[district]), (before,)):
        return
    asked_aloud = False
    for _ in range(TRIES):
        found = await _by_code(talk)
        if found is None and not asked_aloud:
            asked_aloud = True
            if (await ask_aloud(talk, SAY, partial(_confirm_said, talk))).meaning is not None:
                return
        if await confirm_place(talk, found or await choose_by_name(talk), (PLACE_IS,)):
            return
    raise NoValidInputError


async def _confirm_said(talk: StepContext, district: str) -> bool:
    """Say back a district that was heard. A caller who hangs up now has said nothing of it: it may be a wrong one."""
    return await confirm_place(talk, FoundPlace(talk.places.districts[district]), (PLACE_IS,), guess=False)


async def confirm_place(talk: StepContext, found: FoundPlace, before: Sequence[Prompt], *, guess: bool = True) -> bool:
    """Say a district back; settle it if the caller says it is right.

    Args:
        talk: The call.
        found: The district.
        before: Said before its name.
        guess: Whether a caller who hangs up before answering leaves it on the ticket, marked as a guess.
    """
    call = talk.call
    call.guess = found.district.id if guess else None
    if await talk.confirm((*before, district_prompt(found.district.id), CONFIRM)):
        call.district, call.zipcode = found.district.id, found.zipcode
        call.place_known = True
    call.guess = None
    return call.place_known


async def _by_code(talk: StepContext) -> FoundPlace | None:
    """Ask for a PIN or STD code; None when the caller has none to give."""
    ask: Sequence[Prompt] = (ASK,)
    for _ in range(TRIES):
        keys = await talk.keys(ask, digits=CODE_DIGITS, wait_s=KEYING_WAIT_S)
        if not keys:
            return None
        districts = districts_of(talk, keys)
        state = talk.places.state_of_pin(keys) if is_pin(keys) else None
        if districts:
            district = await one_of(talk, districts)
            if district:
                return FoundPlace(district, keys if is_pin(keys) else "")
            ask = (TRY_AGAIN,)
        elif state:
            ask = (OTHER_STATE, state_prompt(state.id), TRY_AGAIN)
        else:
            ask = (UNKNOWN_CODE, TRY_AGAIN)
    return None


async def one_of(talk: StepContext, districts: Sequence[District]) -> District | None:
    """The only district, or the one the caller chooses; None when the caller chooses none."""
    if len(districts) == 1:
        return districts[0]
    options = [(district_prompt(district.id), district) for district in districts]
    return await paged_choice.choose_paged(talk, options, intro=(SHARED,), back=NONE_OF_THESE)


async def choose_by_name(talk: StepContext) -> FoundPlace:
    """Let the caller choose the division and then the district by their spoken names.

    Raises:
        NoValidInputError: no district was chosen.
    """
    divisions = [(division_prompt(division.id), division) for division in talk.places.divisions.values()]
    intro: tuple[Prompt, ...] = (BY_MENU, CHOOSE_DIVISION)
    for _ in range(TRIES):
        division = await paged_choice.choose_paged(talk, divisions, intro=intro)
        if division is None:
            break
        options = [(district_prompt(each.id), each) for each in talk.places.in_division(division.id)]
        district = await paged_choice.choose_paged(talk, options, intro=(CHOOSE_DISTRICT,), back=OTHER_DIVISION)
        if district:
            return FoundPlace(district)
        intro = (CHOOSE_DIVISION,)
    raise NoValidInputError


def is_pin(keys: str) -> bool:
    """Whether keys are a PIN code: six digits, the first not 0."""
    return len(keys) == CODE_DIGITS and keys.isdecimal() and keys[0] != "0"


def districts_of(talk: StepContext, keys: str) -> tuple[District, ...]:
    """The districts of a PIN code, or of an STD code of two to five digits with or without its 0."""
    if is_pin(keys):
        return talk.places.by_pin(keys)
    if keys.isdecimal() and MIN_STD_CODE_DIGITS <= len(keys.removeprefix("0")) < CODE_DIGITS:
        return talk.places.by_std(keys)
    return ()
