"""Reads cells as offices write them; what cannot be read says why, and what to do."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import TYPE_CHECKING, Final, NamedTuple

from router import phone_numbers
from router.bounds import MAX_PEOPLE
from router.digits import SPREADSHEET, from_spreadsheet, pin_code, plain, unharmed
from router.geo.names import folded
from router.outside_text import clean

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_KEY_CHARS: Final = 80
MAX_SHOWN_CHARS: Final = 60
"""Of a cell in a message."""
NOTHING: Final = frozenset({
    "", "-", "--", "---", "0", "na", "n/a", "n.a.", "nil", "none", "null", "nan", "no", "not available", ".", "x",
    "नहीं", "नही", "निल", "शून्य", "उपलब्ध नहीं", "अप्राप्त",
})  # fmt: skip
"""What offices write into a cell that has nothing to say."""

_LANGUAGES: Final[Mapping[str, str]] = {
    "hi": "hi", "hindi": "hi", "हिंदी": "hi", "हिन्दी": "hi", "en": "en", "english": "en", "अंग्रेजी": "en", "अंग्रेज़ी": "en",
}  # fmt: skip
_FAILED: Final = re.compile(r"#(DIV/0!|N/A|NAME\?|NULL!|NUM!|REF!|VALUE!|SPILL!|CALC!|GETTING_DATA)")
_QUESTION_MARKS: Final = re.compile(r"[\s.,:/()-]*(\?{2,}[\s.,:/()?-]*)+")
_SEVERAL: Final = re.compile(r"[,;|&\r\n]|/(?![0-9]{1,2}(?![0-9]))|(?<=\s)(?:or|and|या|और|एवं|व)(?=\s)", re.IGNORECASE)
_PEOPLE: Final = re.compile(r"(?:total|कुल)?\s*([0-9]{1,6})(?:\.0+)?\s*[^0-9]{0,25}", re.ASCII | re.IGNORECASE)
_DATES: Final = ("%Y-%m-%d", "%d-%m-%Y", "%d-%m-%y", "%d-%b-%Y", "%d-%b-%y", "%d-%B-%Y")
_CLOCK: Final = re.compile(r"[ T][0-9]{1,2}:[0-9]{2}(:[0-9]{2})?(\s*[AaPp][Mm])?$", re.ASCII)
_SERIAL: Final = re.compile(r"[34][0-9]{4}", re.ASCII)  # days since 1899-12-30, of the years 1982 to 2036
_FIRST_DAY: Final = date(1899, 12, 30).toordinal()


class BadCell(NamedTuple):
    """A cell that could not be read, or a whole row.

    Attributes:
        cell: Its name, ``B7``.
        reason: What is wrong, and what to do.
    """

    cell: str
    reason: str


class Telephones(NamedTuple):
    """The telephones of a row.

    Attributes:
        sender: The first that can be called.
        others: The others, as they are dialled.
        unread: Why some were not read.
    """

    sender: phone_numbers.PhoneNumber
    others: tuple[str, ...]
    unread: tuple[str, ...]


def is_nothing(cell: str) -> bool:
    """Tell whether a cell says that it has nothing to say."""
    return plain(cell).strip().casefold() in NOTHING


def check(cell: str) -> str:
    """Return why no column may have such a cell; empty: it may."""
    if _FAILED.fullmatch(cell.strip()):
        return f"{cell.strip()}: its formula has failed; write the value itself"
    if _QUESTION_MARKS.fullmatch(cell):
        return "only question marks: Excel saved the Hindi so; save the table as 'CSV UTF-8' or as XLSX"
    return ""


def read_text(cell: str, most: int) -> str:
    """Return a text as it is kept. Raises ValueError: it is too long."""
    text = clean(cell)
    if len(text) > most:
        raise ValueError(f"has {len(text)} characters; at most {most}")
    return text


def read_line(cell: str, most: int) -> str:
    """Return a text on one line. Raises ValueError: it is too long."""
    return " ".join(read_text(cell, most).split())


def read_key(cell: str) -> str:
    """Return an office's number of a request, as text. Raises ValueError: Excel has lost digits of it."""
    key = unharmed(plain(cell).strip())
    if from_spreadsheet(key):
        raise ValueError(f"number {shown(cell)}: {SPREADSHEET}")
    return read_line(key, MAX_KEY_CHARS)


def read_pin(cell: str) -> str:
    """Return a PIN code. Raises ValueError."""
    if from_spreadsheet(plain(cell)) and pin_code(cell) is None:
        raise ValueError(f"PIN {shown(cell)}: {SPREADSHEET}")
    found = pin_code(cell)
    if found is None:
        raise ValueError(f"PIN {shown(cell)}: expected a PIN code of six digits, which does not begin with 0")
    return found


def read_people(cell: str) -> int:
    """Return a number of people: ``4``, ``४ सदस्य``. Raises ValueError."""
    found = _PEOPLE.fullmatch(plain(cell).strip())
    if found is None or not 1 <= int(found[1]) <= MAX_PEOPLE:
        raise ValueError(f"people {shown(cell)}: expected a number from 1 to {MAX_PEOPLE}")
    return int(found[1])


def read_language(cell: str) -> str:
    """Return ``hi`` or ``en``. Raises ValueError."""
    found = _LANGUAGES.get(folded(cell)) or _LANGUAGES.get(cell.strip())
    if found is None:
        raise ValueError(f"language {shown(cell)}: expected Hindi or English")
    return found


def read_day(cell: str) -> date:
    """Return a day: 05.04.2020 or 5/4/20 with the day first as in India, 2020-04-05, 5-Apr-2020, or Excel's number.

    Raises:
        ValueError: it is none of these.
    """
    text = plain(cell).strip().removesuffix(".0")
    if _SERIAL.fullmatch(text):
        return date.fromordinal(_FIRST_DAY + int(text))
    text = re.sub(r"[./\s]+", "-", _CLOCK.sub("", text).strip(" ."))
    for form in _DATES:
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    raise ValueError(f"date {shown(cell)}: expected a day such as 05.04.2020")


def read_telephones(cells: list[str]) -> Telephones:
    """Return the telephones of a row, from one cell or several, each with one number or several.

    Raises:
        ValueError: there are some, and none can be read.
    """
    found: list[str] = []
    unread: list[str] = []
    for cell in cells:
        numbers, wrong = _numbers(cell)
        found += numbers
        unread += wrong
    if unread and not found:
        raise ValueError("; ".join(unread))
    numbers = [*dict.fromkeys(found)]
    sender = next((one for one in map(phone_numbers.normalise, numbers) if one.e164), phone_numbers.UNKNOWN_NUMBER)
    others = tuple(one for one in numbers if phone_numbers.normalise(one).e164 != sender.e164 or not sender.e164)
    return Telephones(sender, others, tuple(unread))


def _numbers(cell: str) -> tuple[list[str], list[str]]:
    """Return the numbers of a cell as they are dialled, and why parts of it are none."""
    try:
        return list(phone_numbers.dialled(cell)), []
    except phone_numbers.PhoneNumberError as whole:
        parts = [part.strip() for part in _SEVERAL.split(cell) if not is_nothing(part)]
        if len(parts) <= 1:
            return [], [f"telephone {_masked(cell)}: {whole}"]
    found: list[str] = []
    unread: list[str] = []
    for place, part in enumerate(parts, 1):
        try:
            found += phone_numbers.dialled(part)
        except phone_numbers.PhoneNumberError as error:
            unread.append(f"telephone, number {place} of {len(parts)}: {error}")
    return found, unread


def shown(cell: str) -> str:
    """Return a cell as a message shows it: quoted, on one line, shortened."""
    line = " ".join(clean(cell).split())
    return repr(line if len(line) <= MAX_SHOWN_CHARS else line[:MAX_SHOWN_CHARS] + "…")


def _masked(cell: str) -> str:
    """Return a cell without the digits of a telephone number: messages may end in a log."""
    return (
        shown(cell)
        if from_spreadsheet(plain(cell))
        else repr(re.sub(r"[0-9](?=.*[0-9]{2})", "X", plain(clean(cell)))[:30])
    )
