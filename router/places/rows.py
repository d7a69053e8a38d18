"""Reading a file of places that serve, line by line: good rows come out, bad ones say why."""

from __future__ import annotations

import csv
import re
import unicodedata
from typing import TYPE_CHECKING, NamedTuple

from router.places.errors import PlacesError
from router.places.hours import hours_of
from router.places.pins import PIN
from router.places.serving import ServingPlace
from router.places.table import LONGEST_TEXT, TELEPHONE, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from router.places.places import Places

COLUMNS = ("code", "kind", "name", "district", "pin", "telephone", "hours")
"""What the first line must name, in any order; ``name_hi`` may be there too."""
_OPTIONAL = "name_hi"
_LONGEST_LINE = 4_000  # characters; a longer one is no row but a file that is not a table
_CODE = re.compile(r"[A-Za-z0-9./_-]{1,40}")
_FOREIGN = re.compile("[\ud800-\udfff]")  # bytes that are not UTF-8, as "surrogateescape" reads them


class BadRow(NamedTuple):
    """A row that was not taken; ``line`` counts from 1, the header's."""

    line: int
    reason: str


def read_rows(lines: Iterable[str], places: Places) -> Iterator[ServingPlace | BadRow]:
    """Yield what each row of a CSV file is: a place, or why it is none. Memory does not grow with a row's size.

    One row is one line: a quote left open then spoils one row and not the rest of the file.

    Args:
        lines: The file's lines, opened as UTF-8 with ``errors="surrogateescape"``; the first names the columns.
        places: Districts, PIN codes and the kinds of places there are.

    Raises:
        PlacesError: the first line does not name the columns.
    """
    numbered = enumerate(lines, 1)
    header = _header(next((text for _, text in numbered), ""))
    reader = _Reader(places)
    seen: dict[tuple[str, str], int] = {}
    for line, text in numbered:
        if not text.strip(" \t\r\n,;"):
            continue
        try:
            place = reader.place(dict(zip(header, _cells(text, len(header)), strict=True)))
        except ValueError as error:
            yield BadRow(line, str(error))
            continue
        first = seen.setdefault((place.kind, place.code), line)
        yield place if first == line else BadRow(line, f"{place.kind} {place.code} is already in line {first}")


def _header(text: str) -> list[str]:
    try:
        names = [name.strip().lower() for name in next(csv.reader([text.removeprefix("\ufeff")]), [])]
    except csv.Error:
        names = []
    missing = [name for name in COLUMNS if name not in names]
    unknown = [name for name in names if name not in (*COLUMNS, _OPTIONAL)]
    if missing or unknown or len(set(names)) != len(names):
        wrong = ", ".join([*(f"{n!r} is missing" for n in missing), *(f"unknown {shown(n)}" for n in unknown)])
        raise PlacesError(
            [f"line 1: {wrong or 'a column comes twice'}; expected {','.join(COLUMNS)} (and {_OPTIONAL})"]
        )
    return names


def _cells(text: str, count: int) -> list[str]:
    if len(text) > _LONGEST_LINE:
        raise ValueError(f"{len(text)} characters; expected one row a line, at most {_LONGEST_LINE}")
    if _FOREIGN.search(text):
        raise ValueError("not UTF-8 text; save the table as 'CSV UTF-8'")
    try:
        rows = list(csv.reader([unicodedata.normalize("NFC", text)], strict=True))
    except csv.Error as error:
        raise ValueError(f"not a CSV row ({error}); is a quote left open?") from None
    cells = [cell.strip() for row in rows for cell in row]
    if len(cells) != count:
        raise ValueError(f"{len(cells)} cells; expected {count}")
    return cells


class _Reader:
    """Checks cells; every method returns a value or raises ValueError with column, value and what is expected."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._districts = {district.id: district.id for district in places.districts.values()}
        self._districts |= {district.name.lower(): district.id for district in places.districts.values()}

    def place(self, cells: dict[str, str]) -> ServingPlace:
        district = self._district(cells["district"])
        return ServingPlace(
            kind=self._kind(cells["kind"]),
            code=self._code(cells["code"]),
            name=_name("name", cells["name"]),
            name_hi=_name(_OPTIONAL, cells[_OPTIONAL]) if cells.get(_OPTIONAL) else "",
            district=district,
            zipcode=self._pin(cells["pin"], district),
            phone=_telephone(cells["telephone"]),
            hours=_hours(cells["hours"]),
        )

    def _kind(self, value: str) -> str:
        if value.lower() not in self._places.kinds:
            raise ValueError(f"unknown kind {shown(value)} (known: {', '.join(self._places.kinds)})")
        return value.lower()

    def _code(self, value: str) -> str:
        if _CODE.fullmatch(value) is None:
            raise ValueError(f"code {shown(value)} is not 1 to 40 letters a-z, digits and . / _ -")
        return value

    def _district(self, value: str) -> str:
        found = self._districts.get(value.lower())
        if found is None:
            raise ValueError(f"unknown district {shown(value)}; expected an id or an English name of districts.csv")
        return found

    def _pin(self, value: str, district: str) -> str:
        if PIN.fullmatch(value) is None:
            raise ValueError(f"pin {shown(value)} is not a PIN code of six digits")
        there = [known.id for known in self._places.by_pin(value)]
        if district not in there:
            raise ValueError(
                f"PIN {value} lies in {' or '.join(there) or 'no district of this state'}, not in {district}"
            )
        return value


def _name(column: str, value: str) -> str:
    if (
        not value
        or len(value) > LONGEST_TEXT
        or any(unicodedata.category(c)[0] == "C" and c not in "\u200c\u200d" for c in value)
    ):
        raise ValueError(f"{column} {shown(value)} is not 1 to {LONGEST_TEXT} printable characters")
    return value


def _telephone(value: str) -> str:
    digits = value.replace(" ", "")
    if digits and TELEPHONE.fullmatch(digits) is None:
        raise ValueError(
            f"telephone {shown(value)} is not a number with STD code, such as '0755-2551234', or a mobile's"
        )
    return digits.replace("-", "")


def _hours(value: str) -> str:
    try:
        hours_of(value)
    except ValueError as error:
        raise ValueError(f"hours {shown(value)}: {error}") from None
    return value
