"""A mistake in a table is reported with file and line, all mistakes at once."""

import csv
import shutil
import tempfile
from collections.abc import Callable
from importlib.resources import as_file, files
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from router.geo import PlacesError, load_places

TABLES = ("divisions.csv", "districts.csv", "pins.csv", "states.csv", "needs.csv", "kinds.csv", "cities.csv")


def copy_tables(directory: Path) -> Path:
    with as_file(files("router.geo").joinpath("data")) as data:
        for table in TABLES:
            shutil.copy(data / table, directory / table)
    return directory


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return copy_tables(tmp_path)


def rows_of(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def write(path: Path, rows: list[list[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


def put(directory: Path, table: str, line: int, column: str, value: str) -> None:
    """Put a value into the cell of a line (the header is line 1)."""
    rows = rows_of(directory / table)
    rows[line - 1][rows[0].index(column)] = value
    write(directory / table, rows)


def problems(directory: Path) -> tuple[str, ...]:
    with pytest.raises(PlacesError) as caught:
        load_places(directory)
    assert str(caught.value).splitlines() == list(caught.value.problems)
    return caught.value.problems


@pytest.mark.parametrize(
    ("written", "dialled"),
    [
        ("0731-2365534", "07312365534"),
        ("07282-224001", "07282224001"),
        ("9425012345", "9425012345"),
        ("+91 731 236 5534", "07312365534"),
        ("०७३१-१०७७", "07311077"),
    ],
)
def test_control_room_of_an_admin(data: Path, written: str, dialled: str) -> None:
    put(data, "districts.csv", 2, "control_room", written)
    assert load_places(data).districts["indore"].control_room == dialled


def test_control_room_may_be_empty(data: Path) -> None:
    put(data, "districts.csv", 2, "control_room", "")
    assert load_places(data).districts["indore"].control_room == ""


@pytest.mark.parametrize("table", TABLES)
def test_file_missing(data: Path, table: str) -> None:
    (data / table).unlink()
    found = problems(data)
    assert found[0] == f"{table}: missing; expected it in {data}"


def test_all_files_missing_are_all_named(tmp_path: Path) -> None:
    found = problems(tmp_path)
    assert sorted(line.split(":")[0] for line in found if "missing; expected it" in line) == sorted(TABLES)


@pytest.mark.parametrize("table", TABLES)
def test_file_is_a_directory(data: Path, table: str) -> None:
    (data / table).unlink()
    (data / table).mkdir()
    assert f"{table}: cannot be read: Is a directory" in problems(data)


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("content", ["", "\n\n", "HEADER"])
def test_file_without_rows(data: Path, table: str, content: str) -> None:
    header = (data / table).read_text(encoding="utf-8").splitlines()[0]
    (data / table).write_text(content.replace("HEADER", header), encoding="utf-8")
    assert any(line.startswith(f"{table}: no rows; expected a header line") for line in problems(data))


@pytest.mark.parametrize("table", TABLES)
def test_column_missing_and_unknown(data: Path, table: str) -> None:
    rows = rows_of(data / table)
    gone, rows[0][1] = rows[0][1], "colour"
    write(data / table, rows)
    found = problems(data)
    assert any(line.startswith(f"{table} line 1: column '{gone}' is missing; expected ") for line in found)
    assert any(line.startswith(f"{table} line 1: unknown column 'colour'; expected ") for line in found)


def test_column_twice(data: Path) -> None:
    write(data / "pins.csv", [["from", "to", "district", "to"], ["462001", "462001", "bhopal", "462002"]])
    assert problems(data)[0].startswith("pins.csv line 1: column 'to' comes twice")


def test_columns_in_another_order(data: Path) -> None:
    rows = rows_of(data / "pins.csv")
    write(data / "pins.csv", [row[::-1] for row in rows])
    assert [district.id for district in load_places(data).by_pin("462001")] == ["bhopal"]


def test_cell_too_many_and_too_few(data: Path) -> None:
    rows = rows_of(data / "needs.csv")
    rows[1].append("more")
    rows[2].pop()
    write(data / "needs.csv", rows)
    found = problems(data)
    assert found[0].startswith("needs.csv line 2: 12 cells; expected 11: id,")
    assert found[1].startswith("needs.csv line 3: 10 cells; expected 11: id,")


def test_file_not_utf8(data: Path) -> None:
    path = data / "districts.csv"
    lines = path.read_bytes().split(b"\n")
    lines[4] = lines[4].replace(b"Barwani", "Barwaní".encode("latin-1"))
    path.write_bytes(b"\n".join(lines))
    assert problems(data) == ("districts.csv line 5: not UTF-8 text; save the table as 'CSV UTF-8'",)


def test_file_as_a_spreadsheet_saves_it(data: Path) -> None:
    for table in TABLES:
        text = (data / table).read_text(encoding="utf-8")
        empty = "," * text.splitlines()[0].count(",")
        (data / table).write_bytes(b"\xef\xbb\xbf" + f"{text}{empty}\n\n".replace("\n", "\r\n").encode())
    assert len(load_places(data).districts) == 52


def test_quote_left_open(data: Path) -> None:
    path = data / "needs.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("sanitary,", 'sanitary,"', 1), encoding="utf-8")
    assert problems(data)[0].startswith("needs.csv line 9: not a CSV row (")


def test_line_number_after_a_name_of_two_lines(data: Path) -> None:
    put(data, "needs.csv", 3, "name", "Cooked\nfood")
    put(data, "needs.csv", 5, "desk", "kitchen")
    found = problems(data)
    assert found[0].startswith(r"needs.csv line 3: name 'Cooked\nfood' is not allowed; expected Latin letters")
    assert found[1].startswith("needs.csv line 6: unknown desk 'kitchen'")


NAME = "is not allowed; expected Latin letters"
NAME_HI = "is not allowed; expected Devanagari letters"


@pytest.mark.parametrize(
    ("table", "line", "column", "value", "message"),
    [
        ("districts.csv", 14, "division", "bhopl", "unknown division 'bhopl' (known: indore, jabalpur, ujjain, "),
        ("districts.csv", 14, "division", "", "division is empty; expected an id of divisions.csv"),
        ("districts.csv", 4, "id", "", "id is empty; expected lower-case letters"),
        ("districts.csv", 4, "id", "Khargone", "id 'Khargone' is not allowed; expected lower-case letters"),
        ("districts.csv", 4, "room", "district_khargone", "room 'district_khargone' is not allowed"),
        ("districts.csv", 4, "room", "district-खरगोन", "room 'district-खरगोन' is not allowed"),
        ("districts.csv", 4, "room", "rooms/#", "room 'rooms/#' is not allowed"),
        ("districts.csv", 4, "room", "", "room is empty"),
        ("districts.csv", 4, "room", "state", "room 'state' is the state's own room"),
        ("districts.csv", 4, "room", "outside-goa", "room 'outside-goa' is another room's id"),
        ("districts.csv", 4, "room", "secretary", "room 'secretary' is another room's id"),
        ("districts.csv", 4, "room", "district-indore", "room 'district-indore' is already in line 2"),
        ("districts.csv", 4, "name", "", "name is empty; expected Latin letters"),
        ("districts.csv", 4, "name", "खरगोन", f"name 'खरगोन' {NAME}"),
        ("districts.csv", 4, "name", 'Khar"gone', f"""name 'Khar"gone' {NAME}"""),
        ("districts.csv", 4, "name", "Khar'gone", f"""name "Khar'gone" {NAME}"""),
        ("districts.csv", 4, "name", "K" * 81, "at most 80 characters"),
        ("districts.csv", 4, "name_hi", "", "name_hi is empty; expected Devanagari letters"),
        ("districts.csv", 4, "name_hi", "Khargone", f"name_hi 'Khargone' {NAME_HI}"),
        ("districts.csv", 4, "name_hi", "खर\nगोन", NAME_HI),
        ("districts.csv", 4, "name_hi", "खरगोन १", NAME_HI),
        ("districts.csv", 4, "std", "", "std '' is not STD codes without the leading 0"),
        ("districts.csv", 4, "std", "07282", "std '07282' is not STD codes without the leading 0"),
        ("districts.csv", 4, "std", "7282,7280", "std '7282,7280' is not STD codes"),
        ("districts.csv", 4, "std", "7282 7282", "std names a code twice: '7282 7282'"),
        ("districts.csv", 4, "control_room", "7282-1077", "control_room '7282-1077' is not a telephone number"),
        ("districts.csv", 4, "control_room", "Local/1@x", "control_room 'Local/1@x' is not a telephone number"),
        ("districts.csv", 4, "latitude", "north", "latitude 'north' is not a number of degrees from 6 to 38"),
        ("districts.csv", 4, "latitude", "75.615", "latitude '75.615' is not a number of degrees from 6 to 38"),
        ("districts.csv", 4, "longitude", "nan", "longitude 'nan' is not a number of degrees from 68 to 98"),
        ("districts.csv", 4, "order", "1", "order 1 of division 'indore' is already in line 2"),
        ("districts.csv", 4, "order", "first", "order 'first' is not a whole number from 1 to 99"),
        ("districts.csv", 4, "tile_row", "0", "tile_row '0' is not a whole number from 1 to 16"),
        (
            "districts.csv",
            4,
            "lgd",
            "MP-23",
            "lgd 'MP-23' is not a code of the Local Government Directory, such as '396'",
        ),
        ("districts.csv", 4, "tile_col", "", "tile_col '' is not a whole number from 1 to 16"),
        ("districts.csv", 3, "tile_col", "3", "tile row 7, column 3 is already in line 2"),
        ("divisions.csv", 3, "id", "indore", "division 'indore' is already in line 2"),
        ("divisions.csv", 3, "order", "1", "order 1 is already in line 2"),
        ("divisions.csv", 3, "order", "0", "order '0' is not a whole number from 1 to 99"),
        ("divisions.csv", 3, "order", "२", "order '२' is not a whole number from 1 to 99"),
        ("pins.csv", 2, "from", "45000", "from '45000' is not a whole number from 100000 to 999999"),
        ("pins.csv", 2, "to", "45o999", "to '45o999' is not a whole number"),
        ("pins.csv", 2, "from", "", "from '' is not a whole number"),
        ("pins.csv", 4, "from", "450120", "from 450120 is higher than to 450119; expected the lower PIN first"),
        ("pins.csv", 2, "district", "bhopl", "unknown district 'bhopl'; expected an id of districts.csv"),
        ("pins.csv", 2, "district", "", "district is empty"),
        ("pins.csv", 3, "district", "khandwa", "range 450001 to 450999 of district 'khandwa' is already in line 2"),
        ("pins.csv", 2, "from", "405001", "PIN 405001 lies in maharashtra; expected a PIN of madhya-pradesh"),
        ("states.csv", 3, "id", "andhra-pradesh", "state 'andhra-pradesh' is already in line 2"),
        ("states.csv", 3, "pins", "51", "PIN prefix 51 is already in line 2"),
        ("states.csv", 3, "pins", "", "pins '' is not first digits of PIN codes"),
        ("states.csv", 3, "pins", "012 4", "pins '012, 4' is not first digits of PIN codes"),
        ("states.csv", 3, "home", "perhaps", "unknown home 'perhaps' (known: yes, no)"),
        (
            "needs.csv",
            2,
            "group",
            "snacks",
            "unknown group 'snacks' (known: food, health, fuel, outside, tell, other)",
        ),
        ("needs.csv", 2, "desk", "", "unknown desk '' (known: food, health, fuel, supplies, travel, information)"),
        ("needs.csv", 2, "priority", "5", "priority '5' is not a whole number from 1 to 4"),
        ("needs.csv", 2, "private", "", "unknown private '' (known: yes, no)"),
        ("needs.csv", 3, "id", "ration", "need 'ration' is already in line 2"),
        ("needs.csv", 2, "short_hi", "", "short_hi has 0 characters; expected 1 to 20, as fit a button"),
        ("needs.csv", 2, "short", "x" * 21, "short has 21 characters; expected 1 to 20, as fit a button"),
        (
            "cities.csv",
            2,
            "state",
            "madhya-pradesh",
            "unknown state 'madhya-pradesh'; expected an id of states.csv that is not the home state",
        ),
    ],
)
def test_mistake_in_one_cell(data: Path, table: str, line: int, column: str, value: str, message: str) -> None:
    put(data, table, line, column, value)
    found = [problem for problem in problems(data) if message in problem]
    assert [problem.split(":")[0] for problem in found] == [f"{table} line {line}"]


def test_home_state_missing_and_twice(data: Path) -> None:
    put(data, "states.csv", 2, "home", "yes")
    assert "states.csv: 2 home states; expected 'yes' under home in exactly one row" in problems(data)
    put(data, "states.csv", 2, "home", "no")
    put(data, "states.csv", 14, "home", "")
    assert "states.csv: 0 home states; expected 'yes' under home in exactly one row" in problems(data)


@pytest.mark.parametrize("need", ["listen", "danger", "other"])
def test_need_the_program_uses_is_missing(data: Path, need: str) -> None:
    rows = rows_of(data / "needs.csv")
    write(data / "needs.csv", [row for row in rows if row[0] != need])
    assert problems(data) == (f"needs.csv: need '{need}' is missing; the program itself uses it",)


def test_division_without_districts(data: Path) -> None:
    rows = rows_of(data / "divisions.csv")
    write(data / "divisions.csv", [*rows, ["malwa", "Malwa", "मालवा", "11"]])
    expected = "divisions.csv: division 'malwa' has no district in districts.csv; remove it or add one"
    assert problems(data) == (expected,)


def test_all_mistakes_at_once(data: Path) -> None:
    put(data, "divisions.csv", 4, "order", "x")
    put(data, "districts.csv", 14, "division", "bhopl")
    put(data, "districts.csv", 14, "latitude", "x")
    put(data, "pins.csv", 9, "district", "nowhere")
    put(data, "states.csv", 7, "name_hi", "Goa")
    put(data, "needs.csv", 16, "priority", "0")
    starts = sorted(problem.split(":")[0] for problem in problems(data))
    assert starts == [
        "districts.csv line 14",
        "districts.csv line 14",
        "divisions.csv line 4",
        "needs.csv line 16",
        "pins.csv line 9",
        "states.csv line 7",
    ]


def test_long_cell_is_shortened(data: Path) -> None:
    put(data, "needs.csv", 2, "desk", "x" * 100_000)
    assert all(len(problem) < 300 for problem in problems(data))


def test_missing_table_does_not_flood(data: Path) -> None:
    (data / "divisions.csv").unlink()
    put(data, "pins.csv", 2, "district", "nowhere")
    found = problems(data)
    assert len(found) == 2
    assert found[1].startswith("pins.csv line 2: unknown district 'nowhere'")


def in_fresh_tables(change: Callable[[Path], object]) -> tuple[str, ...]:
    """Problems after a change to fresh tables; empty when they still load."""
    with tempfile.TemporaryDirectory() as directory:
        data = copy_tables(Path(directory))
        change(data)
        try:
            load_places(data)
        except PlacesError as error:
            return error.problems
        return ()


# Cells as an admin's hand or a broken export may fill them. Not with surrogates, which UTF-8 cannot hold, and not
# with a carriage return, which csv.writer leaves unquoted, so that it ends the row.
CELLS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r"), max_size=30)
QUICK = settings(max_examples=60, database=None, derandomize=True)


@QUICK
@given(st.sampled_from(TABLES), st.integers(2, 11), st.data())
def test_any_cell_loads_or_names_its_line(table: str, line: int, data: st.DataObject) -> None:
    with as_file(files("router.geo").joinpath("data")) as there:
        line = min(line, len(rows_of(there / table)))

    def change(directory: Path) -> None:
        columns = [name for name in rows_of(directory / table)[0] if name != "id"]  # other tables name ids
        put(directory, table, line, data.draw(st.sampled_from(columns)), data.draw(CELLS))

    found = in_fresh_tables(change)
    assert not found or any(problem.startswith(f"{table} line {line}: ") for problem in found)
    assert all("\n" not in problem for problem in found)


@QUICK
@given(st.sampled_from(TABLES), st.binary(max_size=200))
def test_any_bytes_give_problems_never_another_error(table: str, content: bytes) -> None:
    found = in_fresh_tables(lambda directory: (directory / table).write_bytes(content))
    assert any(problem.startswith(table) for problem in found)


@QUICK
@given(st.sampled_from(TABLES), st.integers(0, 600), st.binary(min_size=1, max_size=8))
def test_any_damage_loads_or_gives_problems(table: str, at: int, damage: bytes) -> None:
    def change(directory: Path) -> None:
        raw = bytearray((directory / table).read_bytes())
        raw[at : at + len(damage)] = damage
        (directory / table).write_bytes(raw)

    assert all(".csv" in problem.split(":")[0] for problem in in_fresh_tables(change))
