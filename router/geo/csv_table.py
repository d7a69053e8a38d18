"""Reads one CSV table: rows with named columns, every problem with file and line."""

import csv
import io
import re
import unicodedata
from collections.abc import Container, Iterator, Mapping, Sequence
from importlib.resources.abc import Traversable

from router.phone_numbers import dialled

ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
NAME = re.compile(r"[A-Za-z][A-Za-z ,.()-]*")
# Devanagari with its own joiners (U+200C, U+200D); no digits or signs, which a voice would read aloud.
NAME_HI = re.compile(r"[\u0900-\u0963\u0971-\u097f][\u0900-\u0963\u0971-\u097f\u200c\u200d ,.()-]*")

MAX_TEXT_CHARS = 80
"""Characters of an id or a name: a topic level, a file name and a spoken word must hold it."""

MAX_SHOWN_CHARS = 60
"""Characters of a wrong cell that a message shows: after a forgotten quote a cell can be the rest of the file."""


def shown(value: str) -> str:
    """A cell as a message shows it: quoted, on one line, shortened."""
    return repr(value if len(value) <= MAX_SHOWN_CHARS else value[:MAX_SHOWN_CHARS] + "…")


class CsvRow:
    """One row of a table. A reader that finds a mistake notes it and returns an empty value."""

    def __init__(self, table: str, line: int, cells: Mapping[str, str], problems: list[str]) -> None:
        self.line = line
        self._table = table
        self._cells = cells
        self._problems = problems

    def bad(self, message: str) -> None:
        """Note a problem of this row."""
        self._problems.append(f"{self._table} line {self.line}: {message}")

    def text(self, column: str) -> str:
        """The cell as it stands."""
        return self._cells[column]

    def id(self, column: str = "id") -> str:
        """An id: lower-case letters, digits, single hyphens."""
        return self._matching(column, ID, "lower-case letters a-z, digits and hyphens, such as 'agar-malwa'")

    def name(self) -> str:
        """The English name: Latin letters, one line."""
        return self._matching("name", NAME, "Latin letters on one line, without quotes or digits")

    def name_hi(self) -> str:
        """The Hindi name: Devanagari letters, one line."""
        return self._matching("name_hi", NAME_HI, "Devanagari letters on one line, without quotes or digits")

    def one_of(self, column: str, known: Sequence[str]) -> str:
        """One of the known words."""
        value = self._cells[column]
        if value in known:
            return value
        self.bad(f"unknown {column} {shown(value)} (known: {', '.join(known)})")
        return ""

    def whole(self, column: str, least: int, most: int) -> int:
        """A whole number from `least` to `most`; 0 after a mistake."""
        value = self._cells[column]
        if re.fullmatch(r"[0-9]{1,9}", value) and least <= int(value) <= most:
            return int(value)
        self.bad(f"{column} {shown(value)} is not a whole number from {least} to {most}")
        return 0

    def degrees(self, column: str, least: float, most: float) -> float:
        """A decimal number from `least` to `most`; 0 after a mistake."""
        value = self._cells[column]
        if re.fullmatch(r"[0-9]{1,3}(\.[0-9]{1,9})?", value) and least <= float(value) <= most:
            return float(value)
        self.bad(f"{column} {shown(value)} is not a number of degrees from {least:g} to {most:g}, such as 23.26")
        return 0.0

    def code(self, column: str, form: str, expected: str) -> str:
        """A code of the given form; may be empty."""
        value = self._cells[column]
        if value and re.fullmatch(form, value) is None:
            self.bad(f"{column} {shown(value)} is not {expected}")
            return ""
        return value

    def codes(self, column: str, form: str, expected: str) -> tuple[str, ...]:
        """Several codes separated by spaces, at least one, each of the given form, none twice."""
        codes = tuple(self._cells[column].split())
        wrong = [code for code in codes if re.fullmatch(form, code) is None]
        if wrong or not codes:
            self.bad(f"{column} {shown(', '.join(wrong))} is not {expected}")
            return ()
        if len(set(codes)) != len(codes):
            self.bad(f"{column} names a code twice: {shown(self._cells[column])}")
        return tuple(dict.fromkeys(codes))

    def ids(self, column: str, known: Container[str], table: str) -> tuple[str, ...]:
        """Several ids separated by spaces, at least one, each to be found in another table, none twice."""
        found = self.codes(column, ID.pattern, f"ids of {table} separated by spaces")
        for one in found:
            if one not in known:
                self.bad(f"{column}: unknown {one!r}; expected ids of {table}")
        return found

    def telephone(self, column: str) -> str:
        """A telephone number, fixed with its STD code or mobile, returned as digits to dial; may be empty."""
        value = self._cells[column]
        if not value:
            return ""
        try:
            (digits,) = dialled(value)
        except ValueError:  # none, or more than one
            self.bad(f"{column} {shown(value)} is not a telephone number with STD code, such as '0755-1077'")
            return ""
        return digits

    def _matching(self, column: str, form: re.Pattern[str], expected: str) -> str:
        value = self._cells[column]
        if not value:
            self.bad(f"{column} is empty; expected {expected}")
            return ""
        if form.fullmatch(value) is None or len(value) > MAX_TEXT_CHARS:
            self.bad(
                f"{column} {shown(value)} is not allowed; expected {expected}, at most {MAX_TEXT_CHARS} characters"
            )
            return ""
        return value


class Unique:
    """Notes values that must not come twice in a table."""

    def __init__(self) -> None:
        self._lines: dict[object, int] = {}

    def check(self, row: CsvRow, value: object, what: str) -> None:
        """Note a problem when `value` stood in an earlier row; empty values are passed over."""
        if not value:
            return
        first = self._lines.setdefault(value, row.line)
        if first != row.line:
            row.bad(f"{what} is already in line {first}")


def read_table(directory: Traversable, table: str, columns: Sequence[str], problems: list[str]) -> list[CsvRow] | None:
    """Read a table.

    Args:
        directory: Where the tables lie.
        table: File name.
        columns: The columns there must be, in any order, and no others.
        problems: Gets every problem found.

    Returns:
        The rows that have the right number of cells, or None when the file itself cannot be used.
    """
    text = _read_text(directory, table, problems)
    if text is None:
        return None
    rows = _split(text, table, problems)
    if rows is None:
        return None
    if len(rows) <= 1:
        problems.append(f"{table}: no rows; expected a header line {','.join(columns)} and rows below it")
        return None
    header = rows[0][1]
    if not _header_fits(table, header, columns, problems):
        return None
    return list(_named(table, header, rows[1:], problems))


def _named(
    table: str, header: Sequence[str], rows: Sequence[tuple[int, list[str]]], problems: list[str]
) -> Iterator[CsvRow]:
    for line, cells in rows:
        if len(cells) == len(header):
            yield CsvRow(table, line, dict(zip(header, cells, strict=True)), problems)
        else:
            problems.append(f"{table} line {line}: {len(cells)} cells; expected {len(header)}: {','.join(header)}")


def _read_text(directory: Traversable, table: str, problems: list[str]) -> str | None:
    try:
        raw = directory.joinpath(table).read_bytes()
    except FileNotFoundError:
        problems.append(f"{table}: missing; expected it in {directory}")
        return None
    except OSError as error:
        problems.append(f"{table}: cannot be read: {error.strerror}")
        return None
    try:
        return unicodedata.normalize("NFC", raw.decode("utf-8-sig"))  # spreadsheets put a byte order mark first
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        problems.append(f"{table} line {line}: not UTF-8 text; save the table as 'CSV UTF-8'")
        return None


def _split(text: str, table: str, problems: list[str]) -> list[tuple[int, list[str]]] | None:
    """Rows of stripped cells, each with the line it starts in; rows without any text are left out."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[tuple[int, list[str]]] = []
    line = 1
    try:
        for cells in reader:
            stripped = [cell.strip() for cell in cells]
            if any(stripped):
                rows.append((line, stripped))
            line = reader.line_num + 1
    except csv.Error as error:
        problems.append(f"{table} line {line}: not a CSV row ({error}); is a quote left open?")
        return None
    return rows


def _header_fits(table: str, header: Sequence[str], columns: Sequence[str], problems: list[str]) -> bool:
    wrong = [
        *(f"column {name!r} is missing" for name in columns if name not in header),
        *(f"unknown column {shown(name)}" for name in header if name not in columns),
        *(f"column {name!r} comes twice" for name in columns if header.count(name) > 1),
    ]
    problems.extend(f"{table} line 1: {what}; expected {','.join(columns)}" for what in wrong)
    return not wrong


def known(ids: Container[str] | None, value: str) -> bool:
    """Whether an id exists; True also when it is empty or its table could not be read (noted elsewhere)."""
    return ids is None or not value or value in ids
