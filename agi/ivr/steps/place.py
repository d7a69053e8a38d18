"""Where help is needed: the district as of last time, by PIN or STD code, or by its spoken name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from agi.ivr.context import KEYING_WAIT_S, TRIES, NoValidInputError
from agi.ivr.persistence import find_last_place
from agi.ivr.steps import paged_choice
from agi.ivr.steps.base import FlowStep

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agi.ivr.context import StepContext
    from router.geo import District

CODE_DIGITS = 6  # of a PIN, and of the longest STD code with its leading 0
MIN_STD_CODE_DIGITS = 2

_BACK = "other-division"
_NONE_OF_THESE = "none-of-these"


@dataclass(frozen=True, slots=True)
class FoundPlace:
    """A district the caller's keys lead to, with the PIN code if it was found by one."""

    district: District
    zipcode: str = ""


class PlaceStep(FlowStep):
    """Settles the district; asked once in a call, for all its troubles."""

    fixed_prompts: ClassVar[tuple[str, ...]] = (
        *paged_choice.PROMPTS,
        "place-ask",
        "place-unknown-pin",
        "place-try-again",
        "place-other-state",
        "place-shared",
        "place-by-menu",
        "choose-division",
        "choose-district",
        "place-is",
        "place-earlier",
        "place-here",
        "place-confirm",
        _BACK,
        _NONE_OF_THESE,
    )

    kind: Literal["place"]
    go: str

    async def run(self, talk: StepContext) -> str:
        """Ask for the place until the caller confirms it."""
        if not talk.call.place_known:
            await _settle(talk)
        return self.go


async def _settle(talk: StepContext) -> None:
    earlier = await find_last_place(talk)
    district = earlier or talk.call.home
    before = "place-earlier" if earlier else "place-here"
    if district and await confirm_place(talk, FoundPlace(talk.places.districts[district]), (before,)):
        return
    for _ in range(TRIES):
        found = await _by_code(talk) or await _by_name(talk)
        if await confirm_place(talk, found, ("place-is",)):
            return
    raise NoValidInputError


async def confirm_place(talk: StepContext, found: FoundPlace, before: Sequence[str]) -> bool:
    """Say a district back; settle it if the caller says it is right.

    Until then it is a guess, which a caller who hangs up now still leaves on the ticket.
    """
    call = talk.call
    call.guess = found.district.id
    if await talk.confirm((*before, f"district-{found.district.id}", "place-confirm")):
        call.district, call.zipcode = found.district.id, found.zipcode
        call.place_known = True
    call.guess = None
    return call.place_known


async def _by_code(talk: StepContext) -> FoundPlace | None:
    """Ask for a PIN or STD code; None when the caller has none to give."""
    ask: Sequence[str] = ("place-ask",)
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
            ask = ("place-try-again",)
        elif state:
            ask = ("place-other-state", f"state-{state.id}", "place-try-again")
        else:
            ask = ("place-unknown-pin", "place-try-again")
    return None


async def one_of(talk: StepContext, districts: Sequence[District]) -> District | None:
    """The only district, or the one the caller chooses; None for none of them."""
    if len(districts) == 1:
        return districts[0]
    options = [(f"district-{district.id}", district) for district in districts]
    return await paged_choice.choose_paged(talk, options, intro=("place-shared",), back=_NONE_OF_THESE)


async def _by_name(talk: StepContext) -> FoundPlace:
    """Let the caller choose the division and then the district by their spoken names."""
    divisions = [(f"division-{division.id}", division) for division in talk.places.divisions.values()]
    intro: tuple[str, ...] = ("place-by-menu", "choose-division")
    for _ in range(TRIES):
        division = await paged_choice.choose_paged(talk, divisions, intro=intro)
        if division is None:
            break
        options = [(f"district-{each.id}", each) for each in talk.places.in_division(division.id)]
        district = await paged_choice.choose_paged(talk, options, intro=("choose-district",), back=_BACK)
        if district:
            return FoundPlace(district)
        intro = ("choose-division",)
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
