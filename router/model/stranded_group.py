"""An entry of the register of stranded people: a group that travels together, known by one telephone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias, get_args

if TYPE_CHECKING:
    from router.model.stranded import Want

Direction: TypeAlias = Literal["outbound", "inbound"]
"""Our own people in another state; people of another state here."""

AnsweredHelp: TypeAlias = Literal["waiting", "contacted", "helped", "travelling", "home"]
"""States of help that a person may set."""
HelpState: TypeAlias = Literal[AnsweredHelp, "withdrawn"]
"""``withdrawn``: every ticket of the group was rejected, withdrawn or merged into another group's."""

ANSWERED_HELP: Final[tuple[AnsweredHelp, ...]] = get_args(AnsweredHelp)
HELP_STATES: Final[tuple[HelpState, ...]] = (*ANSWERED_HELP, "withdrawn")
NOT_STRANDED: Final = frozenset[HelpState]({"home", "withdrawn"})
"""States in which nobody is stranded any more: not counted, and a new call is a new group."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StrandedGroup:
    """One group; ids as in ``router.geo``.

    Attributes:
        id: Its number on the lists for officers; 0: not in the register yet.
        direction: Whose people they are.
        state: The other state: where ours are, or where the others belong. None: not known yet.
        home_district: Of ours.
        district: Of ours in which people of another state are.
        place: Town, camp, employer, as told.
        zipcode: Of the place.
        phone: E.164; None: not known, or forgotten.
        name: Of who called.
        people: How many; None: not told, counted as one.
        wants: What they lack.
        language: Of the call, ``hi`` or ``en``.
        help: The state of help.
        note: The officers' last remark.
        version: Counts its changes from 1.
        since: When it was first heard of, ISO 8601 in UTC.
        changed: When it last changed, likewise.
    """

    id: int = 0
    direction: Direction
    state: str | None = None
    home_district: str | None = None
    district: str | None = None
    place: str = ""
    zipcode: str = ""
    phone: str | None = None
    name: str = ""
    people: int | None = None
    wants: tuple[Want, ...] = ()
    language: str = "hi"
    help: HelpState = "waiting"
    note: str = ""
    version: int = 1
    since: str = ""
    changed: str = ""


class GroupCount(NamedTuple):
    """How many groups and people are stranded; nothing of it names a person."""

    direction: Direction
    state: str | None
    home_district: str | None
    help: HelpState
    groups: int
    people: int


class OfficersList(NamedTuple):
    """A list that was handed to the officers of a state.

    Attributes:
        number: Counted from 1 for each state and direction.
        made: ISO 8601 in UTC.
        groups: How many rows it has.
    """

    number: int
    made: str
    groups: int
