"""The databases that the store may lie in: one module each, and nothing of them elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from router.storage.engines.sqlite import SqliteDatabase

if TYPE_CHECKING:
    from pathlib import Path

    import sqlalchemy as sa

    from router.storage.engines.base import Database

__all__ = ["database_at", "kind_of"]


def database_at(location: Path) -> Database:
    """Return the database at a place: a path is that of a SQLite file."""
    return SqliteDatabase(location)


def kind_of(_connection: sa.Connection) -> type[Database]:
    """Return the kind of database that a connection leads to."""
    return SqliteDatabase
