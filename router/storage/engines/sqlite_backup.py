"""A SQLite store copied while it is written to, and a copy made fit to go on by itself."""

from __future__ import annotations

import contextlib
import sqlite3
from typing import TYPE_CHECKING, Final

from router.errors import WarroomError

if TYPE_CHECKING:
    from pathlib import Path

_STEP_PAGES: Final = 1_000  # 4 MB a step: between two of them calls write
_BUSY_TIMEOUT_S: Final = 30.0


class CopyError(WarroomError):
    """The store cannot be read, or is damaged."""


def copy_online(store: Path, copy: Path) -> None:
    """Copy a store that is in use (sqlite3_backup_step), and see that the copy is sound.

    Raises:
        CopyError: It cannot be read, or is damaged.
    """
    try:
        with (
            contextlib.closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True, timeout=_BUSY_TIMEOUT_S)) as source,
            contextlib.closing(sqlite3.connect(copy)) as target,
        ):
            source.backup(target, pages=_STEP_PAGES)
            found = target.execute("PRAGMA integrity_check").fetchone()[0]
    except sqlite3.Error as error:
        raise CopyError(f"{store}: {error}") from None
    if found != "ok":
        raise CopyError(f"{store} is damaged: {found}")


def skip_serials(store: Path, count: int, *, last: int) -> None:
    """Leave out so many ticket numbers of each node, up to the last one there can be."""
    with contextlib.closing(sqlite3.connect(store)) as connection, connection:
        connection.execute("UPDATE ticket_serials SET last = min(last + ?, ?)", (count, last))
