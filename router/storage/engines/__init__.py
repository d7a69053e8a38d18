"""The databases that the store may lie in: one module each, and nothing of them elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import sqlalchemy as sa

from router.storage.engines.sqlite import SqliteDatabase

if TYPE_CHECKING:
    from router.storage.engines.base import Database
    from router.storage.engines.postgresql import PostgresqlDatabase

Location: TypeAlias = Path | sa.URL
"""Where a store lies: the path of a SQLite file, or the URL of a PostgreSQL database."""


def location_of(url: str, file: Path) -> Location:
    """Return the location of the store: that of a URL; a file, if there is none."""
    return sa.make_url(url) if url else file


def database_at(location: Location) -> Database:
    """Return the database at a place."""
    if isinstance(location, sa.URL):
        return _postgresql()(location)
    return SqliteDatabase(location)


def kind_of(connection: sa.Connection) -> type[Database]:
    """Return the kind of database that a connection leads to."""
    return SqliteDatabase if connection.dialect.name == "sqlite" else _postgresql()


def _postgresql() -> type[PostgresqlDatabase]:
    from router.storage.engines.postgresql import PostgresqlDatabase  # the driver takes its time to be imported

    return PostgresqlDatabase
