"""One row of a list as a submission."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, Final

from router.geo.names import folded
from router.intake.base import Submission
from router.intake.lists import cells as reading
from router.intake.lists.cells import BadCell
from router.outside_text import clean
from router.phone_numbers import UNKNOWN_NUMBER
from router.sheets import cell_name
from router.tickets.opening.create import UNKNOWN_NEED

if TYPE_CHECKING:
    from collections.abc import Callable

    from router.geo import Places
    from router.intake.base import TextUnderstanding
    from router.intake.lists.columns import Heading
    from router.sheets import Row

MAX_NOTE_CHARS: Final = 1_500
"""Of all columns that go to the room as notes: a ticket keeps 2,000."""
_MAX_TEXT, _MAX_ADDRESS, _MAX_LINE = 4_000, 500, 200
_NOT_TO_ASK_FOR: Final = "listen"  # a recording that nobody has heard yet
_OF_DISTRICT: Final = re.compile(r"\b(district|distt?)\b\.?|जिला|जिले|ज़िला|[-:]", re.IGNORECASE)
_BETWEEN_NEEDS: Final = re.compile(r"[,;/+&|\n]| और | एवं | तथा | व | and ")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Unsaid:
    """`router.tickets.findings.apply_findings.KnownFields` of a cell by itself."""

    service_code: str = UNKNOWN_NEED
    priority: int = 3
    district: str | None = None
    state: str | None = None
    zipcode: str = ""
    quantity: str = ""
    people: int | None = None
    address: str = ""
    landmark: str = ""


class RequestReader:
    """Reads rows.

    Args:
        places: Districts, PIN codes, needs.
        understand: Reads a need or a district that is written otherwise than by a name.
        name: The list's.
    """

    def __init__(self, places: Places, understand: TextUnderstanding, name: str) -> None:
        self.places = places
        self._understand = understand
        self._name = name
        self._needs = {folded(n): i for i, one in places.needs.items() for n in (i, one.name, one.name_hi)}
        del self._needs[folded(_NOT_TO_ASK_FOR)]
        self._askable = [one for one in places.needs.values() if one.id != _NOT_TO_ASK_FOR]
        self._districts = {folded(n): d.id for d in places.districts.values() for n in (d.id, d.name, d.name_hi)}
        self._understood: dict[tuple[str, str], str | None] = {}

    def read(self, heading: Heading, row: Row) -> tuple[Submission | None, tuple[BadCell, ...], tuple[BadCell, ...]]:
        """Return what a row says (None when it is not taken), the cells for which it is not, and those left out."""
        one = _RowReader(self, heading, row)
        submission = one.submission(self._name)
        return (None if one.bad else submission), tuple(one.bad), tuple(one.left_out)

    def need(self, cell: str) -> str:
        """Return the id of a need. Raises ValueError."""
        parts = (self._needs.get(folded(part)) for part in _BETWEEN_NEEDS.split(cell))
        found = self._needs.get(folded(cell)) or self._by_words(cell, "service_code") or next(filter(None, parts), None)
        if found is None:
            known = ", ".join(f"{one.name_hi} ({one.id})" for one in self._askable)
            raise ValueError(f"need {reading.shown(cell)}: not known; expected one of {known}, or words for it")
        return found

    def is_named(self, cell: str) -> bool:
        """Tell whether a cell is the name of a need, and no more."""
        return folded(cell) in self._needs

    def district(self, cell: str) -> str:
        """Return the id of a district. Raises ValueError."""
        bare = _OF_DISTRICT.sub(" ", cell)
        found = (
            self._districts.get(folded(cell)) or self._districts.get(folded(bare)) or self._by_words(bare, "district")
        )
        if found is None:
            raise ValueError(f"district {reading.shown(cell)}: not known; expected a name as in: warroom rooms list")
        return found

    def _by_words(self, cell: str, field: str) -> str | None:
        if (cell, field) not in self._understood:
            found = self._understand(cell[:_MAX_LINE], _Unsaid(), language="hi").fields.get(field)
            self._understood[cell, field] = found if isinstance(found, str) and found != UNKNOWN_NEED else None
        return self._understood[cell, field]


class _RowReader:
    """Reads the cells of one row, and collects what is wrong with them."""

    def __init__(self, of: RequestReader, heading: Heading, row: Row) -> None:
        self._of = of
        self._row = row
        self.bad: list[BadCell] = []
        self.left_out: list[BadCell] = []
        self._cells: dict[str, list[tuple[int, str]]] = {}
        self._notes: list[tuple[str, str]] = []
        columns = zip_longest(heading.columns, heading.titles, row.cells, fillvalue="")
        for at, (column, title, text) in enumerate(columns):
            if not text:
                continue
            if wrong := reading.check(text):
                self.bad.append(BadCell(cell_name(at, row.number), wrong))
            elif column:
                self._cells.setdefault(column, []).append((at, text))
            else:
                self._notes.append((" ".join(title.split()), " ".join(clean(text).split())))

    def submission(self, name: str) -> Submission:
        """Return what the row says, as far as it can be read."""
        need, text = self._need_and_text()
        telephones = self._telephones()
        district = self._one("district", self._of.district, must=True)
        zipcode = self._one("pin", reading.read_pin, must=True) or ""
        self._check_place(district, zipcode)
        address = ", ".join(
            filter(None, (reading.read_line(text, 1 << 20) for _, text in self._cells.get("address", ())))
        )
        if len(address) > _MAX_ADDRESS:
            self._is_bad("address", f"address has {len(address)} characters; at most {_MAX_ADDRESS}")
        key = self._one("key", reading.read_key, must=True) or ""
        said: dict[str, Any] = {
            "need": need,
            "text": text,
            "name": self._line("name"),
            "district": district,
            "zipcode": zipcode,
            "address": address[:_MAX_ADDRESS],
            "landmark": self._line("landmark"),
            "people": self._one("people", reading.read_people, must=False),
            "quantity": self._line("quantity"),
            "language": self._one("language", reading.read_language, must=False) or "hi",
        }
        day = self._one("date", reading.read_day, must=False)
        others = telephones.others if telephones else ()
        notes = [f"दिनांक {day:%d.%m.%Y}"] if day else []
        notes += [f"दूसरा फ़ोन {', '.join(others)}"] if others else []
        notes += [f"{title}: {cell}" if title else cell for title, cell in self._notes]
        written = "; ".join(notes)
        if len(written) > MAX_NOTE_CHARS:
            whole = f"the columns that go to the room as notes have {len(written)} characters; at most {MAX_NOTE_CHARS}"
            self.bad.append(BadCell(cell_name(0, self._row.number), whole))
        sender = telephones.sender if telephones else UNKNOWN_NUMBER
        digest = hashlib.sha256(
            json.dumps({**said, "phone": sender.e164, "notes": written}, sort_keys=True, ensure_ascii=False).encode()
        ).hexdigest()[:32]
        return Submission(
            source_key=f"list/{name}/{key}" if key else f"list-row/{name}/{digest}",
            channel="operator",
            content=digest,
            sender=sender,
            status_notes="; ".join(filter(None, (f"सूची {name}, पंक्ति {self._row.number}", written))),
            same_name=True,
            **said,
        )

    def _need_and_text(self) -> tuple[str | None, str]:
        need = self._one("need", self._of.need, must=True)
        text = self._one("text", lambda cell: reading.read_text(cell, _MAX_TEXT), must=True) or ""
        written = self._first("need")
        if need is not None and not self._of.is_named(written):  # what it says besides: "राशन, 10 किलो चावल"
            text = "\n".join(filter(None, (clean(written), text)))
        if need is None and not text and not self.bad:
            self.bad.append(BadCell(cell_name(0, self._row.number), "neither need nor words: nothing is asked for"))
        return need, text

    def _telephones(self) -> reading.Telephones | None:
        found = [text for _, text in self._cells.get("phone", ()) if not reading.is_nothing(text)]
        if not found:
            return None
        try:
            telephones = reading.read_telephones(found)
        except ValueError as error:
            self._is_bad("phone", str(error))
            return None
        for why in telephones.unread:
            self.left_out.append(BadCell(self._cell("phone"), f"left out: {why}"))
        if telephones.unread:
            self._notes.append(("फ़ोन जैसा लिखा है", ", ".join(clean(text) for text in found)))
        return telephones

    def _check_place(self, district: str | None, zipcode: str) -> None:
        """Name a PIN code that lies in another district: one of the two cells is wrong, and help would go there."""
        there = [one.id for one in self._of.places.by_pin(zipcode)] if zipcode else []
        if district and there and district not in there:
            self._is_bad("pin", f"PIN {zipcode} lies in {' or '.join(there)}, and not in {district}: mend one of them")

    def _one(self, column: str, read: Callable[[str], Any], *, must: bool) -> Any:
        """Return what the cell of a column says, None when it is empty or cannot be read.

        Args:
            column: Ours.
            read: Reads it; raises ValueError.
            must: Whether the row is not taken when it cannot be read; else the cell is kept as a note.
        """
        text = self._first(column)
        if not text or (column != "text" and reading.is_nothing(text)):
            return None
        try:
            return read(text)
        except ValueError as error:
            if must:
                self._is_bad(column, str(error))
            else:
                self.left_out.append(BadCell(self._cell(column), f"left out: {error}"))
                self._notes.append((column, clean(text)[:_MAX_LINE]))
            return None

    def _line(self, column: str) -> str:
        return self._one(column, lambda cell: reading.read_line(cell, _MAX_LINE), must=True) or ""

    def _first(self, column: str) -> str:
        return next((text for _, text in self._cells.get(column, ())), "")

    def _cell(self, column: str) -> str:
        return cell_name(self._cells[column][0][0], self._row.number)

    def _is_bad(self, column: str, why: str) -> None:
        self.bad.append(BadCell(self._cell(column), why))
