"""Lists for the officers of a state: who is stranded, with empty columns for their answers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from router.geo import Places
    from router.model.stranded_group import Direction, StrandedGroup

GROUP, LIST, NEW_HELP, NEW_PEOPLE, NEW_PLACE, REMARK = (
    "Group",
    "List",
    "New state of help",
    "New number of people",
    "New place",
    "Remark",
)
HEADINGS: Final = (
    GROUP,
    LIST,
    "Name",
    "Telephone",
    "Number of people",
    "Place",
    "PIN code",
    "District",
    "Needs",
    "Language",
    "State of help",
    "Last remark",
    "Home",
    "Waiting since",
    "Tickets",
    NEW_HELP,
    NEW_PEOPLE,
    NEW_PLACE,
    REMARK,
)
"""Of a list; the last four are for the officers to fill in."""

_LANGUAGES: Final = {"hi": "Hindi", "en": "English"}
_NAME = re.compile(r"([a-z-]+?)(-here)?-([0-9]{1,6})", re.ASCII)


class ListName(NamedTuple):
    """A list as its rows name it: ``kerala-3``, or ``kerala-here-3`` of people of Kerala who are here."""

    direction: Direction
    state: str
    number: int

    def __str__(self) -> str:
        """Return the name."""
        return f"{self.state}{'-here' if self.direction == 'inbound' else ''}-{self.number}"


def parse_list_name(text: str) -> ListName:
    """Return the list that a cell names. Raises ValueError."""
    found = _NAME.fullmatch(text.strip().lower())
    if found is None:
        raise ValueError(f"{text[:40]!r} is not the name of a list, such as kerala-3")
    return ListName("inbound" if found[2] else "outbound", found[1], int(found[3]))


def list_rows(
    name: ListName, groups: Sequence[StrandedGroup], tickets: Mapping[int, Sequence[str]], places: Places
) -> list[tuple[Any, ...]]:
    """Return the rows of a list below `HEADINGS`, the cells for answers empty."""
    return [
        (
            group.id,
            str(name),
            group.name,
            group.phone,
            group.people,
            group.place,
            group.zipcode,
            _district(group.district, places),
            ", ".join(group.wants),
            _LANGUAGES.get(group.language, group.language),
            group.help,
            group.note,
            _home(group, places),
            group.since,
            ", ".join(tickets.get(group.id, ())),
            "",
            "",
            "",
            "",
        )
        for group in groups
    ]


def _home(group: StrandedGroup, places: Places) -> str:
    if group.direction == "outbound":
        return _district(group.home_district, places)
    return places.states[group.state].name if group.state and group.state in places.states else ""


def _district(district: str | None, places: Places) -> str:
    return places.districts[district].name if district and district in places.districts else ""
