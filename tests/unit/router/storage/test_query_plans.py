"""No statement of a ticket's way costs more with more closed tickets: SQLite's own plan of each is looked at."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from recordings.transcription.transcription_hook import ask_for_transcription
from router import clock
from router.model.calls.call_record import CallRecord
from router.model.job import ORIGINATE
from router.mqtt.retained.kinds import FAMILIES
from router.mqtt.retained.reconciliation import _compare
from router.storage.jobs import JobQueue
from router.tickets.command import Command
from router.tickets.sla.monitor import SlaMonitor
from router.tickets.workflow import WARROOM, actor_of_room
from tests.support.stores import BHOPAL, PHONE, new_recordings, opened_desk, opened_store, places, report
from warroom.services.reply_channels import REPLY_CHANNELS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pytest

    from router.storage.engine import Storage
    from router.storage.unit_of_work import UnitOfWork
    from router.tickets.service import TicketService

NOW = datetime(2026, 4, 1, 10, tzinfo=UTC)
_GROWING = "tickets|history|commands|calls|ticket_sources|ticket_hours|jobs|recordings"
_LINE = re.compile(
    rf"(SCAN|SEARCH) ({_GROWING})\b(?: USING (?:COVERING )?(?:INDEX (\w+)|INTEGER PRIMARY KEY))?(?: \((.*)\))?"
)

#: What a step may walk through: as much as is open, due, late, unfinished or asked for; and exactly one row.
_PARTIAL = {"tickets_due", "tickets_late", "tickets_open_by_requested", "tickets_open_by_number", "calls_unfinished",
            "jobs_due"}  # fmt: skip
_ONE = re.compile(
    r"rowid=\?|number=\?|name=\?|source_key=\?|source_key>\? AND source_key<\?|sender=\? AND command_id=\?|uniqueid=\?"
    r"|hour=\? AND district=\? AND need=\?|hour>\? AND hour<\?|kind=\? AND key[=>]\?( AND key<\?)?"
)


def grows(plan: str, statement: str = "") -> bool:
    """Whether a step of a plan walks through more rows the more tickets have been closed."""
    found = _LINE.match(plan)
    if not found:
        return False
    how, _, index, columns = found.groups()
    if index in _PARTIAL:
        return False
    if columns == "merged_into=?":
        return False  # those that a room has put together by hand
    if columns == "phone=?" and "ORDER BY tickets.id DESC" in statement:
        return False  # the newest of a telephone, from the end of its own rows
    return how == "SCAN" or not (_ONE.fullmatch(columns or "") or "is_open=?" in columns)


async def _a_tickets_way(store: Storage, desk: TicketService) -> None:
    """Call every statement that a call, a room, the clock, the outbox or a reconnect runs."""
    desk.on_change(ask_for_transcription(places()))
    tickets = [await desk.open(BHOPAL), await desk.open(report("2/1"))]
    await desk.open(report("3/1", phone=PHONE, call="3"))  # joins
    number, other = (ticket.number for ticket in tickets)
    await desk.attach(number, recordings=new_recordings("a.wav"))
    await desk.note(number, "x", by="citizen")
    for index, (action, more) in enumerate(
        (
            ("acknowledge", {"whole_cluster": True}),
            ("merge", {"into": other}),
            ("unmerge", {}),
            ("reroute", {"desk": "health"}),
            ("resolve", {}),
        )
    ):
        command = Command.model_validate({"command_id": f"c{index}", "ticket": number, "action": action, **more})
        for _ in range(2):
            reply = await desk.command(command, actor=actor_of_room("district-bhopal"))
            assert reply.accepted, reply.reason
    reject = Command(command_id="x", ticket=other, action="propose-reject", note="no")
    await desk.command(reject, actor=actor_of_room("district-bhopal"))
    await desk.command(Command(command_id="y", ticket=other, action="accept-reject"), actor=WARROOM)
    work = JobQueue(store, ORIGINATE, lease_s=1)
    assert await work.take()
    await desk.citizen_answers(number, "not-yet", "c1")
    await desk.ticket(number)
    await desk.history(number)
    await desk.tickets_of_call("1.1")
    await desk.tickets_of_phone(PHONE)
    await desk.last_place(PHONE)
    await desk.clusters("district-bhopal")
    await desk.tickets(room="district-bhopal")
    await desk.tickets()
    call = CallRecord("1.1", "181", "181", datetime(2020, 4, 11, tzinfo=UTC), PHONE)
    desk.call_progress(call)
    await desk._calls.close()
    await desk.call("1.1")
    await desk.unfinished_calls()
    await SlaMonitor(store, desk, places(), offline=lambda: {"district-bhopal"}).tell_offline()
    await SlaMonitor(store, desk, places(), offline=lambda: None).tick()
    rows = await store.write(lambda uow: uow.outbox.advance(sent=[], count=100))
    await store.write(lambda uow: uow.outbox.advance(sent=[row.id for row in rows], count=100))
    await store.read(lambda uow: uow.tickets.open_of_room(room="district-bhopal"))
    await store.read(lambda uow: uow.tickets.copies_of_room(room="state"))
    for family in FAMILIES:
        await _compare(store, family, {}, set(), 1)
        await store.read(lambda uow, family=family: family.present(uow, number))


async def test_plans_do_not_grow_with_closed_tickets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said: dict[str, Any] = {}
    path = tmp_path / "s.sqlite"
    later = clock.read_clocks()
    async with opened_store(path) as store, opened_desk(store, replies=REPLY_CHANNELS) as desk:
        for engine in (store._writer_engine, store._readers.sync_engine):
            sa.event.listen(
                engine, "before_cursor_execute", lambda _c, _u, text, values, *_: said.setdefault(text, values)
            )
        await _a_tickets_way(store, desk)
        monkeypatch.setattr(
            clock,
            "read_clocks",
            lambda: later._replace(since_boot=later.since_boot + 30 * 24 * 3600),
        )
        await SlaMonitor(store, desk, places(), offline=lambda: None).tick()  # everything is late by now
    assert len(said) > 40
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA foreign_keys=ON")  # as the writer: what looks for children is in the plan then
        plans = [(text, plan) for text, values in said.items() for plan in _plans(connection, text, values)]
    bad = [f"{plan}: {text}" for text, plan in plans if grows(plan, text)]
    assert not bad, "\n".join(bad)


def _plans(connection: sqlite3.Connection, text: str, values: Any) -> Iterator[str]:
    if text.startswith(("SELECT", "UPDATE", "DELETE", "INSERT")):
        one = values[0] if isinstance(values, list) else values
        for row in connection.execute(f"EXPLAIN QUERY PLAN {text}", one):
            yield row[3]


def test_plans_that_grow_are_seen() -> None:
    assert grows("SCAN tickets")
    assert grows("SCAN tickets USING INDEX tickets_by_phone")
    assert grows("SEARCH tickets USING INDEX tickets_by_phone (phone=?)")
    assert grows("SEARCH tickets USING INDEX sqlite_autoindex_tickets_1 (number>?)")
    assert not grows("SEARCH tickets USING INDEX tickets_by_room (room=? AND is_open=?)")


async def test_looks_at_messages_read_no_queue_twice(tmp_path: Path) -> None:
    """Whether an earlier message waits for the same person is found by an index: once for each row, not n times n."""
    plans: list[str] = []

    def look(uow: UnitOfWork) -> None:
        sa.event.listen(uow.connection, "before_cursor_execute", explain)
        uow.messages_out.is_due("whatsapp", NOW, ("1",))
        uow.chat_in.due("whatsapp", NOW, NOW, (1,), 9)
        sa.event.remove(uow.connection, "before_cursor_execute", explain)

    def explain(connection: Any, cursor: Any, statement: str, values: Any, *_: Any) -> None:
        plans.extend(row[-1] for row in cursor.execute(f"EXPLAIN QUERY PLAN {statement}", values).fetchall())

    async with opened_store(tmp_path / "s.sqlite") as store:
        await store.write(look)
    earlier = {plan for plan in plans if " earlier" in plan}
    assert earlier == {
        "SEARCH earlier USING INDEX chat_in_waiting (person=? AND sent<?)",
        "SEARCH earlier USING INDEX messages_out_by_recipient (person=? AND to=? AND id<?)",
    }
