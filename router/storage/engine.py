"""The store: one database, one writer, a few readers."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from router.storage.engines import database_at
from router.storage.engines.base import MIGRATE_WITH
from router.storage.errors import StorageUnavailableError
from router.storage.schema import SCHEMA
from router.storage.unit_of_work import UnitOfWork
from router.storage.writer import Writer

if TYPE_CHECKING:
    from collections.abc import Callable

    from router.model.messages import MessageBuilder
    from router.storage.engines import Location

T = TypeVar("T")


class Storage:
    """Runs jobs and queries on the database: each gets the unit of work of its transaction.

    Args:
        location: The database, made and migrated beforehand by ``router.storage.migrate``.
        messages: Builds the messages that changes leave in the outbox.
        timeout_s: Seconds before a locked or silent database is reported as unavailable.

    Attributes:
        location: Where the database is, for messages.
        outbox_ready: Set whenever a commit has added to the outbox.
    """

    def __init__(self, location: Location, messages: MessageBuilder, *, timeout_s: float = 5.0) -> None:
        self._database = database_at(location)
        self._messages = messages
        self.location = self._database.location
        self.outbox_ready = asyncio.Event()
        self._limit_s = timeout_s
        self._left: set[asyncio.Task[Any]] = set()
        self._writer_engine = self._database.make_writer()
        self._readers = self._database.make_readers()
        self._writer = Writer(self._writer_engine, self._database, limit_s=timeout_s)

    async def open(self) -> None:
        """Check the schema and begin to take jobs.

        Raises:
            StorageUnavailableError: there is no such database, it cannot be read, or it has not been migrated.
        """
        self._writer.start()
        try:
            await self._check_schema()
        except BaseException:
            await self.close()
            raise

    async def _check_schema(self) -> None:
        await self._query(self._database.check)
        schema = await self._query(schema_of)
        if schema != SCHEMA:
            raise StorageUnavailableError(
                f"its schema is {schema or 'missing'}, this program needs {SCHEMA}",
                self.location,
                f"start with {MIGRATE_WITH}",
            )

    async def close(self) -> None:
        """Finish the current commit and close the database."""
        await self._writer.close()
        await asyncio.gather(*self._left, return_exceptions=True)
        await self._readers.dispose()

    async def write(self, job: Callable[[UnitOfWork], T], *, outbox: bool = False) -> T:
        """Run a job in a transaction, together with others that wait; return its result after the commit.

        Args:
            job: Runs in the writer's thread; must be safe to run twice.
            outbox: It adds to the outbox: the sender is woken by the commit.

        Raises:
            StorageUnavailableError: within ``timeout_s``; nothing is half-written.
            Exception: the job's own error; it alone is undone.
        """
        try:
            wakes = self.outbox_ready if outbox else None
            return await self._writer.submit(lambda connection: job(self._unit_of_work(connection)), wakes=wakes)
        except StorageUnavailableError:
            # SQLite shares a file's state between the connections of a process: while one of them remembers a
            # read-only file, a new one finds it read-only as well. Of a server that has become a standby they read
            # what is no longer true
            await self._readers.dispose()
            raise

    @property
    def waiting_jobs(self) -> int:
        """How many jobs wait for a commit."""
        return self._writer.waiting

    async def checkpoint(self) -> bool:
        """Remove overwritten data from the database's log; False while others still read it.

        Raises:
            StorageUnavailableError: the database cannot be written.
        """
        return await asyncio.to_thread(self._checkpoint)

    def _checkpoint(self) -> bool:
        try:
            with self._writer_engine.connect() as connection:
                return self._database.checkpoint(connection)
        except DBAPIError as error:
            raise self._database.unavailable(error) or error from error

    async def read(self, query: Callable[[UnitOfWork], T]) -> T:
        """Run a query on a reader's connection and return its result.

        Raises:
            StorageUnavailableError: within ``timeout_s``.
        """
        return await self._query(lambda connection: query(self._unit_of_work(connection)))

    def _unit_of_work(self, connection: sa.Connection) -> UnitOfWork:
        return UnitOfWork(connection, self._messages)

    async def _query(self, query: Callable[[sa.Connection], T]) -> T:
        reading = asyncio.create_task(self._read(query), name="store-read")
        try:
            await asyncio.wait([reading], timeout=self._limit_s)
        finally:
            self._leave(reading)
        if not reading.done():
            raise self._database.timed_out(self._limit_s)
        try:
            return reading.result()
        except Exception as error:
            trouble = self._database.unavailable(error)
            if trouble is None:
                raise
            await self._readers.dispose()
            raise trouble from error

    async def _read(self, query: Callable[[sa.Connection], T]) -> T:
        async with self._readers.connect() as connection:
            return await connection.run_sync(query)

    def _leave(self, reading: asyncio.Task[Any]) -> None:
        """Give up a read whose caller has gone; a driver may take seconds to part from a server that is silent."""
        if not reading.done():
            reading.cancel()
            self._left.add(reading)
            reading.add_done_callback(self._parted)

    def _parted(self, reading: asyncio.Task[Any]) -> None:
        self._left.discard(reading)
        if not reading.cancelled():
            reading.exception()  # nobody waits for it any more


def schema_of(connection: sa.Connection) -> str | None:
    """Return the migration that a database has come to; None when it has seen none."""
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    return connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
