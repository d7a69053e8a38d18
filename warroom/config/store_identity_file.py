"""The file that records the store's high-water mark, besides the broker's copy."""

from __future__ import annotations

import asyncio
import logging
import os
from typing import TYPE_CHECKING, NoReturn

from pydantic import ValidationError

from router.polling import poll_forever
from router.storage.errors import StorageUnavailableError
from router.storage.repositories.identity_repository import StoreIdentity

if TYPE_CHECKING:
    from pathlib import Path

    from router.storage.engine import Storage

_POLL_INTERVAL_S = 1.0  # the interval of the broker's copy too

_log = logging.getLogger(__name__)


def read_mark(path: Path) -> StoreIdentity | None:
    """Return the content of the file; None when there is none, or it cannot be parsed.

    Raises:
        OSError: it cannot be read.
    """
    try:
        return StoreIdentity.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except ValidationError:
        _log.warning("%s cannot be understood; it is written anew", path)
        return None


def write_mark(path: Path, mark: StoreIdentity) -> None:
    """Write the file anew; it is on the disk when this returns. Raises OSError."""
    draft = path.with_suffix(".new")
    with draft.open("w", encoding="utf-8") as file:
        file.write(mark.model_dump_json() + "\n")
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


class StoreIdentityFile:
    """Keeps the file at most a second behind the store.

    Args:
        path: The file.
        store: Open.
        node: This node.
    """

    def __init__(self, path: Path, store: Storage, *, node: int) -> None:
        self._path = path
        self._store = store
        self._node = node
        self._written: StoreIdentity | None = None

    async def run(self) -> NoReturn:
        """Write each change, until cancelled."""
        await poll_forever(self.write, every_s=_POLL_INTERVAL_S)

    async def write(self) -> None:
        """Write the mark, if it has changed; a failed write is repeated later."""
        try:
            mark = await self._store.read(lambda uow: uow.identity.of_store(node=self._node))
            if mark != self._written:
                await asyncio.to_thread(write_mark, self._path, mark)
                self._written = mark
        except (StorageUnavailableError, OSError) as trouble:
            _log.debug("the store's mark waits: %s", trouble)
