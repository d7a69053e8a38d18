"""Officers' answers: what their files may look like, and that a file changes nothing a second time."""

from __future__ import annotations

import io
import string
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from router.model.stranded_group import ANSWERED_HELP, StrandedGroup
from router.sheets import Row, Sheet, read_sheets
from router.spreadsheet import SpreadsheetWriter
from router.stranded.answers import Answer, BadAnswer, NoAnswersError, read_answers
from router.stranded.lists import HEADINGS, ListName, list_rows, parse_list_name
from tests.support.stores import places

if TYPE_CHECKING:
    from pathlib import Path

KERALA = ListName("outbound", "kerala", 3)
SHORT = ("Group", "List", "New state of help", "New number of people", "New place", "Remark")


def sheet(*rows: tuple[str, ...], heading: tuple[str, ...] = SHORT) -> list[Sheet]:
    """A table of these rows."""
    return [Sheet("", rows=[Row(number, cells) for number, cells in enumerate((heading, *rows), start=1)])]


def test_list_comes_back_as_it_went_out_with_what_was_filled_in(tmp_path: Path) -> None:
    groups = [
        StrandedGroup(id=11, direction="outbound", state="kerala", phone="+919812345675", place="=HYPERLINK(1)",
                      name="सुनीता", people=4, wants=("food", "travel"), home_district="rewa",
                      since="2020-04-01T00:00:00+00:00"),
        StrandedGroup(id=12, direction="outbound", state="kerala", since="2020-04-01T00:00:00+00:00"),
    ]  # fmt: skip
    text = io.StringIO()
    writer = SpreadsheetWriter(text)
    writer.row(HEADINGS)
    for row in list_rows(KERALA, groups, {11: ["100000013"]}, places()):
        writer.row((*row[:-4], *(("Travelling", 5, "Aluva", "bus at six") if row[0] == 11 else ("", "", "", ""))))
    path = tmp_path / "kerala.csv"
    path.write_text(text.getvalue(), "utf-8")
    assert "'=HYPERLINK" in text.getvalue()
    assert read_answers(read_sheets(path)) == [Answer(2, 11, KERALA, "travelling", 5, "Aluva", "bus at six")]


@pytest.mark.parametrize(
    ("cells", "wanted"),
    [
        (("१२", "Kerala-3", "मदद मिली", "५"), Answer(2, 12, KERALA, "helped", 5, "", "")),
        (("12.0", "kerala-3", " On the  way ", "5.0"), Answer(2, 12, KERALA, "travelling", 5, "", "")),
        (("12", "kerala-3"), None),
        (("12", "kerala-3", "", "", "", "called"), Answer(2, 12, KERALA, None, None, "", "called")),
    ],
)
def test_cells_as_offices_write_them(cells: tuple[str, ...], wanted: Answer | None) -> None:
    assert read_answers(sheet(cells)) == ([wanted] if wanted else [])


@pytest.mark.parametrize(
    ("cells", "named"),
    [
        (("x", "kerala-3", "home"), ["A2"]),
        (("12", "3", "home"), ["B2"]),
        (("12", "kerala-3", "gone"), ["C2"]),
        (("12", "kerala-3", "home", "many"), ["D2"]),
        (("12", "kerala-3", "home", "0"), ["D2"]),
        (("", "", "gone", "-1", "p" * 201, "r" * 501), ["A2", "B2", "C2", "D2", "E2", "F2"]),
    ],
)
def test_bad_cells_are_named_and_their_row_is_not_taken(cells: tuple[str, ...], named: list[str]) -> None:
    read = read_answers(sheet(cells, ("7", "kerala-3", "home")))
    assert [one.cell for one in read if isinstance(one, BadAnswer)] == named
    assert [one.group for one in read if isinstance(one, Answer)] == [7]


def test_columns_are_found_by_name_below_a_title_in_any_order() -> None:
    rows = [Row(1, ("Labour office",)), Row(3, ("REMARK", "New state of help", "list", "S. No", "Group"))]
    rows.append(Row(4, ("ok", "home", "kerala-here-2", "1", "9")))
    answer = Answer(4, 9, ListName("inbound", "kerala", 2), "home", None, "", "ok")
    assert read_answers([Sheet("", rows=rows)]) == [answer]


def test_file_without_our_columns_is_refused() -> None:
    with pytest.raises(NoAnswersError, match="Group, List"):
        read_answers(sheet(("1", "2"), heading=("Name", "Telephone")))


@given(
    direction=st.sampled_from(["outbound", "inbound"]),
    state=st.sampled_from(sorted(places().states)),
    number=st.integers(1, 999_999),
)
def test_name_of_a_list_is_read_back(direction: Any, state: str, number: int) -> None:
    name = ListName(direction, state, number)
    assert parse_list_name(str(name)) == name


@given(st.lists(st.lists(st.text(string.printable + "कखग१२३\u200d\ufeff", max_size=12), max_size=7), max_size=8))
@settings(max_examples=60)
def test_no_file_breaks_the_reader(rows: list[list[str]]) -> None:
    for read in read_answers(sheet(*(tuple(row) for row in rows))):
        assert isinstance(read, BadAnswer) or read.help in (None, *ANSWERED_HELP)
