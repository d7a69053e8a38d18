"""Queries and updates of the callback queue; each method returns after its commit.

All raise ``StorageUnavailableError`` when nothing was written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from router.clock import utc_now
from router.model.job import CALL
from router.storage.jobs import JobQueue
from router.storage.repositories.calls.callback_repository import STRANGER, StrangerLimits

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime
    from typing import Any

    from router.model.job import Job
    from router.storage.engine import Storage
    from router.storage.repositories.calls.callback_repository import Asked

__all__ = ["CallbackList", "PlacedCalls", "StrangerLimits"]


class PlacedCalls:
    """Records called numbers.

    Args:
        store: Open.
        most: Calls to one number in 24 hours.
        now: The clock, UTC.
    """

    def __init__(self, store: Storage, most: int, now: Callable[[], datetime] = utc_now) -> None:
        self._store = store
        self._most = most
        self._now = now

    async def often(self, phone: str) -> bool:
        """Whether a number (E.164) has been called as often today as it may be."""
        return await self._store.read(lambda uow: uow.callbacks.called_today(phone, self._now())) >= self._most

    async def note(self, phone: str, *, trunk: str = "", stranger: bool = False) -> None:
        """A number is about to be called."""
        await self._store.write(
            lambda uow: uow.callbacks.note(phone, self._now(), trunk=trunk, stranger=stranger),
        )


class CallbackList(JobQueue):
    """Rows of the kind ``call``.

    Args:
        store: Open.
        lease_s: As `JobQueue` has it.
        limits: Of calls to strangers.
        now: The clock, UTC.
    """

    def __init__(
        self, store: Storage, *, lease_s: float, limits: StrangerLimits, now: Callable[[], datetime] = utc_now
    ) -> None:
        super().__init__(store, CALL, lease_s=lease_s, now=now)
        self._lease_s = lease_s
        self._limits = limits
        self.placed = PlacedCalls(store, limits.max_per_number_per_day, now)

    async def ask_for_missed(
        self, phone: str, uniqueid: str, payload: Mapping[str, Any], due: datetime, since: datetime
    ) -> Asked:
        """Ask for the call that a missed call stands for: see `CallbackRepository.ask`."""
        return await self._store.write(
            lambda uow: uow.callbacks.ask(phone, uniqueid, payload, due, since=since, limits=self._limits)
        )

    async def take_next(self, *, calling: bool) -> Job | None:
        """Take the row whose turn it is: see `CallbackRepository.take`."""
        return await self._store.write(
            lambda uow: uow.callbacks.take(self._now(), self._lease_s, calling=calling, limits=self._limits)
        )

    async def take_marked(self) -> Job | None:
        """Take a row that an earlier service had begun."""
        return await self._store.write(lambda uow: uow.callbacks.take_marked(self._now(), self._lease_s))

    async def note(self, work: Job) -> None:
        """The citizen of a row is about to be called."""
        trunk = str(work.payload.get("trunk", ""))
        phone = work.key.partition("/")[0]
        await self.placed.note(phone, trunk=trunk, stranger=work.priority == STRANGER)

    async def is_long(self) -> bool:
        """Whether more strangers wait than can be called in an hour, or half as many as may wait."""
        long = min(self._limits.max_per_hour, self._limits.max_waiting // 2)
        return await self._store.read(lambda uow: uow.callbacks.waiting()) > long
