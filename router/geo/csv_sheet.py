"""Reads CSV as office programs save it: UTF-8 or UTF-16, with the separator of the country's Excel."""

from __future__ import annotations

import codecs
import csv
from collections import deque
from itertools import chain, islice
from typing import TYPE_CHECKING, Final

from router.geo.errors import PlacesError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path
    from typing import TextIO

SEPARATORS: Final = ",;\t|"
_HEAD: Final = 4_096  # bytes looked at: a heading has some hundred
_MARKS: Final = (  # UTF-32's begins with UTF-16's
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_NO_TEXT: Final = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"\x1f\x8b", b"%PDF", b"<html", b"<HTML", b"<!DOC", b"<?xml")
"""First bytes of workbooks (xlsx and ods, xls), archives, and other files that are no table."""
_HEADING_WITHIN: Final = 20  # rows: above it stand an office's name, a date, headings of several columns
_MAX_JOINED_LINES: Final = 10  # lines of one row: a cell with an address, or with several numbers
_MAX_JOINED_CHARS: Final = 4_000  # characters of such a row
_QUOTE: Final = '"'
_SEPARATOR_LINE: Final = "sep="
"""A line of its own before the heading that declares the separator to Excel."""


def opened(path: Path) -> TextIO:
    """Open a table, with any line ends (CR alone too); undecodable bytes become surrogates.

    Raises:
        OSError: it cannot be read.
        PlacesError: it is not text.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if head.startswith(_NO_TEXT):
        raise PlacesError([f"{path}: is a workbook, an archive or a page, and no CSV; save the table as 'CSV UTF-8'"])
    encoding = next((name for mark, name in _MARKS if head.startswith(mark)), "") or _unmarked(head)
    errors = "surrogateescape" if encoding == "utf-8-sig" else "replace"
    return path.open(encoding=encoding, errors=errors, newline=None)


def _unmarked(head: bytes) -> str:
    """Name the encoding of a table without a mark: the names in a heading are ASCII, every other byte then 0."""
    if head[1:8:2].count(0) == len(head[1:8:2]) and head[:8:2].count(0) == 0 and len(head) > 1:
        return "utf-16-le"
    if head[:8:2].count(0) == len(head[:8:2]) and head[1:8:2].count(0) == 0 and len(head) > 1:
        return "utf-16-be"
    return "utf-8-sig"


def divided(
    lines: Iterable[str], fits: Callable[[list[str]], int]
) -> tuple[int, list[str], str, Iterator[tuple[int, str]]]:
    """Find the heading of a table and what divides its cells.

    Args:
        lines: Of the table.
        fits: How many of these cells are names of columns.

    Returns:
        The heading's line, from 1, its cells, the separator, and the rows below it with the numbers of their lines.
        The heading is the row among the first that fits best; when none does, the first.
    """
    rows = joined(lines)
    first = list(islice(rows, _HEADING_WITHIN))
    if first and _says_separator(first[0][1]):
        first = first[1:]
    found = [(fits(cells_of(text, one)), line, text, one) for line, text in first for one in SEPARATORS]
    _, line, text, separator = max(found, key=lambda one: one[0], default=(0, 1, "", SEPARATORS[0]))
    below = (row for row in first if row[0] > line)
    return line, cells_of(text, separator), separator, chain(below, rows)


def joined(lines: Iterable[str]) -> Iterator[tuple[int, str]]:
    """Yield the rows of a table with the numbers of their first lines, from 1.

    A row is one line, or the few that a cell in quotes with breaks within makes of it. A quote that is left open does
    not take the rest of the file along: it spoils its own line.
    """
    numbered = enumerate(lines, 1)
    ahead: deque[tuple[int, str]] = deque()
    while row := (ahead.popleft() if ahead else next(numbered, None)):
        line, text = row
        text = text.removeprefix("\ufeff") if line == 1 else text
        count = _count_continuation_lines(text, ahead, numbered)
        yield line, text + "".join(ahead.popleft()[1] for _ in range(count))


def _count_continuation_lines(text: str, ahead: deque[tuple[int, str]], numbered: Iterator[tuple[int, str]]) -> int:
    """Return over how many of the next lines a row goes on; those lines are read into `ahead`."""
    if text.count(_QUOTE) % 2 == 0:
        return 0
    for count in range(1, _MAX_JOINED_LINES):
        if len(ahead) < count:
            if len(text) > _MAX_JOINED_CHARS or (more := next(numbered, None)) is None:
                return 0
            ahead.append(more)
        text += ahead[count - 1][1]
        if text.count(_QUOTE) % 2 == 0:
            return count if len(text) <= _MAX_JOINED_CHARS and any(cells_of(text, one) for one in SEPARATORS) else 0
    return 0


def _says_separator(text: str) -> bool:
    said = text.strip().strip(_QUOTE).lower()
    return said.startswith(_SEPARATOR_LINE) and len(said) <= len(_SEPARATOR_LINE) + 1


def cells_of(text: str, separator: str) -> list[str]:
    """Return the cells of a row, none when it is not one."""
    try:
        return [cell.strip() for cell in next(csv.reader([text], delimiter=separator, strict=True), [])]
    except csv.Error:
        return []
