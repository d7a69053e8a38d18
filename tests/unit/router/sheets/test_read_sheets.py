"""Tables of offices, CSV and workbooks, as rows of text."""

from __future__ import annotations

import csv
import io
import tempfile
import zipfile
import zlib
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import xlsxwriter  # type: ignore[import-untyped]
from hypothesis import given
from hypothesis import strategies as st

from router.sheets import Row, SheetsError, cell_name, read_sheets
from router.sheets import table as limits
from router.sheets import workbook as workbooks

if TYPE_CHECKING:
    from collections.abc import Callable


def workbook(path: Path, fill: Callable[[Any, Any], None]) -> Path:
    book = xlsxwriter.Workbook(str(path))
    fill(book, book.add_worksheet("सूची"))
    book.close()
    return path


def as_offices_write(book: Any, sheet: Any) -> None:
    day = book.add_format({"num_format": "dd/mm/yyyy"})
    sheet.merge_range("B1:F1", "राहत सूची, तहसील हुज़ूर")
    sheet.write_row("B3", ["मोबाइल", "PIN", "तारीख", "कुल", "जिला"])
    sheet.write_row("B4", [9812345678, 462001.0])
    sheet.write("D4", date(2020, 4, 5), day)
    sheet.write_formula("E4", "=2+2", None, 4)
    sheet.merge_range("F4:F6", "भोपाल")
    sheet.write_row("B5", ["०९८१२३ ४५६७९", 4.5])
    sheet.set_row(4, None, None, {"hidden": True})
    sheet.write_formula("C6", "=1/0", None, "#DIV/0!")
    sheet.write("B7", 1.234567890123457e19)
    book.add_worksheet("पुरानी").hide()
    book.add_worksheet("खाली")


def test_workbook_is_read_as_it_is_seen(tmp_path: Path) -> None:
    listed, old, empty = read_sheets(workbook(tmp_path / "a.xlsx", as_offices_write))
    assert (listed.name, old.name, old.hidden, old.rows, empty.rows) == ("सूची", "पुरानी", True, [], [])
    assert listed.rows == [
        Row(1, ("", "राहत सूची, तहसील हुज़ूर")),
        Row(3, ("", "मोबाइल", "PIN", "तारीख", "कुल", "जिला")),
        Row(4, ("", "9812345678", "462001", "2020-04-05", "4", "भोपाल")),
        Row(5, ("", "०९८१२३ ४५६७९", "4.5", "", "", "भोपाल"), hidden=True),
        Row(6, ("", "", "#DIV/0!", "", "", "भोपाल")),
        Row(7, ("", "1.234567890123457e+19")),
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le"])
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_csv_of_any_encoding_and_separator(tmp_path: Path, encoding: str, separator: str) -> None:
    path = tmp_path / "a.csv"
    rows = (["phone", "need"], ["'+919812345678", '"राशन,\nचावल; आटा"'], ["", ""], ['="0755"', "x"])
    path.write_text("\r\n".join(separator.join(row) for row in rows), encoding=encoding, newline="")
    (sheet,) = read_sheets(path)
    assert sheet.rows == [
        Row(1, ("phone", "need")),
        Row(2, ("+919812345678", "राशन,\nचावल; आटा")),
        Row(5, ("0755", "x")),
    ]


def test_csv_row_that_is_none_is_named_and_the_others_are_read(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes('phone,need\n"98,x\n99,\xe4\n97,राशन\n'.encode("latin-1", "ignore") + "96,राशन\n".encode())
    first, quote, foreign, *rest = read_sheets(path)[0].rows
    assert (first.wrong, rest[-1]) == ("", Row(5, ("96", "राशन")))
    assert "quote" in quote.wrong
    assert "UTF-8" in foreign.wrong


def far(_: Any, sheet: Any) -> None:
    sheet.write(0, 0, "a")
    sheet.write(1_048_575, 16_383, "b")


def not_so_far(_: Any, sheet: Any) -> None:
    """Forty million cells up to the farthest: 1.3 GB, which a machine may have, and a list does not need."""
    sheet.write(0, 0, "a")
    sheet.write(400_000, 99, "b")


def repeated(_: Any, sheet: Any) -> None:
    """One long text in many cells: a file of some kilobytes."""
    for row in range(160):
        sheet.write_row(row, 0, ["x" * 32_000] * 20)


def lying(path: Path) -> None:
    """Write a ZIP file of which each part says that it is small, and unpacks to 4 MB."""
    packed = zlib.compressobj(9, zlib.DEFLATED, -15)
    data = b"".join(packed.compress(bytes(1 << 20)) for _ in range(4)) + packed.flush()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("xl/workbook.xml", data)
    whole = bytearray(path.read_bytes())
    for mark, place in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        at = whole.index(mark)
        whole[at + place : at + place + 2] = b"\x08\x00"  # deflated
        size = at + place + 14
        whole[size : size + 4] = (100).to_bytes(4, "little")
    path.write_bytes(whole)


def many_rows(path: Path) -> None:
    path.write_text("a,b\n" * (limits.MAX_ROWS + 1))


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda path: workbook(path, far), "cell far below"),
        (lambda path: workbook(path, not_so_far), "cell far below"),
        (lambda path: workbook(path, repeated), "more memory"),
        (lying, "unpacks to more than"),
        (lambda path: path.write_bytes(b"PK\x03\x04" + bytes(100)), "no workbook, or damaged"),
        (lambda path: path.write_bytes(b"\xd0\xcf\x11\xe0" + bytes(100)), "no workbook, or damaged"),
        (lambda path: path.write_bytes(b"%PDF-1.4"), "no CSV"),
        (lambda path: path.write_bytes(bytes(limits.MAX_FILE_BYTES + 1)), "bytes; at most"),
        (many_rows, "rows: divide the list"),
        (lambda path: path.write_text("a," * 300 + "\n"), "cells; at most 200"),
        (lambda path: workbook(path, lambda _, sheet: sheet.write_row(0, 0, ["a"] * 300)), "cells; at most 200"),
    ],
)
def test_what_is_no_list_is_refused_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make: Callable[[Path], object], said: str
) -> None:
    monkeypatch.setattr(workbooks, "MAX_UNPACKED_BYTES", 3_000_000)
    path = tmp_path / "a.xlsx"
    make(path)
    with pytest.raises(SheetsError, match=said):
        read_sheets(path)


def test_damaged_workbooks_are_refused_in_words(tmp_path: Path) -> None:
    whole = workbook(tmp_path / "a.xlsx", as_offices_write).read_bytes()
    for place in range(0, len(whole), len(whole) // 6):
        path = tmp_path / "b.xlsx"
        path.write_bytes(whole[:place] + bytes(40) + whole[place + 40 :])
        try:
            read_sheets(path)
        except SheetsError:
            continue


@given(st.integers(0, 20_000))
def test_names_of_cells_are_those_of_the_writer(column: int) -> None:
    assert cell_name(column, 7) == xlsxwriter.utility.xl_rowcol_to_cell(6, column)


_TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Zs")), min_size=1)


@given(st.lists(st.lists(_TEXT), max_size=4))
def test_every_row_of_any_text_comes_out(rows: list[list[str]]) -> None:
    file = io.StringIO(newline="")
    csv.writer(file).writerows([["one", "two", "three", *row] for row in rows])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.csv"
        path.write_text(file.getvalue(), encoding="utf-8", newline="")
        found = read_sheets(path)[0].rows
    assert len(found) == len(rows)
