"""The shortage monitor: updates charts, reads stock, and raises or clears each room's alert."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, NoReturn

from router.debounce import Debouncer
from router.model.hourly_count import SETTLE_S, HourlyCount, hour_of, share_of_hour
from router.stock.shortage import alerts
from router.stock.shortage_charts import Charts
from router.storage.errors import StorageUnavailableError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from router.geo import Places
    from router.stock.items import Items
    from router.storage.engine import Storage
    from router.storage.unit_of_work import UnitOfWork

KIND = "shortage"
"""The kind of alert."""

_POLL_INTERVAL_S = 300.0  # a shortage builds up over hours; a report of stock wakes the watch at once
_GATHER_S = 1.0  # a room reports all its items together: one look for them
_STEP_H = 24  # hours taken at once: some 10,000 counts, some milliseconds
_AHEAD_H = 24  # a clock set back by less is waited for
_CATCH_UP_H = 28 * 24  # hours without the service after which older counts still show the usual demand

_log = logging.getLogger(__name__)


class ShortageWatch:
    """Looks every few minutes, and after each report of stock.

    Args:
        store: Open.
        places: Districts and rooms.
        items: The items in stock; the needs they serve are those that are charted.
    """

    def __init__(self, store: Storage, places: Places, items: Items) -> None:
        self._store = store
        self._places = places
        self._items = items
        self._charts: Charts | None = None
        self._news = Debouncer(_GATHER_S, poll_s=_POLL_INTERVAL_S)

    def touch(self) -> None:
        """Note that a report of stock came in."""
        self._news.touch()

    async def run(self) -> NoReturn:
        """Watch until cancelled."""
        await self._look_now()
        await self._news.run(self._look_now)

    async def _look_now(self) -> None:
        try:
            await self.look(datetime.now(UTC))
        except StorageUnavailableError as trouble:
            _log.warning("shortage is looked at later: %s", trouble)
        except Exception:  # noqa: BLE001  (calls must not end with it)
            _log.exception("the watch on shortage failed; it goes on")

    async def look(self, now: datetime) -> None:
        """Take the hours that are over, look at the one that runs and at all stock, and set the alerts.

        Args:
            now: Aware. One before the last hour taken (the clock was set back) takes no hour.

        Raises:
            StorageUnavailableError: the next look does all of it.
        """
        charts = self._charts or await self._load()
        learned = await self._take_hours(charts, now)
        reported = await self._store.read(lambda uow: uow.stock.list_stock())
        rates = charts.rates()
        told = alerts(self._places, self._items, reported, rates, now)
        document = charts.document() if learned else None
        self._charts = None  # until it is committed: an uncommitted hour is learned again
        await self._store.write(partial(_publish, told=told, document=document, hour=charts.hour), outbox=True)
        self._charts = charts

    async def _load(self) -> Charts:
        document = await self._store.read(lambda uow: uow.hourly_counts.load_charts())
        return Charts(list(self._places.districts), self._items.needs, document)

    async def _take_hours(self, charts: Charts, now: datetime) -> bool:
        """Return whether anything was learned or an alarm raised."""
        running = hour_of(now.timestamp())
        over = hour_of(now.timestamp() - SETTLE_S) - 1
        if charts.hour > running + _AHEAD_H:
            _log.warning("the clock had been ahead: shortage is charted again from this hour on")
            charts.rewind(running - 1)
        hour = charts.hour
        for first in range(max(hour + 1, over - _CATCH_UP_H), over + 1, _STEP_H):
            last = min(first + _STEP_H - 1, over)
            counts = await self._counts(first, last)
            await asyncio.to_thread(charts.take, counts)
        raised = False
        if over == running - 1 and charts.hour < running:
            so_far = await self._counts(running, running)
            raised = charts.look(running, share_of_hour(now.timestamp()), so_far)
        return raised or charts.hour > hour

    async def _counts(self, first: int, last: int) -> list[HourlyCount]:
        return await self._store.read(lambda uow: uow.hourly_counts.between(first, last))


def _publish(uow: UnitOfWork, told: Mapping[str, Mapping[str, object]], document: str | None, hour: int) -> None:
    """Store what was learned and set the alerts that are due; runs in the writer's thread."""
    if document is not None:
        uow.hourly_counts.save_charts(document, hour)
    uow.alerts.replace_active(KIND, told)
