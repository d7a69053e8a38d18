"""Sheets, rows and names of cells."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from router.errors import UserError

MAX_FILE_BYTES: Final = 20_000_000
"""Of a file: a list of 100,000 rows as CSV."""
MAX_ROWS: Final = 100_000
"""Of all sheets of a file: more are several lists, or no list."""
MAX_COLUMNS: Final = 200
"""Of a sheet, those that are empty at the end not counted."""
MAX_CELL_CHARS: Final = 32_767
"""Excel's own limit of a cell."""

_LETTERS: Final = 26


class SheetsError(UserError):
    """A file is no table that can be read; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row with anything in it.

    Attributes:
        number: As the office program shows it, from 1; of CSV the line.
        cells: Their texts, trimmed; a number is written in digits, a day as ``2020-04-05``.
        hidden: Whether the office program does not show it, mostly because of a filter.
        wrong: Why the row cannot be divided into cells; empty when it can.
    """

    number: int
    cells: tuple[str, ...]
    hidden: bool = False
    wrong: str = ""


@dataclass(slots=True)
class Sheet:
    """A sheet of a workbook, or the one of a CSV file, which has no name.

    Attributes:
        name: Its own.
        hidden: Whether the office program does not show it; it is not read then.
        rows: Those that are not empty.
    """

    name: str
    hidden: bool = False
    rows: list[Row] = field(default_factory=list)


def cell_name(column: int, row: int) -> str:
    """Return how an office program calls a cell: column 0 of row 7 is ``A7``."""
    letters = ""
    column += 1
    while column:
        column, letter = divmod(column - 1, _LETTERS)
        letters = chr(ord("A") + letter) + letters
    return f"{letters}{row}"


def trimmed(cells: list[str]) -> tuple[str, ...]:
    """Return cells without the empty ones at their end. Raises SheetsError: there are too many, or one is too long."""
    while cells and not cells[-1]:
        cells.pop()
    if len(cells) > MAX_COLUMNS:
        raise SheetsError(f"a row has {len(cells)} cells; at most {MAX_COLUMNS} are read")
    if any(len(cell) > MAX_CELL_CHARS for cell in cells):
        raise SheetsError(f"a cell has more than {MAX_CELL_CHARS} characters: this is no list")
    return tuple(cells)
