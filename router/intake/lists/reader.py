"""Reads the rows of a list: what a row says becomes a submission, what cannot be read is named by its cell.

What decides where help goes and to whom (need, district, PIN code, telephone) must be right, or the row is not taken.
What only adds to it (number of people, date, language, a second telephone) is left out alone, named, and kept for the
room as it was written.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from router.errors import UserError
from router.intake.lists import cells as reading
from router.intake.lists.cells import BadCell
from router.intake.lists.columns import HEADING_WITHIN, LEFT_OUT, columns, find_heading, tables_of
from router.intake.lists.request import RequestReader
from router.sheets import cell_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from router.geo import Places
    from router.intake.base import Submission, TextUnderstanding
    from router.intake.lists.columns import Heading
    from router.sheets import Row, Sheet

MAX_NAME_CHARS: Final = 80
_COPY: Final = re.compile(r"(\s*(\([0-9]+\)|[-–_ ]+(copy|प्रति|कॉपी)( ?\(?[0-9]+\)?)?))+$", re.IGNORECASE)
_SAYS_NOTHING: Final = frozenset({"need", "text", "phone", "name"})


class ListRow(NamedTuple):
    """A row of a list.

    Attributes:
        sheet: The name of its sheet; empty in CSV.
        row: As it stands in the file.
        heading: Of its table.
        submission: What it says; None when it is not taken.
        bad: Why it is not taken, a line for each cell.
        left_out: The cells that were left out of it.
    """

    sheet: str
    row: Row
    heading: Heading
    submission: Submission | None
    bad: tuple[BadCell, ...] = ()
    left_out: tuple[BadCell, ...] = ()


class RequestList(NamedTuple):
    """A list that can be read.

    Attributes:
        name: Its own: it is part of the key by which a row is known again.
        total: How many rows there are below the headings.
        rows: They, read as they are taken.
        remarks: On what is read otherwise than one may think: hidden sheets, columns that are notes.
    """

    name: str
    total: int
    rows: Iterator[ListRow]
    remarks: tuple[str, ...]


class NoListError(UserError):
    """No sheet of a file is a list of requests; the text says what was looked for."""


def list_name(stem: str) -> str:
    """Return the name of a list by its file's: without what a computer adds to a copy, such as ``(1)``."""
    return " ".join((_COPY.sub("", stem) or stem).split())[:MAX_NAME_CHARS]


def read_list(sheets: Sequence[Sheet], places: Places, understand: TextUnderstanding, *, name: str) -> RequestList:
    """Find the tables of a file.

    Args:
        sheets: Of the file.
        places: Districts, PIN codes, needs.
        understand: Reads needs and districts that are written otherwise than by a name.
        name: The list's own.

    Raises:
        NoListError: no sheet names the columns.
    """
    remarks: list[str] = []
    tables: list[tuple[Sheet, Heading, list[Row]]] = []
    for sheet in sheets:
        heading = None if sheet.hidden else find_heading(sheet)
        if heading is None:
            if sheet.hidden or sheet.rows:
                why = "it is hidden; show it if it is to be read" if sheet.hidden else "no row names the columns"
                remarks.append(f"sheet {sheet.name!r} was not read: {why}")
            continue
        for found, rows in tables_of(sheet, heading):
            tables.append((sheet, found, rows))
            remarks += _remarks(sheet, found, rows)
    if not tables:
        raise NoListError(_expected())
    reader = RequestReader(places, understand, name)
    return RequestList(name, sum(len(rows) for _, _, rows in tables), _read(tables, reader), tuple(remarks))


def _remarks(sheet: Sheet, heading: Heading, rows: list[Row]) -> list[str]:
    of = f"sheet {sheet.name!r}: " if sheet.name else ""
    remarks = []
    if heading.notes:
        remarks.append(f"{of}these columns go to the room as notes: {', '.join(heading.notes)}")
    if hidden := [str(row.number) for row in rows if row.hidden]:
        shown = ", ".join(hidden[:10]) + ("…" if len(hidden) > 10 else "")  # noqa: PLR2004 - as many as a line holds
        remarks.append(f"{of}hidden rows were read as well: {shown}")
    return remarks


def _expected() -> str:
    known = "; ".join(f"{one.name}: {one.about}" for one in columns().values() if one.name not in LEFT_OUT)
    return (
        f"none of the first {HEADING_WITHIN} rows names the columns; one must be need or text (ज़रूरत or विवरण). "
        f"A list typed in Kruti Dev or another font that is no Unicode must be converted first. Columns: {known}"
    )


def _read(tables: Sequence[tuple[Sheet, Heading, list[Row]]], reader: RequestReader) -> Iterator[ListRow]:
    seen: dict[str, tuple[str, str]] = {}
    for sheet, heading, rows in tables:
        for row in rows:
            one = _one(sheet, heading, row, reader)
            if one.submission is not None:
                here = f"{sheet.name} row {row.number}".strip()
                first, content = seen.setdefault(one.submission.source_key, (here, one.submission.content))
                if first != here:
                    one = _twice(one, first) if content == one.submission.content else _two_of_a_key(one, first)
            yield one


def _twice(one: ListRow, first: str) -> ListRow:
    """Return a row that says what an earlier one said: told, and not taken for a second request."""
    why = (
        f"the same as {first}: taken once. If it is another request, give both a number of their own in a column 'key'"
    )
    return one._replace(submission=None, left_out=(BadCell(cell_name(0, one.row.number), why),))


def _two_of_a_key(one: ListRow, first: str) -> ListRow:
    """Return a row with the number of an earlier one that says something else: one of the two numbers is wrong."""
    why = f"{first} has this number and says something else: give each its own"
    at = cell_name(one.heading.columns.index("key"), one.row.number)
    return one._replace(submission=None, bad=(BadCell(at, why),))


def _one(sheet: Sheet, heading: Heading, row: Row, reader: RequestReader) -> ListRow:
    whole = cell_name(0, row.number)
    if row.wrong:
        return ListRow(sheet.name, row, heading, None, (BadCell(whole, row.wrong),))
    extra = [text for text in row.cells[len(heading.columns) :] if text]
    if extra and not sheet.name:  # in CSV the cells before may stand in wrong columns
        at = cell_name(row.cells.index(extra[0], len(heading.columns)), row.number)
        why = f"{reading.shown(extra[0])} stands beside the table; is a quote or a separator missing?"
        return ListRow(sheet.name, row, heading, None, (BadCell(at, why),))
    named = zip(heading.columns, heading.titles, row.cells, strict=False)
    if not any(text for column, _, text in named if column in _SAYS_NOTHING):
        said = reading.shown(next(text for text in row.cells if text))
        why = f"{said}: taken for a total, a signature or a heading: no need, words, telephone or name"
        return ListRow(sheet.name, row, heading, None, (), (BadCell(whole, why),))
    submission, bad, left_out = reader.read(heading, row)
    return ListRow(sheet.name, row, heading, submission, bad, left_out)
