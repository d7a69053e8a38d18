"""Reads the officers' answers from the lists that they send back: good rows are answers, bad cells are named."""

from __future__ import annotations

import re
from hashlib import sha256
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from router.bounds import MAX_PEOPLE
from router.digits import plain, whole_number
from router.errors import UserError
from router.model.stranded import MAX_PLACE_LENGTH
from router.model.stranded_group import ANSWERED_HELP
from router.outside_text import clean
from router.sheets import cell_name
from router.spreadsheet import unguarded
from router.stranded.lists import GROUP, LIST, NEW_HELP, NEW_PEOPLE, NEW_PLACE, REMARK, ListName, parse_list_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from router.model.stranded_group import AnsweredHelp
    from router.sheets import Row, Sheet

_HEADING_WITHIN: Final = 20  # rows: offices write a title and a date above it
MAX_REMARK_LENGTH: Final = 500
_ANSWERS: Final = (NEW_HELP, NEW_PEOPLE, NEW_PLACE, REMARK)
_WORDS: Final[Mapping[str, AnsweredHelp]] = {
    **{state: state for state in ANSWERED_HELP},
    "not helped": "waiting",
    "help given": "helped",
    "on the way": "travelling",
    "reached home": "home",
    "at home": "home",
    "प्रतीक्षा": "waiting",
    "संपर्क हुआ": "contacted",
    "मदद मिली": "helped",
    "रास्ते में": "travelling",
    "घर पहुँचे": "home",
    "घर पहुंचे": "home",
}
"""What officers may write for a state of help."""


class Answer(NamedTuple):
    """A row with an answer; None and empty: nothing said.

    Attributes:
        row: Of the file, from 1.
        group: The group's number.
        list: The list it stood on.
        help: The state of help.
        people: How many.
        place: Where they are.
        remark: In the officers' words.
    """

    row: int
    group: int
    list: ListName
    help: AnsweredHelp | None
    people: int | None
    place: str
    remark: str

    @property
    def digest(self) -> str:
        """By which the same answer is known when its file comes again."""
        said = (self.group, str(self.list), self.help, self.people, self.place, self.remark)
        return sha256(repr(said).encode()).hexdigest()[:32]


class BadAnswer(NamedTuple):
    """A cell that could not be read; its row was not taken."""

    cell: str
    reason: str


Read: TypeAlias = "Answer | BadAnswer"


class NoAnswersError(UserError):
    """A file has none of our columns."""


def read_answers(sheets: Iterable[Sheet]) -> list[Read]:
    """Return what the rows of a file say, in their order; rows without an answer say nothing.

    Raises:
        NoAnswersError: no row of it names our columns.
    """
    headed = [(sheet, found) for sheet in sheets if not sheet.hidden and (found := _heading(sheet))]
    if not headed:
        expected = ", ".join((GROUP, LIST, *_ANSWERS))
        raise NoAnswersError(f"no row names the columns {expected}: send back the list as it was made")
    return [read for sheet, (number, columns) in headed for read in _rows(sheet, number, columns)]


def _heading(sheet: Sheet) -> tuple[int, dict[str, int]] | None:
    for row in sheet.rows[:_HEADING_WITHIN]:
        names = {_folded(cell): place for place, cell in reversed([*enumerate(row.cells)])}
        columns = {name: names[_folded(name)] for name in (GROUP, LIST, *_ANSWERS) if _folded(name) in names}
        if GROUP in columns and LIST in columns and len(columns) > len((GROUP, LIST)):
            return row.number, columns
    return None


def _folded(text: str) -> str:
    return re.sub(r"[^a-z]", "", text.casefold())


def _rows(sheet: Sheet, heading: int, columns: Mapping[str, int]) -> Iterator[Read]:
    for row in sheet.rows:
        if row.number <= heading:
            continue
        if row.wrong:
            yield BadAnswer(cell_name(0, row.number), row.wrong)
        elif any(_cell(row.cells, columns, name) for name in _ANSWERS):
            yield from _read(row, columns)


def _read(row: Row, columns: Mapping[str, int]) -> list[Read]:
    bad: list[Read] = []

    def read(name: str, reader: Callable[[str], object]) -> object:
        try:
            return reader(_cell(row.cells, columns, name))
        except ValueError as error:
            bad.append(BadAnswer(cell_name(columns[name], row.number), str(error)))
            return None

    values = [
        read(GROUP, _group),
        read(LIST, parse_list_name),
        *(
            read(name, reader)
            for name, reader in ((NEW_HELP, _help), (NEW_PEOPLE, _people), (NEW_PLACE, _place), (REMARK, _remark))
        ),
    ]
    return bad or [Answer(row.number, *values)]  # type: ignore[arg-type]


def _cell(cells: Sequence[str], columns: Mapping[str, int], name: str) -> str:
    place = columns.get(name)
    return "" if place is None or place >= len(cells) else unguarded(cells[place]).strip()


def _whole(text: str) -> int | None:
    return whole_number(re.sub(r"[.,]0{1,2}$", "", plain(text).strip()))


def _group(text: str) -> int:
    number = _whole(text)
    if not number or number < 0:
        raise ValueError(f"{text[:40]!r} is not the number of a group: leave this column as it was")
    return number


def _help(text: str) -> AnsweredHelp | None:
    if not text:
        return None
    found = _WORDS.get(" ".join(text.casefold().split()))
    if found is None:
        raise ValueError(f"{text[:40]!r} is no state of help; write one of: {', '.join(ANSWERED_HELP)}")
    return found


def _people(text: str) -> int | None:
    if not text:
        return None
    number = _whole(text)
    if number is None or not 1 <= number <= MAX_PEOPLE:
        raise ValueError(f"{text[:40]!r} is no number of people: 1 to {MAX_PEOPLE}, in digits")
    return number


def _place(text: str) -> str:
    return _line(text, MAX_PLACE_LENGTH)


def _remark(text: str) -> str:
    return _line(text, MAX_REMARK_LENGTH)


def _line(text: str, most: int) -> str:
    line = " ".join(clean(text).split())
    if len(line) > most:
        raise ValueError(f"{len(line)} characters; at most {most}")
    return line
