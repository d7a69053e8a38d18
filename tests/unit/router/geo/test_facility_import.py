"""Places that serve: reading their file, finding the nearest, and what a ticket carries."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from router.geo import PlacesError
from router.geo.columns import COLUMNS
from router.geo.csv_sheet import opened
from router.geo.facilities import ServingPlace
from router.geo.facility_import import BadCell, BadRow, Read, read_facilities
from router.storage.migrate import migrate
from router.tickets.command import Changes, Command
from router.tickets.workflow import actor_of_room
from tests.support.stores import opened_desk, opened_store, places, report
from warroom.cli.main import make_app
from warroom.config.paths import DataDirectory

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

    from router.storage.engines import Location

HEADER = "code,kind,name,name_hi,district,pin,telephone,hours"
GOOD = "1001,pds,Fair price shop 1001,उचित मूल्य की दुकान,bhopal,462001,0755-2551234,Mo-Sa 08:00-20:00; Su off"
SUNDAY_NOON = datetime(2020, 4, 5, 6, 30, tzinfo=UTC)
MONDAY_NOON = datetime(2020, 4, 6, 6, 30, tzinfo=UTC)


def shop(
    code: str, pin: str = "462001", hours: str = "", *, kind: str = "pds", district: str = "bhopal"
) -> ServingPlace:
    return ServingPlace(kind=kind, code=code, name=f"Shop {code}", district=district, zipcode=pin, hours=hours)


def read(*rows: str, header: str = HEADER) -> list[Read]:
    return list(read_facilities((f"{row}\r\n" for row in (header, *rows)), places()))


def reason(row: str) -> str:
    (found,) = read(row)
    assert isinstance(found, BadRow)
    assert found.line == 2
    return found.reason


def test_good_row_becomes_a_place() -> None:
    assert read(GOOD) == [
        ServingPlace(
            kind="pds",
            code="1001",
            name="Fair price shop 1001",
            name_hi="उचित मूल्य की दुकान",
            district="bhopal",
            zipcode="462001",
            phone="07552551234",
            hours="Mo-Sa 08:00-20:00; Su off",
        )
    ]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("1001,", ",", "code ''"),
        (",pds,", ",shop,", "unknown kind 'shop' (known: pds, kitchen"),
        ("bhopal", "Atlantis", "unknown district 'Atlantis'"),
        ("462001", "46200", "not a PIN code"),
        ("462001", "452001", "PIN 452001 lies in indore, not in bhopal"),
        ("462001", "110001", "no district of this state"),
        ("462001", "4.62E+05", "spreadsheet"),
        ("1001,", "230104.0,", "spreadsheet"),
        ("1001,", "2.30E+06,", "spreadsheet"),
        ("Fair price shop 1001", "\u200d\u200b", "name"),
        ("Fair price shop 1001", "a\x07b", "name 'a\\x07b'"),
        (",0755-2551234", "", "7 cells; expected 8"),
        ("Fair", '"Fair', "is a quote left open?"),
        ("Fair", "F\udce9", "not UTF-8"),
    ],
)
def test_bad_row_says_why(old: str, new: str, said: str) -> None:
    assert old in GOOD
    assert said in reason(GOOD.replace(old, new, 1))


@pytest.mark.parametrize(
    ("old", "new", "kept"),
    [
        ("0755-2551234", "+91 98260 12345", {"phone": "9826012345"}),
        ("0755-2551234", "098260 12345", {"phone": "9826012345"}),
        ("0755-2551234", "7552551234", {"phone": "07552551234"}),
        ("0755-2551234", "०७५५-२५५१२३४", {"phone": "07552551234"}),
        ("0755-2551234", "0755-2551234 / 98260 12345", {"phone": "07552551234 / 9826012345"}),
        ("0755-2551234", "1800-233-0233", {"phone": "18002330233"}),
        ("0755-2551234", "NA", {"phone": ""}),
        ("0755-2551234", '"=""07552551234"""', {"phone": "07552551234"}),
        ("0755-2551234", '="07552551234"', {"phone": "07552551234"}),
        ("0755-2551234", "'+919826012345", {"phone": "9826012345"}),  # as our own sheets guard a cell
        ("1001,", "'001001,", {"code": "001001"}),
        ("462001", "'462001", {"zipcode": "462001"}),
        ("0755-2551234", "7552551234.0", {"phone": "07552551234"}),
        ("0755-2551234", "0755-2551234/35", {"phone": "07552551234 / 07552551235"}),
        ("0755-2551234", '"0755-2551234\n98260 12345"', {"phone": "07552551234 / 9826012345"}),
        ("462001", "462001.0", {"zipcode": "462001"}),
        ("bhopal", "भोपाल", {"district": "bhopal"}),
        ("pds", "Fair price shop", {"kind": "pds"}),
        ("Fair price shop 1001", '"Fair price\nshop 1001"', {"name": "Fair price shop 1001"}),
        ("Fair price shop 1001", "Fair price\u200b shop\u202e 1001", {"name": "Fair price shop 1001"}),
        ("Mo-Sa 08:00-20:00; Su off", '"Mo-Sa 8-20\nSu off"', {"hours": "Mo-Sa 8-20; Su off"}),
        ("1001,", "10 01\u00a0,", {"code": "1001"}),
        ("462001", "४६२ ००१", {"zipcode": "462001"}),
        ("Mo-Sa 08:00-20:00; Su off", "9:00am–5:30pm", {"hours": "9:00am–5:30pm"}),
    ],
)
def test_cells_as_offices_write_them(old: str, new: str, kept: dict[str, str]) -> None:
    (place,) = read(GOOD.replace(old, new, 1))
    assert isinstance(place, ServingPlace)
    assert place.model_dump(include=set(kept)) == kept


@pytest.mark.parametrize(
    ("old", "new", "without", "said"),
    [
        ("0755-2551234", "12345", "phone", "telephone '12345'"),
        ("0755-2551234", "2551234", "phone", "without STD code"),
        ("0755-2551234", "7.55E+09", "phone", "spreadsheet"),
        ("0755-2551234", "0755-2551234; 35", "phone", "one of several"),
        ("Su off", "Su noon", "hours", "hours 'Mo-Sa"),
    ],
)
def test_cell_that_cannot_be_read_is_left_out_alone(old: str, new: str, without: str, said: str) -> None:
    bad, place = read(GOOD.replace(old, new, 1))
    assert isinstance(bad, BadCell)
    assert bad.line == 2
    assert said in bad.reason
    (whole,) = read(GOOD)
    assert isinstance(whole, ServingPlace)
    assert place == whole.model_copy(update={without: ""})


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
@pytest.mark.parametrize(
    ("separator", "first"), [(",", ""), (";", ""), ("\t", ""), (";", "sep=;\r\n"), (",", "sep=,\r\n")]
)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_table_as_offices_programs_save_it(tmp_path: Path, encoding: str, separator: str, first: str, end: str) -> None:
    cells = [line.split(",") for line in (HEADER, GOOD.replace("; Su off", ""))]
    text = first + "\r\n".join(separator.join(line) for line in cells) + "\r\n"
    table = tmp_path / "shops.csv"
    table.write_bytes(text.replace("\r\n", end).encode(encoding))
    with opened(table) as lines:
        (place,) = read_facilities(lines, places())
    assert isinstance(place, ServingPlace)
    assert (place.name_hi, place.phone) == ("उचित मूल्य की दुकान", "07552551234")


def test_bad_rows_cost_nobody_else() -> None:
    found = read(GOOD, '9,"pds,left open', "", ",,,,,,,", GOOD, GOOD.replace("1001", "1002"))
    assert [type(one) for one in found] == [ServingPlace, BadRow, BadRow, ServingPlace]
    assert found[2] == BadRow(6, "pds 1001 is already in line 2")


def test_district_may_be_its_english_name() -> None:
    (found,) = read(GOOD.replace("bhopal", "Bhopal"))
    assert isinstance(found, ServingPlace)
    assert found.district == "bhopal"


@pytest.mark.parametrize("header", ["", "code,kind", HEADER.replace("pin", "pan"), f"{HEADER},code", '"'])
def test_header_that_does_not_fit_says_what_is_expected(header: str) -> None:
    with pytest.raises(PlacesError, match=r"line 1: .*expected code,kind"):
        read(GOOD, header=header)


def test_header_that_names_a_column_twice_says_which() -> None:
    with pytest.raises(PlacesError, match=r"line 1: 'code' comes twice; expected"):
        read(GOOD, header=f"{HEADER},code")


@pytest.mark.parametrize(
    "above",
    [
        ["District Supply Office Bhopal,,,,,,,", ",,,,,,,", "As on 1.4.2020"],
        ["", ""],
        [',"Shop\ndetails",,,,,"Contact\nand hours",'],
        ["sep=,", "List of shops"],
        ['"sep=,"'],
    ],
)
def test_heading_may_stand_below_titles_and_merged_cells(above: list[str]) -> None:
    lines = "\n".join([*above, HEADER, GOOD]).splitlines(keepends=True)
    (place,) = read_facilities(lines, places())
    assert isinstance(place, ServingPlace)
    assert place.code == "1001"


def test_lines_are_counted_as_in_the_file() -> None:
    bad = GOOD.replace("462001", "9")
    two_lines = GOOD.replace("Fair price shop 1001", '"Fair price\nshop 1001"')
    lines = f"Title\n\n{HEADER}\n{two_lines}\n{bad}\n"
    place, wrong = read_facilities(lines.splitlines(keepends=True), places())
    assert isinstance(place, ServingPlace)
    assert isinstance(wrong, BadRow)
    assert wrong.line == 6


@pytest.mark.parametrize(
    "header",
    [
        "कोड,प्रकार,नाम,हिन्दी नाम,ज़िला,पिन कोड,मोबाइल,समय",
        'FPS Code,Type,Shop Name,Name (Hindi),District,PIN Code,"Telephone\n(with STD)",Timings',
    ],
)
def test_columns_as_offices_call_them(header: str) -> None:
    assert read(GOOD, header=header) == read(GOOD)


def test_columns_that_are_empty_or_none_of_ours_are_left_aside_and_named() -> None:
    unknown, place = read(f"7,,{GOOD},,", header=f"Sr. No.,,{HEADER},,")
    assert unknown == BadCell(1, "left out: the column 'Sr. No.', which is none of ours")
    assert place == read(GOOD)[0]


def test_two_columns_of_telephones_are_read_as_one() -> None:
    (place,) = read(f"{GOOD},98260 12345", header=f"{HEADER},Mobile")
    assert isinstance(place, ServingPlace)
    assert place.phone == "07552551234 / 9826012345"


@pytest.mark.parametrize("head", [b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"<html>", b"\x1f\x8b"])
def test_what_is_no_table_is_told_in_one_line(tmp_path: Path, head: bytes) -> None:
    table = tmp_path / "shops.csv"
    table.write_bytes(head + bytes(range(256)))
    done = run(tmp_path, "import", "facilities", str(table))
    assert done.exit_code == 1
    assert "save the table as 'CSV UTF-8'" in str(done.exception)


CELLS = st.text(max_size=20) | st.sampled_from(["pds", "bhopal", "462001", "0755-2551234", "24/7", "1001", '"', "\x00"])


@settings(max_examples=300, database=None, derandomize=True)
@given(st.lists(st.lists(CELLS, min_size=6, max_size=9).map(",".join) | st.text(max_size=60), max_size=5))
def test_no_text_breaks_the_reading(rows: list[str]) -> None:
    found = list(read_facilities([HEADER, *rows, GOOD], places()))
    assert len(found) <= len(rows) + 1
    assert any(isinstance(one, ServingPlace) and one.code == "1001" for one in found)
    assert all(one.reason and "\n" not in one.reason for one in found if isinstance(one, BadRow))


@settings(max_examples=100, database=None, derandomize=True)
@given(st.text(max_size=200))
def test_no_header_breaks_the_reading(text: str) -> None:
    try:
        list(read_facilities([text, GOOD], places()))
    except PlacesError as error:
        assert "expected code" in str(error)  # noqa: PT017


def run(data: Path, *words: str) -> Result:
    return CliRunner().invoke(make_app(words), ["--data", str(data), *words], env={"COLUMNS": "200"})


def test_import_of_10_000_rows_takes_the_good_and_lists_the_bad(tmp_path: Path) -> None:
    DataDirectory(tmp_path).store.parent.mkdir()
    migrate(DataDirectory(tmp_path).store)
    table = tmp_path / "shops.csv"
    rows = [f"{code},pds,Shop {code},,bhopal,4620{code % 40 + 1:02d},,08:00-20:00" for code in range(10_000)]
    rows[99] = rows[99].replace("4620", "9999")
    table.write_text("\n".join(["\ufeff" + HEADER, *rows]), encoding="utf-8")
    for _ in range(2):
        done = run(tmp_path, "import", "facilities", str(table), "--json")
        assert done.exit_code == 1
        said = json.loads(done.stdout)
        assert said["taken"] == 9_999
        assert said["bad"] == 1
        assert said["rows"][0]["line"] == 101
    shown = json.loads(run(tmp_path, "facilities", "list", "--json", "--pin", "462001", "--limit", "5000").stdout)
    assert {place["code"] for place in shown} == {str(code) for code in range(0, 10_000, 40)}


def test_import_of_good_rows_ends_well_and_says_so(tmp_path: Path) -> None:
    DataDirectory(tmp_path).store.parent.mkdir()
    migrate(DataDirectory(tmp_path).store)
    table = tmp_path / "shops.csv"
    table.write_text(f"{HEADER}\n{GOOD}\n", encoding="utf-8")
    done = run(tmp_path, "import", "facilities", str(table))
    assert done.exit_code == 0
    assert "1 places taken, 0 rows not taken" in done.stdout


def test_import_takes_the_row_of_a_cell_that_it_leaves_out_and_names_it(tmp_path: Path) -> None:
    DataDirectory(tmp_path).store.parent.mkdir()
    migrate(DataDirectory(tmp_path).store)
    table = tmp_path / "shops.csv"
    table.write_text(f"{HEADER}\n{GOOD.replace('0755-2551234', '7.55E+09')}\n", encoding="utf-16")
    done = run(tmp_path, "import", "facilities", str(table))
    assert done.exit_code == 1
    assert "shops.csv line 2: left out: telephone '7.55E+09': a spreadsheet" in done.stdout
    assert "1 places taken, 0 rows not taken, 1 cells left out" in done.stdout
    assert json.loads(run(tmp_path, "import", "facilities", str(table), "--json").stdout)["left_out"] == 1
    assert json.loads(run(tmp_path, "facilities", "list", "--json").stdout)[0]["phone"] == ""


async def test_nearest_are_the_open_ones_then_the_near_ones(location: Location) -> None:
    weekdays = "Mo-Sa 08:00-20:00; Su off"
    some = [
        shop("far", "462099"),
        shop("near-closed", "462001", weekdays),
        shop("next", "462003"),
        shop("below", "461999"),
        shop("gone", "462001", "off"),
        shop("elsewhere", "452001", district="indore"),
        shop("other", "462001", kind="chemist"),
    ]
    async with opened_store(location) as store, opened_desk(store) as desk:
        await store.write(lambda uow: uow.facilities.upsert(some=some))

        async def near(now: datetime, pin: str = "462001", count: int = 9) -> list[str]:
            found = await store.read(lambda uow: uow.facilities.near(("pds",), "bhopal", pin, now, count))
            return [place.code for place in found]

        assert await near(SUNDAY_NOON) == ["below", "next", "far", "near-closed"]
        assert await near(MONDAY_NOON, count=2) == ["near-closed", "below"]
        assert len(await near(MONDAY_NOON, pin="")) == 4
        assert len(await desk.nearest_places("ration", "bhopal", "462001")) == 2
        assert await desk.nearest_places("danger", "bhopal", "462001") == []


async def test_ticket_carries_places_of_its_pin_that_serve_its_need(location: Location) -> None:
    some = [shop(str(code)) for code in range(5)] + [shop("k", kind="kitchen"), shop("n", "462003")]
    async with opened_store(location) as store, opened_desk(store) as desk:
        await store.write(lambda uow: uow.facilities.upsert(some=some))
        ticket = await desk.open(report("1"))
        assert [place.code for place in ticket.served_by] == ["0", "1", "2"]
        assert (await desk.ticket(ticket.number)) == ticket
        assert (await desk.open(report("2", phone=None, need="gas"))).served_by == ()
        moved = Command(command_id="1", ticket=ticket.number, action="correct", changes=Changes(zipcode="462003"))
        assert (await desk.command(moved, actor=actor_of_room(ticket.room))).accepted
        after = await desk.ticket(ticket.number)
        assert after
        assert [place.code for place in after.served_by] == ["n"]


def test_columns_are_those_of_the_help() -> None:
    assert set(HEADER.split(",")) == {*COLUMNS, "name_hi"}
