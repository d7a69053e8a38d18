"""Group commit: what is committed together, and what one failing job does to the others."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from router.storage.engines import database_at
from router.storage.errors import StorageUnavailableError
from router.storage.schema import ticket_serials
from router.storage.unit_of_work import UnitOfWork
from tests.support.stores import opened_store

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from router.storage.engine import Storage
    from router.storage.engines import Location


@pytest.fixture
async def store(location: Location) -> AsyncIterator[Storage]:
    async with opened_store(location) as store:
        yield store


def put(node: int) -> object:
    def job(uow: UnitOfWork) -> int:
        uow.connection.execute(sa.insert(ticket_serials), {"node": node, "last": 1})
        return node

    return job


async def nodes(store: Storage) -> list[int]:
    def query(uow: UnitOfWork) -> list[int]:
        return list(uow.connection.execute(sa.select(ticket_serials.c.node).order_by(ticket_serials.c.node)).scalars())

    return await store.read(query)


class Gate:
    """A job that holds the writer until it is let go, so that the next ones form one group."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        self.go = threading.Event()

    def __call__(self, uow: UnitOfWork) -> None:
        self.reached.set()
        assert self.go.wait(60)


async def grouped(store: Storage, *jobs: object) -> list[object]:
    """Run jobs in one group commit; return results and exceptions."""
    gate = Gate()
    held = asyncio.create_task(store.write(gate))
    await asyncio.to_thread(gate.reached.wait, 10)
    tasks = [asyncio.create_task(store.write(job)) for job in jobs]  # type: ignore[arg-type]
    await asyncio.sleep(0)
    gate.go.set()
    await held
    return await asyncio.gather(*tasks, return_exceptions=True)


async def test_group_with_one_failing_job_keeps_the_others(store: Storage) -> None:
    def half(uow: UnitOfWork) -> None:
        uow.connection.execute(sa.insert(ticket_serials), {"node": 7, "last": 1})
        raise RuntimeError("in the middle")

    ends = await grouped(store, put(1), half, put(1), put(2))
    assert ends[0] == 1
    assert isinstance(ends[1], RuntimeError)
    assert isinstance(ends[2], sa.exc.IntegrityError)
    assert ends[3] == 2
    assert await nodes(store) == [1, 2]


async def test_group_is_one_commit(store: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    groups: list[int] = []
    commit = store._writer._commit
    monkeypatch.setattr(store._writer, "_commit", lambda group: groups.append(len(group)) or commit(group))
    await grouped(store, *(put(node) for node in range(50)))
    assert groups == [1, 50]


async def test_result_comes_only_after_the_commit(store: Storage, location: Location) -> None:
    await store.write(put(4))  # type: ignore[arg-type]
    with database_at(location).connected() as other:
        assert other.execute(sa.select(ticket_serials.c.node)).scalars().all() == [4]


async def test_job_of_a_caller_who_gave_up_is_left_out(store: Storage) -> None:
    gate = Gate()
    held = asyncio.create_task(store.write(gate))
    await asyncio.to_thread(gate.reached.wait, 10)
    gone = asyncio.create_task(store.write(put(5)))  # type: ignore[arg-type]
    stays = asyncio.create_task(store.write(put(6)))  # type: ignore[arg-type]
    await asyncio.sleep(0)
    gone.cancel()
    gate.go.set()
    await asyncio.gather(held, stays)
    assert await nodes(store) == [6]


async def test_close_commits_the_group_in_hand_and_tells_the_rest(location: Location) -> None:
    async with opened_store(location) as store:
        gate = Gate()
        held = asyncio.create_task(store.write(gate))
        await asyncio.to_thread(gate.reached.wait, 10)
        late = asyncio.create_task(store.write(put(8)))  # type: ignore[arg-type]
        await asyncio.sleep(0)
        closing = asyncio.create_task(store.close())
        await asyncio.sleep(0)
        gate.go.set()
        await closing
        await held
        with pytest.raises(StorageUnavailableError, match="closed"):
            await late


async def test_outbox_is_announced_only_after_a_commit(store: Storage) -> None:
    def fails(uow: UnitOfWork) -> None:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        await store.write(fails, outbox=True)
    assert not store.outbox_ready.is_set()
    await store.write(put(1), outbox=True)  # type: ignore[arg-type]
    assert store.outbox_ready.is_set()


async def test_reader_cannot_write(store: Storage) -> None:
    with pytest.raises(StorageUnavailableError, match="cannot be written"):
        await store.read(put(1))  # type: ignore[arg-type]
    await store.write(put(1))  # type: ignore[arg-type]
    assert await nodes(store) == [1]
