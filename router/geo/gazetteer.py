"""The gazetteer: look-ups of places and needs."""

import re
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from router.geo.facilities import Kind
from router.geo.model import (
    DIVISION_ROOM,
    OUTSIDE_ROOM,
    SECRETARY,
    STATE_ROOM,
    City,
    ControlRoom,
    District,
    Division,
    IndianState,
    Need,
)
from router.geo.postal_codes import PinIndex, PinRange, longest_prefix

DIGITS = re.compile(r"[0-9]+")


class Places:
    """Districts, divisions, states, needs and rooms; immutable, so that calls may share it.

    Attributes:
        districts: By id, in the order of the spoken menus.
        divisions: By id, in the order of the spoken menu.
        states: All states and union territories by id, the home state among them.
        needs: By id, in the order of the table.
        kinds: Of places that serve, by id, in the order of the table.
        cities: Large towns of other states.
        home: The state whose districts these are.
        rooms: Those that get tickets: the districts' rooms, those of the officers for people stranded in another
            state, and the state's own, which comes last.
        overseers: Rooms that get no tickets but alerts on late ones: the divisions' rooms and the secretary's.
    """

    def __init__(
        self,
        *,
        divisions: Iterable[Division],
        districts: Iterable[District],
        states: Iterable[IndianState],
        needs: Iterable[Need],
        kinds: Iterable[Kind],
        home: str,
        pins: Sequence[PinRange],
        state_pins: Mapping[str, str],
        cities: Iterable[City] = (),
    ) -> None:
        by_order = sorted(divisions, key=lambda division: division.order)
        place = {division.id: division.order for division in by_order}
        menu = sorted(districts, key=lambda district: (place[district.division], district.order))
        self.divisions = MappingProxyType({division.id: division for division in by_order})
        self.districts = MappingProxyType({district.id: district for district in menu})
        self.states = MappingProxyType({state.id: state for state in states})
        self.needs = MappingProxyType({need.id: need for need in needs})
        self.kinds = MappingProxyType({kind.id: kind for kind in kinds})
        self.cities = tuple(cities)
        self.home = self.states[home]
        self.rooms = (
            *(ControlRoom(district.room, district.name, district.name_hi) for district in menu),
            *(_outside_room(state) for state in self.states.values() if state.id != home),
            ControlRoom(STATE_ROOM, "State war room", "राज्य वॉर रूम", level=3),
        )
        self.overseers = (
            *(_division_room(division) for division in by_order),
            ControlRoom(SECRETARY, "Secretary", "सचिव", level=4, staffed=False),
        )
        self._ladders = {room.id: self._ladder(room) for room in self.rooms}
        self._pins = PinIndex(pins)
        self._state_pins = dict(state_pins)
        self._std = _by_std(menu)

    @property
    def other_states(self) -> tuple[IndianState, ...]:
        """All but the home state, in the order of the spoken menu: neighbours, and where most people go, first."""
        return tuple(sorted((s for s in self.states.values() if s != self.home), key=lambda state: state.order))

    def kinds_serving(self, need_id: str) -> tuple[str, ...]:
        """Ids of the kinds of places that serve a need."""
        return tuple(kind.id for kind in self.kinds.values() if need_id in kind.needs)

    def by_pin(self, pin: str) -> tuple[District, ...]:
        """Districts that a PIN code may lie in.

        Args:
            pin: Six digits.

        Returns:
            One district; several where the area is shared, so that the caller must be asked; none for a PIN of
            another state, an unknown one, or anything that is not a PIN.
        """
        return tuple(self.districts[found] for found in self._pins.find(pin))

    def state_of_pin(self, pin: str) -> IndianState | None:
        """The other state that a PIN code belongs to; None for the home state, an unknown or a broken PIN."""
        found = longest_prefix(self._state_pins, pin)
        return None if found in (None, self.home.id) else self.states[found]

    def by_std(self, code: str) -> tuple[District, ...]:
        """Districts of an STD code, with or without leading 0; none for an unknown one or anything else."""
        if DIGITS.fullmatch(code) is None:
            return ()
        return self._std.get(code.lstrip("0"), ())

    def in_division(self, division_id: str) -> tuple[District, ...]:
        """Districts of a division in the order of its spoken menu.

        Raises:
            KeyError: There is no such division.
        """
        division = self.divisions[division_id]
        return tuple(district for district in self.districts.values() if district.division == division.id)

    @property
    def rooms_on_the_telephone(self) -> tuple[str, ...]:
        """Ids of the rooms that have a telephone of their own to hear their messages by: districts' and the state's."""
        return (*(district.room for district in self.districts.values()), STATE_ROOM)

    def room_of(self, district_id: str | None) -> str:
        """Id of a district's room; None gives the state's room.

        Raises:
            KeyError: There is no such district.
        """
        return STATE_ROOM if district_id is None else self.districts[district_id].room

    def outside_room(self, state_id: str) -> str:
        """Id of the room of the officers for people of the home state who are stranded in another state.

        Raises:
            KeyError: There is no such state.
        """
        return f"{OUTSIDE_ROOM}{self.states[state_id].id}"

    def ladder(self, room_id: str) -> tuple[ControlRoom, ...]:
        """The rooms that a late ticket of a room is escalated to: the room itself, then one room for each higher level.

        A level that the room has nobody at (the war room and the officers outside have no division) is left out. A
        room that is not in the data any more is the war room's concern.
        """
        return self._ladders.get(room_id) or self._ladders[STATE_ROOM]

    def watched_by(self) -> dict[str, tuple[str, ...]]:
        """Whose alerts, presence and summary a room of a higher level sees besides its own, ``+`` for all rooms'."""
        divisions = {
            f"{DIVISION_ROOM}{division}": tuple(district.room for district in self.in_division(division))
            for division in self.divisions
        }
        return {**divisions, STATE_ROOM: ("+",), SECRETARY: ("+",)}

    def _ladder(self, room: ControlRoom) -> tuple[ControlRoom, ...]:
        division = next((district.division for district in self.districts.values() if district.room == room.id), None)
        own = {room.id, None if division is None else f"{DIVISION_ROOM}{division}", STATE_ROOM, SECRETARY}
        higher = {other for other in (*self.rooms, *self.overseers) if other.id in own and other != room}
        return (room, *sorted(higher, key=lambda other: other.level))


def _outside_room(state: IndianState) -> ControlRoom:
    return ControlRoom(
        f"{OUTSIDE_ROOM}{state.id}", f"Officers for {state.name}", f"{state.name_hi} के लिए अधिकारी", staffed=False
    )


def _division_room(division: Division) -> ControlRoom:
    name, name_hi = f"{division.name} division", f"{division.name_hi} संभाग"
    return ControlRoom(f"{DIVISION_ROOM}{division.id}", name, name_hi, level=2, staffed=False)


def _by_std(districts: Iterable[District]) -> dict[str, tuple[District, ...]]:
    found: dict[str, tuple[District, ...]] = {}
    for district in districts:
        for code in district.std:
            found[code] = (*found.get(code, ()), district)
    return found
