"""A ticket or task whose document cannot be read: it is named, and everything else goes on."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from recordings.transcription.transcription_hook import ask_for_transcription
from router.model.calls.recording_record import Transcription
from router.model.job import TRANSCRIBE
from router.mqtt.retained import kinds
from router.mqtt.retained.reconciliation import _put_right
from router.pictures import PictureFiles
from router.storage.errors import StorageUnavailableError, UnreadableDocumentError
from router.storage.repositories.rooms import task_repository
from router.storage.schema import tickets
from router.storage.unit_of_work import UnitOfWork
from router.tasks.service import TaskService
from router.tickets.command import Command
from router.tickets.sla import escalation
from router.tickets.workflow import actor_of_room
from tests.support.stores import PHONE, new_recordings, opened_desk, opened_store, places, report
from tests.unit.agi.voicemail.test_ingest import NAME, UNIQUEID, put, row, swept
from tests.unit.router.tickets.test_sla_monitor import NIGHT, ROOM, harness  # noqa: F401 - a fixture
from warroom.config.retention_settings import RetentionDays
from warroom.services.maintenance.retention import DataRetention

if TYPE_CHECKING:
    from pathlib import Path

    from router.storage.engine import Storage
    from router.storage.engines import Location
    from router.tickets.service import TicketService
    from tests.unit.router.tickets.test_sla_monitor import SlaHarness

BROKEN = '{"service_request_id":"1","phone":"' + PHONE
TOLD = ("unreadable", "state")


async def spoil(store: Storage, number: str, document: str = BROKEN) -> str:
    """Put something else in the place of a ticket's document; return what was there."""
    where = tickets.c.number == number
    query = sa.select(tickets.c.document).where(where)
    before = await store.read(lambda uow: uow.connection.execute(query).scalar())
    await store.write(lambda uow: uow.connection.execute(sa.update(tickets).where(where).values(document=document)))
    return str(before)


def _break_all(table: str, uow: UnitOfWork) -> None:
    uow.connection.exec_driver_sql(f"UPDATE {table} SET document = '{{'")


async def do(desk: TicketService, number: str, action: str = "acknowledge", room: str = ROOM, **more: object):
    command = Command.model_validate({"command_id": f"{action}-{number}", "ticket": number, "action": action, **more})
    return await desk.command(command, actor=actor_of_room(room))


@pytest.mark.parametrize("document", [BROKEN, "", "[]", '{"phone":"9812343210"}'])
async def test_look_up_names_the_ticket_and_nothing_of_what_it_says(location: Location, document: str) -> None:
    async with opened_store(location) as store, opened_desk(store) as desk:
        ticket = await desk.open(report("1"))
        await spoil(store, ticket.number, document)
        with pytest.raises(StorageUnavailableError) as caught:
            await desk.ticket(ticket.number)
        told = str(caught.value)
        assert f"ticket {ticket.number} cannot be read" in told
        assert PHONE[-10:] not in told
        assert "\n" not in told


async def test_clock_goes_on_past_it_and_the_war_room_is_told_until_it_is_mended(harness: SlaHarness, caplog) -> None:  # noqa: F811
    bad = (await harness.desk.open(report("1", **NIGHT))).number
    good = (await harness.desk.open(report("2", **NIGHT))).number
    whole = await spoil(harness.store, bad)
    await harness.minutes(5.1)
    assert await harness.level(good) == 2
    told = await harness.alerts()
    assert told[TOLD] == [bad]
    assert set(told["unacknowledged", ROOM]) == {bad, good}
    assert told["unacknowledged", "division-bhopal"] == [good]
    lines = [line for line in caplog.messages if bad in line]
    assert len(lines) == 1
    for _ in range(5):
        await harness.minutes(0.1)
    assert [line for line in caplog.messages if bad in line] == lines  # looked at now and then, not at each tick
    await harness.minutes(5)
    assert await harness.level(good) == 3
    assert (await harness.alerts())[TOLD] == [bad]

    await spoil(harness.store, bad, whole)
    await harness.minutes(escalation.UNREADABLE_AGAIN_S / 60)
    assert await harness.level(bad) == 2
    assert TOLD not in await harness.alerts()


async def test_many_of_them_do_not_keep_back_the_others(harness: SlaHarness, monkeypatch) -> None:  # noqa: F811
    monkeypatch.setattr("router.tickets.sla.escalation.BATCH_SIZE", 3)
    monkeypatch.setattr("router.tickets.sla.monitor.BATCH_SIZE", 3)
    numbers = [(await harness.desk.open(report(str(n), **NIGHT))).number for n in range(8)]
    for number in numbers[:7]:
        await spoil(harness.store, number)
    await harness.minutes(5.1)
    assert await harness.level(numbers[7]) == 2
    assert (await harness.alerts())[TOLD] == numbers[:7]


async def test_command_on_it_is_refused_in_words_and_those_on_others_are_taken(location: Location) -> None:
    async with opened_store(location) as store, opened_desk(store) as desk:
        bad, good = await desk.open(report("1")), await desk.open(report("2"))
        await spoil(store, bad.number)
        reply = await do(desk, bad.number)
        assert (reply.accepted, reply.code, bad.number in str(reply.reason)) == (False, "unreadable", True)
        into = await do(desk, good.number, "merge", into=bad.number)
        assert (into.accepted, into.code) == (False, "unreadable")
        assert (await do(desk, good.number)).accepted


async def test_people_of_the_others_are_forgotten(location: Location, tmp_path: Path, caplog) -> None:
    async with opened_store(location) as store, opened_desk(store) as desk:
        numbers = []
        for key in "123":
            numbers.append((await desk.open(report(key))).number)
            assert (await do(desk, numbers[-1], "withdraw", "state", note="x")).accepted
        await spoil(store, numbers[1])
        keeping = DataRetention(store, desk, RetentionDays(tickets=1), PictureFiles(tmp_path))
        keeping._days = keeping._days.model_copy(update={"tickets": -1})
        await keeping.look()
        for number in (numbers[0], numbers[2]):
            ticket = await desk.ticket(number)
            assert ticket
            assert ticket.phone is None
        assert f"ticket {numbers[1]} cannot be read" in caplog.text


async def test_sweep_sees_to_the_other_calls(tmp_path: Path, caplog) -> None:
    async with swept(tmp_path) as calls:
        bad = await calls.desk.open(report(f"{UNIQUEID}/1", call=UNIQUEID))
        store = calls.desk._store
        await spoil(store, bad.number)
        await put(calls.desk, row(need="ration", district="bhopal", trouble=1))
        await put(calls.desk, replace(row(need="water", district="bhopal", trouble=1), uniqueid="1767225600.8"))
        calls.message()
        calls.message(name=NAME.replace(UNIQUEID, "1767225600.9"))
        found = await calls.twice()
        assert sorted(ticket.calls for ticket in found) == [(UNIQUEID,), ("1767225600.8",), ("1767225600.9",)]
        await calls.twice()
        assert len([line for line in caplog.messages if "is left, at each sweep" in line]) == 1


async def test_what_its_recording_says_is_heard_once(location: Location, caplog) -> None:
    async with opened_store(location) as store, opened_desk(store) as desk:
        desk.on_change(ask_for_transcription(places()))
        ticket = await desk.open(report("1", recordings=new_recordings(f"{NAME}.wav")))
        await spoil(store, ticket.number)
        work = await store.write(lambda uow: uow.jobs.claim(TRANSCRIBE, datetime.now(UTC), 60))
        await desk.heard(f"{NAME}.wav", Transcription(transcript="राशन", bytes=1, confidence=1.0), work=work.id)
        recorded = await desk.recording(f"{NAME}.wav")
        assert recorded.transcript == "राशन"
        assert await store.write(lambda uow: uow.jobs.claim(TRANSCRIBE, datetime.now(UTC), 60)) is None
        assert ticket.number in caplog.text


async def test_broker_keeps_what_lies_there_and_the_rest_is_put_right(location: Location) -> None:
    async with opened_store(location) as store, opened_desk(store) as desk:
        bad, good = await desk.open(report("1")), await desk.open(report("2"))
        await store.write(lambda uow: uow.outbox.advance(sent=range(100), count=0))
        await spoil(store, bad.number)
        family = kinds.FAMILIES[0]
        await store.write(partial(_put_right, family, {bad.number: (), good.number: ()}))
        rows = await store.write(lambda uow: uow.outbox.advance(sent=[], count=100))
        assert good.number in {row.number for row in rows}
        assert await store.read(lambda uow: family.versions(uow, [bad.number])) == {bad.number: 1}


async def test_task_that_cannot_be_read_is_named_and_is_no_news_of_another_store(location: Location) -> None:
    async with opened_store(location) as store:
        board = TaskService(store, places(), node=1)
        task = await board.give("Open the kitchens", [ROOM], datetime.now(UTC) + timedelta(hours=6))
        key = task_repository.key_of(task.id, ROOM)
        for table in ("tasks", "task_assignments"):
            await store.write(partial(_break_all, table))
        with pytest.raises(UnreadableDocumentError, match=f"task {task.id}"):
            await store.read(lambda uow: uow.tasks.task(task_id=task.id))
        with pytest.raises(UnreadableDocumentError, match=f"{ROOM} in task {task.id}"):
            await store.read(lambda uow: uow.tasks.part(task_id=task.id, room=ROOM))
        assert (await store.read(lambda uow: uow.tasks.versions(keys=[key])))[key] > 10**9
