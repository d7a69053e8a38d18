"""Sends published notices to the people whose tickets are open in their districts, by the ways that messages go."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Final, NoReturn, Protocol

from router.clock import utc_now
from router.model.job import NOTICE_MESSAGES
from router.polling import poll_forever
from router.storage.errors import StorageUnavailableError
from router.storage.jobs import JobQueue

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from router.model.job import Job
    from router.model.messaging.outgoing import NewOutgoing
    from router.model.notice import Notice
    from router.model.ticket import Ticket
    from router.storage.engine import Storage
    from router.storage.unit_of_work import UnitOfWork

POLL_S: Final = 2.0
LEASE_S: Final = 120.0
"""A step takes milliseconds; a worker that has not reported for so long is gone."""
STEP: Final = 100
"""Tickets looked at in one transaction: some milliseconds, so that no call is held up."""
PAUSE_S: Final = 0.05
PRIORITY: Final = 4
"""Behind every answer and ticket number."""

_log = logging.getLogger(__name__)


class NoticeWay(Protocol):
    """A way by which messages about notices go."""

    def message(self, uow: UnitOfWork, notice: Notice, ticket: Ticket, now: datetime) -> NewOutgoing | None:
        """Return the message to a ticket's citizen; None when this way does not lead to them, or they said stop."""
        ...

    def left(self, uow: UnitOfWork, now: datetime) -> int:
        """Return how many the day's budget leaves for notices; ticket numbers and answers keep their part of it."""
        ...


def prefix_of(notice: Notice) -> str:
    """Return what the keys of all messages about a revision begin with."""
    return f"notice/{notice.id}/{notice.revision}/"


def holds(uow: UnitOfWork, key: str) -> bool:
    """Whether the revision that a message is about is still published.

    Args:
        uow: Open.
        key: Of the message, as `prefix_of` begins it.
    """
    _, notice_id, revision, *_ = key.split("/")
    notice = uow.notices.published_one(notice_id)
    return notice is not None and str(notice.revision) == revision


def drop_messages(uow: UnitOfWork, notice: Notice, now: datetime) -> int:
    """Drop what has not been sent yet of a revision that holds no longer; return how many messages."""
    return uow.messages_out.drop_begun(prefix_of(notice), f"the notice is {notice.status.value}", now)


class NoticeMessages:
    """Queues the messages of each notice once it is published: for each person one, by the first way that leads there.

    Args:
        store: Open when this runs.
        ways: In the order in which they are tried; none: nothing is sent.
        now: The clock, UTC.
    """

    def __init__(self, store: Storage, ways: Sequence[NoticeWay], now: Callable[[], datetime] = utc_now) -> None:
        self._store = store
        self._ways = tuple(ways)
        self._now = now
        self._jobs = JobQueue(store, NOTICE_MESSAGES, lease_s=LEASE_S, now=now)

    async def run(self) -> NoReturn:
        """Do so until cancelled."""
        tell = partial(_log.warning, "messages of notices wait: %s")
        await poll_forever(self.look, every_s=POLL_S, troubles=(StorageUnavailableError,), tell=tell)

    async def look(self) -> int:
        """See to all that is due; return how many notices those were.

        Raises:
            StorageUnavailableError: the others are seen to at the next look.
        """
        seen = 0
        while job := await self._jobs.take():
            seen += 1
            after: str | None = job.checkpoint
            while after is not None:
                after = await self._store.write(partial(self._step, job=job, after=after))
                await asyncio.sleep(PAUSE_S)
        return seen

    def _step(self, uow: UnitOfWork, job: Job, after: str) -> str | None:
        """Queue the messages of the tickets after one; return the last of them, None when there are no more.

        Runs in the writer's thread.
        """
        now, notice = self._now(), uow.notices.published_one(job.payload["notice"])
        if notice is None or notice.revision != job.payload["revision"] or not self._ways:
            self._end(uow, job, "needless")
            return None
        some = uow.tickets.open_after(after, STEP)
        left = [way.left(uow, now) for way in self._ways]
        for _, kept in some:
            if kept is None or not notice.concerns(kept.ticket.district):
                continue
            if not any(one > 0 for one in left):
                self._end(uow, job, "the day's budget leaves no more for notices")
                return None
            self._queue(uow, notice, kept.ticket, left)
        if len(some) < STEP:
            self._end(uow, job, "queued")
            return None
        last = some[-1][0]
        return last if uow.jobs.checkpoint(job.id, last, now + timedelta(seconds=LEASE_S)) else None

    def _queue(self, uow: UnitOfWork, notice: Notice, ticket: Ticket, left: list[int]) -> None:
        now = self._now()
        for place, way in enumerate(self._ways):
            message = way.message(uow, notice, ticket, now) if left[place] > 0 else None
            if message is not None:
                left[place] -= uow.messages_out.add(message, now)
                return

    def _end(self, uow: UnitOfWork, job: Job, outcome: str) -> None:
        uow.jobs.finish(job.id, outcome)
        _log.info("messages of notice %s: %s", job.key, outcome)
