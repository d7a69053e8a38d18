"""Which operators are logged in, and which are paused, with the reason."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from router.model.rooms.operator_attendance import OperatorAttendance

if TYPE_CHECKING:
    from router.storage.engine import Storage

__all__ = ["NO_ANSWER", "REFUSED", "OperatorAttendance", "OperatorPresence"]

NO_ANSWER: Final = "no-answer"
"""The reason for pausing an operator who let the telephone ring."""
REFUSED: Final = "refused"
"""Why an operator is paused whose telephone refused one call after the other."""


class OperatorPresence:
    """The operators who are logged in; every change returns after its commit.

    Args:
        store: Open.

    All methods raise ``StorageUnavailableError`` when nothing was written, or nothing can be read.
    """

    def __init__(self, store: Storage) -> None:
        self._store = store

    async def login(self, operator_id: str) -> None:
        """Somebody begins to work, and takes calls."""
        await self._put(operator_id, present=True)

    async def logout(self, operator_id: str) -> None:
        """Log an operator out."""
        await self._put(operator_id, present=False)

    async def pause(self, operator_id: str, why: str) -> bool:
        """Somebody takes no calls for a while, or again (``why`` is ""); False: is not at work."""
        return await self._store.write(lambda uow: uow.operators.pause(operator_id, why, datetime.now(UTC)))

    async def all(self) -> dict[str, OperatorAttendance]:
        """Return all operators who have ever logged in, by id."""
        return {one.id: one for one in await self._store.read(lambda uow: uow.operators.list_operators())}

    async def _put(self, operator_id: str, *, present: bool) -> None:
        presence = OperatorAttendance(operator_id, present, "", datetime.now(UTC))
        await self._store.write(lambda uow: uow.operators.upsert(presence=presence))
