"""Imports a file of facilities row by row: good rows are returned, bad ones reported with the reason.

What a row must have (what, where, whose) must be right. What it may have (telephone, hours) is left out alone when it
cannot be read, and named: callers ask for the shop, and a shop without hours is still a shop.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from router import phone_numbers
from router.digits import SPREADSHEET, from_spreadsheet, pin_code, plain
from router.geo.columns import COLUMNS, OPTIONAL, column_of
from router.geo.csv_sheet import divided
from router.geo.csv_table import MAX_TEXT_CHARS, shown
from router.geo.errors import PlacesError
from router.geo.facilities import SEVERAL, ServingPlace
from router.geo.names import folded
from router.geo.opening_hours import parse_hours
from router.outside_text import clean
from router.spreadsheet import unguarded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from router.geo.gazetteer import Places

_MAX_LINE_CHARS = 4_000  # characters; a longer one is no row but a file that is not a table
_UNKNOWN_SHOWN = 10  # headings that a message repeats
_SEVERAL_TIMES = "telephone"  # a column for the shop's and one for the dealer's mobile
_END = "\r\n\x1a"  # Ctrl-Z ended a text of DOS; some programs still write it
_BLANK = f" \t,;|{_END}"
_CODE = re.compile(r"[A-Za-z0-9./_-]{1,40}")
_AS_TEXT = re.compile(r'^="(.*)"$')  # how a spreadsheet is made to leave a 0 where it is: ="0755…"
_FOREIGN = re.compile("[\ud800-\udfff\ufffd]")  # bytes that are no text, as they are read
_NOTHING = frozenset({"", "-", "--", "0", "na", "n/a", "n.a.", "nil", "none", "null", "not available", "nan"})
"""What offices write into a cell that has nothing to say."""


class BadRow(NamedTuple):
    """A row that was not taken; ``line`` counts from 1, the file's first."""

    line: int
    reason: str


class BadCell(NamedTuple):
    """A cell that was left out of a row that was taken."""

    line: int
    reason: str


Read: TypeAlias = "ServingPlace | BadRow | BadCell"


def read_facilities(lines: Iterable[str], places: Places) -> Iterator[Read]:
    """Yield what each row of a CSV file is: a place, or why it is none. Memory does not grow with a row's size.

    Cells that are left out come before their place. A row is one line, or the few that a cell with breaks makes of it;
    a quote left open spoils one line and not the rest of the file.

    Args:
        lines: The file's lines, as `router.geo.csv_sheet.opened` gives them; one of the first names the columns.
        places: Districts, PIN codes and the kinds of places there are.

    Raises:
        PlacesError: none of the first lines names the columns.
    """
    line, headings, separator, numbered = divided(lines, lambda cells: len({*map(column_of, cells)} & {*COLUMNS}))
    columns = _columns(line, headings)
    yield from (BadCell(line, reason) for reason in _list_unused_columns(headings, columns))
    reader = _FacilityReader(places)
    seen: dict[tuple[str, str], int] = {}
    for line, text in numbered:
        if not text.strip(_BLANK):
            continue
        try:
            cells = _by_column(columns, _cells(text.rstrip(_END), len(columns), separator))
            place, bad = reader.place(cells)
        except ValueError as error:
            yield BadRow(line, str(error))
            continue
        first = seen.setdefault((place.kind, place.code), line)
        if first != line:
            yield BadRow(line, f"{place.kind} {place.code} is already in line {first}")
            continue
        yield from (BadCell(line, reason) for reason in bad)
        yield place


def _columns(line: int, headings: list[str]) -> list[str]:
    """Return the column below each heading, empty below an unknown one."""
    while headings and not headings[-1]:  # a spreadsheet's empty columns
        headings = headings[:-1]
    names = [column_of(heading) or "" for heading in headings]
    missing = [name for name in COLUMNS if name not in names]
    twice = [name for name in dict.fromkeys(names) if name not in ("", _SEVERAL_TIMES) and names.count(name) > 1]
    if missing or twice:
        unknown = [heading for heading, name in zip(headings, names, strict=True) if heading and not name]
        wrong = ", ".join(
            [
                *(f"{name!r} is missing" for name in missing),
                *(f"unknown {shown(heading)}" for heading in unknown[:_UNKNOWN_SHOWN]),
                *(f"{shown(name)} comes twice" for name in twice),
            ]
        )
        expected = f"{','.join(COLUMNS)} (and {OPTIONAL}), divided by commas, semicolons or tabs, in UTF-8 or UTF-16"
        raise PlacesError([f"line {line}: {wrong}; expected {expected}"])
    return names


def _list_unused_columns(headings: list[str], columns: list[str]) -> list[str]:
    unknown = [heading for heading, column in zip(headings, columns, strict=False) if heading and not column]
    return [f"left out: the column {shown(heading)}, which is none of ours" for heading in unknown]


def _by_column(columns: list[str], cells: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for column, cell in zip(columns, cells, strict=True):
        if column == _SEVERAL_TIMES and found.get(column) and cell:
            cell = f"{found[column]}{SEVERAL}{cell}"  # noqa: PLW2901
        if column and (cell or column not in found):
            found[column] = cell
    return found


def _cells(text: str, count: int, separator: str) -> list[str]:
    if len(text) > _MAX_LINE_CHARS:
        raise ValueError(f"{len(text)} characters; expected one row a line, at most {_MAX_LINE_CHARS}")
    if _FOREIGN.search(text):
        raise ValueError("not UTF-8 text; save the table as 'CSV UTF-8'")
    try:
        rows = list(csv.reader([unicodedata.normalize("NFC", text)], strict=True, delimiter=separator))
    except csv.Error as error:
        raise ValueError(f"not a CSV row ({error}); is a quote left open?") from None
    cells = [unguarded(_AS_TEXT.sub(r"\1", cell.strip()).strip()) for row in rows for cell in row]
    while len(cells) > count and not cells[-1]:
        cells.pop()
    if len(cells) != count:
        raise ValueError(f"{len(cells)} cells; expected {count}")
    return cells


class _FacilityReader:
    """Checks cells; every method returns a value or raises ValueError with column, value and the expected form."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._districts = {district.id: district.id for district in places.districts.values()}
        self._districts |= {folded(n): d.id for d in places.districts.values() for n in (d.name, d.name_hi)}
        self._kinds = {folded(n): k.id for k in places.kinds.values() for n in (k.name, k.name_hi, k.id)}

    def place(self, cells: dict[str, str]) -> tuple[ServingPlace, list[str]]:
        """Return the place, and why each cell was left out that it may do without."""
        bad: list[str] = []

        def left_out(column: str, read: Callable[[str], str]) -> str:
            value = cells.get(column, "")
            if plain(value).strip().lower() in _NOTHING:
                return ""
            try:
                return read(value)
            except ValueError as error:
                bad.append(f"left out: {error}")
                return ""

        district = self._district(cells["district"])
        place = ServingPlace(
            kind=self._kind(cells["kind"]),
            code=_code(cells["code"]),
            name=_name("name", cells["name"]),
            name_hi=left_out(OPTIONAL, lambda value: _name(OPTIONAL, value)),
            district=district,
            zipcode=self._pin(cells["pin"], district),
            phone=left_out("telephone", _telephone),
            hours=left_out("hours", _hours),
        )
        return place, bad

    def _kind(self, value: str) -> str:
        found = self._kinds.get(folded(value))
        if found is None:
            raise ValueError(f"unknown kind {shown(value)} (known: {', '.join(self._places.kinds)})")
        return found

    def _district(self, value: str) -> str:
        found = self._districts.get(folded(value))
        if found is None:
            raise ValueError(f"unknown district {shown(value)}; expected an id or a name of districts.csv")
        return found

    def _pin(self, value: str, district: str) -> str:
        pin = pin_code(value)
        if pin is None:
            why = SPREADSHEET if from_spreadsheet(plain(value)) else "not a PIN code of six digits"
            raise ValueError(f"pin {shown(value)}: {why}")
        there = [known.id for known in self._places.by_pin(pin)]
        if district not in there:
            raise ValueError(
                f"PIN {pin} lies in {' or '.join(there) or 'no district of this state'}, not in {district}"
            )
        return pin


def _code(value: str) -> str:
    """Return the authority's number without blanks: `2301 045` is one number, and read out digit by digit."""
    if from_spreadsheet(plain(value)):
        raise ValueError(f"code {shown(value)}: {SPREADSHEET}")
    code = "".join(plain(value).split())
    if _CODE.fullmatch(code) is None:
        raise ValueError(f"code {shown(value)} is not 1 to 40 letters a-z, digits and . / _ -")
    return code


def _name(column: str, value: str) -> str:
    """Return a name on one line, without invisible characters."""
    name = " ".join(clean(value).split())
    if not name or len(name) > MAX_TEXT_CHARS or any(unicodedata.category(c) == "Cc" for c in " ".join(value.split())):
        raise ValueError(f"{column} {shown(value)} is not 1 to {MAX_TEXT_CHARS} printable characters")
    return name


def _telephone(value: str) -> str:
    try:
        return SEVERAL.join(phone_numbers.dialled(value))
    except phone_numbers.PhoneNumberError as error:
        raise ValueError(f"telephone {shown(value)}: {error}") from None


def _hours(value: str) -> str:
    try:
        parse_hours(value)
    except ValueError as error:
        raise ValueError(f"hours {shown(value)}: {error}") from None
    return "; ".join(filter(None, map(str.strip, clean(value).split("\n"))))
