"""Bring a database file to the schema this program needs; run before the services start."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy.exc import DBAPIError

from router.storage.errors import StorageUnavailableError, unavailable

if TYPE_CHECKING:
    from pathlib import Path


def migrate(path: Path) -> None:
    """Make the database if there is none, and bring it to the newest schema. Blocks: not for the event loop.

    A new file belongs to the user who runs this and is readable by nobody else: it holds telephone numbers.

    Raises:
        StoreUnavailable: it cannot be opened or written, or was written by a newer program.
    """
    config = Config()
    config.set_main_option("script_location", "router.storage:migrations")
    engine = sa.create_engine(sa.URL.create("sqlite", database=str(path)), poolclass=sa.NullPool)
    try:
        os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))
        with engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA journal_mode=WAL")
            connection.commit()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            connection.commit()
    except OSError as error:
        raise StorageUnavailableError(
            f"the database cannot be opened: {error.strerror}", path, "give its directory to the service's user"
        ) from error
    except CommandError as error:
        raise StorageUnavailableError(
            f"its schema is not known here: {error}", path, "start the program that wrote it, or a newer one"
        ) from error
    except DBAPIError as error:
        raise unavailable(error, path) or error from error
    finally:
        engine.dispose()
