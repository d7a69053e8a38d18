"""Lists and exports as people read them: India's time on any machine, and no text from outside is laid out."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from router.spreadsheet import unguarded
from tests.support.commands import warroom
from tests.support.stores import report
from warroom.config.paths import DataDirectory

if TYPE_CHECKING:
    from router.tickets.service import TicketService
    from tests.live.api.conftest import Api

HOSTILE = "[/x] [bold red]now[/] :warning: \x1b[2J\u202e"
SHOWN = "[/x] [bold red]now[/] :warning: \\x1b[2J\\u202e"


async def test_no_text_from_outside_is_laid_out(api: Api, desk: TicketService) -> None:
    ticket = await desk.open(report("markup/1", need="milk"))
    await desk.note(ticket.number, "x", by=HOSTILE)
    history = await warroom(api.data, "tickets", "history", ticket.number)
    assert (history.code, SHOWN in history.out) == (0, True), history
    as_json = await warroom(api.data, "tickets", "history", ticket.number, "--json")
    assert json.loads(as_json.out)[-1]["by"] == HOSTILE
    assert not set(as_json.out) & {"\x1b", "\u202e"}
    printable = "[/x] [bold red]now[/] :warning: क्\u200dष"  # with a joiner, by which Hindi is spelt
    for add, listing in (
        (("blocklist", "add", "9812300321", "--why", printable), ("blocklist", "list")),
        (("task", "create", "--rooms", "state", "--by", "+6h", "--text", printable), ("task", "list")),
    ):
        assert (await warroom(api.data, *add)).code == 0
        listed = await warroom(api.data, *listing)
        assert (listed.code, printable in listed.out) == (0, True), listed
    for wrong in (("tickets", "show", "[/x]"), ("blocklist", "add", "[/x]", "--why", "x"), ("task", "show", "[/x]")):
        said = await warroom(api.data, *wrong)
        assert said.code
        assert "[/x]" in said.err
        assert "Traceback" not in said.err


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kolkata", "Pacific/Auckland"])
@pytest.mark.long
async def test_a_day_is_indias_on_any_machine(
    api: Api, desk: TicketService, zone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticket = await desk.open(
        report(f"night/{zone}", need="ration", phone="+919812300444", quantity="3/4", name="00123", landmark="12.10")
    )
    at = "2026-11-28T18:40:00.000000+00:00"  # ten past midnight of the 29th in India
    with closing(sqlite3.connect(DataDirectory(api.data).store)) as store, store:
        (document,) = store.execute("SELECT document FROM tickets WHERE number = ?", (ticket.number,)).fetchone()
        document = json.dumps({**json.loads(document), "requested_datetime": at})
        change = "UPDATE tickets SET requested = ?, document = ? WHERE number = ?"
        store.execute(change, (at, document, ticket.number))
    monkeypatch.setenv("TZ", zone)  # for the commands
    span = ("tickets", "export", "--personal", "--since", "2026-11-29", "--until", "2026-11-30")
    rows = csv.DictReader(io.StringIO((await warroom(api.data, *span)).out))
    assert ticket.number in {row["service_request_id"] for row in rows}
    before = await warroom(api.data, "tickets", "export", "--since", "2026-11-28", "--until", "2026-11-29")
    assert ticket.number not in before.out
    listed = await warroom(api.data, "tickets", "list", "--all", "--limit", "10000")
    (line,) = [line for line in listed.out.splitlines() if ticket.number in line]
    assert "29 Nov 00:10" in line
    sheet = (await warroom(api.data, *span, "--format", "spreadsheet")).out
    assert sheet.startswith("\ufeff")
    found = {row["service_request_id"]: row for row in csv.DictReader(io.StringIO(sheet[1:]))}[ticket.number]
    assert found["requested_datetime"] == "2026-11-29 00:10:00 IST"
    assert [found[name] for name in ("phone", "quantity", "name", "landmark")] == [
        "'+919812300444", "'3/4", "'00123", "'12.10",
    ]  # fmt: skip
    assert [unguarded(found[name]) for name in ("phone", "quantity")] == ["+919812300444", "3/4"]
