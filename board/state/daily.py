"""Figures of today against yesterday, and of the transcription, read from storage now and then."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from functools import partial
from typing import TYPE_CHECKING

from router.india import INDIA
from router.model.job import TRANSCRIBE

if TYPE_CHECKING:
    from router.storage.engine import Storage
    from router.storage.unit_of_work import UnitOfWork

_DAY = timedelta(days=1)


class DailyFigures:
    """Counts calls and tickets: today until now, yesterday until the same time of day, and all of yesterday.

    Each count is one statement that walks an index over the rows of the time asked for.

    Args:
        store: Open.
    """

    def __init__(self, store: Storage) -> None:
        self._store = store

    async def totals(self, now: datetime) -> dict[str, object]:
        """Return ``today``, ``yesterday_by_now`` and ``yesterday``, each ``{calls, answered, tickets}``.

        Args:
            now: Aware.

        Raises:
            StorageUnavailableError: storage cannot be read.
        """
        midnight = datetime.combine(now.astimezone(INDIA).date(), time(), INDIA)
        spans = {
            "today": (midnight, now),
            "yesterday_by_now": (midnight - _DAY, now - _DAY),
            "yesterday": (midnight - _DAY, midnight),
        }
        return {name: await self._store.read(partial(_count, *span)) for name, span in spans.items()}

    async def transcription(self) -> dict[str, object]:
        """Return how many messages wait for their text (``waiting``), and since when the ``oldest`` does.

        Raises:
            StorageUnavailableError: storage cannot be read.
        """
        return await self._store.read(_transcription)


def _count(since: datetime, until: datetime, uow: UnitOfWork) -> dict[str, int]:
    calls, answered = uow.call_log.count_between(since, until)
    return {"calls": calls, "answered": answered, "tickets": uow.tickets.count_between(since, until)}


def _transcription(uow: UnitOfWork) -> dict[str, object]:
    oldest = uow.recordings.oldest_waiting()
    return {"waiting": uow.jobs.waiting(TRANSCRIBE), "oldest": oldest.isoformat() if oldest else None}
