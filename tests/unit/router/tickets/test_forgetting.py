"""A person who is forgotten is nowhere in the store's files, in the books, or in a version of a ticket; others are."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from agi.cdr.masking import count_in_cdr, mask_in_cdr
from agi.cdr.tail import read_chunk, turn_over
from router.model.block import Block
from router.model.calls.call_record import CallRecord
from router.pictures import PictureFiles
from router.storage.repositories import (
    citizen_repository,
)
from router.storage.repositories.calls.call_log_repository import CallEnd, CallNews, LoggedCall
from router.storage.unit_of_work import UnitOfWork
from router.tickets.command import Command
from router.tickets.forgetting import FORGOTTEN
from router.tickets.workflow import actor_of_room
from tests.support.stores import BHOPAL, opened_desk, opened_store
from warroom.config.retention_settings import RetentionDays
from warroom.services.maintenance.retention import DataRetention

if TYPE_CHECKING:
    from pathlib import Path

    from router.storage.engines import Location

PHONE, OTHER = "+919812345671", "+919812345672"
SECRETS = ("9812345671", "Sunita", "behind the temple", "oxygen", "near the pond")
FORMS = ("+919812345671", "919812345671", "09812345671", "9812345671", "00919812345671")


def files_with(folder: Path, text: str) -> list[str]:
    """The files below a folder in which a text stands."""
    return [path.name for path in folder.rglob("*") if path.is_file() and text.encode() in path.read_bytes()]


async def test_forgotten_person_is_in_no_byte_of_the_store_and_the_ticket_stays(
    tmp_path: Path, location: Location
) -> None:
    now = datetime.now(UTC)
    person = replace(
        BHOPAL, phone=PHONE, name="Sunita", address="behind the temple", landmark="near the pond", description="oxygen"
    )
    async with opened_store(location) as store, opened_desk(store) as desk:
        mine = await desk.open(person)
        other = await desk.open(replace(BHOPAL, source_key="2/1", phone=OTHER, name="Ramesh"))
        command = Command(command_id="c1", ticket=mine.number, action="note", note="Sunita wants oxygen, 9812345671")
        assert (await desk.command(command, actor=actor_of_room("district-bhopal"))).accepted
        await desk.note(mine.number, "oxygen", by="citizen")
        call = CallRecord(uniqueid="1.1", helpline="181", did="181", phone=PHONE, language="hi", started=now)
        await store.write(lambda uow: uow.calls.upsert(call))

        await store.write(lambda uow: uow.jobs.ask_for_call(PHONE, "1.1", {"reason": "missed"}, now))

        found = await store.read(lambda uow: uow.citizens.find(phone=PHONE))
        assert (found.tickets, found.open, found.calls) == ([mine.number], [mine.number], 1)
        assert {"tickets", "calls", "jobs"} <= set(found.rows)

        assert await desk.forget([mine.number]) == 1
        rows = await store.read(lambda uow: uow.citizens.rows_with(phone=PHONE))
        await store.write(lambda uow: uow.citizens.forget_number(phone=PHONE, rows=rows))
        assert await desk.forget([mine.number]) == 0  # again: nothing more
        await until_emptied(store.checkpoint)

        after = await desk.ticket(mine.number)
        assert after is not None
        assert (after.phone, after.name, after.notes, after.zipcode, after.service_code) == (
            None, "", (), mine.zipcode, mine.service_code,
        )  # fmt: skip
        history = await desk.history(mine.number)
        assert history[-1].what == FORGOTTEN
        assert [line.what for line in history[:2]] == ["opened", "note"]
        assert await desk.ticket(other.number) == other
        assert (await store.read(lambda uow: uow.citizens.find(phone=PHONE))).rows == {}
        waiting = await store.write(lambda uow: uow.outbox.advance(sent=[], count=10))
        assert any(row.number == mine.number and row.payload for row in waiting)  # its room gets it again
        for text in SECRETS:
            assert files_with(tmp_path, text) == []
        with pytest.raises(Exception, match="only added to"):
            await store.write(_rewrite_history)


async def until_emptied(checkpoint: object) -> None:
    """Wait until no reader is in the way."""
    async with asyncio.timeout(10):
        while not await checkpoint():  # type: ignore[operator]
            await asyncio.sleep(0.01)


def _rewrite_history(uow: UnitOfWork) -> None:
    uow.connection.exec_driver_sql("UPDATE history SET what = 'x'")


async def test_blocked_number_stays_blocked(location: Location) -> None:
    async with opened_store(location) as store:
        block = Block(PHONE, why="abuse", by="desk", since=datetime.now(UTC), until=None)
        await store.write(lambda uow: uow.blocklist.upsert(block=block))
        rows = await store.read(lambda uow: uow.citizens.rows_with(phone=PHONE))
        await store.write(lambda uow: uow.citizens.forget_number(phone=PHONE, rows=rows))
        assert (await store.read(lambda uow: uow.citizens.find(phone=PHONE))).rows == {"blocklist": 1}


async def test_call_that_goes_on_is_told_of_until_its_end(location: Location) -> None:
    call = CallRecord(uniqueid="1.1", helpline="181", did="181", phone=PHONE, started=datetime.now(UTC))

    def goes_on(uow: UnitOfWork) -> bool:
        return uow.citizens.has_call_going_on(phone=PHONE)

    async with opened_store(location) as store:
        await store.write(lambda uow: uow.calls.upsert(call))
        assert await store.read(goes_on)
        await store.write(lambda uow: uow.calls.upsert(replace(call, ended=datetime.now(UTC))))
        assert not await store.read(goes_on)
        placed = LoggedCall("2.1", 1, "out", caller=PHONE)
        await store.write(lambda uow: uow.call_log.write([placed], []))
        assert await store.read(goes_on)
        end = CallEnd("2.1", 2, PHONE, "181", 16, "us", "", "")
        await store.write(lambda uow: uow.call_log.take(CallNews([], [], [end], [], [])))
        assert not await store.read(goes_on)


async def test_closed_ticket_is_found_when_its_time_is_over_and_only_once(location: Location) -> None:
    later = datetime.now(UTC) + timedelta(days=1)

    def over(uow: UnitOfWork) -> list[str]:
        return uow.citizens.closed_before(moment=later, done=FORGOTTEN, count=10)

    async with opened_store(location) as store, opened_desk(store) as desk:
        ticket = await desk.open(replace(BHOPAL, phone=PHONE))
        assert await store.read(over) == []  # open
        command = Command(command_id="c1", ticket=ticket.number, action="withdraw", note="x")
        assert (await desk.command(command, actor=actor_of_room("state"))).accepted
        assert await store.read(over) == [ticket.number]
        await desk.forget([ticket.number])
        assert await store.read(over) == []
        assert (await store.read(lambda uow: uow.tickets.by_number(number=ticket.number))).phone is None  # type: ignore[union-attr]


@pytest.mark.parametrize("form", FORMS)
def test_number_in_any_form_is_found_and_one_that_holds_it_is_not(form: str) -> None:
    pattern = citizen_repository.pattern_of(PHONE)
    assert pattern.sub("X", f'"{form}",a') == '"X",a'
    assert pattern.search(f"x{form}1") is None
    assert pattern.search(f"1{form.lstrip('+')}") is None


def test_books_are_masked_in_place_over_chunks_and_rotated_files_while_they_grow(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agi.cdr.masking._CHUNK", 100)
    folder = tmp_path / "cdr-csv"
    folder.mkdir()
    (tmp_path / "cel-custom").mkdir()
    lines = [f'"{form}","{OTHER}","{"x" * (n % 37)}"' for n, form in enumerate(FORMS * 20)]
    text = "\n".join(lines) + "\n"
    books = [folder / "Master.csv", folder / "Master.csv.1", tmp_path / "cel-custom" / "cel.csv"]
    for path in books:
        path.write_text(text)
    (folder / "Master.csv.bak").symlink_to(tmp_path / "elsewhere")
    pattern = citizen_repository.pattern_of(PHONE)
    assert count_in_cdr(tmp_path, pattern) == 3 * len(lines)
    with books[0].open("a") as asterisk:
        assert mask_in_cdr(tmp_path, pattern) == 3 * len(lines)
        asterisk.write("one more\n")
    assert count_in_cdr(tmp_path, pattern) == 0
    for path in books:
        now = path.read_text()
        assert "9812345671" not in now
        assert now.count(OTHER) == len(lines)
        assert len(now.removesuffix("one more\n")) == len(text)


@pytest.mark.parametrize("line", ['"","","181","2020-04-01 10:00:00","x"\n', '"CHAN_START","1585735200.123456","x"\n'])
def test_old_book_is_begun_anew_and_gone_after_its_days(tmp_path: Path, line: str) -> None:
    book = tmp_path / "Master.csv"
    book.write_text(line)
    first = read_chunk(book, {})
    assert first
    began = datetime(2020, 4, 1, 10, tzinfo=UTC)
    assert not turn_over(book, {first.file: first.position}, began + timedelta(days=9), 20)
    assert not turn_over(book, {}, began + timedelta(days=11), 20)  # not all of it is in the store
    assert turn_over(book, {first.file: first.position}, began + timedelta(days=11), 20)
    assert [path.name for path in tmp_path.iterdir()] == ["Master.csv.1"]
    written = datetime.fromtimestamp((tmp_path / "Master.csv.1").stat().st_mtime, UTC)
    assert not turn_over(book, {}, written + timedelta(days=19), 20)
    assert list(tmp_path.iterdir())
    turn_over(book, {}, written + timedelta(days=21), 20)
    assert list(tmp_path.iterdir()) == []


async def test_what_is_over_its_time_is_forgotten_and_the_rest_stays(location: Location, tmp_path: Path) -> None:
    async with opened_store(location) as store, opened_desk(store) as desk:
        closed = await desk.open(replace(BHOPAL, phone=PHONE))
        command = Command(command_id="c1", ticket=closed.number, action="withdraw", note="x")
        await desk.command(command, actor=actor_of_room("state"))
        open_ = await desk.open(replace(BHOPAL, source_key="2/1", phone=OTHER))
        days = timedelta(days=1)
        for uniqueid, started in (("1.1", datetime.now(UTC) - 800 * days), ("2.1", datetime.now(UTC))):
            call = CallRecord(uniqueid=uniqueid, helpline="181", did="181", phone=PHONE, started=started)
            await store.write(lambda uow, call=call: uow.calls.upsert(call))
        await DataRetention(store, desk, RetentionDays(), PictureFiles(tmp_path)).look()
        assert [(await desk.call(one)).phone for one in ("1.1", "2.1")] == [None, PHONE]  # type: ignore[union-attr]
        assert await desk.ticket(open_.number) == open_
        assert (await desk.ticket(closed.number)).phone == PHONE  # type: ignore[union-attr]
