"""Decides when a channel sends what: grouped, repeated with backoff, once when mended, at least once over a restart.

Each alert that is sent has a durable job for each channel from its beginning to its end. What was said of it is written
there after the channel has taken it, so that a process that dies in between says it again.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Final

from router.clock import utc_now
from router.retry import Backoff
from warroom.monitoring.alert_kinds import OUTWARD
from warroom.monitoring.notify.channels import ChannelError
from warroom.monitoring.notify.message import AlertLine, AlertMessage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from router.model.rooms.alert import Alert
    from router.storage.engine import Storage
    from router.storage.repositories.job_repository import OpenJob
    from router.storage.unit_of_work import UnitOfWork
    from warroom.config.alert_settings import AlertSettings
    from warroom.monitoring.notify.channels import Channel

MAX_REPEAT: Final = timedelta(days=1)
"""Between two reminders of an alert that stands."""
INITIAL_BACKOFF_S: Final = 5.0
MAX_BACKOFF_S: Final = 600.0
"""Between tries while a server does not take the message: a mail server that was away is found within ten minutes."""
FAILED_TRIES: Final = 3
"""In a row before the channel counts as failed."""

_log = logging.getLogger(__name__)


class Notifier:
    """Sends alerts by one channel.

    Args:
        store: Has the jobs.
        channel: The way out.
        settings: How long to gather and when to repeat.
        now: The clock, UTC.
    """

    def __init__(
        self, store: Storage, channel: Channel, settings: AlertSettings, now: Callable[[], datetime] = utc_now
    ) -> None:
        self._store = store
        self._channel = channel
        self._settings = settings
        self._now = now
        self._kind = f"notify-{channel.name}"
        self._backoff = Backoff(INITIAL_BACKOFF_S, MAX_BACKOFF_S)
        self._sent: deque[datetime] = deque(maxlen=settings.messages_per_hour)
        self._not_before = now()
        self._failures = 0
        self._last_error = ""

    @property
    def failure(self) -> str:
        """Why the channel takes nothing; empty while it does."""
        return self._last_error if self._failures >= FAILED_TRIES else ""

    async def look(self, standing: Iterable[Alert]) -> None:
        """Send the due messages, given the active alerts.

        Raises:
            StorageUnavailableError: The next look does it.
        """
        lines = {line.key: line for line in map(AlertLine.of, (one for one in standing if one.kind in OUTWARD))}
        jobs = await self._store.read(lambda uow: uow.jobs.open_jobs(self._kind))
        if lines.keys() - jobs.keys() or any(key not in lines and not _told(job) for key, job in jobs.items()):
            jobs = await self._store.write(partial(self._follow, lines=lines))
        message, due = self._message(lines, jobs)
        if due and self.may_send() and await self.send(message):
            await self._store.write(partial(self._note, message=message, jobs=jobs))

    async def send(self, message: AlertMessage) -> bool:
        """Send a message; return whether it was taken. After a failure the next try waits."""
        try:
            await asyncio.to_thread(self._channel.send, message)
        except ChannelError as error:
            self._failures += 1
            self._last_error = str(error)
            self._not_before = self._now() + timedelta(seconds=self._backoff.next_s())
            _log.warning("alerts are not sent, and tried again later: %s", error)
            return False
        self._backoff.reset()
        self._failures = 0
        self._sent.append(self._now())
        self._not_before = self._now() + timedelta(seconds=self._settings.group_s)
        _log.info("sent by %s: %s", self._channel.name, message.subject)
        return True

    def may_send(self) -> bool:
        """Tell whether a message may go out now: after a failure, or many messages, it has to wait."""
        now = self._now()
        full = len(self._sent) == self._sent.maxlen and now - self._sent[0] < timedelta(hours=1)
        return now >= self._not_before and not full

    def _follow(self, uow: UnitOfWork, *, lines: Mapping[str, AlertLine]) -> dict[str, OpenJob]:
        """Begin a job for each alert that has none; end those of alerts that were over before anything was said."""
        gathered = self._now() + timedelta(seconds=self._settings.group_s)
        jobs = uow.jobs.open_jobs(self._kind)
        for key in lines.keys() - jobs.keys():
            uow.jobs.add(self._kind, key, {}, gathered)
        for key, job in jobs.items():
            if key not in lines and not _told(job):
                uow.jobs.finish(job.id, "over before it was sent")
        return uow.jobs.open_jobs(self._kind)

    def _message(self, lines: Mapping[str, AlertLine], jobs: Mapping[str, OpenJob]) -> tuple[AlertMessage, bool]:
        """Return the pending message, and whether it is due."""
        now = self._now()
        new = [line for key, line in lines.items() if key in jobs and jobs[key].payload.get("what") != line.what]
        standing = [line for key, line in lines.items() if key in jobs and line not in new]
        mended = [_ended(key, job) for key, job in jobs.items() if key not in lines and _told(job)]
        due = bool(mended) or any(jobs[line.key].due <= now or _told(jobs[line.key]) for line in new)
        due = due or any(jobs[line.key].due <= now for line in standing)
        return AlertMessage(now, tuple(new), tuple(standing), tuple(mended)), due

    def _note(self, uow: UnitOfWork, *, message: AlertMessage, jobs: Mapping[str, OpenJob]) -> None:
        """Record the message as sent. Runs in the writer's thread."""
        for line in message.mended:
            uow.jobs.finish(jobs[line.key].id, "mended")
        for line in (*message.new, *message.standing):
            job = jobs[line.key]
            times = job.attempts + 1 if job.payload.get("what") == line.what else 1
            pause = timedelta(minutes=self._settings.repeat_minutes) * 2 ** min(times - 1, 16)
            said = {"what": line.what, "mend": line.mend}
            uow.jobs.put_off(job.id, message.sent + min(pause, MAX_REPEAT), said, times)


def _told(job: OpenJob) -> bool:
    return "what" in job.payload


def _ended(key: str, job: OpenJob) -> AlertLine:
    kind, room, since = key.split("/", 2)
    return AlertLine(kind, room, since, job.payload["what"], job.payload["mend"])
