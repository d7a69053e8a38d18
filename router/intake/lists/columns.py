"""The columns of a list of requests, by the names that offices give them: `columns.toml`."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from router.geo.names import folded

if TYPE_CHECKING:
    from collections.abc import Mapping

    from router.sheets import Row, Sheet

HEADING_WITHIN: Final = 20
"""Rows: above the heading stand an office's name, a date, headings of several columns."""
LEFT_OUT: Final = frozenset({"serial", "rejected"})
_OF_A_REQUEST: Final = frozenset({"need", "text"})
_BESIDE: Final = re.compile(r"\(.*?\)|\[.*?\]", re.DOTALL)  # "Telephone (with STD)"
_SIGNS: Final = re.compile(r"[.:;,_*/\\|()\[\]।॰-]+")


class Column(NamedTuple):
    """A column that we know.

    Attributes:
        name: Ours.
        about: What is in it.
        several: Whether a table may have several of it.
    """

    name: str
    about: str
    several: bool


class Heading(NamedTuple):
    """The heading of a table.

    Attributes:
        row: Its number.
        titles: Its cells.
        columns: Our name of each column; empty for one that we do not know.
    """

    row: int
    titles: tuple[str, ...]
    columns: tuple[str, ...]

    @property
    def notes(self) -> tuple[str, ...]:
        """The titles of columns that go to the room as notes."""
        return tuple(title for title, column in zip(self.titles, self.columns, strict=True) if title and not column)


@cache
def columns() -> Mapping[str, Column]:
    """Return the columns there are, by our names."""
    return {name: Column(name, one["about"], one.get("several", False)) for name, one in _data().items()}


def find_heading(sheet: Sheet) -> Heading | None:
    """Return the heading of a sheet; None when none of its first rows names a request.

    It is the first of them that is a heading without doubt, else that which names most columns. A list must say what is
    needed, by a column for the need or for the request in words.
    """
    first = sheet.rows[:HEADING_WITHIN]
    if clear := next(filter(None, map(_heading_within, first)), None):
        return clear
    found = [_heading(row) for row in first]
    best = max(found, key=lambda one: len(set(one.columns) - {""}), default=None)
    return best if best and _OF_A_REQUEST & set(best.columns) else None


def tables_of(sheet: Sheet, first: Heading) -> list[tuple[Heading, list[Row]]]:
    """Return the tables of a sheet, each with its heading and rows.

    A heading may come again, as at the top of each printed page; another one begins another table below the first.
    """
    tables: list[tuple[Heading, list[Row]]] = [(first, [])]
    for row in sheet.rows:
        if row.number <= first.row or row.cells == tables[-1][0].titles:
            continue
        if heading := _heading_within(row):
            tables.append((heading, []))
        else:
            tables[-1][1].append(row)
    return tables


def _heading_within(row: Row) -> Heading | None:
    """Return a row among others as a heading, when most of its cells are names of columns."""
    begin = next(cell for cell in row.cells if cell)
    if not column_of(begin):  # nearly every row: to look at one cell is enough
        return None
    heading = _heading(row)
    known = set(heading.columns) - {""}
    most = 2 * len(known) > sum(1 for cell in row.cells if cell)
    return heading if most and len(known) > 1 and _OF_A_REQUEST & known else None


def column_of(title: str) -> str:
    """Return our name of a column, empty when we do not know its title."""
    names = _names()
    return names.get(_key(title)) or names.get(_key(_BESIDE.sub(" ", title))) or ""


def _heading(row: Row) -> Heading:
    """Return a row as a heading. A column that comes twice, and may not, counts once: the first."""
    found: list[str] = []
    for title in row.cells:
        name = column_of(title)
        again = name in found and name not in LEFT_OUT | {""} and not columns()[name].several
        found.append("" if again else name)
    return Heading(row.number, row.cells, tuple(found))


def _key(title: str) -> str:
    return folded(_SIGNS.sub(" ", title))


@cache
def _names() -> Mapping[str, str]:
    return {_key(title): name for name, one in _data().items() for title in one["names"]}


@cache
def _data() -> Mapping[str, dict[str, Any]]:
    return tomllib.loads(files(__package__).joinpath("columns.toml").read_text(encoding="utf-8"))
