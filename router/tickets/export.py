"""Exports tickets by the time of request, any number of them in the memory of one page."""

from __future__ import annotations

import csv
import json
import re
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, TextIO

from router.india import local
from router.model.ticket import Ticket
from router.spreadsheet import MARK, guarded
from router.storage.readable import readable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from router.model.ticket_views import Page, PageCursor
    from router.storage.engine import Storage

Form = Literal["csv", "spreadsheet", "json"]

COLUMNS = (
    "service_request_id", "status", "stage", "service_code", "priority", "level", "district", "room", "desk",
    "agency_responsible", "requested_datetime", "updated_datetime", "expected_datetime", "zipcode", "state", "people",
    "language", "channel", "helpline", "version", "merged_into",
)  # fmt: skip
"""What everybody in the office may see: no person can be found by it."""

PERSONAL = (
    "phone", "callback_wanted", "name", "address", "landmark", "lat", "long", "quantity", "description",
    "status_notes", "notes", "transcript", "transcript_confidence", "recordings", "media_url", "calls",
)  # fmt: skip
"""What citizens said of themselves, and what was noted of them."""

_DECIMALS = 6  # of a degree: a hand's breadth; Calc shows, and so saves, ten digits
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{8,15}(Z|[+-][0-9]{2}:[0-9]{2})", re.ASCII)
_PAGE = 500  # about 1 MB of tickets in memory, 10 ms of reading
_FORMULA = re.compile(r"\s*[=+\-@\t\r＝＋－＠]")
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?", re.ASCII)


async def exported(store: Storage, since: datetime, until: datetime) -> AsyncIterator[Ticket]:
    """Yield the tickets requested from ``since`` until before ``until``, oldest first.

    Raises:
        StorageUnavailableError: it could not be read on; what came before is whole.
    """
    page = await _page(store, since, until)
    while True:
        for ticket in readable(Ticket, page.documents):
            yield ticket
        if page.next is None:
            return
        page = await _page(store, since, until, page.next)


async def _page(store: Storage, since: datetime, until: datetime, after: PageCursor | None = None) -> Page:
    return await store.read(lambda uow: uow.ticket_pages.oldest(since, until, after=after, count=_PAGE))


class Sheet:
    """Writes tickets to a file as CSV with a heading (RFC 4180), or as JSON, one object a line.

    Args:
        file: Opened with ``newline=""``.
        form: ``spreadsheet`` is CSV for people: with a byte order mark, India's time, and cells that a spreadsheet
            leaves as they are (`router.spreadsheet`).
        personal: With the personal columns.
    """

    def __init__(self, file: TextIO, form: Form, *, personal: bool) -> None:
        self._file = file
        self._columns = COLUMNS + PERSONAL if personal else COLUMNS
        self._csv = None if form == "json" else csv.writer(file)
        self._cell = cell_for_people if form == "spreadsheet" else cell
        if form == "spreadsheet":
            file.write(MARK)
        if self._csv:
            self._csv.writerow(self._columns)

    def write(self, ticket: Ticket) -> None:
        """Write one ticket."""
        values = ticket.model_dump(mode="json", include=set(self._columns))
        if self._csv:
            self._csv.writerow([self._cell(values[column]) for column in self._columns])
        else:
            row = {column: values[column] for column in self._columns}
            self._file.write(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n")


def cell_for_people(value: Any) -> str:
    """Return a value as a cell that a person reads in a spreadsheet, and that is the same after it was saved there."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return str(round(value, _DECIMALS))
    if isinstance(value, str) and _MOMENT.fullmatch(value):
        return f"{local(datetime.fromisoformat(value)):%Y-%m-%d %H:%M:%S} IST"
    text = "; ".join(map(str, value)) if isinstance(value, list) else str("" if value is None else value)
    return guarded(text) if isinstance(value, str | list) else text


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
