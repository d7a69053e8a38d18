"""Districts, divisions, states, needs and rooms."""

from dataclasses import dataclass

STATE_ROOM = "state"
"""Room of the state's own war room: everything that has no district yet."""

SECRETARY = "secretary"
"""Room of the secretary, the last level of escalation."""

DIVISION_ROOM, OUTSIDE_ROOM = "division-", "outside-"
"""Prefixes of the ids of the rooms of a division or of another state itself."""

GROUPS = ("food", "health", "fuel", "outside", "tell", "other")
"""First level of the needs, as the caller hears them."""

DESKS = ("food", "health", "fuel", "supplies", "travel", "information")
"""Desks of a room."""


@dataclass(frozen=True, slots=True)
class Division:
    """A division of the state (संभाग), a group of districts.

    Attributes:
        id: Such as "bhopal".
        name: English name.
        name_hi: Hindi name.
        order: Place in the spoken menu, 1 first.
    """

    id: str
    name: str
    name_hi: str
    order: int


@dataclass(frozen=True, slots=True)
class District:
    """A district of the state.

    Attributes:
        id: Such as "bhopal".
        name: English name.
        name_hi: Hindi name.
        division: Id of its division.
        std: STD codes without the leading 0; the district town's first.
        room: Id of its room, such as "district-bhopal".
        control_room: Telephone number of the control room, digits as dialled in India, or "".
        latitude: Degrees north of the district town.
        longitude: Degrees east of the district town.
        order: Place in its division's spoken menu, 1 first.
        tile_row: Row of its tile on the state wall, from the north, 1 first.
        tile_col: Column of its tile, from the west, 1 first.
        lgd: Its code in India's Local Government Directory; "" where that is not certain.
    """

    id: str
    name: str
    name_hi: str
    division: str
    std: tuple[str, ...]
    room: str
    control_room: str
    latitude: float
    longitude: float
    order: int
    tile_row: int
    tile_col: int
    lgd: str = ""


@dataclass(frozen=True, slots=True)
class IndianState:
    """A state or union territory of India.

    Attributes:
        id: Such as "uttar-pradesh".
        name: English name.
        name_hi: Hindi name.
        order: Place in the spoken menu of other states, 1 first; 0 for the home state.
        languages: Spoken there, as codes of ISO 639, the commonest first.
    """

    id: str
    name: str
    name_hi: str
    order: int
    languages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class City:
    """A large town of another state, by which the state of a point on the map is known.

    Attributes:
        name: English name.
        state: Id of its state.
        latitude: Degrees north.
        longitude: Degrees east.
    """

    name: str
    state: str
    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class Need:
    """Something people lack, or another reason to call.

    Attributes:
        id: Such as "ration".
        name: English name.
        name_hi: Hindi name.
        group: One of `GROUPS`.
        desk: One of `DESKS`: the department of the room that handles it.
        priority: 1 emergency, 2 high, 3 normal, 4 low.
        private: Whether strangers may be told no more of it than how many there are, by district and day: health,
            danger, what people tell about others.
        question: What an operator asks first, in English.
        question_hi: In Hindi.
        short: English title for a button of a chat, at most 20 characters.
        short_hi: The same in Hindi.
    """

    id: str
    name: str
    name_hi: str
    group: str
    desk: str
    priority: int
    private: bool
    question: str = ""
    question_hi: str = ""
    short: str = ""
    short_hi: str = ""


@dataclass(frozen=True, slots=True)
class ControlRoom:
    """A room: an account at the broker, with a branch of topics and alerts of its own.

    Attributes:
        id: Such as "district-bhopal", "outside-kerala", "state", "division-bhopal" or "secretary".
        name: English name.
        name_hi: Hindi name.
        level: Its level of escalation: 1 a room that gets tickets, 2 a division, 3 the war room (which
            gets tickets too), 4 the secretary.
        staffed: Whether it must always be staffed; else only while it has tickets.
    """

    id: str
    name: str
    name_hi: str
    level: int = 1
    staffed: bool = True
