"""Lists of requests as offices write them."""

from __future__ import annotations

import io
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import xlsxwriter  # type: ignore[import-untyped]
from hypothesis import given
from hypothesis import strategies as st

from router.intake.lists import ListRow, NoListError, list_name, read_list, write_rejected
from router.intake.lists.columns import _data, _key, column_of
from router.sheets import read_sheets
from router.sheets.table import Row, Sheet
from tests.support.stores import places
from warroom.services.intake_channels import make_understanding

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from router.intake.base import Submission, TextUnderstanding

HEADING = ("ज़रूरत", "मोबाइल नं.", "नाम", "जिला", "पिन कोड", "सदस्य संख्या", "विवरण", "दिनांक", "टिप्पणी")
GOOD = {
    "ज़रूरत": "राशन",
    "मोबाइल नं.": "98123 43210",
    "नाम": "राम लाल",
    "जिला": "भोपाल",
    "पिन कोड": "462001",
    "सदस्य संख्या": "4",
}


@cache
def understanding() -> TextUnderstanding:
    return make_understanding(places())


def rows_of(*rows: Sequence[str], heading: Sequence[str] = HEADING, name: str = "सूची") -> list[ListRow]:
    table = [Row(number, tuple(cells)) for number, cells in enumerate((heading, *rows), 1) if any(cells)]
    return list(read_list([Sheet("", rows=table)], places(), understanding(), name=name).rows)


def row_of(**cells: str) -> ListRow:
    said = GOOD | cells
    (row,) = rows_of([said.get(title, "") for title in HEADING])
    return row


def said_by(row: ListRow) -> Submission:
    assert row.submission is not None, row.bad
    return row.submission


def test_row_becomes_a_submission() -> None:
    said = said_by(row_of())
    assert (said.need, said.sender.e164, said.name, said.district) == ("ration", "+919812343210", "राम लाल", "bhopal")
    assert (said.zipcode, said.people, said.language, said.channel) == ("462001", 4, "hi", "operator")
    assert said.status_notes == "सूची सूची, पंक्ति 2"
    assert said.same_name


@pytest.mark.parametrize(
    ("column", "cell", "field", "value"),
    [
        ("मोबाइल नं.", "०९८१२३ ४३२१०", "phone", "+919812343210"),
        ("मोबाइल नं.", "98123\u00a043210", "phone", "+919812343210"),
        ("मोबाइल नं.", "9812343210.0", "phone", "+919812343210"),
        ("मोबाइल नं.", "Mob. 98123-43210", "phone", "+919812343210"),
        ("मोबाइल नं.", "NA", "phone", None),
        ("पिन कोड", "४६२ ००१", "zipcode", "462001"),
        ("पिन कोड", "462001.0", "zipcode", "462001"),
        ("पिन कोड", "-", "zipcode", ""),
        ("सदस्य संख्या", "५ सदस्य", "people", 5),
        ("सदस्य संख्या", "कुल 6", "people", 6),
        ("जिला", "Bhopal", "district", "bhopal"),
        ("जिला", "जिला भोपाल", "district", "bhopal"),
        ("जिला", "Distt. Bhopal", "district", "bhopal"),
        ("ज़रूरत", "Water", "need", "water"),
        ("ज़रूरत", "पीने का पानी नहीं आ रहा", "need", "water"),
        ("ज़रूरत", "राशन, दवा", "need", "ration"),
        ("विवरण", "तीन दिन से\nभूखे हैं", "text", "तीन दिन से\nभूखे हैं"),
        ("नाम", "राम\u200b\u202e लाल\n(मुखिया)", "name", "राम लाल (मुखिया)"),
    ],
)
def test_cells_as_offices_write_them(column: str, cell: str, field: str, value: object) -> None:
    said = said_by(row_of(**{column: cell}))
    assert (said.sender.e164 if field == "phone" else getattr(said, field)) == value


@pytest.mark.parametrize(
    ("column", "cell", "name", "reason"),
    [
        ("ज़रूरत", "कखग", "A2", "need 'कखग': not known; expected one of राशन (ration)"),
        ("मोबाइल नं.", "9.81E+09", "B2", "format 'Text'"),
        ("मोबाइल नं.", "981234", "B2", "telephone 'XXXX34': without STD code"),
        ("मोबाइल नं.", "#REF!", "B2", "formula has failed"),
        ("नाम", "???? ???", "C2", "Excel saved the Hindi so"),
        ("नाम", "x " * 101, "C2", "has 201 characters; at most 200"),
        ("जिला", "Atlantis", "D2", "district 'Atlantis': not known"),
        ("पिन कोड", "4.62E+05", "E2", "format 'Text'"),
        ("पिन कोड", "46200", "E2", "six digits"),
        ("पिन कोड", "452001", "E2", "PIN 452001 lies in indore, and not in bhopal"),
        ("टिप्पणी", "क " * 800, "A2", "characters; at most 1500"),
    ],
)
def test_a_cell_that_must_be_right_is_named_and_the_row_not_taken(
    column: str, cell: str, name: str, reason: str
) -> None:
    row = row_of(**{column: cell})
    assert row.submission is None
    (bad,) = row.bad
    assert bad.cell == name
    assert reason in bad.reason


def test_all_bad_cells_of_a_row_are_named_at_once() -> None:
    row = row_of(**{"ज़रूरत": "कखग", "मोबाइल नं.": "12345", "पिन कोड": "0" * 5})
    assert [bad.cell for bad in row.bad] == ["A2", "B2", "E2"]


@pytest.mark.parametrize(
    ("column", "cell", "name"),
    [("सदस्य संख्या", "चार-पाँच", "F2"), ("दिनांक", "कल", "H2"), ("मोबाइल नं.", "98123 43210 / 12345", "B2")],
)
def test_a_cell_that_only_adds_is_left_out_named_and_kept_for_the_room(column: str, cell: str, name: str) -> None:
    row = row_of(**{column: cell})
    assert [bad.cell for bad in row.left_out] == [name]
    assert cell in said_by(row).status_notes
    assert said_by(row).sender.e164 == "+919812343210"


@pytest.mark.parametrize("cell", ["98123 43210 / 0755-2551234", "9812343210\n07552551234", "९८१२३४३२१०, ०७५५-२५५१२३४"])
def test_the_second_telephone_of_a_cell_is_kept(cell: str) -> None:
    said = said_by(row_of(**{"मोबाइल नं.": cell}))
    assert said.sender.e164 == "+919812343210"
    assert "दूसरा फ़ोन 07552551234" in said.status_notes


@pytest.mark.parametrize(
    "cell", ["05.04.2020", "5/4/20", "2020-04-05", "5-Apr-2020", "०५-०४-२०२०", "43926", "05/04/2020 10:30"]
)
def test_days_are_read_with_the_day_first(cell: str) -> None:
    row = row_of(दिनांक=cell)
    assert "दिनांक 05.04.2020" in said_by(row).status_notes
    assert row.left_out == ()


def test_columns_that_nobody_knows_are_notes_and_serial_numbers_are_not() -> None:
    heading = ("S.No.", "Need", "Father's name", "Remarks", "Village", "Address", "Mobile 1", "Mobile 2")
    (row,) = rows_of(
        ("7", "water", "Mohan", "sent twice", "बैरसिया", "Ward 5", "9812343210", "9812343211"), heading=heading
    )
    said = said_by(row)
    assert said.status_notes == "सूची सूची, पंक्ति 2; दूसरा फ़ोन 9812343211; Father's name: Mohan; Remarks: sent twice"
    assert said.address == "बैरसिया, Ward 5"


def test_same_content_has_the_same_key_whatever_row_and_form_it_has() -> None:
    first, again = said_by(row_of()), said_by(row_of(**{"मोबाइल नं.": "+91 98123-43210", "पिन कोड": "४६२००१"}))
    other = said_by(row_of(नाम="श्याम"))
    assert first.source_key == again.source_key != other.source_key
    assert first.content == again.content != other.content
    keyed = rows_of(("भो/7", "water"), ("भो/8", "water"), heading=("आवेदन क्रमांक", "need"))
    assert [said_by(one).source_key for one in keyed] == ["list/सूची/भो/7", "list/सूची/भो/8"]


def test_a_key_whose_digits_excel_has_lost_is_named() -> None:
    rows = rows_of(("2.02E+11", "water"), ("१२", "water"), ("202011290017.0", "water"), heading=("token", "need"))
    assert (rows[0].submission, rows[0].bad[0].cell) == (None, "A2")
    assert [said_by(one).source_key for one in rows[1:]] == ["list/सूची/12", "list/सूची/202011290017"]


def test_a_row_that_says_the_same_as_another_is_told() -> None:
    cells = [GOOD.get(title, "") for title in HEADING]
    first, second = rows_of(cells, cells)
    assert first.submission
    assert (second.submission, second.bad) == (None, ())
    assert "the same as row 2" in second.left_out[0].reason


def test_totals_signatures_and_headings_within_are_no_requests() -> None:
    cells = [GOOD.get(title, "") for title in HEADING]
    rows = rows_of(cells, HEADING, ("", "", "", "", "", "", "", "", "कुल 45"), ("", "", "", "", "", "4"))
    assert len(rows) == 3
    assert [bool(row.submission) for row in rows] == [True, False, False]
    assert all(not row.bad and row.left_out for row in rows[1:])


def test_another_heading_begins_another_table() -> None:
    first, second = rows_of(
        ("water", "9812343210"), ("मोबाइल", "ज़रूरत", "पता"), ("9812343211", "राशन", "वार्ड 5"), heading=("need", "phone")
    )
    assert (said_by(first).need, said_by(second).need, said_by(second).address) == ("water", "ration", "वार्ड 5")


def test_a_column_without_a_title_is_a_note_in_a_workbook() -> None:
    table = [Row(1, ("need", "phone")), Row(2, ("water", "9812343210", "", "तीसरी बार"))]
    (row,) = read_list([Sheet("Sheet1", rows=table)], places(), understanding(), name="a").rows
    assert said_by(row).status_notes == "सूची a, पंक्ति 2; तीसरी बार"


def test_a_cell_beside_the_table_is_named() -> None:
    (row,) = rows_of([*(GOOD.get(title, "") for title in HEADING), "", "9812300000"])
    assert (row.submission, row.bad[0].cell) == (None, "K2")


@pytest.mark.parametrize(
    "title", ["मोबाइल नं.", "MOBILE NO.", " Mobile_No ", "Mobile No. (with STD)", "संपर्क सूत्र", "मो. नं."]
)
def test_titles_are_known_however_they_are_written(title: str) -> None:
    assert column_of(title) == "phone"


def test_no_title_stands_for_two_columns() -> None:
    titles = [_key(title) for one in _data().values() for title in one["names"]]
    assert [title for title in set(titles) if titles.count(title) > 1] == []


@pytest.mark.parametrize(
    ("stem", "name"),
    [
        ("office", "office"),
        ("office (1)", "office"),
        ("office - Copy (2)", "office"),
        ("भोपाल_copy", "भोपाल"),
        ("(1)", "(1)"),
    ],
)
def test_a_copy_of_a_file_is_the_same_list(stem: str, name: str) -> None:
    assert list_name(stem) == name


def workbook(path: Path, fill: Callable[[Any], None]) -> Path:
    book = xlsxwriter.Workbook(str(path))
    fill(book)
    book.close()
    return path


def office(book: Any) -> None:
    sheet = book.add_worksheet("हुज़ूर")
    sheet.merge_range("A1:E1", "कार्यालय तहसीलदार, राहत सूची")
    sheet.merge_range("A2:B2", "आवेदक")
    sheet.write_row("A3", ["नाम", "मोबाइल", "पिन", "ज़रूरत", "सदस्य", "जिला"])
    sheet.write_row("A4", ["राम लाल", 9812343210, 462001.0, "राशन", 4.0])
    sheet.write_row("A5", ["सीता", 9812343211, 462001, "राशन", 3])
    sheet.merge_range("F4:F5", "भोपाल")
    sheet.set_row(4, None, None, {"hidden": True})
    second = book.add_worksheet("Berasia")
    second.write_row("A1", ["Need", "Phone"])
    second.write_row("A2", ["water", "98123 43212"])
    book.add_worksheet("old").hide()
    book.add_worksheet("टिप्पणियाँ").write("A1", "यह सूची नहीं है")


def test_workbook_with_titles_merged_cells_and_several_sheets(tmp_path: Path) -> None:
    found = read_list(read_sheets(workbook(tmp_path / "a.xlsx", office)), places(), understanding(), name="a")
    rows = list(found.rows)
    assert found.total == 3
    assert [(one.sheet, one.row.number, said_by(one).need) for one in rows] == [
        ("हुज़ूर", 4, "ration"), ("हुज़ूर", 5, "ration"), ("Berasia", 2, "water"),
    ]  # fmt: skip
    assert {said_by(one).district for one in rows[:2]} == {"bhopal"}
    assert [remark.partition(":")[0] for remark in found.remarks] == [
        "sheet 'हुज़ूर'", "sheet 'old' was not read", "sheet 'टिप्पणियाँ' was not read",
    ]  # fmt: skip


def test_workbook_and_csv_of_it_are_the_same_list(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("नाम;मोबाइल;पिन;ज़रूरत;सदस्य;जिला\r\nराम लाल;9812343210;462001;राशन;4;भोपाल\r\n", encoding="utf-16")
    (of_csv,) = read_list(read_sheets(path), places(), understanding(), name="a").rows
    sheets = read_sheets(workbook(tmp_path / "a.xlsx", office))
    of_workbook = next(read_list(sheets, places(), understanding(), name="a").rows)
    assert said_by(of_csv).source_key == said_by(of_workbook).source_key


def test_what_is_no_list_says_what_is_looked_for() -> None:
    with pytest.raises(NoListError, match="phone: telephone, one or several"):
        read_list([Sheet("", rows=[Row(1, ("a", "b"))])], places(), understanding(), name="a")


def test_rejected_rows_are_mended_and_read_again(tmp_path: Path) -> None:
    bad = [(GOOD | {"जिला": "Atlantis", "टिप्पणी": "=1+1"}).get(title, "") for title in HEADING]
    rows = rows_of(bad)
    file = io.StringIO(newline="")
    write_rejected(file, rows)
    text = file.getvalue()
    assert text.startswith("\ufeffcell in,not taken because,")
    assert "D2" in text
    path = tmp_path / "rejected.csv"
    path.write_text(text.replace("Atlantis,", "भोपाल,", 1), encoding="utf-8", newline="")
    (again,) = read_list(read_sheets(path), places(), understanding(), name="सूची").rows
    assert said_by(again).status_notes.endswith("टिप्पणी: =1+1")
    right = [(GOOD | {"टिप्पणी": "=1+1"}).get(title, "") for title in HEADING]
    assert said_by(again).source_key == said_by(rows_of(right)[0]).source_key


CELL = st.text(st.characters(exclude_categories=("Cs",)), max_size=40) | st.sampled_from(
    [*GOOD.values(), "#REF!", "4.62E+05"]
)


@given(st.lists(st.lists(CELL, min_size=9, max_size=9), max_size=3))
def test_no_cells_whatever_they_are_raise_anything(cells: list[list[str]]) -> None:
    for row in rows_of(*cells):
        if row.submission is None:
            assert row.bad or row.left_out
