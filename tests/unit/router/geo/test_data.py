"""The tables that come with the program say what they should about Madhya Pradesh and India."""

import re
import unicodedata
from collections import Counter

import pytest

from router.geo import DESKS, GROUPS, STATE_ROOM, Places, load_places

UNION_TERRITORIES = {
    "andaman-and-nicobar-islands",
    "chandigarh",
    "dadra-and-nagar-haveli-and-daman-and-diu",
    "delhi",
    "jammu-and-kashmir",
    "ladakh",
    "lakshadweep",
    "puducherry",
}
DISTRICTS_IN_DIVISION = {
    "bhopal": 5,
    "chambal": 3,
    "gwalior": 5,
    "indore": 8,
    "jabalpur": 8,
    "narmadapuram": 3,
    "rewa": 4,
    "sagar": 6,
    "shahdol": 3,
    "ujjain": 7,
}
NEEDS = {
    "ration": ("food", "food"),
    "ration-shop": ("food", "food"),
    "cooked-food": ("food", "food"),
    "fresh": ("food", "food"),
    "water": ("food", "supplies"),
    "medicine": ("health", "health"),
    "medical": ("health", "health"),
    "sanitary": ("health", "supplies"),
    "gas": ("fuel", "fuel"),
    "petrol": ("fuel", "fuel"),
    "diesel": ("fuel", "fuel"),
    "stranded": ("outside", "travel"),
    "stranded-here": ("outside", "travel"),
    "information": ("tell", "information"),
    "other": ("other", "supplies"),
    "listen": ("other", "information"),
    "danger": ("health", "health"),
}


@pytest.fixture(scope="module")
def places() -> Places:
    return load_places()


def test_counts_of_2020(places: Places) -> None:
    assert len(places.districts) == 52
    assert len(places.divisions) == 10
    assert len(places.states) == 36
    assert set(places.states) >= UNION_TERRITORIES
    assert len(set(places.states) - UNION_TERRITORIES) == 28
    assert not {"maihar", "mauganj", "pandhurna"} & set(places.districts)


def test_home_is_madhya_pradesh(places: Places) -> None:
    assert places.home.id == "madhya-pradesh"


def test_districts_in_their_divisions(places: Places) -> None:
    assert Counter(district.division for district in places.districts.values()) == DISTRICTS_IN_DIVISION
    assert [district.id for district in places.in_division("shahdol")] == ["shahdol", "anuppur", "umaria"]
    assert places.districts["dindori"].division == "jabalpur"
    assert places.districts["niwari"].division == "sagar"


def test_menu_order_is_without_gaps(places: Places) -> None:
    assert [division.order for division in places.divisions.values()] == list(range(1, 11))
    assert next(iter(places.divisions)) == "indore"
    for division in places.divisions:
        orders = [district.order for district in places.in_division(division)]
        assert orders == list(range(1, len(orders) + 1))


def test_rooms_are_the_districts_the_other_states_and_the_state(places: Places) -> None:
    ids = [room.id for room in places.rooms]
    assert len(ids) == len(set(ids)) == 52 + 35 + 1
    assert ids[-1] == STATE_ROOM == places.room_of(None)
    assert all(places.room_of(district) == f"district-{district}" for district in places.districts)
    assert set(ids) >= {places.outside_room(state) for state in places.states if state != places.home.id}
    everyone = (*places.rooms, *places.overseers)
    assert all(re.fullmatch(r"[a-z0-9-]+", room.id) for room in everyone)
    assert all(room.name and room.name_hi for room in everyone)


@pytest.mark.parametrize(
    ("room", "higher"),
    [
        ("district-sehore", ["division-bhopal", "state", "secretary"]),
        ("outside-kerala", ["state", "secretary"]),
        ("state", ["secretary"]),
    ],
)
def test_ladder_of_a_room(places: Places, room: str, higher: list[str]) -> None:
    assert [step.id for step in places.ladder(room)] == [room, *higher]
    levels = [step.level for step in places.ladder(room)]
    assert levels == sorted(set(levels))


def test_room_of_an_unknown_district(places: Places) -> None:
    with pytest.raises(KeyError, match="bhopl"):
        places.room_of("bhopl")


def test_names_are_normal_and_different(places: Places) -> None:
    for table in (places.districts, places.divisions, places.states, places.needs):
        for names in ([thing.name for thing in table.values()], [thing.name_hi for thing in table.values()]):
            assert len(set(names)) == len(names)
            assert all(unicodedata.is_normalized("NFC", name) for name in names)


@pytest.mark.parametrize(
    ("district", "hindi"),
    [
        ("bhopal", "भोपाल"),
        ("indore", "इंदौर"),
        ("hoshangabad", "होशंगाबाद"),
        ("chhindwara", "छिंदवाड़ा"),
        ("agar-malwa", "आगर मालवा"),
        ("tikamgarh", "टीकमगढ़"),
        ("khandwa", "खंडवा"),
        ("neemuch", "नीमच"),
        ("rewa", "रीवा"),
        ("sidhi", "सीधी"),
    ],
)
def test_hindi_name_as_spoken(places: Places, district: str, hindi: str) -> None:
    assert places.districts[district].name_hi == unicodedata.normalize("NFC", hindi)


def test_every_district_has_pin_and_std(places: Places) -> None:
    with_pin = {found.id for pin in range(450000, 489000) for found in places.by_pin(str(pin))}
    assert with_pin == set(places.districts)
    for district in places.districts.values():
        assert district.std
        assert all(district in places.by_std(code) for code in district.std)


def test_control_room_is_std_and_1077(places: Places) -> None:
    for district in places.districts.values():
        assert district.control_room == f"0{district.std[0]}1077"


def test_centres_lie_in_the_state(places: Places) -> None:
    centres = {(district.latitude, district.longitude) for district in places.districts.values()}
    assert len(centres) == 52
    assert all(21.0 < latitude < 26.9 and 74.0 < longitude < 82.9 for latitude, longitude in centres)
    bhopal, indore = places.districts["bhopal"], places.districts["indore"]
    assert indore.longitude < bhopal.longitude


def test_needs_groups_and_desks(places: Places) -> None:
    assert {need.id: (need.group, need.desk) for need in places.needs.values()} == NEEDS
    assert {need.group for need in places.needs.values()} == set(GROUPS)
    assert {need.desk for need in places.needs.values()} == set(DESKS)


def test_danger_alone_is_an_emergency(places: Places) -> None:
    assert [need.id for need in places.needs.values() if need.priority == 1] == ["danger"]
    assert all(1 <= need.priority <= 4 for need in places.needs.values())


def test_places_cannot_be_changed(places: Places) -> None:
    with pytest.raises(TypeError):
        places.districts["new"] = places.districts["bhopal"]  # type: ignore[index]


def test_tile_grid(places: Places) -> None:
    """Each has a cell of its own; of two side by side the left one lies west, of two in a column the upper north."""
    tiles = {(one.tile_row, one.tile_col): one for one in places.districts.values()}
    assert len(tiles) == 52
    assert (max(row for row, _ in tiles), max(col for _, col in tiles)) == (9, 11)
    for (row, col), one in tiles.items():
        east, south = tiles.get((row, col + 1)), tiles.get((row + 1, col))
        assert east is None or one.longitude < east.longitude, f"{one.id} is not west of {east.id}"
        assert south is None or one.latitude > south.latitude, f"{one.id} is not north of {south.id}"
