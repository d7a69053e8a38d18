"""Opening, finding and adding to tickets, on a real store."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from router.model.calls.call_record import CallRecord
from router.model.stages import Stage
from router.mqtt.cloudevents import parse, ticket_in
from router.tickets.service import TicketService, UnknownTicketError
from router.tickets.ticket_number import issue, valid
from tests.support.stores import BHOPAL, PHONE, new_recordings, opened_desk, opened_store, report

if TYPE_CHECKING:
    from router.storage.engine import Storage
    from router.storage.engines import Location
    from router.storage.repositories.outbox_repository import OutboxRow


async def waiting(store: Storage) -> list[OutboxRow]:
    return await store.write(lambda uow: uow.outbox.advance([], 1000))


async def test_open_routes_to_the_district_room(desk: TicketService, store: Storage) -> None:
    before = datetime.now(UTC)
    ticket = await desk.open(BHOPAL)
    assert valid(ticket.number)
    assert ticket.number == ticket.service_request_id == issue(1, 1)
    assert (ticket.room, ticket.desk, ticket.stage) == ("district-bhopal", "food", Stage.ROUTED)
    assert (ticket.status, ticket.version, ticket.level, ticket.phone) == ("open", 1, 1, PHONE)
    assert ticket.calls == ("1.1",)
    assert before <= ticket.requested_datetime == ticket.updated_datetime <= datetime.now(UTC)
    assert await desk.ticket(ticket.number) == ticket
    assert [(line.version, line.by, line.what) for line in await desk.history(ticket.number)] == [
        (1, "phone", "opened; rule ration")
    ]


async def test_open_writes_its_message_in_the_same_transaction(desk: TicketService, store: Storage) -> None:
    ticket = await desk.open(BHOPAL)
    (row,) = await waiting(store)
    assert row.topic == f"rooms/district-bhopal/tickets/food/{ticket.number}"
    assert row.payload is not None
    event = parse(row.payload)
    assert (event.id, event.subject) == (f"{ticket.number}-1", ticket.number)
    assert ticket_in(event) == ticket
    assert store.outbox_ready.is_set()


async def test_open_without_district_goes_to_triage(desk: TicketService) -> None:
    ticket = await desk.open(report("2/1", district=None))
    assert (ticket.room, ticket.desk, ticket.stage) == ("state", "triage", Stage.TRIAGE)


@pytest.mark.parametrize(("given", "priority"), [(None, 1), (4, 4)])
async def test_open_takes_the_priority_of_the_need_unless_given(
    desk: TicketService, given: int | None, priority: int
) -> None:
    assert (await desk.open(report("3/1", need="danger", priority=given))).priority == priority


async def test_open_with_ids_the_data_does_not_know_loses_no_ticket(
    desk: TicketService, caplog: pytest.LogCaptureFixture
) -> None:
    ticket = await desk.open(report("4/1", district="atlantis", need="unicorns"))
    assert (ticket.room, ticket.desk, ticket.service_code) == ("state", "triage", "other")
    assert "atlantis" in caplog.text
    assert "unicorns" in caplog.text


async def test_open_twice_returns_the_same_ticket(desk: TicketService, store: Storage) -> None:
    first = await desk.open(BHOPAL)
    again = await desk.open(report(BHOPAL.source_key, need="gas"))
    assert again == first
    assert len(await waiting(store)) == 1


async def test_open_by_a_hundred_tasks_with_one_key_makes_one_ticket(desk: TicketService, store: Storage) -> None:
    tickets = await asyncio.gather(*(desk.open(BHOPAL) for _ in range(100)))
    assert len({ticket.number for ticket in tickets}) == 1
    assert len(await desk.tickets()) == 1
    assert (await desk.open(report("other"))).number == issue(1, 2)  # no serial was wasted


async def test_open_of_many_at_once_gives_each_its_own_number(desk: TicketService) -> None:
    tickets = await asyncio.gather(*(desk.open(report(f"{i}/1")) for i in range(300)))
    assert sorted(ticket.number for ticket in tickets) == [issue(1, i) for i in range(1, 301)]


async def test_open_by_a_caller_who_is_cancelled_stays_whole(desk: TicketService) -> None:
    task = asyncio.create_task(desk.open(BHOPAL))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    ticket = await desk.open(BHOPAL)  # opened before or not: the same key gives one ticket
    assert await desk.tickets() == [ticket]


async def test_numbers_go_on_after_a_restart(location: Location) -> None:
    for serial in (1, 2):
        async with opened_store(location) as store, opened_desk(store) as desk:
            assert (await desk.open(report(f"{serial}"))).number == issue(1, serial)


async def test_attach_makes_a_new_version(desk: TicketService, store: Storage) -> None:
    ticket = await desk.open(BHOPAL)
    after = await desk.attach(ticket.number, recordings=new_recordings("a.wav"), status_notes="104 did not answer")
    assert (after.version, after.recordings, after.status_notes) == (2, ("a.wav",), "104 did not answer")
    assert after.updated_datetime >= ticket.updated_datetime
    (row,) = await waiting(store)  # the newer version took the place of the older one
    assert parse(row.payload or "").id == f"{ticket.number}-2"
    assert [line.what for line in await desk.history(ticket.number)] == [
        "opened; rule ration",
        "recording added and status noted; 104 did not answer",
    ]


async def test_attach_of_what_is_there_changes_nothing(desk: TicketService) -> None:
    ticket = await desk.open(report("5/1", recordings=new_recordings("a.wav")))
    assert await desk.attach(ticket.number, recordings=new_recordings("a.wav")) == ticket


async def test_attach_to_no_ticket_says_so(desk: TicketService) -> None:
    with pytest.raises(UnknownTicketError, match="100000001"):
        await desk.attach("100000001", recordings=new_recordings("a.wav"))


async def test_tickets_lists_newest_first_by_room(desk: TicketService) -> None:
    one = await desk.open(report("1"))
    two = await desk.open(report("2", district="indore"))
    three = await desk.open(report("3"))
    assert await desk.tickets() == [three, two, one]
    assert await desk.tickets(room="district-bhopal") == [three, one]
    assert await desk.tickets(limit=1) == [three]
    assert await desk.ticket("999999999") is None


async def test_last_place_is_that_of_the_newest_ticket_with_one(desk: TicketService) -> None:
    assert await desk.last_place(PHONE) is None
    await desk.open(report("1", phone=PHONE, district="indore"))
    await desk.open(report("2", phone=PHONE))
    await desk.open(report("3", phone=PHONE, district=None))
    await desk.open(report("4", phone="+919000000000", district="dewas"))
    assert await desk.last_place(PHONE) == "bhopal"


async def test_call_progress_keeps_the_latest(store: Storage) -> None:
    started = datetime(2020, 4, 1, 6, 30, tzinfo=UTC)
    row = CallRecord("9.1", "181", "181", started, phone=PHONE)
    other = CallRecord("9.2", "104", "104", started)
    ended = CallRecord("9.1", "181", "181", started, phone=PHONE, need="gas", ended=started, outcome="ticket")
    async with opened_desk(store) as desk:
        desk.call_progress(row)
        desk.call_progress(other)
    async with opened_desk(store) as desk:
        assert await desk.unfinished_calls() == [row.uniqueid, other.uniqueid]
        desk.call_progress(ended)
    assert await desk.call("9.1") == ended
    assert await desk.unfinished_calls() == [other.uniqueid]
    assert await desk.call("9.3") is None


async def test_open_later_opens_in_the_background(desk: TicketService, store: Storage) -> None:
    store.outbox_ready.clear()
    desk.open_later(BHOPAL)
    desk.open_later(BHOPAL)
    await store.outbox_ready.wait()
    assert len(await desk.tickets()) == 1


async def test_open_later_beyond_its_memory_says_what_is_lost(
    desk: TicketService, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("router.tickets.write_behind.MAX_PENDING", 1)
    with caplog.at_level(logging.CRITICAL):
        desk.open_later(report("kept"))
        desk.open_later(report("lost", need="medicine", phone=PHONE))
    (record,) = caplog.records
    assert "report lost: need medicine, district bhopal" in record.message
    assert "+91…3210" in record.message
    assert "98123" not in record.message
