"""The store: one SQLite file, one writer, a few readers."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from router.storage.errors import StorageUnavailableError, timed_out, unavailable
from router.storage.schema import SCHEMA
from router.storage.writer import BUSY_STEP_S, Writer

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sqlalchemy.engine.interfaces import DBAPIConnection
    from sqlalchemy.pool import ConnectionPoolEntry

T = TypeVar("T")

logging.getLogger("aiosqlite").setLevel(logging.INFO)  # its debug lines show what is written and looked up: whom

# A group of tickets touches some thousand pages all over the indexes. With SQLite's own 2 MB and 1,000 pages, most
# were read again and each commit copied them into the file; so it is every few, of what was written many times.
_CACHE_KB = 32 * 1024
_WAL_PAGES = 4_000  # 16 MB, read again in a tenth of a second after a crash

_READERS = 2  # reads are short; two keep a long list from holding up a caller whose last place is looked up


class Storage:
    """Reads and writes the database; functions on a connection are handed in and run here.

    Args:
        path: The database file, made and migrated beforehand by ``router.storage.migrate``.
        busy_limit_s: Seconds before a locked or silent database is reported as unavailable.

    Attributes:
        outbox_ready: Set whenever a commit has added to the outbox.
    """

    def __init__(self, path: Path, *, busy_limit_s: float = 5.0) -> None:
        self.path = path
        self.outbox_ready = asyncio.Event()
        self._limit_s = busy_limit_s
        self._writer_engine = sa.create_engine(
            _url("sqlite", path),
            poolclass=sa.NullPool,
            isolation_level="AUTOCOMMIT",  # the writer begins and commits by itself
            hide_parameters=True,  # an error's text must not carry a citizen's data into a log
            connect_args={"timeout": BUSY_STEP_S},
        )
        self._readers: AsyncEngine = create_async_engine(
            _url("sqlite+aiosqlite", path),
            pool_size=_READERS,
            max_overflow=0,
            isolation_level="AUTOCOMMIT",  # each read is one statement: SQLite gives it a snapshot by itself
            skip_autocommit_rollback=True,
            pool_reset_on_return=None,
            hide_parameters=True,
            connect_args={"timeout": BUSY_STEP_S},
        )
        sa.event.listen(self._writer_engine, "connect", _prepare_writer)
        sa.event.listen(self._readers.sync_engine, "connect", _prepare_reader)
        self._writer = Writer(self._writer_engine, path, limit_s=busy_limit_s)

    async def open(self) -> None:
        """Check the schema and begin to take jobs.

        Raises:
            StoreUnavailable: there is no such file, it cannot be read, or it has not been migrated.
        """
        self._writer.start()
        try:
            await self._check_schema()
        except BaseException:
            await self.close()
            raise

    async def _check_schema(self) -> None:
        schema = await self.read(_schema)
        if schema != SCHEMA:
            raise StorageUnavailableError(
                f"its schema is {schema or 'missing'}, this program needs {SCHEMA}",
                self.path,
                "start with `warroom up`, which migrates first",
            )

    async def close(self) -> None:
        """Finish the commit in hand and let go of the file."""
        await self._writer.close()
        await self._readers.dispose()

    async def write(self, job: Callable[[sa.Connection], T], *, outbox: bool = False) -> T:
        """Run a job in a transaction, together with others that wait; return its result after the commit.

        Args:
            job: Runs in the writer's thread on a connection, in a savepoint; must be safe to run twice.
            outbox: It adds to the outbox: whoever sends from there is woken by the commit.

        Raises:
            StoreUnavailable: within ``busy_limit_s``; nothing is half-written.
            Exception: what the job raised; it alone is undone.
        """
        try:
            return await self._writer.submit(job, wakes=self.outbox_ready if outbox else None)
        except StorageUnavailableError:
            # SQLite shares a file's state between the connections of a process: while one of them remembers a
            # read-only file, a new one finds it read-only as well
            await self._readers.dispose()
            raise

    async def checkpoint(self) -> bool:
        """Bring all that was written into the file itself and empty the log beside it; False while others read it.

        Raises:
            StoreUnavailable: the file cannot be written.
        """
        return await asyncio.to_thread(self._checkpoint)

    def _checkpoint(self) -> bool:
        try:
            with self._writer_engine.connect() as connection:
                row = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()
        except DBAPIError as error:
            raise unavailable(error, self.path) or error from error
        return bool(row[0] == 0)

    async def read(self, query: Callable[[sa.Connection], T]) -> T:
        """Run a query on a reader's connection and return its result.

        Raises:
            StoreUnavailable: within ``busy_limit_s``.
        """
        try:
            async with asyncio.timeout(self._limit_s), self._readers.connect() as connection:
                return await connection.run_sync(query)
        except TimeoutError:
            raise timed_out(self.path, self._limit_s) from None
        except (DBAPIError, sqlite3.Error) as error:
            trouble = unavailable(error, self.path)
            if trouble:
                await self._readers.dispose()
            raise trouble or error from error


def _url(driver: str, path: Path) -> sa.URL:
    """A file that is missing is an error, never a new empty database: hence ``mode=rw``."""
    return sa.URL.create(driver, database=f"file:{quote(str(path))}", query={"mode": "rw", "uri": "true"})


def _prepare_writer(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    _pragmas(
        connection,
        "synchronous=FULL",
        "foreign_keys=ON",
        "secure_delete=ON",  # what a citizen has taken back is not to be found in the file's empty places
        f"cache_size=-{_CACHE_KB}",
        f"wal_autocheckpoint={_WAL_PAGES}",
    )


def _prepare_reader(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    _pragmas(connection, "query_only=ON")


def _pragmas(connection: DBAPIConnection, *pragmas: str) -> None:
    cursor = connection.cursor()
    for pragma in pragmas:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _schema(connection: sa.Connection) -> str | None:
    try:
        return connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    except DBAPIError as error:
        if "no such table" in str(error.orig):
            return None
        raise
