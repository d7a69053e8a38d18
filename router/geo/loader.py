"""Loads the tables of places and needs, and checks that they are consistent."""

from collections.abc import Container, Iterable, Mapping, Sequence
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from router.geo.csv_table import CsvRow, Unique, known, read_table, shown
from router.geo.errors import PlacesError
from router.geo.facilities import Kind
from router.geo.gazetteer import Places
from router.geo.model import (
    DESKS,
    DIVISION_ROOM,
    GROUPS,
    OUTSIDE_ROOM,
    SECRETARY,
    STATE_ROOM,
    City,
    District,
    Division,
    IndianState,
    Need,
)
from router.geo.postal_codes import PinRange, longest_prefix

LOWEST_PIN, HIGHEST_PIN = 100000, 999999
LOWEST_PRIORITY = 4
MAX_TILE = 16  # rows and columns of the tile grid that a wall screen shows with readable names
MAX_MENU_POSITION = 99
MAX_SHORT = 20  # characters of a button's title in WhatsApp; a row of a list takes 24
# The mainland and islands of India, with room to spare: catches latitude and longitude in each other's column.
SOUTH, NORTH, WEST, EAST = 6.0, 38.0, 68.0, 98.0

DISTRICT_COLUMNS = (
    "id",
    "name",
    "name_hi",
    "division",
    "order",
    "std",
    "room",
    "control_room",
    "latitude",
    "longitude",
    "tile_row",
    "tile_col",
    "lgd",
)

USED_NEEDS = ("listen", "danger", "other")
"""Needs that the program itself opens tickets for."""


def load_places(directory: Path | None = None) -> Places:
    """Read divisions, districts, PIN ranges, states, needs and kinds of places that serve.

    Args:
        directory: Where the seven tables lie; None for those that come with the program.

    Raises:
        PlacesError: With every problem of every table, each with file and line.
    """
    source: Traversable = files("router.geo").joinpath("data") if directory is None else directory
    problems: list[str] = []
    divisions = _divisions(source, problems)
    districts = _districts(source, _ids(divisions), problems)
    states, home, state_pins = _states(source, problems)
    pins = _pins(source, _ids(districts), home, state_pins, problems)
    needs = _needs(source, problems)
    kinds = _kinds(source, [need.id for need in needs], problems)
    cities = _cities(source, [state.id for state in states if state.id != home], problems)
    _check_divisions_used(divisions, districts, problems)
    if problems:
        raise PlacesError(problems)
    return Places(
        divisions=divisions or (),
        districts=districts or (),
        states=states,
        needs=needs,
        kinds=kinds,
        home=home,
        pins=pins,
        state_pins=state_pins,
        cities=cities,
    )


def _ids(things: Iterable[Division] | Iterable[District] | None) -> Sequence[str] | None:
    return None if things is None else [thing.id for thing in things]


def _divisions(source: Traversable, problems: list[str]) -> list[Division] | None:
    rows = read_table(source, "divisions.csv", ("id", "name", "name_hi", "order"), problems)
    if rows is None:
        return None
    ids, orders = Unique(), Unique()
    found = []
    for row in rows:
        division = Division(row.id(), row.name(), row.name_hi(), row.whole("order", 1, MAX_MENU_POSITION))
        ids.check(row, division.id, f"division {division.id!r}")
        orders.check(row, division.order, f"order {division.order}")
        found.append(division)
    return found


def _districts(source: Traversable, divisions: Sequence[str] | None, problems: list[str]) -> list[District] | None:
    rows = read_table(source, "districts.csv", DISTRICT_COLUMNS, problems)
    if rows is None:
        return None
    ids, rooms, orders, tiles = Unique(), Unique(), Unique(), Unique()
    found = []
    for row in rows:
        district = _district(row, divisions)
        ids.check(row, district.id, f"district {district.id!r}")
        rooms.check(row, district.room, f"room {district.room!r}")
        if district.division and district.order:
            place = (district.division, district.order)
            orders.check(row, place, f"order {district.order} of division {district.division!r}")
        if district.tile_row and district.tile_col:
            tile = (district.tile_row, district.tile_col)
            tiles.check(row, tile, f"tile row {district.tile_row}, column {district.tile_col}")
        found.append(district)
    return found


def _district(row: CsvRow, divisions: Sequence[str] | None) -> District:
    room = row.id("room")
    if room == STATE_ROOM:
        row.bad(f"room {room!r} is the state's own room; expected a room of the district, such as 'district-bhopal'")
    elif room == SECRETARY or room.startswith((DIVISION_ROOM, OUTSIDE_ROOM)):
        row.bad(f"room {room!r} is another room's id; expected a room of the district, such as 'district-bhopal'")
    division = row.text("division")
    if not division:
        row.bad("division is empty; expected an id of divisions.csv")
    elif not known(divisions, division):
        row.bad(f"unknown division {shown(division)} (known: {', '.join(divisions or ())})")
    return District(
        id=row.id(),
        name=row.name(),
        name_hi=row.name_hi(),
        division=division,
        std=row.codes("std", "[1-9][0-9]{1,4}", "STD codes without the leading 0, such as '755 7565'"),
        room=room,
        control_room=row.telephone("control_room"),
        latitude=row.degrees("latitude", SOUTH, NORTH),
        longitude=row.degrees("longitude", WEST, EAST),
        order=row.whole("order", 1, MAX_MENU_POSITION),
        tile_row=row.whole("tile_row", 1, MAX_TILE),
        tile_col=row.whole("tile_col", 1, MAX_TILE),
        lgd=row.code("lgd", "[1-9][0-9]{0,3}", "a code of the Local Government Directory, such as '396'"),
    )


def _pins(
    source: Traversable,
    districts: Container[str] | None,
    home: str,
    state_pins: Mapping[str, str],
    problems: list[str],
) -> list[PinRange]:
    ranges = Unique()
    found = []
    for row in read_table(source, "pins.csv", ("from", "to", "district"), problems) or ():
        first = row.whole("from", LOWEST_PIN, HIGHEST_PIN)
        last = row.whole("to", LOWEST_PIN, HIGHEST_PIN)
        district = row.id("district")
        if not known(districts, district):
            row.bad(f"unknown district {district!r}; expected an id of districts.csv")
        if first and last:
            _check_range(row, first, last, home, state_pins)
            if district:
                ranges.check(row, (first, last, district), f"range {first} to {last} of district {district!r}")
        found.append(PinRange(first, last, district))
    return found


def _check_range(row: CsvRow, first: int, last: int, home: str, state_pins: Mapping[str, str]) -> None:
    if first > last:
        row.bad(f"from {first} is higher than to {last}; expected the lower PIN first")
    if not home:
        return
    for pin in sorted({first, last}):
        state = longest_prefix(state_pins, str(pin))
        if state != home:
            row.bad(f"PIN {pin} lies in {state or 'no state'}; expected a PIN of {home}, as states.csv has them")


def _states(source: Traversable, problems: list[str]) -> tuple[list[IndianState], str, dict[str, str]]:
    """States, id of the home state, and state id by PIN prefix."""
    rows = read_table(source, "states.csv", ("id", "name", "name_hi", "home", "order", "languages", "pins"), problems)
    ids, prefixes, orders = Unique(), Unique(), Unique()
    found: list[IndianState] = []
    homes: list[str] = []
    state_pins: dict[str, str] = {}
    for row in rows or ():
        home = row.text("home") != "" and row.one_of("home", ("yes", "no")) == "yes"
        order = 0 if home else row.whole("order", 1, MAX_MENU_POSITION)
        languages = row.codes("languages", "[a-z]{2,3}", "codes of ISO 639, such as 'mr hi'")
        state = IndianState(row.id(), row.name(), row.name_hi(), order, languages)
        ids.check(row, state.id, f"state {state.id!r}")
        if order:
            orders.check(row, order, f"order {order}")
        found.append(state)
        if home:
            homes.append(state.id)
        for prefix in row.codes("pins", "[1-9][0-9]{1,5}", "first digits of PIN codes, such as '403 16'"):
            prefixes.check(row, prefix, f"PIN prefix {prefix}")
            state_pins[prefix] = state.id
    if rows is not None and len(homes) != 1:
        problems.append(f"states.csv: {len(homes)} home states; expected 'yes' under home in exactly one row")
    return found, homes[0] if homes else "", state_pins


def _needs(source: Traversable, problems: list[str]) -> list[Need]:
    columns = (
        "id",
        "name",
        "name_hi",
        "short",
        "short_hi",
        "group",
        "desk",
        "priority",
        "private",
        "question",
        "question_hi",
    )
    rows = read_table(source, "needs.csv", columns, problems)
    if rows is None:
        return []
    ids = Unique()
    found = []
    for row in rows:
        need = Need(
            id=row.id(),
            name=row.name(),
            name_hi=row.name_hi(),
            short=_short(row, "short"),
            short_hi=_short(row, "short_hi"),
            group=row.one_of("group", GROUPS),
            desk=row.one_of("desk", DESKS),
            priority=row.whole("priority", 1, LOWEST_PRIORITY),
            private=row.one_of("private", ("yes", "no")) == "yes",
            question=row.text("question"),
            question_hi=row.text("question_hi"),
        )
        ids.check(row, need.id, f"need {need.id!r}")
        found.append(need)
    there = {need.id for need in found}
    problems.extend(
        f"needs.csv: need {used!r} is missing; the program itself uses it" for used in USED_NEEDS if used not in there
    )
    return found


def _short(row: CsvRow, column: str) -> str:
    """A title for a button of a chat: WhatsApp takes no longer ones."""
    text = row.text(column)
    if not 0 < len(text) <= MAX_SHORT:
        row.bad(f"{column} has {len(text)} characters; expected 1 to {MAX_SHORT}, as fit a button")
    return text


def _kinds(source: Traversable, needs: Container[str], problems: list[str]) -> list[Kind]:
    ids = Unique()
    found = []
    for row in read_table(source, "kinds.csv", ("id", "name", "name_hi", "needs"), problems) or ():
        kind = Kind(row.id(), row.name(), row.name_hi(), row.ids("needs", needs, "needs.csv"))
        ids.check(row, kind.id, f"kind {kind.id!r}")
        found.append(kind)
    return found


def _cities(source: Traversable, states: Container[str], problems: list[str]) -> list[City]:
    found = []
    for row in read_table(source, "cities.csv", ("name", "state", "latitude", "longitude"), problems) or ():
        state = row.id("state")
        if not known(states, state):
            row.bad(f"unknown state {state!r}; expected an id of states.csv that is not the home state")
        latitude, longitude = row.degrees("latitude", SOUTH, NORTH), row.degrees("longitude", WEST, EAST)
        found.append(City(row.name(), state, latitude, longitude))
    return found


def _check_divisions_used(
    divisions: Iterable[Division] | None, districts: Iterable[District] | None, problems: list[str]
) -> None:
    """A division without districts would be a menu without choices."""
    if divisions is None or districts is None:
        return
    used = {district.division for district in districts}
    problems.extend(
        f"divisions.csv: division {division.id!r} has no district in districts.csv; remove it or add one"
        for division in divisions
        if division.id and division.id not in used
    )
