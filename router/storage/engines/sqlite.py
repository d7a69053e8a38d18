"""SQLite: one file, which needs nothing; the store of one machine."""

from __future__ import annotations

import logging
import os
import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from router.storage.engines.base import BUSY_STEP_S, MIGRATE_WITH, READERS, Database
from router.storage.errors import StorageUnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy.engine.interfaces import DBAPIConnection
    from sqlalchemy.pool import ConnectionPoolEntry

logging.getLogger("aiosqlite").setLevel(logging.INFO)  # its debug lines show what is written and looked up: whom

# A group of tickets touches some thousand pages all over the indexes. With SQLite's own 2 MB and 1,000 pages, most
# were read again and each commit copied them into the file; so it is every few, of what was written many times.
_CACHE_KB: Final = 32 * 1024
_WAL_PAGES: Final = 4_000  # 16 MB, read again in a tenth of a second after a crash

_WAITS: Final = "tickets wait in memory and are written by themselves once this is mended"
_CAUSES: Final = {
    sqlite3.SQLITE_BUSY: (
        "the database is locked by another program",
        "find it with `fuser` on that file and let it finish or end it",
    ),
    sqlite3.SQLITE_LOCKED: ("a table of the database is locked", "end the program that holds it"),
    sqlite3.SQLITE_READONLY: (
        "the database cannot be written",
        f"give the service's user write access to the file, to -wal and -shm beside it, and to the directory; {_WAITS}",
    ),
    sqlite3.SQLITE_FULL: ("the disk is full", f"free some space there; {_WAITS}"),
    sqlite3.SQLITE_IOERR: ("the disk does not answer as it should", f"look at the kernel's log; {_WAITS}"),
    sqlite3.SQLITE_CANTOPEN: (
        "the database cannot be opened",
        f"see that the directory exists and belongs to the service's user; start with {MIGRATE_WITH}",
    ),
    sqlite3.SQLITE_PERM: ("the database may not be opened", "give it to the service's user"),
    sqlite3.SQLITE_NOMEM: ("no memory is left for the database", "see what uses the machine's memory"),
    sqlite3.SQLITE_CORRUPT: ("the database is damaged", "stop the services and restore it from the last backup"),
    sqlite3.SQLITE_NOTADB: ("this file is not a database", "stop the services and restore it from the last backup"),
}
_TRY_AGAIN: Final = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})


class SqliteDatabase(Database):
    """A database file, and its write-ahead log.

    Args:
        path: The file.
    """

    BEGIN = "BEGIN IMMEDIATE"

    def __init__(self, path: Path) -> None:
        self.location = self._path = path

    def make_writer(self) -> sa.Engine:
        """As `Database.make_writer`: a file that is missing stays missing."""
        engine = sa.create_engine(
            self._url("sqlite"),
            poolclass=sa.NullPool,
            isolation_level="AUTOCOMMIT",  # the writer begins and commits by itself
            hide_parameters=True,  # an error's text must not carry a citizen's data into a log
            connect_args={"timeout": BUSY_STEP_S},
        )
        sa.event.listen(engine, "connect", _prepare_writer)
        return engine

    def make_readers(self) -> AsyncEngine:
        """As `Database.make_readers`."""
        engine = create_async_engine(
            self._url("sqlite+aiosqlite"),
            pool_size=READERS,
            max_overflow=0,
            isolation_level="AUTOCOMMIT",  # each read is one statement: SQLite gives it a snapshot by itself
            skip_autocommit_rollback=True,
            pool_reset_on_return=None,
            hide_parameters=True,
            connect_args={"timeout": BUSY_STEP_S},
        )
        sa.event.listen(engine.sync_engine, "connect", _prepare_reader)
        return engine

    def _url(self, driver: str) -> sa.URL:
        """A file that is missing is an error, never a new empty database: hence ``mode=rw``."""
        return sa.URL.create(driver, database=f"file:{quote(str(self._path))}", query={"mode": "rw", "uri": "true"})

    def unavailable(self, error: BaseException) -> StorageUnavailableError | None:
        """As `Database.unavailable`: trouble of the file, the disk or a lock."""
        cause = _CAUSES.get(_code(error) or 0)
        return StorageUnavailableError(cause[0], self._path, cause[1]) if cause else None

    def is_locked(self, error: BaseException) -> bool:
        """As `Database.is_locked`."""
        return _code(error) in _TRY_AGAIN

    def timed_out(self, seconds: float) -> StorageUnavailableError:
        """As `Database.timed_out`: the disk hangs."""
        return StorageUnavailableError(
            f"no answer from the database within {seconds:g} s",
            self._path,
            "see what keeps that disk busy (`iostat -x 1`)",
        )

    @contextmanager
    def migrating(self) -> Iterator[sa.Connection]:
        """As `Database.migrating`: a new file belongs to the user who runs this and is readable by nobody else."""
        try:
            os.close(os.open(self._path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))
        except OSError as error:
            raise StorageUnavailableError(
                f"the database cannot be opened: {error.strerror}",
                self._path,
                "give its directory to the service's user",
            ) from error
        engine = sa.create_engine(sa.URL.create("sqlite", database=str(self._path)), poolclass=sa.NullPool)
        try:
            with engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA journal_mode=WAL")
                connection.commit()
                yield connection
                connection.commit()
        except DBAPIError as error:
            raise self.unavailable(error) or error from error
        finally:
            engine.dispose()

    def damage(self, connection: sa.Connection) -> str:
        """As `Database.damage`."""
        found = str(connection.exec_driver_sql("PRAGMA quick_check").scalar())
        return "" if found == "ok" else found

    def checkpoint(self, connection: sa.Connection) -> bool:
        """As `Database.checkpoint`: all is brought into the file, and the log beside it emptied."""
        return bool(connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()[0] == 0)

    @staticmethod
    @contextmanager
    def history_opened(connection: sa.Connection) -> Iterator[None]:
        """As `Database.history_opened`: the triggers are taken away, and put back as they were."""
        query = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name IN ('history', 'task_history')"
        triggers = connection.exec_driver_sql(query).all()
        for name, _ in triggers:
            connection.exec_driver_sql(f'DROP TRIGGER "{name}"')
        try:
            yield
        finally:
            for _, made in triggers:
                connection.exec_driver_sql(made)

    @staticmethod
    def use_up_ids(connection: sa.Connection, column: sa.Column[int], last: int) -> None:
        """As `Database.use_up_ids`: ``AUTOINCREMENT`` goes on behind the greatest number that a row has ever had."""
        table = column.table
        if last <= (connection.execute(sa.select(sa.func.max(column))).scalar() or 0):
            return
        blank = {other.name: "" for other in table.columns if not (other.nullable or other.primary_key)}
        connection.execute(sa.insert(table).values({**blank, column.name: last}))
        connection.execute(sa.delete(table).where(column == last))


def _code(error: BaseException) -> int | None:
    """Return SQLite's primary result code of an error, None when it is none of SQLite's."""
    original = error.orig if isinstance(error, DBAPIError) else error
    code = getattr(original, "sqlite_errorcode", None)
    return code & 0xFF if isinstance(code, int) else None


def _prepare_writer(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    _pragmas(
        connection,
        "synchronous=FULL",
        "foreign_keys=ON",
        "secure_delete=ON",  # data that a citizen has taken back is not to be found in the file's empty places
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
