"""Reads a file of an office into sheets, whatever program saved it."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final

from router.geo.csv_sheet import SEPARATORS, cells_of, joined, opened
from router.geo.errors import PlacesError
from router.sheets.table import MAX_FILE_BYTES, MAX_ROWS, Row, Sheet, SheetsError, trimmed
from router.sheets.workbook import is_workbook, read_workbook
from router.spreadsheet import unguarded

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_HEAD: Final = 20  # rows by which the separator is found
_LINES_A_ROW: Final = 3  # a row may have cells of several lines
_AS_TEXT: Final = re.compile(r'^="(.*)"$')  # how a spreadsheet is made to leave a 0 where it is: ="0755…"
_FOREIGN: Final = re.compile("[\ud800-\udfff\ufffd]")  # bytes that are no text, as they are read
_DECLARED: Final = re.compile(r'\ufeff?"?sep=(.)"?\s*', re.IGNORECASE)
_END: Final = "\r\n\x1a"  # Ctrl-Z ended a text of DOS; some programs still write it


def read_sheets(path: Path) -> list[Sheet]:
    """Read a CSV file (any separator, UTF-8 or UTF-16) or a workbook (XLSX, and what else calamine reads), whole.

    Blocks: a workbook is read by a process of its own, within limits of memory and time.

    Raises:
        OSError: it cannot be read.
        SheetsError: it is no table, or larger than the limits of `router.sheets.table`.
    """
    size = path.stat().st_size
    if size > MAX_FILE_BYTES:
        raise SheetsError(f"{path.name}: has {size:,} bytes; at most {MAX_FILE_BYTES:,} are read: divide the list")
    try:
        sheets = read_workbook(path) if is_workbook(path) else [_read_csv(path)]
    except PlacesError as error:
        raise SheetsError(str(error)) from None
    if sum(len(sheet.rows) for sheet in sheets) > MAX_ROWS:
        raise SheetsError(f"{path.name}: has more than {MAX_ROWS:,} rows: divide the list")
    return sheets


def _read_csv(path: Path) -> Sheet:
    with opened(path) as lines:
        rows = list(joined(_limited(lines, path)))
    declared = _DECLARED.fullmatch(rows[0][1]) if rows else None
    if declared:
        rows = rows[1:]
    separator = declared[1] if declared else _separator([text for _, text in rows[:_HEAD]])
    return Sheet("", rows=[row for number, text in rows if (row := _row(number, text.rstrip(_END), separator))])


def _limited(lines: Iterable[str], path: Path) -> Iterable[str]:
    for count, line in enumerate(lines):
        if count >= MAX_ROWS * _LINES_A_ROW:
            raise SheetsError(f"{path.name}: has more than {MAX_ROWS:,} rows: divide the list")
        yield line


def _separator(head: list[str]) -> str:
    """Return what divides most rows into equally many cells, of those that divide them at all."""

    def fits(separator: str) -> tuple[int, int]:
        counts = [len(cells_of(text, separator)) for text in head]
        usual = max((count for count in counts if count > 1), key=counts.count, default=0)
        return counts.count(usual) if usual else 0, usual

    return max(SEPARATORS, key=fits)


def _row(number: int, text: str, separator: str) -> Row | None:
    if not text.strip(f" \t{SEPARATORS}"):
        return None
    if _FOREIGN.search(text):
        return Row(number, (_FOREIGN.sub("?", text),), wrong="not UTF-8 text; save the table as 'CSV UTF-8' or as XLSX")
    cells = cells_of(unicodedata.normalize("NFC", text), separator)
    if not cells:
        return Row(number, (text,), wrong="this is not a CSV row; is a quote left open?")
    found = trimmed([unguarded(_AS_TEXT.sub(r"\1", cell).strip()) for cell in cells])
    return Row(number, found) if found else None
