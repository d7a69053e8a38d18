"""Bring a database to the schema this program needs; run before the services start."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from alembic import command
from alembic.config import Config
from alembic.util import CommandError

from router.storage.engine import schema_of
from router.storage.engines import database_at
from router.storage.errors import StorageUnavailableError
from router.storage.unit_of_work import UnitOfWork

if TYPE_CHECKING:
    from collections.abc import Callable

    from router.model.messages import MessageBuilder
    from router.storage.engines import Location

T = TypeVar("T")


def has_store(location: Location) -> bool:
    """Tell whether a store lies at a place, of whatever schema. Blocks: not for the event loop.

    Raises:
        StorageUnavailableError: it cannot be read.
    """
    if isinstance(location, Path) and not location.exists():
        return False
    with database_at(location).connected() as connection:
        return schema_of(connection) is not None


def migrate(location: Location) -> None:
    """Make the database if there is none, and bring it to the newest schema. Blocks: not for the event loop.

    Raises:
        StorageUnavailableError: it cannot be opened or written, or was written by a newer program.
    """
    config = Config()
    config.set_main_option("script_location", "router.storage:migrations")
    database = database_at(location)
    try:
        with database.migrating() as connection:
            config.attributes["connection"] = connection
            if database.make_baseline(connection):
                command.stamp(config, "head")
            else:
                command.upgrade(config, "head")
    except CommandError as error:
        raise StorageUnavailableError(
            f"its schema is not known here: {error}",
            database.location,
            "start the program that wrote it, or a newer one",
        ) from error


def run_job(location: Location, messages: MessageBuilder, job: Callable[[UnitOfWork], T]) -> T:
    """Run a job on a migrated store that no service has opened yet. Blocks: not for the event loop.

    Raises:
        StorageUnavailableError: it cannot be opened or written; nothing is half-written.
    """
    with database_at(location).migrating() as connection:
        return job(UnitOfWork(connection, messages))
