"""Tickets as a stream."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.model.ticket_search import StageTimes
from router.tickets import export
from router.tickets.export import COLUMNS, PERSONAL, ExportedTicket, Sheet, cell, exported
from tests.support.stores import PHONE, new_recordings, opened_desk, opened_store, report

if TYPE_CHECKING:
    from router.model.ticket import Ticket
    from router.storage.engines import Location


async def test_export_goes_page_by_page_from_the_oldest(location: Location, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "_PAGE", 3)
    async with opened_store(location) as store, opened_desk(store) as desk:
        opened = [await desk.open(report(str(number))) for number in range(9)]
        first, last = opened[2].requested_datetime, opened[-1].requested_datetime
        assert [t.ticket async for t in exported(store, first, last + timedelta(seconds=1))] == opened[2:]
        assert [t.ticket async for t in exported(store, first, last)] == opened[2:-1]
        assert [t.ticket async for t in exported(store, last + timedelta(seconds=1), last + timedelta(days=1))] == []


@pytest.fixture
async def ticket(location: Location) -> Ticket:
    async with opened_store(location) as store, opened_desk(store) as desk:
        dangerous = report(
            "1",
            description='=HYPERLINK("http://x")\nदूसरी, पंक्ति',
            name="@SUM(A1)",
            phone=PHONE,
            recordings=new_recordings("a.wav", "b.wav"),
        )
        return await desk.open(dangerous)


def written(ticket: Ticket, form: export.Form, *, personal: bool) -> str:
    file = io.StringIO(newline="")
    times = {"acknowledged": StageTimes("2020-04-01T05:00:00+00:00", "2020-04-02T05:00:00+00:00")}
    Sheet(file, form, personal=personal, rooms={ticket.room: "भोपाल"}).write(ExportedTicket(ticket, times))
    return file.getvalue()


def test_export_as_csv_is_safe_in_a_spreadsheet(ticket: Ticket) -> None:
    ((row),) = csv.DictReader(io.StringIO(written(ticket, "csv", personal=True), newline=""))
    assert tuple(row) == COLUMNS + PERSONAL
    assert row["description"] == '\'=HYPERLINK("http://x")\nदूसरी, पंक्ति'
    assert row["name"] == "'@SUM(A1)"
    assert row["phone"] == "+919812343210"
    assert row["recordings"] == "a.wav; b.wav"
    assert (row["merged_into"], row["people"]) == ("", "")
    assert (row["acknowledged_datetime"], row["resolved_datetime"]) == ("2020-04-01T05:00:00+00:00", "")
    assert (row["room_name_hi"], row["contacts"]) == ("भोपाल", "1")


@pytest.mark.parametrize("form", ["csv", "json"])
def test_export_without_personal_names_nobody(ticket: Ticket, form: export.Form) -> None:
    text = written(ticket, form, personal=False)
    assert ticket.number in text
    for secret in ("9812343210", "SUM", "HYPERLINK", "a.wav"):
        assert secret not in text


def test_export_as_json_is_one_line_with_the_values_as_they_are(ticket: Ticket) -> None:
    text = written(ticket, "json", personal=True)
    assert text.count("\n") == 1
    row = json.loads(text)
    assert (row["name"], row["recordings"], row["people"]) == ("@SUM(A1)", ["a.wav", "b.wav"], None)
    assert tuple(row) == COLUMNS + PERSONAL


@given(st.text())
def test_cell_never_begins_like_a_formula(text: str) -> None:
    found = cell(text)
    assert found.removeprefix("'") == text.removeprefix("'")
    assert not found.lstrip().startswith(("=", "@")), found
    assert not found.lstrip().startswith(("+", "-")) or found.lstrip("+-").replace(".", "", 1).isdigit()
