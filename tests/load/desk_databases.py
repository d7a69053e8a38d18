"""The databases that the bench runs over: SQLite files, and a PostgreSQL server that ends with its run."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from abc import ABC, abstractmethod
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, ClassVar

import psycopg

from router.storage.engines import database_at
from tests.load.desk_router import STORE
from tests.load.usage import cpu_of_children_s
from tests.support.postgresql import Server, postgresql_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from router.storage.engines import Location

_PAYLOAD = "x" * 900  # bytes of a usual ticket
_COUNT = 3_000


class BenchDatabase(ABC):
    """A kind of database, and what it can do with nothing around it.

    Attributes:
        name: Its key in the figures.
    """

    name: ClassVar[str]

    @abstractmethod
    def new(self, folder: Path) -> Location:
        """Return where a new store may lie; the folder is its data directory's."""

    @abstractmethod
    def cpu_s(self) -> float:
        """Return CPU seconds of its server so far."""

    @abstractmethod
    def commit_per_s(self, folder: Path) -> float:
        """Return how many commits of one row each it takes a second, by its driver alone."""

    async def filled(self, location: Location) -> None:  # noqa: B027
        """Do what the database would have done by itself within minutes after so many rows."""


class Sqlite(BenchDatabase):
    """Files on this disk."""

    name = "sqlite"

    def new(self, folder: Path) -> Location:
        return folder / STORE

    def cpu_s(self) -> float:
        return 0.0  # there is none: it is part of the router's

    def commit_per_s(self, folder: Path) -> float:
        """As `BenchDatabase.commit_per_s`: WAL, FULL."""
        path = folder / "floor.sqlite"
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=FULL")
            connection.execute("CREATE TABLE floor (id INTEGER PRIMARY KEY, payload TEXT)")
            per_s = _per_s(lambda: connection.execute("INSERT INTO floor (payload) VALUES (?)", (_PAYLOAD,)))
        path.unlink()
        return per_s


class Postgresql(BenchDatabase):
    """A server on this disk, with the settings it comes with."""

    name = "postgresql"

    def __init__(self, server: Server) -> None:
        self._server = server

    def new(self, folder: Path) -> Location:
        return self._server.empty()

    def cpu_s(self) -> float:
        return cpu_of_children_s(self._server.process.pid)

    def commit_per_s(self, folder: Path) -> float:
        url = self._server.empty()
        with psycopg.connect(host=url.query["host"], user=url.username, dbname=url.database, autocommit=True) as raw:
            raw.execute("CREATE TABLE floor (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, payload text)")
            per_s = _per_s(lambda: raw.execute("INSERT INTO floor (payload) VALUES (%s)", (_PAYLOAD,)))
        self._server.drop(url)
        return per_s

    async def filled(self, location: Location) -> None:
        def vacuum() -> None:
            with database_at(location).connected() as connection:
                connection.exec_driver_sql("VACUUM ANALYZE")

        await asyncio.to_thread(vacuum)


def _per_s(commit: Callable[[], object]) -> float:
    start = time.perf_counter()
    for _ in range(_COUNT):
        commit()
    return _COUNT / (time.perf_counter() - start)


@contextmanager
def _sqlite(folder: Path) -> Iterator[BenchDatabase]:
    yield Sqlite()


@contextmanager
def _postgresql(folder: Path) -> Iterator[BenchDatabase]:
    with postgresql_server(durable=True, folder=folder) as server:
        yield Postgresql(server)


DATABASES: tuple[Callable[[Path], AbstractContextManager[BenchDatabase]], ...] = (_sqlite, _postgresql)
"""Each gets a folder on the disk to be measured, and is there for the time of its block."""
