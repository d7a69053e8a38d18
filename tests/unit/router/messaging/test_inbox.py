"""The inbox on a real store: order, repetition, messages that fail."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from router.messaging import inbox as inbox_module
from router.messaging.inbox import MAX_ATTEMPTS, Inbox, PutOffError
from router.model.messaging.incoming import IncomingMessage, NewMessage, StoredMessage
from router.model.messaging.person import Contact
from tests.support.brokers import until
from tests.support.stores import opened_store

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    from router.storage.engine import Storage

SENT = datetime(2026, 4, 1, 10, 0, tzinfo=UTC)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Storage]:
    async with opened_store(tmp_path / "s.sqlite") as opened:
        yield opened


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbox_module, "POLL_S", 0.01)
    monkeypatch.setattr(inbox_module, "RETRY_S", (0.0, 0.0, 0.0))
    monkeypatch.setattr(inbox_module, "TROUBLE_RETRY_S", 0.01)


async def add(store: Storage, wamid: str, user: str = "IN.1", *, seconds: int = 0) -> None:
    """Store a message that was sent so long after the first."""
    sent = SENT + timedelta(seconds=seconds)

    def job(uow) -> None:  # type: ignore[no-untyped-def]
        person = uow.chat_people.arrived(Contact("whatsapp", "1", user), sent)
        message = IncomingMessage(provider_id=wamid, person=person, sent=sent, kind="text", content={})
        uow.chat_in.add(NewMessage("whatsapp", message, "{}", datetime.now(UTC)))

    await store.write(job)


@asynccontextmanager
async def running(
    store: Storage,
    work: Callable[[StoredMessage], Awaitable[None]],
    rescue: Callable[[StoredMessage], Awaitable[None]] | None = None,
    hold_s: float = 0.0,
) -> AsyncIterator[None]:
    async def nothing(_: StoredMessage) -> None: ...

    task = asyncio.create_task(Inbox(store, "whatsapp", work, rescue or nothing, hold_s=hold_s).run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


class Worker:
    """Finishes messages, and fails on some."""

    def __init__(self, store: Storage, *, poison: str = "", trouble: int = 0) -> None:
        self.store, self.poison, self.trouble = store, poison, trouble
        self.begun: list[str] = []
        self.done: list[str] = []
        self.together, self.most = 0, 0

    async def __call__(self, stored: StoredMessage) -> None:
        wamid = stored.message.provider_id
        self.begun.append(wamid)
        if wamid == self.poison:
            raise ValueError("what the citizen wrote")
        if self.trouble:
            self.trouble -= 1
            raise PutOffError("not now")
        self.together += 1
        self.most = max(self.most, self.together)
        await asyncio.sleep(0)
        await self.store.write(lambda uow: uow.chat_in.finish(stored.id, stored.message.person))
        self.together -= 1
        self.done.append(wamid)


async def counts(store: Storage) -> dict[str, int]:
    return await store.read(lambda uow: uow.chat_in.counts("whatsapp"))


async def test_one_person_one_after_the_other_in_order_of_time(store: Storage) -> None:
    worker = Worker(store)
    for at in (3, 1, 2):
        await add(store, str(at), seconds=at)
    async with running(store, worker):
        await until(lambda: len(worker.done) == 3)
    assert worker.done == ["1", "2", "3"]
    assert worker.most == 1


async def test_message_overtaken_within_the_hold_comes_first(store: Storage) -> None:
    worker = Worker(store)
    await add(store, "second", seconds=1)
    async with running(store, worker, hold_s=0.4):
        await add(store, "first", seconds=0)
        await until(lambda: len(worker.done) == 2)
    assert worker.done == ["first", "second"]


async def test_many_people_at_once(store: Storage) -> None:
    worker = Worker(store)
    for at in range(40):
        await add(store, str(at), f"IN.{at}")
    async with running(store, worker):
        await until(lambda: len(worker.done) == 40)
    assert worker.most > 1


async def test_message_that_fails_is_set_aside_saved_and_holds_nobody_up(
    store: Storage, caplog: pytest.LogCaptureFixture
) -> None:
    worker, saved = Worker(store, poison="bad"), []

    async def rescue(stored: StoredMessage) -> None:
        saved.append(stored.message.provider_id)

    await add(store, "bad")
    await add(store, "good", seconds=1)
    async with running(store, worker, rescue):
        await until(lambda: worker.done == ["good"])
    assert worker.begun.count("bad") == MAX_ATTEMPTS
    assert saved == ["bad"]
    assert await counts(store) == {"done": 1, "set-aside": 1}
    aside = await store.read(lambda uow: uow.chat_in.list_set_aside("whatsapp"))
    assert aside[0].note.startswith("ValueError in __call__")
    assert "citizen" not in aside[0].note + caplog.text


async def test_message_that_cannot_even_be_saved_says_so(store: Storage) -> None:
    async def rescue(_: StoredMessage) -> None:
        raise KeyError

    await add(store, "bad")
    async with running(store, Worker(store, poison="bad"), rescue):
        await until(lambda: counts_are(store, {"set-aside": 1}))
    aside = await store.read(lambda uow: uow.chat_in.list_set_aside("whatsapp"))
    assert "not saved: KeyError" in aside[0].note


async def counts_are(store: Storage, wanted: dict[str, int]) -> bool:
    return await counts(store) == wanted


async def test_message_whose_work_took_the_process_with_it_is_set_aside(store: Storage) -> None:
    worker = Worker(store)
    await add(store, "killer")
    for _ in range(MAX_ATTEMPTS):
        await store.write(lambda uow: uow.chat_in.begin([1]))
    async with running(store, worker):
        await until(lambda: counts_are(store, {"set-aside": 1}))
    assert worker.begun == []


async def test_trouble_that_is_not_the_messages_is_not_counted(store: Storage) -> None:
    worker = Worker(store, trouble=MAX_ATTEMPTS + 2)
    await add(store, "1")
    async with running(store, worker):
        await until(lambda: worker.done == ["1"])
    assert await counts(store) == {"done": 1}


async def test_damaged_row_stops_nobody(store: Storage) -> None:
    worker = Worker(store)
    await add(store, "damaged")
    await add(store, "good", "IN.2")
    await store.write(lambda uow: uow.connection.exec_driver_sql("UPDATE chat_in SET content = '{' WHERE id = 1"))
    async with running(store, worker):
        await until(lambda: sorted(worker.done) == ["damaged", "good"])
