"""Tells a store that was lost from one that was never created."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from router.errors import UserError
from router.mqtt.retained.broker_identity import REMEDY
from warroom.config.paths import DataDirectory
from warroom.config.settings import load_settings

if TYPE_CHECKING:
    from pathlib import Path

    from router.storage.engines import Location


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


def store_location(data: Path) -> Location:
    """Return where the store of a data directory lies, by its settings. Blocks.

    Raises:
        SettingsFileError: They cannot be read.
    """
    from router.storage.engines import location_of  # SQLAlchemy takes its time to be imported

    return location_of(load_settings(data).router.storage.url, DataDirectory(data).store)


def see_not_lost(data: Path) -> None:
    """See that no file of the store has been here that is gone; of a server, the store's identity shows it. Blocks.

    Raises:
        StoreMissingError: the data directory remembers one.
    """
    layout = DataDirectory(data)
    location = store_location(data)
    if location != layout.store or layout.store.exists():
        return
    for left in (layout.store_mark, layout.broker_memory):
        with contextlib.suppress(PermissionError):  # the broker's folder is for root and the broker alone
            if left.exists():
                raise StoreMissingError(
                    f"store: {layout.store} is gone, and {left} remembers it; nothing was cleared.", REMEDY
                )


def store_there(data: Path) -> Location:
    """Return where the store lies. Blocks.

    Raises:
        StoreMissingError: there is none.
    """
    see_not_lost(data)
    location = store_location(data)
    if location == (file := DataDirectory(data).store) and not file.exists():
        raise StoreMissingError(f"{data} has no store yet; start the stack once:", "warroom up")
    return location
