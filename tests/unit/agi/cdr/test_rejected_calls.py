"""Calls rejected for want of lines: counted by reason, and who has a ticket is to be called, once."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from agi.cdr.importer import CALLED_FOR_S, CdrImporter
from agi.cdr.statistics import compute_daily_statistics, rows
from router.model.calls.call_record import CallRecord
from router.storage.errors import StorageUnavailableError
from router.storage.schema import cdr, cdr_import_offsets, jobs
from tests.support.cdr_lines import TEN, Books
from tests.support.stores import PHONE, report

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from router.storage.engine import Storage
    from router.tickets.service import TicketService

KNOWN, STRANGER = "09812343210", "9812399999"
HOUR = 3600


@pytest.fixture
def written(tmp_path: Any) -> Books:
    return Books(tmp_path / "asterisk-log")


def reading(
    store: Storage,
    written: Books,
    now: float = TEN + HOUR,
    counted: Callable[[Mapping[str, int]], None] = lambda _: None,
) -> CdrImporter:
    clock = partial(datetime.fromtimestamp, now, UTC)
    return CdrImporter(store, written.folder, dids={"181": "181"}, counted=counted, now=clock)


def reject(written: Books, uniqueid: str, why: str = "system-full", *, at: float = TEN, **more: Any) -> None:
    written.call(uniqueid, at, answered=False, app=more.pop("app", "Hangup"), seconds=0, rejected=why, **more)


async def to_call(store: Storage) -> list[tuple[str, dict[str, str]]]:
    query = sa.select(jobs.c.key, jobs.c.payload).where(jobs.c.kind == "call").order_by(jobs.c.id)
    return [
        (key, json.loads(payload)) for key, payload in await store.read(lambda uow: uow.connection.execute(query).all())
    ]


async def test_rejected_calls_are_told_apart_by_reason(store: Storage, written: Books) -> None:
    for index, why in enumerate(
        ("system-full", "system-full", "trunk-full", "helpline-full", "overload", "loop", "unknown-number")
    ):
        reject(written, f"1.{index}", why, trunk="pri" if why == "trunk-full" else "bsnl")
    reject(written, "1.8", app="Playback")  # hung up while told why
    written.call("1.9", answered=False, app="AGI")
    told: list[Mapping[str, int]] = []
    await reading(store, written, counted=told.append).look()
    found = {
        (row["helpline"], row["trunk"]): row
        for row in rows((await compute_daily_statistics(store, date(2020, 4, 1))).figures)
    }
    whys = {"helpline-full": 1, "loop": 1, "overload": 1, "system-full": 3, "trunk-full": 1, "unknown-number": 1}
    assert found["all", "all"]["rejected_by_reason"] == whys == told[-1]
    assert (found["all", "all"]["rejected"], found["all", "all"]["abandoned"]) == (8, 1)
    assert found["all", "pri"]["rejected_by_reason"] == {"trunk-full": 1}


async def test_rejected_count_begins_anew_with_the_day(store: Storage, written: Books) -> None:
    reject(written, "1.1")
    now = TEN
    told: list[Mapping[str, int]] = []
    read = CdrImporter(
        store,
        written.folder,
        dids={},
        counted=told.append,
        now=lambda: datetime.fromtimestamp(now, UTC),
    )
    await read.look()
    await read.look()
    assert told == [{"system-full": 1}]
    now = TEN + 15 * HOUR
    await read.look()
    assert told == [{"system-full": 1}, {}]


async def test_rejected_caller_with_a_ticket_is_to_be_called_once(
    store: Storage, desk: TicketService, written: Books
) -> None:
    await desk.open(report("1.1/1", phone=PHONE))
    for index in range(3):
        reject(written, f"2.{index}", caller=KNOWN)
    reject(written, "2.7", caller=STRANGER)
    reject(written, "2.8", caller="")
    await reading(store, written).look()
    ((key, payload),) = await to_call(store)
    assert key == f"{PHONE}/2.0"
    assert (payload["reason"], payload["helpline"], payload["uniqueid"]) == ("rejected", "181", "2.0")
    await store.write(lambda uow: uow.connection.execute(sa.update(jobs).values(ended="2020-04-01")))
    written.cdr.write_text(written.cdr.read_text().split("\n", 1)[1])  # another file with lines that are known
    await reading(store, written).look()
    reject(written, "3.0", at=TEN + 60, caller=KNOWN)
    await reading(store, written).look()
    assert [key for key, _ in await to_call(store)][-1] == f"{PHONE}/3.0"


async def test_rejected_long_ago_or_for_another_reason_is_not_called(
    store: Storage, desk: TicketService, written: Books
) -> None:
    await desk.open(report("1.1/1", phone=PHONE))
    reject(written, "2.1", "loop", caller=KNOWN)
    reject(written, "2.2", "number", caller=KNOWN)
    reject(written, "2.4", helpline="rooms", caller=KNOWN)
    await reading(store, written).look()
    reject(written, "2.3", caller=KNOWN)
    await reading(store, written, TEN + CALLED_FOR_S + 1).look()
    assert await to_call(store) == []


async def test_rejected_caller_who_got_through_before_the_books_were_read_is_not_called(
    store: Storage, desk: TicketService, written: Books
) -> None:
    await desk.open(report("1.1/1", phone=PHONE))
    reject(written, "2.1", caller=KNOWN)
    for uniqueid, after in (("1.9", -1), ("2.2", 1)):
        row = CallRecord(uniqueid, "181", "181", datetime.fromtimestamp(TEN + after, UTC), phone=PHONE)
        await store.write(lambda uow, row=row: uow.calls.upsert(row))
        await reading(store, written).look()
        await store.write(lambda uow: uow.connection.execute(sa.delete(cdr)))
        await store.write(lambda uow: uow.connection.execute(sa.delete(cdr_import_offsets)))
        found = [key for key, _ in await to_call(store)]
        assert found == ([f"{PHONE}/2.1"] if after < 0 else [])
        await store.write(lambda uow: uow.connection.execute(sa.delete(jobs)))


async def test_missed_calls_the_service_has_not_heard_of_are_told(store: Storage, written: Books) -> None:
    told: list[tuple[str, str, datetime, str]] = []
    broken = True

    async def missed(*call: str | datetime) -> None:
        told.append(call)  # type: ignore[arg-type]
        if broken:
            raise StorageUnavailableError("busy", "x", "wait")  # type: ignore[arg-type]

    def read() -> CdrImporter:
        return CdrImporter(
            store, written.folder, dids={}, missed=missed, now=lambda: datetime.fromtimestamp(TEN + CALLED_FOR_S, UTC)
        )

    for index, (at, context) in enumerate(
        ((TEN - 1, "missed-rang"), (TEN, "missed-rang"), (TEN, "missed-heard"), (TEN, "missed"))
    ):
        written.call(f"1.{index}", at, answered=False, app="Hangup", seconds=0, helpline="", context=context)
    with pytest.raises(StorageUnavailableError):
        await read().look()
    broken = False
    await read().look()  # a new service: nothing counts as read yet
    await read().look()
    assert told == [("9812345678", "1.1", datetime.fromtimestamp(TEN, UTC), "bsnl")] * 2


async def test_call_beyond_asterisks_own_limit_is_counted_and_its_unclean_number_not_called(
    store: Storage, desk: TicketService, written: Books
) -> None:
    await desk.open(report("1.1/1", phone=PHONE))
    written.call("1.1", answered=False, app="", context="from-trunk", seconds=0, helpline="", caller=KNOWN)
    written.call("1.2", answered=False, app="Set", helpline="", caller=KNOWN)  # gone while the dialplan ran
    told: list[Mapping[str, int]] = []
    await reading(store, written, counted=told.append).look()
    found = {
        (row["helpline"], row["trunk"]): row
        for row in rows((await compute_daily_statistics(store, date(2020, 4, 1))).figures)
    }
    assert found["181", "all"]["rejected_by_reason"] == told[-1] == {"maxcalls": 1}
    assert found["all", "all"]["abandoned"] == 1
    assert await to_call(store) == []
