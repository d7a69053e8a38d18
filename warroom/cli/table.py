"""Tables for people: aligned columns without frames, as wide as the terminal, or one block a row where it is narrow.

Cells are counted as terminals do: by the C library's `wcwidth`, which VTE, xterm, PuTTY and the Linux console follow.
A vowel sign of Devanagari that stands beside its letter (category Mc) takes a cell; one above or below it (Mn) takes
none. Rich and the library `wcwidth` count by clusters of letters, so their columns drift with Hindi.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Final

from router.outside_text import shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_GAP: Final = "  "
_MIN_TEXT: Final = 24
"""Width that a column of text keeps. A shorter value is a number, an id, a time: it is never folded."""
_NO_CELL: Final = frozenset({"Mn", "Me", "Cf"})
_MIN_BLOCK_TEXT: Final = 20  # cells for values beside the headings of a block


def cells(text: str) -> int:
    """Return how many cells of a terminal a text takes."""
    return sum(
        0 if unicodedata.category(c) in _NO_CELL else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text
    )


def render(rows: Sequence[Mapping[str, object]], columns: Mapping[str, str], width: int | None) -> Iterator[str]:
    """Yield the lines of a table.

    Args:
        rows: Each has the keys of `columns`.
        columns: Key to heading, in their order.
        width: Cells of a line; None where the output is no terminal: nothing is folded, a row is a line.
    """
    headings = list(columns.values())
    table = [[_plain(row[key]) for key in columns] for row in rows]
    to_right = [all(_is_number(row[key]) for row in rows) for key in columns]
    widths = _widths(headings, table, width)
    if widths is None and width is not None:
        yield from _blocks(headings, table, width)
        return
    for folded in (headings, *table):
        yield from _line(folded, widths or [], to_right)


def _plain(value: object) -> str:
    return " ".join(shown("" if value is None else str(value)).split())


def _is_number(value: object) -> bool:
    return value in (None, "", "-") or (isinstance(value, (int, float)) and not isinstance(value, bool))


def _widths(headings: Sequence[str], table: Sequence[Sequence[str]], width: int | None) -> list[int] | None:
    """Return the cells of each column, or None when even folded text does not fit."""
    columns = list(zip(headings, *table, strict=True))
    full = [max(map(cells, column)) for column in columns]
    if width is None:
        return full
    least = [_least(column) for column in columns]
    room = width - cells(_GAP) * (len(columns) - 1)
    if sum(least) > room:
        return None
    while sum(full) > room:  # the widest gives way first
        widest = max((i for i in range(len(full)) if full[i] > least[i]), key=full.__getitem__)
        full[widest] -= 1
    return full


def _least(column: Sequence[str]) -> int:
    heading, *values = column
    words = max((cells(word) for word in heading.split()), default=0)
    longest = max(map(cells, values), default=0)
    unbroken = max((cells(word) for value in values for word in value.split()), default=0)
    return max(words, longest if longest <= _MIN_TEXT else max(_MIN_TEXT, unbroken))


def _line(row: Sequence[str], widths: Sequence[int], to_right: Sequence[bool]) -> Iterator[str]:
    folded = [fold(cell, width) for cell, width in zip(row, widths, strict=True)]
    for number in range(max(map(len, folded), default=0)):
        parts = [lines[number] if number < len(lines) else "" for lines in folded]
        yield _GAP.join(map(_padded, parts, widths, to_right)).rstrip()


def _padded(text: str, width: int, to_right: bool) -> str:
    blanks = " " * (width - cells(text))
    return blanks + text if to_right else text + blanks


def _blocks(headings: Sequence[str], table: Sequence[Sequence[str]], width: int) -> Iterator[str]:
    beside = max(map(cells, headings))
    room = max(width - beside - cells(_GAP), _MIN_BLOCK_TEXT)
    for number, row in enumerate(table):
        if number:
            yield ""
        for heading, value in zip(headings, row, strict=True):
            for part, text in enumerate(fold(value, room)):
                yield f"{_padded('' if part else heading, beside, False)}{_GAP}{text}".rstrip()


def fold(text: str, width: int) -> list[str]:
    """Return a text in lines of at most so many cells, broken at blanks; a longer word keeps a line of its own."""
    if cells(text) <= width:
        return [text]
    lines = [""]
    for word in text.split():
        joined = f"{lines[-1]} {word}" if lines[-1] else word
        if cells(joined) <= width:
            lines[-1] = joined
        elif lines[-1]:
            lines.append(word)
        else:
            lines[-1] = word
    return lines
