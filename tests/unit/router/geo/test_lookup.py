"""From PIN and STD codes to districts and states."""

import csv
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.geo import Places, load_places
from router.geo.postal_codes import PinIndex, PinRange

PLACES = load_places()
DATA = files("router.geo").joinpath("data")
ROWS = [
    PinRange(int(row["from"]), int(row["to"]), row["district"])
    for row in csv.DictReader(DATA.joinpath("pins.csv").read_text(encoding="utf-8").splitlines())
]
PREFIXES = [
    (row["id"], prefix)
    for row in csv.DictReader(DATA.joinpath("states.csv").read_text(encoding="utf-8").splitlines())
    for prefix in row["pins"].split()
]


def found(pin: str) -> list[str]:
    return [district.id for district in PLACES.by_pin(pin)]


def expected(pin: int, rows: list[PinRange]) -> list[str]:
    """The rule of pins.csv, written the slow way: the narrowest range, all of that width."""
    best: list[PinRange] = []
    for row in rows:
        if not row.first <= pin <= row.last:
            continue
        if best and row.last - row.first > best[0].last - best[0].first:
            continue
        if best and row.last - row.first < best[0].last - best[0].first:
            best = []
        best.append(row)
    return [row.district for row in best]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.first}-{row.last}-{row.district}")
def test_pin_range_and_its_borders(row: PinRange) -> None:
    for pin in (row.first - 1, row.first, row.last, row.last + 1):
        assert found(str(pin)) == expected(pin, ROWS)
    for pin in (row.first, row.last):
        rivals = [other for other in ROWS if other.first <= pin <= other.last and other != row]
        narrowest = all(other.last - other.first >= row.last - row.first for other in rivals)
        assert (row.district in found(str(pin))) >= narrowest


def test_every_pin_of_the_state_has_few_districts_or_none() -> None:
    for pin in range(450000, 489000):
        districts = found(str(pin))
        assert districts == expected(pin, ROWS)
        assert len(set(districts)) == len(districts) <= 3, pin
        assert PLACES.state_of_pin(str(pin)) is None


def test_pins_outside_the_state_have_no_district() -> None:
    assert all(not found(str(pin)) for pin in range(100000, 450000, 7))
    assert all(not found(str(pin)) for pin in range(489000, 1000000, 7))


@pytest.mark.parametrize(
    ("pin", "district"),
    [
        ("462001", "bhopal"),
        ("463106", "bhopal"),
        ("462046", "raisen"),
        ("452001", "indore"),
        ("453441", "indore"),
        ("474001", "gwalior"),
        ("475110", "gwalior"),
        ("475661", "datia"),
        ("482001", "jabalpur"),
        ("483501", "katni"),
        ("456010", "ujjain"),
        ("480001", "chhindwara"),
        ("480661", "seoni"),
        ("486001", "rewa"),
        ("486661", "sidhi"),
        ("486886", "singrauli"),
        ("458441", "neemuch"),
        ("458001", "mandsaur"),
        ("461001", "hoshangabad"),
        ("461331", "harda"),
        ("464001", "vidisha"),
        ("464551", "raisen"),
        ("465001", "shajapur"),
        ("465441", "agar-malwa"),
        ("465661", "rajgarh"),
        ("466001", "sehore"),
        ("461445", "sehore"),
        ("450001", "khandwa"),
        ("450331", "burhanpur"),
        ("451001", "khargone"),
        ("451551", "barwani"),
        ("454001", "dhar"),
        ("455001", "dewas"),
        ("457001", "ratlam"),
        ("457661", "jhabua"),
        ("457887", "alirajpur"),
        ("460001", "betul"),
        ("470001", "sagar"),
        ("470661", "damoh"),
        ("471001", "chhatarpur"),
        ("472001", "tikamgarh"),
        ("472442", "niwari"),
        ("473001", "guna"),
        ("473331", "ashoknagar"),
        ("473551", "shivpuri"),
        ("476001", "morena"),
        ("476337", "sheopur"),
        ("477001", "bhind"),
        ("481001", "balaghat"),
        ("481661", "mandla"),
        ("481880", "dindori"),
        ("484224", "anuppur"),
        ("484661", "umaria"),
        ("484774", "shahdol"),
        ("485001", "satna"),
        ("487001", "narsinghpur"),
        ("488001", "panna"),
    ],
)
def test_pin_of_a_well_known_post_office(pin: str, district: str) -> None:
    assert found(pin)[0] == district
    assert PLACES.state_of_pin(pin) is None


@pytest.mark.parametrize(
    ("pin", "districts"),
    [
        ("484001", ["shahdol", "umaria", "anuppur"]),
        ("486669", ["sidhi", "singrauli"]),
        ("472447", ["niwari", "tikamgarh"]),
        ("450999", ["khandwa", "burhanpur"]),
    ],
)
def test_pin_of_a_shared_area_names_all_candidates(pin: str, districts: list[str]) -> None:
    assert found(pin) == districts


@pytest.mark.parametrize("pin", ["459001", "467001", "468001", "469001", "478001", "479001", "462000"])
def test_pin_never_given_out_is_unknown(pin: str) -> None:
    assert found(pin) == []
    assert PLACES.state_of_pin(pin) is None


@pytest.mark.parametrize(
    ("pin", "state"),
    [
        ("110001", "delhi"),
        ("400001", "maharashtra"),
        ("226001", "uttar-pradesh"),
        ("492001", "chhattisgarh"),
        ("302001", "rajasthan"),
        ("380001", "gujarat"),
        ("403001", "goa"),
        ("396210", "dadra-and-nagar-haveli-and-daman-and-diu"),
        ("362520", "dadra-and-nagar-haveli-and-daman-and-diu"),
        ("500001", "telangana"),
        ("520001", "andhra-pradesh"),
        ("560001", "karnataka"),
        ("600001", "tamil-nadu"),
        ("605001", "puducherry"),
        ("605602", "tamil-nadu"),
        ("682001", "kerala"),
        ("682555", "lakshadweep"),
        ("700001", "west-bengal"),
        ("737101", "sikkim"),
        ("744101", "andaman-and-nicobar-islands"),
        ("751001", "odisha"),
        ("781001", "assam"),
        ("791111", "arunachal-pradesh"),
        ("793001", "meghalaya"),
        ("795001", "manipur"),
        ("796001", "mizoram"),
        ("797001", "nagaland"),
        ("799001", "tripura"),
        ("800001", "bihar"),
        ("834001", "jharkhand"),
        ("814112", "jharkhand"),
        ("141001", "punjab"),
        ("160017", "chandigarh"),
        ("160055", "punjab"),
        ("122001", "haryana"),
        ("171001", "himachal-pradesh"),
        ("180001", "jammu-and-kashmir"),
        ("190001", "jammu-and-kashmir"),
        ("194101", "ladakh"),
        ("248001", "uttarakhand"),
        ("247667", "uttarakhand"),
        ("247001", "uttar-pradesh"),
    ],
)
def test_pin_of_another_state(pin: str, state: str) -> None:
    other = PLACES.state_of_pin(pin)
    assert other is not None
    assert other.id == state
    assert found(pin) == []


def test_every_other_state_is_reached_by_each_of_its_prefixes() -> None:
    for state, prefix in PREFIXES:
        pin = prefix.ljust(6, "0")
        longer = any(other != prefix and other.startswith(prefix) and pin.startswith(other) for _, other in PREFIXES)
        reached = PLACES.state_of_pin(pin)
        assert longer or (reached.id if reached else PLACES.home.id) == state
    assert {state for state, _ in PREFIXES} == set(PLACES.states)


@pytest.mark.parametrize("code", ["755", "0755", "00755", "7565", "07565"])
def test_std_with_and_without_leading_zero(code: str) -> None:
    assert [district.id for district in PLACES.by_std(code)] == ["bhopal"]


@pytest.mark.parametrize(
    ("code", "district"),
    [
        ("731", "indore"),
        ("751", "gwalior"),
        ("761", "jabalpur"),
        ("734", "ujjain"),
        ("733", "khandwa"),
        ("7812", "damoh"),
        ("7362", "agar-malwa"),
        ("7680", "niwari"),
        ("7805", "singrauli"),
        ("7574", "hoshangabad"),
    ],
)
def test_std_of_a_well_known_town(code: str, district: str) -> None:
    assert [found.id for found in PLACES.by_std(code)] == [district]


def test_std_of_two_districts_names_both() -> None:
    assert {district.id for district in PLACES.by_std("7535")} == {"morena", "sheopur"}


@pytest.mark.parametrize("code", ["", "0", "000", "11", "022", "75", "75511", "755 ", "+755", "७५५", "7\n", "*755#"])
def test_std_unknown_or_broken(code: str) -> None:
    assert PLACES.by_std(code) == ()


@pytest.mark.parametrize(
    "pin",
    [
        "",
        "0",
        "46200",
        "4620011",
        "046200",
        "462 001",
        "46200a",
        "４６２００１",
        "४६२००१",
        "462001\n",
        "-62001",
        "4.6e05",
    ],
)
def test_pin_broken(pin: str) -> None:
    assert PLACES.by_pin(pin) == ()
    assert PLACES.state_of_pin(pin) is None


@given(st.text(max_size=12))
def test_lookups_of_any_text_never_raise(text: str) -> None:
    if not text.isascii() or not text.isdigit():
        assert PLACES.by_pin(text) == ()
        assert PLACES.by_std(text) == ()
        assert PLACES.state_of_pin(text) is None


@given(st.integers(min_value=100000, max_value=999999))
def test_pin_is_at_home_or_elsewhere_never_both(pin: int) -> None:
    assert not (PLACES.by_pin(str(pin)) and PLACES.state_of_pin(str(pin)))


SPANS = st.lists(
    st.tuples(st.integers(100000, 100040), st.integers(0, 12), st.sampled_from("abcd")),
    max_size=12,
    unique=True,
).map(lambda spans: [PinRange(first, first + width, district) for first, width, district in spans])


@given(SPANS)
def test_index_follows_the_rule_for_any_ranges(rows: list[PinRange]) -> None:
    index = PinIndex(rows)
    for pin in range(100000, 100055):
        assert list(index.find(str(pin))) == expected(pin, rows)


def test_places_are_shared_without_copies() -> None:
    first, second = PLACES.by_pin("462001"), PLACES.by_pin("462030")
    assert isinstance(PLACES, Places)
    assert first[0] is second[0] is PLACES.districts["bhopal"]
