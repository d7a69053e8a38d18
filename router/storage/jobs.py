"""A queue of durable jobs of one kind, as its worker uses it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from router.clock import utc_now

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any

    from router.model.job import Job
    from router.storage.engine import Storage

__all__ = ["JobQueue"]


class JobQueue:
    """Takes work of one kind and writes how it went; every method returns after the commit.

    Args:
        store: Open.
        kind: Such as ``router.model.job.ORIGINATE``.
        lease_s: Seconds until another worker may take a row whose worker has not reported again.
        now: The clock, UTC.

    All methods raise ``StorageUnavailableError`` when nothing was written: the lease then brings the row back.
    """

    def __init__(self, store: Storage, kind: str, *, lease_s: float, now: Callable[[], datetime] = utc_now) -> None:
        self._store = store
        self._kind = kind
        self._lease_s = lease_s
        self._now = now

    async def take(self) -> Job | None:
        """Take the most urgent row that is due; None when nothing is."""
        return await self._store.write(lambda uow: uow.jobs.claim(self._kind, self._now(), self._lease_s))

    async def checkpoint(self, work: Job, text: str, *, hold_s: float) -> bool:
        """Record the action about to be done, and hold the row for so long; False when it has ended meanwhile."""
        until = self._now() + timedelta(seconds=hold_s)
        return await self._store.write(lambda uow: uow.jobs.checkpoint(work.id, text, until))

    async def ask_for_call(
        self,
        phone: str,
        uniqueid: str,
        payload: Mapping[str, Any],
        due: datetime,
        since: datetime | None = None,
        *,
        priority: int = 3,
    ) -> bool:
        """Ask for a citizen to be called: see `JobRepository.ask_for_call`."""
        return await self._store.write(
            lambda uow: uow.jobs.ask_for_call(phone, uniqueid, payload, due, since=since, priority=priority)
        )

    async def came_in(self, phones: Iterable[str]) -> int:
        """Citizens have got through by themselves: see `JobRepository.cancel_for_phone`."""
        return await self._store.write(lambda uow: uow.jobs.cancel_for_phone(phones))

    async def release(self) -> int:
        """Take over what an earlier worker had marked; return how much that was."""
        return await self._store.write(lambda uow: uow.jobs.reclaim(self._kind, self._now()))

    async def remark(self, work_id: int, text: str, *, hold_s: float) -> bool:
        """As `mark`, of a row that another worker has taken."""
        until = self._now() + timedelta(seconds=hold_s)
        return await self._store.write(lambda uow: uow.jobs.checkpoint(work_id, text, until))

    async def end(self, work_id: int, outcome: str) -> bool:
        """As `finish`, of a row that another worker has taken."""
        return await self._store.write(lambda uow: uow.jobs.finish(work_id, outcome))

    async def finish(self, work: Job, outcome: str) -> bool:
        """Write how it ended; False when it had already ended."""
        return await self._store.write(lambda uow: uow.jobs.finish(work.id, outcome))

    async def retry(self, work: Job, due: datetime, why: str, *, tried: bool = True) -> bool:
        """Put it back until a moment; ``tried``: it counts as a try in vain. False when it had already ended."""
        return await self._store.write(lambda uow: uow.jobs.retry(work.id, due, why, tried=tried))

    async def end_all(self, about: str, outcome: str) -> int:
        """Finish whatever is still to be done about something; return how much that was."""
        return await self._store.write(lambda uow: uow.jobs.cancel_all(self._kind, about, outcome))
