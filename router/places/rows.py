"""Reading a file of places that serve, line by line: good rows come out, bad ones say why.

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
from router.places.errors import PlacesError
from router.places.hours import hours_of
from router.places.serving import SEVERAL, ServingPlace
from router.places.sheet import divided
from router.places.table import LONGEST_TEXT, shown
from router.spreadsheet import unguarded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from router.places.places import Places

COLUMNS = ("code", "kind", "name", "district", "pin", "telephone", "hours")
"""What the first line must name, in any order; ``name_hi`` may be there too."""
_OPTIONAL = "name_hi"
_LONGEST_LINE = 4_000  # characters; a longer one is no row but a file that is not a table
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


def read_rows(lines: Iterable[str], places: Places) -> Iterator[Read]:
    """Yield what each row of a CSV file is: a place, or why it is none. Memory does not grow with a row's size.

    Cells that are left out come before their place. One row is one line: a quote left open then spoils one row and not
    the rest of the file.

    Args:
        lines: The file's lines, as `router.places.sheet.opened` gives them; the first names the columns.
        places: Districts, PIN codes and the kinds of places there are.

    Raises:
        PlacesError: the first line does not name the columns.
    """
    line, names, separator, numbered = divided(lines, lambda cells: len({*_names(cells)} & {*COLUMNS}))
    header = _header(line, _names(names))
    reader = _Reader(places)
    seen: dict[tuple[str, str], int] = {}
    for line, text in numbered:
        if not text.strip(" \t\r\n,;|"):
            continue
        try:
            cells = dict(zip(header, _cells(text, len(header), separator), strict=True))
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


def _names(cells: Iterable[str]) -> list[str]:
    return [plain(cell).strip().lower() for cell in cells]


def _header(line: int, names: list[str]) -> list[str]:
    while names and not names[-1]:  # a spreadsheet's empty columns
        names = names[:-1]
    missing = [name for name in COLUMNS if name not in names]
    unknown = [name for name in names if name not in (*COLUMNS, _OPTIONAL)]
    twice = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    if missing or unknown or twice:
        wrong = ", ".join(
            [
                *(f"{name!r} is missing" for name in missing),
                *(f"unknown {shown(name)}" for name in unknown),
                *(f"{shown(name)} comes twice" for name in twice),
            ]
        )
        expected = f"{','.join(COLUMNS)} (and {_OPTIONAL}), divided by commas, semicolons or tabs, in UTF-8 or UTF-16"
        raise PlacesError([f"line {line}: {wrong}; expected {expected}"])
    return names


def _cells(text: str, count: int, separator: str) -> list[str]:
    if len(text) > _LONGEST_LINE:
        raise ValueError(f"{len(text)} characters; expected one row a line, at most {_LONGEST_LINE}")
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


class _Reader:
    """Checks cells; every method returns a value or raises ValueError with column, value and what is expected."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._districts = {district.id: district.id for district in places.districts.values()}
        self._districts |= {district.name.lower(): district.id for district in places.districts.values()}

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
            name_hi=left_out(_OPTIONAL, lambda value: _name(_OPTIONAL, value)),
            district=district,
            zipcode=self._pin(cells["pin"], district),
            phone=left_out("telephone", _telephone),
            hours=left_out("hours", _hours),
        )
        return place, bad

    def _kind(self, value: str) -> str:
        if value.lower() not in self._places.kinds:
            raise ValueError(f"unknown kind {shown(value)} (known: {', '.join(self._places.kinds)})")
        return value.lower()

    def _district(self, value: str) -> str:
        found = self._districts.get(" ".join(plain(value).lower().split()))
        if found is None:
            raise ValueError(f"unknown district {shown(value)}; expected an id or an English name of districts.csv")
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
    if (
        not value
        or len(value) > LONGEST_TEXT
        or any(unicodedata.category(c)[0] == "C" and c not in "\u200c\u200d" for c in value)
    ):
        raise ValueError(f"{column} {shown(value)} is not 1 to {LONGEST_TEXT} printable characters")
    return value


def _telephone(value: str) -> str:
    try:
        return SEVERAL.join(phone_numbers.dialled(value))
    except phone_numbers.NotANumber as error:
        raise ValueError(f"telephone {shown(value)}: {error}") from None


def _hours(value: str) -> str:
    try:
        hours_of(value)
    except ValueError as error:
        raise ValueError(f"hours {shown(value)}: {error}") from None
    return value
