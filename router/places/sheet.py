"""A table as offices' programs save it: in UTF-8 or UTF-16, its cells divided by whatever the country's Excel uses."""

from __future__ import annotations

import codecs
import csv
from itertools import chain
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path
    from typing import TextIO

SEPARATORS: Final = ",;\t|"
_HEAD: Final = 4_096  # bytes looked at: a heading has some hundred
_MARKS: Final = ((codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_SEPARATOR_LINE: Final = "sep="
"""How Excel is told the separator, in a line of its own before the heading."""


def opened(path: Path) -> TextIO:
    """Open a table, whatever ends its lines (CR alone too), with what is no text in it as halves of characters.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD)
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
        The heading's line, from 1, its cells, the separator, and the lines below it with their numbers.
    """
    numbered = enumerate(lines, 1)
    line, text = next(numbered, (1, ""))
    text = text.removeprefix("\ufeff")
    said = text.strip().lower()
    if said.startswith(_SEPARATOR_LINE) and len(said) <= len(_SEPARATOR_LINE) + 1:
        line, text = next(numbered, (2, ""))
    separator = max(SEPARATORS, key=lambda one: fits(cells_of(text, one)))
    return line, cells_of(text, separator), separator, chain(numbered)


def cells_of(text: str, separator: str) -> list[str]:
    """Return the cells of a heading, none when it is not one."""
    try:
        return [cell.strip() for cell in next(csv.reader([text], delimiter=separator), [])]
    except csv.Error:
        return []
