"""What officers must know of people who are stranded: what they lack, how many they are, where home is.

Each question may be left unanswered: on a bad line the ticket matters more, and the officers ask for the rest.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated, ClassVar, Final, Literal

from pydantic import Field

from agi.ivr.context import KEYING_WAIT_S, YES, NoValidInputError
from agi.ivr.prompt_names import WRONG_KEY, Prompt, PromptDeclarations, district_prompt
from agi.ivr.references import Target  # noqa: TC001 - pydantic reads them
from agi.ivr.spoken_answer import ask_aloud
from agi.ivr.steps.base import FlowStep
from agi.ivr.steps.ticket.place import (
    CODE_DIGITS,
    CONFIRM,
    SAY,
    FoundPlace,
    choose_by_name,
    districts_of,
    is_pin,
    one_of,
)
from router.model.stranded import STRANDED, WANTS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from agi.ivr.context import StepContext
    from router.model.stranded import Want

_TRIES = 2  # a question, and once again: what is not understood twice is asked by a person
_PEOPLE_DIGITS = 5  # so that a PIN code keyed here is not cut to a number that could be one
_MOST_PEOPLE = 9_999  # more are told to a person

WANT_KEYS: Final[Mapping[str, Want]] = {str(key): want for key, want in enumerate(WANTS, start=1)}

_declare = PromptDeclarations(__name__)
WANTS_ASK: Final = _declare("wants-ask", **{want: key for key, want in WANT_KEYS.items()})
PEOPLE_ASK: Final = _declare("people-ask")
HOME_ASK: Final = _declare("home-ask")
HOME_IS: Final = _declare("home-is")


class WantsStep(FlowStep):
    """Asks what is lacking: all keys that fit, one after the other."""

    asks: ClassVar[bool] = True

    kind: Literal["wants"]
    next: Target

    async def run(self, talk: StepContext) -> str:
        """Ask; wrong keys among right ones are passed over."""
        ask: Sequence[Prompt] = (WANTS_ASK,)
        for _ in range(_TRIES):
            keys = await talk.keys(ask, digits=len(WANTS))
            talk.call.wants = tuple(want for key, want in WANT_KEYS.items() if key in keys)
            if talk.call.wants or talk.session.hashed:
                break
            ask = (WRONG_KEY, WANTS_ASK) if keys else (WANTS_ASK,)
        return self.next


class HowManyStep(FlowStep):
    """Asks how many people there are."""

    asks: ClassVar[bool] = True

    kind: Literal["how-many"]
    next: Target

    async def run(self, talk: StepContext) -> str:
        """Ask for a number."""
        ask: Sequence[Prompt] = (PEOPLE_ASK,)
        for _ in range(_TRIES):
            keys = await talk.keys(ask, digits=_PEOPLE_DIGITS)
            if keys.isdecimal() and 0 < int(keys) <= _MOST_PEOPLE:
                talk.call.people = int(keys)
                break
            if talk.session.hashed and not keys:
                break
            ask = (WRONG_KEY, PEOPLE_ASK) if keys else (PEOPLE_ASK,)
        return self.next


class HomeDistrictStep(FlowStep):
    """Asks our own people for their district at home, once in a call: by PIN or STD code, else by spoken names.

    Attributes:
        codes: How many codes may be tried.
    """

    kind: Literal["home-district"]
    codes: Annotated[int, Field(ge=1, le=3)] = 2
    next: Target

    async def run(self, talk: StepContext) -> str:
        """Ask; who says nothing is not asked again."""
        if talk.call.need == STRANDED and talk.call.home_district is None:
            found = await self._find(talk)
            talk.call.home_district = found.district.id if found else None
        return self.next

    async def _find(self, talk: StepContext) -> FoundPlace | None:
        for _ in range(self.codes):
            keys = await talk.keys((HOME_ASK,), digits=CODE_DIGITS, wait_s=KEYING_WAIT_S)
            if not keys:
                break
            district = await one_of(talk, found) if (found := districts_of(talk, keys)) else None
            if district and await _said_back(talk, district.id):
                return FoundPlace(district, keys if is_pin(keys) else "")
        if not talk.session.hashed:
            return None
        said = await ask_aloud(talk, SAY, partial(_is_right, talk))
        if said.meaning is not None:
            return FoundPlace(talk.places.districts[said.meaning])
        try:
            place = await choose_by_name(talk)
        except NoValidInputError:
            return None
        return place if await _said_back(talk, place.district.id) else None


async def _is_right(talk: StepContext, district: str) -> bool:
    """Whether a district that was heard is right: only a yes is one, since the ear may be wrong."""
    return await talk.keys((HOME_IS, district_prompt(district), CONFIRM)) == YES


async def _said_back(talk: StepContext, district: str) -> bool:
    """Whether the district is right; silence is taken for yes, since nobody is sent there."""
    return await talk.keys((HOME_IS, district_prompt(district), CONFIRM)) in (YES, "")
