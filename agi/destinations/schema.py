"""A helpline as its admin configures it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, get_args

from router.helpline import CITIZENS, HEALTH, WARROOM

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from router.geo.opening_hours import OpeningHours
    from router.helpline import HelplineId

Purpose = Literal["operator", "emergency", "health", "food", "other-state"]
PURPOSES: Final[tuple[Purpose, ...]] = get_args(Purpose)
Member = Literal["emergency", "line-104", "line-181", "room", "other-state", "queue"]

LINES: Final = (CITIZENS, HEALTH)
"""Helplines that are dialled as ``line-<id>``."""
DISTRICT: Final = "district"
"""The part that holds for every district without one of its own; ids of districts' helplines begin with it."""
CONTROL: Final = "control-"
"""Begins the name of another state's own control room; the state's id follows."""
FALLBACK: Final = WARROOM
"""Used when the dialplan does not know which number was called."""


@dataclass(frozen=True, slots=True)
class Helpline:
    """How one helpline is answered.

    Attributes:
        id: ``181``, ``104``, ``warroom``, ``district-<id>``.
        greeting: Prompts said first.
        start: The first step of the conversation.
        hours: When its people answer.
        chains: Who is tried, by purpose; a purpose that is missing is not offered.
        district: The district whose own number it is, if it is one's.
    """

    id: HelplineId
    greeting: tuple[str, ...]
    start: str
    hours: OpeningHours
    chains: Mapping[Purpose, tuple[Member, ...]]
    district: str | None = None


@dataclass(frozen=True, slots=True)
class Helplines:
    """All helplines, including those of the districts.

    Attributes:
        by_id: The helplines.
        rooms: How control rooms are rung, by room: a number, or a dial string. Those of other states themselves are
            there as ``control-<state>``.
    """

    by_id: Mapping[HelplineId, Helpline]
    rooms: Mapping[str, str]

    def of(self, name: HelplineId) -> Helpline:
        """The helpline of that id, else the war room's."""
        return self.by_id.get(name) or self.by_id[FALLBACK]

    @property
    def starts(self) -> Collection[str]:
        """Steps that a call may begin with."""
        return {helpline.start for helpline in self.by_id.values()}
