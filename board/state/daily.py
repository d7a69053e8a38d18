"""Figures of today against yesterday, and of the transcription, read from storage now and then."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from router.india import INDIA
from router.model.job import TRANSCRIBE

if TYPE_CHECKING:
    from router.model.stranded_group import GroupCount
    from router.storage.engine import Storage
    from router.storage.unit_of_work import UnitOfWork

_DAY = timedelta(days=1)
_HOUR = timedelta(hours=1)
_SETTLE = timedelta(minutes=10)  # a call is written down within seconds, after a restart of the service within minutes


class DailyFigures:
    """Counts calls and tickets: today until now, yesterday until the same time of day, and all of yesterday.

    Each count is one statement that walks an index over the rows of the time asked for. Calls of an hour that is over
    are counted once: there may be a hundred thousand a day. Tickets are counted anew, since one may be typed in later.

    Args:
        store: Open.
    """

    def __init__(self, store: Storage) -> None:
        self._store = store
        self._hours: dict[datetime, tuple[int, int]] = {}

    async def totals(self, now: datetime) -> dict[str, object]:
        """Return ``today``, ``yesterday_by_now`` and ``yesterday``, each ``{calls, answered, tickets}``.

        Args:
            now: Aware.

        Raises:
            StorageUnavailableError: storage cannot be read.
        """
        midnight = datetime.combine(now.astimezone(INDIA).date(), time(), INDIA)
        self._hours = {hour: counted for hour, counted in self._hours.items() if hour >= midnight - _DAY}
        spans = {
            "today": (midnight, now),
            "yesterday_by_now": (midnight - _DAY, now - _DAY),
            "yesterday": (midnight - _DAY, midnight),
        }
        return {name: await self._count(since, until, now) for name, (since, until) in spans.items()}

    async def transcription(self) -> dict[str, object]:
        """Return how many messages wait for their text (``waiting``), and since when the ``oldest`` does.

        Raises:
            StorageUnavailableError: storage cannot be read.
        """
        return await self._store.read(_transcription)

    async def stranded(self) -> list[GroupCount]:
        """Count who is stranded. Raises StorageUnavailableError."""
        return await self._store.read(lambda uow: uow.stranded.counts())

    async def _count(self, since: datetime, until: datetime, now: datetime) -> dict[str, int]:
        calls = answered = 0
        hour = since
        while hour < until:
            counted = await self._calls(hour, min(hour + _HOUR, until), now)
            calls, answered = calls + counted[0], answered + counted[1]
            hour += _HOUR
        tickets = await self._store.read(lambda uow: uow.tickets.count_between(since, until))
        return {"calls": calls, "answered": answered, "tickets": tickets}

    async def _calls(self, since: datetime, until: datetime, now: datetime) -> tuple[int, int]:
        whole = until - since == _HOUR and until <= now - _SETTLE
        if whole and since in self._hours:
            return self._hours[since]
        counted = await self._store.read(lambda uow: uow.call_log.count_between(since, until))
        if whole:
            self._hours[since] = counted
        return counted


def _transcription(uow: UnitOfWork) -> dict[str, object]:
    oldest = uow.recordings.oldest_waiting()
    return {"waiting": uow.jobs.waiting(TRANSCRIBE), "oldest": oldest.isoformat() if oldest else None}
