"""The blocklist of telephone numbers. The IVR decides what a blocked caller gets."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from router.model.block import Block

if TYPE_CHECKING:
    from datetime import timedelta

    from router.storage.engine import Storage

__all__ = ["Block", "BlockList"]


class BlockList:
    """The list of blocked numbers.

    Args:
        store: Open.
    """

    def __init__(self, store: Storage) -> None:
        self._store = store

    async def add(self, phone: str, why: str, *, by: str, length: timedelta | None = None) -> Block:
        """Block a number (E.164); again: change why and until when. Returns after the commit.

        Raises:
            StorageUnavailableError: nothing was written.
        """
        now = datetime.now(UTC)
        block = Block(phone, why, by, now, now + length if length else None)
        await self._store.write(lambda uow: uow.blocklist.upsert(block=block))
        return block

    async def remove(self, phone: str) -> bool:
        """End a block; returns whether there was one.

        Raises:
            StorageUnavailableError: nothing was written.
        """
        return await self._store.write(lambda uow: uow.blocklist.remove(phone=phone))

    async def of_phone(self, phone: str) -> Block | None:
        """Return a number's block, None when it has none now.

        Raises:
            StorageUnavailableError: the store did not answer in time.
        """
        return await self._store.read(lambda uow: uow.blocklist.find_by_phone(phone=phone, now=datetime.now(UTC)))

    async def all(self) -> list[Block]:
        """Return all blocks, those that have run out too, newest first."""
        return await self._store.read(lambda uow: uow.blocklist.list_blocks())
