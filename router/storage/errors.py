"""Why the store cannot serve: one error that says what is wrong, where, and what to do."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from sqlalchemy.exc import DBAPIError

from router.errors import UserError

if TYPE_CHECKING:
    from pathlib import Path


class StorageUnavailableError(UserError):
    """The store could not be read or written; nothing half-written remains, and the same call may be tried again.

    Attributes:
        what: What is wrong.
        where: The database file, or what of it.
        remedy: What an admin does about it.
    """

    def __init__(self, what: str, where: Path | str, remedy: str) -> None:
        super().__init__(f"{what} ({where}): {remedy}")
        self.what = what
        self.where = where
        self.remedy = remedy

    def again(self) -> StorageUnavailableError:
        """Return the same trouble for one more caller: an exception raised twice drags both tracebacks along."""
        return StorageUnavailableError(self.what, self.where, self.remedy)


class UnreadableDocumentError(StorageUnavailableError):
    """One document of the store cannot be read; all else can, and whoever goes through many leaves this one out.

    Args:
        name: Which one, as an admin knows it: ``ticket 100000013``.
        wrong: What is wrong with it, without anything of what it says.
    """

    def __init__(self, name: str, wrong: str) -> None:
        super().__init__(
            f"{name} cannot be read", wrong, "mend its row, or put it back from a backup of the store; all else goes on"
        )


_WAITS = "tickets wait in memory and are written by themselves once this is mended"
_CAUSES = {
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
        "see that the directory exists and belongs to the service's user; `warroom up` makes and migrates it",
    ),
    sqlite3.SQLITE_PERM: ("the database may not be opened", "give it to the service's user"),
    sqlite3.SQLITE_NOMEM: ("no memory is left for the database", "see what uses the machine's memory"),
    sqlite3.SQLITE_CORRUPT: ("the database is damaged", "stop the services and restore it from the last backup"),
    sqlite3.SQLITE_NOTADB: ("this file is not a database", "stop the services and restore it from the last backup"),
}
_TRY_AGAIN = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})


def _code(error: BaseException) -> int | None:
    """Return SQLite's primary result code of an error, None when it is none of SQLite's."""
    original = error.orig if isinstance(error, DBAPIError) else error
    code = getattr(original, "sqlite_errorcode", None)
    return code & 0xFF if isinstance(code, int) else None


def is_locked(error: BaseException) -> bool:
    """Whether another connection holds the database, so that the same statement may pass in a moment."""
    return _code(error) in _TRY_AGAIN


def unavailable(error: BaseException, where: Path) -> StorageUnavailableError | None:
    """Return the typed form of an error of the file or the disk; None when the fault is the statement's own."""
    cause = _CAUSES.get(_code(error) or 0)
    return StorageUnavailableError(cause[0], where, cause[1]) if cause else None


def timed_out(where: Path, seconds: float) -> StorageUnavailableError:
    """Return the error for a disk that has not answered in the time a caller can be kept waiting."""
    return StorageUnavailableError(
        f"no answer from the database within {seconds:g} s", where, "see what keeps that disk busy (`iostat -x 1`)"
    )
