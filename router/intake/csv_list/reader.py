"""Builds a submission from each line of a list; a line with a cell that cannot be read says why and is not taken."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final, NamedTuple

from router import phone_numbers
from router.bounds import MAX_PEOPLE
from router.digits import pin_code, whole_number
from router.geo.csv_sheet import cells_of, divided
from router.geo.errors import PlacesError
from router.geo.names import folded
from router.intake.base import Submission
from router.model.rooms.decided_command import digest
from router.outside_text import clean

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from router.geo import Places

COLUMNS: Final = (
    *("key", "need", "text", "phone", "name", "district", "pin", "address", "landmark", "people", "quantity"),
    "language",
)
"""The columns a heading may name, in any order; it must name ``key``, and ``need`` or ``text``."""

_KEY: Final = re.compile(r"[A-Za-z0-9._:/-]{1,80}", re.ASCII)
_MAX_CHARS: Final = {"text": 4000, "address": 500}
_MAX_CELL_CHARS: Final = 200
_MAX_SHOWN_CHARS: Final = 60  # characters of a cell that a message repeats
_LANGUAGES: Final = ("hi", "en")
_NOT_TO_ASK_FOR: Final = "listen"  # a recording that nobody has heard yet


class BadLine(NamedTuple):
    """A line that was not taken; ``line`` counts from 1, the file's first."""

    line: int
    reason: str


def read_requests(lines: Iterable[str], places: Places, *, name: str) -> Iterator[tuple[int, Submission] | BadLine]:
    """Yield each line's submission with its number, or why it is none.

    Args:
        lines: The file's lines, as `router.geo.csv_sheet.opened` gives them; one of the first names the columns.
        places: Districts and needs.
        name: The list's own: with a line's ``key`` it makes the request the one it is, however often it is read.

    Raises:
        PlacesError: none of the first lines names the columns.
    """
    line, headings, separator, rows = divided(lines, lambda cells: len({*map(folded, cells)} & {*COLUMNS}))
    columns = [folded(heading) for heading in headings]
    _check_heading(line, columns)
    reader = _LineReader(places, name)
    for number, text in rows:
        if not text.strip(" \t,;|\r\n"):
            continue
        cells = cells_of(text, separator)
        try:
            yield number, reader.submission(_by_column(columns, cells))
        except ValueError as error:
            yield BadLine(number, str(error))


def _check_heading(line: int, columns: list[str]) -> None:
    unknown = [column for column in columns if column and column not in COLUMNS]
    twice = [column for column in dict.fromkeys(columns) if column and columns.count(column) > 1]
    wrong = [f"unknown {column[:_MAX_SHOWN_CHARS]!r}" for column in unknown]
    wrong += [f"{column!r} comes twice" for column in twice]
    wrong += [] if "key" in columns else ["'key' is missing"]
    wrong += [] if {"need", "text"} & {*columns} else ["'need' and 'text' are missing: name one of them"]
    if wrong:
        raise PlacesError([f"line {line}: {', '.join(wrong)}; expected some of {','.join(COLUMNS)}"])


def _by_column(columns: list[str], cells: list[str]) -> dict[str, str]:
    if len(cells) != len(columns):
        raise ValueError(f"{len(cells)} cells; expected {len(columns)}; is a quote left open?")
    return dict(zip(columns, cells, strict=True))


class _LineReader:
    """Reads cells; every method returns a value or raises ValueError with the column and the expected form."""

    def __init__(self, places: Places, name: str) -> None:
        self._name = name
        self._needs = {folded(n): i for i, one in places.needs.items() for n in (i, one.name, one.name_hi)}
        del self._needs[_NOT_TO_ASK_FOR]
        self._districts = {folded(n): d.id for d in places.districts.values() for n in (d.id, d.name, d.name_hi)}
        self._need_ids = tuple(need for need in places.needs if need != _NOT_TO_ASK_FOR)

    def submission(self, cells: Mapping[str, str]) -> Submission:
        for column, cell in cells.items():
            if len(cell) > _MAX_CHARS.get(column, _MAX_CELL_CHARS):
                raise ValueError(f"{column}: longer than {_MAX_CHARS.get(column, _MAX_CELL_CHARS)} characters")
        key = cells["key"]
        if not _KEY.fullmatch(key):
            raise ValueError(f"key {_shown(key)}: expected 1 to 80 of A-Z a-z 0-9 . _ : / -")
        need = self._one_of("need", cells, self._needs, ", ".join(self._need_ids))
        text = clean(cells.get("text", ""))
        if need is None and not text:
            raise ValueError("need and text are empty: nothing is asked for")
        return Submission(
            source_key=f"list/{self._name}/{key}",
            channel="operator",
            content=digest(json.dumps(dict(cells), sort_keys=True)),
            need=need,
            text=text,
            sender=_sender(cells.get("phone", "")),
            name=_line_of(cells, "name"),
            district=self._one_of("district", cells, self._districts, "an id or a name of districts.csv"),
            zipcode=_pin(cells.get("pin", "")),
            address=_line_of(cells, "address"),
            landmark=_line_of(cells, "landmark"),
            people=_people(cells.get("people", "")),
            quantity=_line_of(cells, "quantity"),
            language=_language(cells.get("language", "")),
        )

    def _one_of(self, column: str, cells: Mapping[str, str], known: Mapping[str, str], expected: str) -> str | None:
        cell = cells.get(column, "")
        if not cell:
            return None
        if folded(cell) not in known:
            raise ValueError(f"{column} {_shown(cell)}: unknown; expected {expected}")
        return known[folded(cell)]


def _shown(cell: str) -> str:
    return repr(cell[:_MAX_SHOWN_CHARS])


def _line_of(cells: Mapping[str, str], column: str) -> str:
    return " ".join(clean(cells.get(column, "")).split())


def _sender(cell: str) -> phone_numbers.PhoneNumber:
    if not cell:
        return phone_numbers.UNKNOWN_NUMBER
    try:
        return phone_numbers.read(cell)
    except phone_numbers.PhoneNumberError as error:
        raise ValueError(f"phone: not a telephone number: {error}") from None


def _pin(cell: str) -> str:
    pin = pin_code(cell) if cell else ""
    if pin is None:
        raise ValueError(f"pin {_shown(cell)}: expected a PIN code of six digits")
    return pin


def _people(cell: str) -> int | None:
    people = whole_number(cell) if cell else None
    if cell and (people is None or not 1 <= people <= MAX_PEOPLE):
        raise ValueError(f"people {_shown(cell)}: expected a number from 1 to {MAX_PEOPLE}")
    return people


def _language(cell: str) -> str:
    if cell and cell not in _LANGUAGES:
        raise ValueError(f"language {_shown(cell)}: expected {' or '.join(_LANGUAGES)}")
    return cell or "hi"
