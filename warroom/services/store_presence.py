"""Tells a store that was lost from one that was never created."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from router.errors import UserError
from router.mqtt.retained.broker_identity import REMEDY
from warroom.config.paths import DataDirectory

if TYPE_CHECKING:
    from pathlib import Path


class StoreMissingError(UserError):
    """There is no store.

    Attributes:
        what: What is wrong.
        remedy: What an admin does about it.
    """

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(f"{what} {remedy}")
        self.what = what
        self.remedy = remedy


def see_not_lost(data: Path) -> None:
    """See that no store has been here that is gone. Blocks.

    Raises:
        StoreMissingError: the data directory remembers one.
    """
    layout = DataDirectory(data)
    if layout.store.exists():
        return
    for left in (layout.store_mark, layout.broker_memory):
        with contextlib.suppress(PermissionError):  # the broker's folder is for root and the broker alone
            if left.exists():
                raise StoreMissingError(
                    f"store: {layout.store} is gone, and {left} remembers it; nothing was cleared.", REMEDY
                )


def store_there(data: Path) -> Path:
    """Return the database file. Blocks.

    Raises:
        StoreMissingError: there is none.
    """
    see_not_lost(data)
    if not (path := DataDirectory(data).store).exists():
        raise StoreMissingError(f"{data} has no store yet; start the stack once:", "warroom up")
    return path
