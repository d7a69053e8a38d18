"""Durable work: asked for once, taken by one at a time, not lost with a worker that dies."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from router.model.job import CALL, ORIGINATE, TRANSCRIBE, Job
from router.storage.schema import jobs
from router.storage.unit_of_work import UnitOfWork
from tests.support.stores import opened_store

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from router.storage.engine import Storage
    from router.storage.engines import Location

NOW = datetime(2020, 4, 1, 10, tzinfo=UTC)
LEASE_S = 60.0


@pytest.fixture
async def store(location: Location) -> AsyncIterator[Storage]:
    async with opened_store(location) as store:
        yield store


async def _add(store: Storage, key: str, due: datetime = NOW, priority: int = 3, kind: str = ORIGINATE) -> bool:
    return await store.write(lambda uow: uow.jobs.add(kind, key, {"about": key}, due, priority))


async def _take(store: Storage, now: datetime = NOW, kind: str = ORIGINATE) -> Job | None:
    return await store.write(lambda uow: uow.jobs.claim(kind, now, LEASE_S))


async def _keys(store: Storage, now: datetime) -> list[str]:
    taken = []
    while work := await _take(store, now):
        taken.append(work.key)
    return taken


async def test_take_gives_urgent_then_oldest_and_nothing_before_its_time(store: Storage) -> None:
    for key, seconds, priority in (("late", 5, 3), ("early", 1, 3), ("urgent", 9, 1), ("tomorrow", 86_400, 1)):
        assert await _add(store, key, NOW + timedelta(seconds=seconds), priority)
    await _add(store, "sound", NOW, 1, TRANSCRIBE)
    assert await _keys(store, NOW) == []
    assert await _keys(store, NOW + timedelta(seconds=10)) == ["urgent", "early", "late"]


async def test_citizen_who_came_in_alone_is_not_called_but_keeps_a_place_and_a_call_in_hand(store: Storage) -> None:
    phones = {
        why: f"+91981234567{index}" for index, why in enumerate(("refused", "missed", "queue", "in hand", "none"))
    }
    for why in ("in hand", "refused", "missed", "queue"):
        payload = {"reason": "rejected" if why == "in hand" else why}
        await store.write(lambda uow, p=phones[why], load=payload: uow.jobs.ask_for_call(p, "1.1", load, NOW))
    taken = await _take(store, kind=CALL)
    assert taken is not None
    await store.write(lambda uow: uow.jobs.checkpoint(taken.id, "call.1.1", NOW))
    for ended in (2, 0):
        assert await store.write(lambda uow: uow.jobs.cancel_for_phone(phones.values())) == ended
    rows = await store.read(
        lambda uow: uow.connection.execute(sa.select(jobs.c.outcome).order_by(jobs.c.id)).scalars().all()
    )
    assert rows == ["", "got through", "got through", ""]


async def test_add_of_the_same_work_again_is_one_row_even_when_it_is_done(store: Storage) -> None:
    assert await _add(store, "123/4")
    assert not await _add(store, "123/4", NOW - timedelta(days=1), 1)
    taken = await _take(store)
    assert taken is not None
    assert (taken.payload, taken.priority) == ({"about": "123/4"}, 3)
    assert await store.write(lambda uow: uow.jobs.finish(taken.id, "confirmed"))
    assert not await _add(store, "123/4")
    assert not await store.write(lambda uow: uow.jobs.finish(taken.id, "reopened"))
    assert not await store.write(lambda uow: uow.jobs.retry(taken.id, NOW, "again"))
    assert await _take(store, NOW + timedelta(days=9)) is None
    outcome = await store.read(lambda uow: uow.connection.execute(sa.select(jobs.c.outcome)).scalar_one())
    assert outcome == "confirmed"


async def test_lease_that_ran_out_gives_the_row_again_with_its_mark(store: Storage) -> None:
    await _add(store, "1")
    first = await _take(store)
    assert first is not None
    assert await _take(store, NOW + timedelta(seconds=LEASE_S - 1)) is None
    until = NOW + timedelta(seconds=500)
    await store.write(lambda uow: uow.jobs.checkpoint(first.id, "placing 7", until))
    assert await _take(store, until - timedelta(seconds=1)) is None
    again = await _take(store, until)
    assert again is not None
    assert (again.id, again.claims, again.attempts, again.checkpoint) == (first.id, 2, 0, "placing 7")


async def test_retry_counts_tries_but_not_what_was_put_off(store: Storage) -> None:
    await _add(store, "1")
    tomorrow = NOW + timedelta(days=1)
    for tried in (True, False):
        taken = await _take(store, tomorrow)
        assert taken is not None
        await store.write(lambda uow, taken=taken, tried=tried: uow.jobs.retry(taken.id, tomorrow, "x", tried=tried))
        assert await _take(store, NOW) is None
    last = await _take(store, tomorrow)
    assert last is not None
    assert (last.attempts, last.claims, last.checkpoint) == (1, 3, "")


async def test_add_is_undone_with_the_transaction_it_belongs_to(store: Storage) -> None:
    def job(uow: UnitOfWork) -> None:
        uow.jobs.add(ORIGINATE, "1", {}, NOW)
        raise LookupError

    with pytest.raises(LookupError):
        await store.write(job)
    assert await store.read(lambda uow: uow.jobs.waiting(ORIGINATE)) == 0


@pytest.mark.parametrize(("due", "priority"), [(NOW, 0), (NOW, 5), (NOW.replace(tzinfo=None), 3)])
async def test_add_refuses_what_it_could_not_order(store: Storage, due: datetime, priority: int) -> None:
    with pytest.raises(ValueError, match=r"priorit|zone"):
        await _add(store, "1", due, priority)
