"""The interface of the store to a database."""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Any, ClassVar, Final

from sqlalchemy.exc import DBAPIError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    import sqlalchemy as sa
    from sqlalchemy.ext.asyncio import AsyncEngine

    from router.storage.errors import StorageUnavailableError

BUSY_STEP_S: Final = 0.25
"""The database waits this long for another writer before waiting jobs and their callers are checked again."""

READERS: Final = 2
"""Connections. Reads are short; two keep a long list from holding up a caller whose last place is looked up."""

MIGRATE_WITH: Final = "`warroom up`, which makes and migrates it"


class Database(ABC):
    """One database: how to connect to it and begin, what its errors mean, how it is made.

    Attributes:
        location: Where it is, for messages: nothing secret is in it.
        BEGIN: Begins the writer's transaction, and sees that no other writes until it ends. What runs in it sees all
            that was committed before.
    """

    BEGIN: ClassVar[str]

    location: Path | str

    @abstractmethod
    def make_writer(self) -> sa.Engine:
        """Make the engine of the writer: no pool, and no transaction but what `BEGIN` begins."""

    @abstractmethod
    def make_readers(self) -> AsyncEngine:
        """Make the engine of the readers, who cannot write; each of their statements is a transaction of its own."""

    def pipeline(self, raw: Any) -> AbstractContextManager[object]:  # noqa: ARG002
        """Send statements on the driver's connection without waiting for the answer of each that changes something.

        What was wrong with one comes out at a later one, or at the end of the block.
        """
        return nullcontext()

    def commit(self, raw: Any) -> None:
        """Commit the writer's transaction, on the driver's connection; an error: it may not have been committed."""
        raw.execute("COMMIT")

    @abstractmethod
    def unavailable(self, error: BaseException) -> StorageUnavailableError | None:
        """Return the typed form of an error of the database; None when the fault is the statement's own."""

    @abstractmethod
    def is_locked(self, error: BaseException) -> bool:
        """Whether another one holds the database, so that the same statements may pass in a moment."""

    @abstractmethod
    def timed_out(self, seconds: float) -> StorageUnavailableError:
        """Return the error for a database that has not answered in the time a caller can be kept waiting."""

    @abstractmethod
    def migrating(self) -> AbstractContextManager[sa.Connection]:
        """Connect to migrate; changes are committed when the context ends. Blocks.

        Raises:
            StorageUnavailableError: It cannot be opened, or is not fit for the store.
        """

    def make_baseline(self, connection: sa.Connection) -> bool:  # noqa: ARG002
        """Make the newest schema at once where there is none yet; False: the migrations make it, one by one."""
        return False

    def check(self, connection: sa.Connection) -> None:  # noqa: B027  (most have nothing to see)
        """See that the database is fit for the store.

        Raises:
            StorageUnavailableError: It is not.
        """

    @abstractmethod
    def damage(self, connection: sa.Connection) -> str:
        """Describe damage; empty when none is found. Reads the whole of a small database."""

    @abstractmethod
    def checkpoint(self, connection: sa.Connection) -> bool:
        """Remove overwritten data from the database's log; False while others still read it."""

    @staticmethod
    @abstractmethod
    def history_opened(connection: sa.Connection) -> AbstractContextManager[None]:
        """Let history be changed for this time, within the writer's transaction."""

    @staticmethod
    @abstractmethod
    def use_up_ids(connection: sa.Connection, column: sa.Column[int], last: int) -> None:
        """See that no row of a table gets a number up to this one from the database any more."""

    @contextmanager
    def connected(self) -> Iterator[sa.Connection]:
        """Connect for a command that runs on no event loop. Blocks.

        Raises:
            StorageUnavailableError: It cannot be opened or read.
        """
        engine = self.make_writer()
        try:
            with engine.connect() as connection:
                yield connection
        except DBAPIError as error:
            raise self.unavailable(error) or error from error
        finally:
            engine.dispose()
