"""Exports tickets by the time of request, any number of them in the memory of one page."""

from __future__ import annotations

import csv
import json
import re
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TextIO

from router.model.stages import Stage
from router.model.ticket import Ticket
from router.spreadsheet import SpreadsheetWriter
from router.storage.readable import readable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Mapping
    from datetime import datetime

    from router.model.ticket_search import StageTimes
    from router.model.ticket_views import Page, PageCursor
    from router.storage.engine import Storage

Form = Literal["csv", "spreadsheet", "json"]

COLUMNS = (
    "service_request_id", "status", "stage", "service_code", "priority", "level", "district", "room", "desk",
    "agency_responsible", "requested_datetime", "updated_datetime", "expected_datetime", "zipcode", "state", "people",
    "language", "channel", "helpline", "version", "merged_into", "room_name_hi", "contacts",
    "acknowledged_datetime", "in_progress_datetime", "resolved_datetime", "closed_datetime",
)  # fmt: skip
"""What everybody in the office may see: no person can be found by it."""

PERSONAL = (
    "phone", "callback_wanted", "name", "address", "landmark", "lat", "long", "quantity", "description",
    "status_notes", "for_citizen", "notes", "transcript", "transcript_confidence", "recordings", "media_url",
    "calls", "pictures",
)  # fmt: skip
"""Personal data that citizens gave, and notes about them."""

_TIMES = {
    "acknowledged_datetime": Stage.ACKNOWLEDGED,
    "in_progress_datetime": Stage.IN_PROGRESS,
    "resolved_datetime": Stage.RESOLVED,
}
"""When a ticket first came to a stage."""
MADE = frozenset({"room_name_hi", "contacts", "closed_datetime", *_TIMES})
"""Columns that are no field of a ticket."""
_PAGE = 500  # about 1 MB of tickets in memory, 10 ms of reading
_FORMULA = re.compile(r"\s*[=+\-@\t\r＝＋－＠]")
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?", re.ASCII)


class ExportedTicket(NamedTuple):
    """A ticket, and when it came to its stages."""

    ticket: Ticket
    times: Mapping[str, StageTimes]


async def exported(
    store: Storage, since: datetime, until: datetime, *, room: str | None = None
) -> AsyncIterator[ExportedTicket]:
    """Yield the tickets requested from ``since`` until before ``until``, oldest first; of one room, if it is given.

    Raises:
        StorageUnavailableError: reading failed; the rows written before are complete.
    """
    page = await _page(store, since, until)
    while True:
        found = [one for one in readable(Ticket, page.documents) if room is None or one.room == room]
        times = await _times(store, [one.number for one in found])
        for ticket in found:
            yield ExportedTicket(ticket, times.get(ticket.number, {}))
        if page.next is None:
            return
        page = await _page(store, since, until, page.next)


async def _page(store: Storage, since: datetime, until: datetime, after: PageCursor | None = None) -> Page:
    return await store.read(lambda uow: uow.ticket_pages.oldest(since, until, after=after, count=_PAGE))


async def _times(store: Storage, numbers: list[str]) -> dict[str, dict[str, StageTimes]]:
    return await store.read(lambda uow: uow.ticket_search.stage_times(numbers))


class Sheet:
    """Writes tickets to a file as CSV with a heading (RFC 4180), or as JSON, one object a line.

    Args:
        file: Opened with ``newline=""``.
        form: ``spreadsheet`` is CSV for people: with a byte order mark, India's time, and cells that a spreadsheet
            leaves as they are (`router.spreadsheet`).
        personal: With the personal columns.
        rooms: The rooms' Hindi names, by id.
    """

    def __init__(self, file: TextIO, form: Form, *, personal: bool, rooms: Mapping[str, str]) -> None:
        self._file = file
        self._rooms = rooms
        self._columns = COLUMNS + PERSONAL if personal else COLUMNS
        self._write_row: Callable[[Iterable[Any]], object] | None = None
        if form == "spreadsheet":
            self._write_row = SpreadsheetWriter(file).row
        elif form == "csv":
            table = csv.writer(file)
            self._write_row = lambda values: table.writerow([cell(value) for value in values])
        if self._write_row:
            self._write_row(self._columns)

    def write(self, exported: ExportedTicket) -> None:
        """Write one ticket."""
        ticket, times = exported
        values = ticket.model_dump(mode="json", include=set(self._columns) - MADE)
        values |= {column: times[stage].first if stage in times else None for column, stage in _TIMES.items()}
        values["closed_datetime"] = None if ticket.is_open or ticket.stage not in times else times[ticket.stage].last
        values["room_name_hi"] = self._rooms.get(ticket.room, "")
        values["contacts"] = len(ticket.calls)
        if self._write_row:
            self._write_row(values[column] for column in self._columns)
        else:
            row = {column: values[column] for column in self._columns}
            self._file.write(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n")


def cell(value: Any) -> str:
    """Return a value as a cell that no spreadsheet takes for a formula.

    What begins like one gets an apostrophe before it, as OWASP's page on CSV injection advises; a plain number or a
    telephone number with + is none.
    """
    if value is None:
        return ""
    if isinstance(value, list):
        value = "; ".join(map(str, value))
    text = str(value)
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text
