"""The store in PostgreSQL: what it demands of the database, and what its troubles mean to a caller."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING

import psycopg
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from router.mqtt.retained.messages import RetainedMessages
from router.storage.engine import Storage
from router.storage.engines import database_at
from router.storage.errors import StorageUnavailableError
from router.storage.migrate import migrate
from router.storage.portable import unread
from router.storage.schema import metadata, ticket_serials
from router.storage.unit_of_work import UnitOfWork
from router.tickets.ticket_number import issue
from tests.support.brokers import until
from tests.support.stores import BHOPAL, opened_desk, opened_store, report

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from tests.support.postgresql import Server

LIMIT_S = 1.2  # a busy machine reads within this, and no test of trouble waits for long


@pytest.fixture
def url(postgresql: Server) -> Iterator[sa.URL]:
    made = postgresql.migrated()
    yield made
    postgresql.give_back(made)


@pytest.fixture
async def store(url: sa.URL) -> AsyncIterator[Storage]:
    async with opened_store(url, timeout_s=LIMIT_S) as store:
        yield store


def put(node: int) -> Callable[[UnitOfWork], int]:
    def job(uow: UnitOfWork) -> int:
        uow.connection.execute(sa.insert(ticket_serials), {"node": node, "last": 1})
        return node

    return job


def nodes(uow: UnitOfWork) -> list[int]:
    return list(uow.connection.execute(sa.select(ticket_serials.c.node).order_by(ticket_serials.c.node)).scalars())


@contextmanager
def server_set(server: Server, url: sa.URL, name: str, value: str) -> Iterator[None]:
    """Set something for all that are connected already, for a time."""
    server.run(f"ALTER SYSTEM SET {name} = '{value}'")
    _reload(server, url, name, value)
    try:
        yield
    finally:
        server.run(f"ALTER SYSTEM RESET {name}")
        _reload(server, url, name, None)


def _reload(server: Server, url: sa.URL, name: str, value: str | None) -> None:
    server.run("SELECT pg_reload_conf()")
    for _ in range(1000):  # the postmaster tells its processes one after the other
        ((now, default),) = server.run(
            f"SELECT current_setting('{name}'), boot_val FROM pg_settings WHERE name = '{name}'", str(url.database)
        )
        if now == (default if value is None else value):
            return
        server.run("SELECT pg_sleep(0.02)")
    raise AssertionError(name)


@asynccontextmanager
async def held_lock(url: sa.URL) -> AsyncIterator[sa.Connection]:
    """The writer of another machine that does not come to an end."""
    database = database_at(url)
    with database.connected() as other:
        other.exec_driver_sql(database.BEGIN)
        yield other


@pytest.mark.parametrize("options", ["ENCODING 'UTF8' LOCALE 'C.UTF-8'", "ENCODING 'SQL_ASCII' LOCALE 'C'"])
def test_database_with_another_order_of_text_is_refused_in_words(postgresql: Server, options: str) -> None:
    url = postgresql.empty(options)
    with pytest.raises(StorageUnavailableError, match="must be UTF8 and C") as caught:
        migrate(url)
    assert "CREATE DATABASE" in caught.value.remedy
    postgresql.drop(url)


async def test_order_of_text_is_looked_at_when_the_store_is_opened(postgresql: Server) -> None:
    url = postgresql.empty("ENCODING 'UTF8' LOCALE 'C.UTF-8'")
    with pytest.raises(StorageUnavailableError, match="must be UTF8 and C"):
        await Storage(url, RetainedMessages()).open()
    postgresql.drop(url)


async def test_database_that_was_not_migrated_says_so(postgresql: Server) -> None:
    url = postgresql.empty()
    with pytest.raises(StorageUnavailableError, match=r"schema is missing.*warroom up"):
        await Storage(url, RetainedMessages()).open()
    postgresql.drop(url)


def test_baseline_is_the_schema_and_is_made_once(postgresql: Server) -> None:
    url = postgresql.empty()
    for _ in range(2):
        migrate(url)
    with database_at(url).connected() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        assert len(connection.exec_driver_sql("SELECT store FROM identity").all()) == 1
    postgresql.run("UPDATE alembic_version SET version_num = '9999'", str(url.database))
    with pytest.raises(StorageUnavailableError, match="not known here"):
        migrate(url)
    postgresql.drop(url)


async def test_missing_database_and_server_are_named(postgresql: Server) -> None:
    with pytest.raises(StorageUnavailableError, match='database "nowhere" does not exist'):
        await Storage(postgresql.url("nowhere"), RetainedMessages()).open()
    with pytest.raises(StorageUnavailableError, match="cannot be reached"):
        await Storage(sa.make_url("postgresql+psycopg://warroom@/x?host=/nowhere"), RetainedMessages()).open()


async def test_lock_of_another_writer_is_waited_for_and_named_when_it_lasts(url: sa.URL, store: Storage) -> None:
    async with opened_desk(store) as desk, held_lock(url) as other:
        with pytest.raises(StorageUnavailableError, match="locked by another writer"):
            await desk.open(BHOPAL)
        assert await desk.tickets() == []  # reading goes on
        opened = asyncio.create_task(desk.open(BHOPAL))
        await asyncio.wait([opened], timeout=LIMIT_S / 4)
        assert not opened.done()
        other.exec_driver_sql("COMMIT")
        assert (await opened).number == issue(1, 1)


async def test_two_machines_give_out_no_number_twice(url: sa.URL) -> None:
    async with (
        opened_store(url, timeout_s=30) as here,
        opened_store(url, timeout_s=30) as beside,
        opened_desk(here) as one,
        opened_desk(beside) as other,
    ):
        found = await asyncio.gather(
            *(desk.open(report(f"{name}/{i}")) for i in range(30) for name, desk in (("1", one), ("2", other)))
        )
    assert len({ticket.number for ticket in found}) == 60


async def test_connections_that_broke_while_nobody_used_them_are_made_anew(
    postgresql: Server, url: sa.URL, store: Storage
) -> None:
    assert await store.write(put(1)) == 1
    assert await store.read(nodes) == [1]
    ended = postgresql.run(
        f"SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = '{url.database}'"
    )
    assert len(ended) >= 2
    assert await store.write(put(2)) == 2
    assert await store.read(nodes) == [1, 2]


async def test_connection_that_breaks_in_a_job_undoes_all_and_says_so(store: Storage) -> None:
    def cut(uow: UnitOfWork) -> None:
        put(1)(uow)
        uow.connection.exec_driver_sql("SELECT pg_terminate_backend(pg_backend_pid())")

    with pytest.raises(StorageUnavailableError, match=r"connection to the database broke|ended our connection"):
        await store.write(cut)
    assert await store.read(nodes) == []
    assert await store.write(put(2)) == 2


async def test_server_that_has_become_a_standby_is_named_and_left(
    postgresql: Server, url: sa.URL, store: Storage
) -> None:
    await store.write(put(1))
    with server_set(postgresql, url, "default_transaction_read_only", "on"):
        for node in (2, 3):  # on the connection that was there, and on a new one
            with pytest.raises(StorageUnavailableError, match="is a standby"):
                await store.write(put(node))
    await store.write(put(4))
    assert await store.read(nodes) == [1, 4]


async def test_commit_that_no_standby_confirmed_is_told_to_nobody(
    postgresql: Server, url: sa.URL, store: Storage
) -> None:
    mine = f"datname = '{url.database}' AND wait_event = 'SyncRep'"
    with server_set(postgresql, url, "synchronous_standby_names", "nobody"):
        written = asyncio.create_task(store.write(put(1)))
        await until(lambda: postgresql.run(f"SELECT 1 FROM pg_stat_activity WHERE {mine}"))
        postgresql.run(f"SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE {mine}")
        with pytest.raises(StorageUnavailableError, match="standby has not confirmed"):
            await written
    await store.write(put(2))


async def test_silent_server_keeps_nobody_waiting(postgresql: Server, url: sa.URL, store: Storage) -> None:
    await store.write(put(1))
    await store.read(nodes)
    query = f"SELECT pid FROM pg_stat_activity WHERE datname = '{url.database}'"
    pids = [int(str(pid)) for (pid,) in postgresql.run(query)]
    pids.append(postgresql.process.pid)  # nor does it answer to who would cancel
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        for asked in (store.read(nodes), store.write(put(2))):
            with pytest.raises(StorageUnavailableError, match="no answer"):
                await asked
        assert store._left, "the driver still waits, and the caller does not"
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)
    await store.write(put(3))
    assert 3 in await store.read(nodes)


async def test_text_that_the_server_refuses_fails_its_own_job_alone(store: Storage) -> None:
    def with_nul(uow: UnitOfWork) -> None:
        uow.connection.execute(sa.text("INSERT INTO operators VALUES (:text, true, '', '')"), {"text": "a\0b"})

    ends = await asyncio.gather(store.write(put(1)), store.write(with_nul), store.write(put(2)), return_exceptions=True)
    assert ends[0::2] == [1, 2]
    assert isinstance(ends[1], sa.exc.DBAPIError)


async def test_answers_that_nobody_reads_are_not_waited_for(store: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[None] = []
    sync = psycopg.Pipeline.sync
    monkeypatch.setattr(psycopg.Pipeline, "sync", lambda pipeline: waits.append(None) or sync(pipeline))

    def job(uow: UnitOfWork) -> list[int]:
        for node in range(1, 21):
            uow.connection.execute(unread(sa.insert(ticket_serials)), {"node": node, "last": 1})
        uow.connection.execute(unread(sa.update(ticket_serials)).values(last=2))
        return nodes(uow)

    assert await store.write(job) == list(range(1, 21))
    assert len(waits) == 1
