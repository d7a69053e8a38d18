"""Reads reports from storage: one at a time, in small steps, and each only once in a while."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

from board.reports.figures import COUNTED, ReportFigures
from router.clock import utc_now
from router.errors import WarroomError
from router.stock.shortage import list_status
from router.stock.shortage_charts import Charts

if TYPE_CHECKING:
    from datetime import datetime

    from board.reports.period import Period
    from router.geo import Places
    from router.stock.items import Items
    from router.stock.shortage import StockStatus
    from router.storage.engine import Storage
    from router.storage.repositories.tickets.report_repository import ReportedTicket, StageSpan
    from router.storage.unit_of_work import UnitOfWork

MAX_TICKETS: Final = 300_000
"""Of one report, some 15 s of one core; a week of the busiest kind has less."""
STEP: Final = 1000
"""Tickets in one read: some 20 ms of one of two readers, which callers need as well."""
FRESH_S: Final = 60.0
"""A report is read anew after so long; many people look at the same one in the morning."""
MAX_KEPT: Final = 16
"""Reports kept in memory, some 10 MB of the largest kind together."""
MAX_WAITING: Final = 8
"""People who may wait for a report that is not there yet."""


class ReportsBusyError(WarroomError):
    """Too many people wait for reports already."""


class Report(NamedTuple):
    """A report, as it was true at a moment.

    Attributes:
        period: What it is about.
        as_of: Aware, UTC.
        figures: Of the tickets.
        short: What runs short now, by room and item.
    """

    period: Period
    as_of: datetime
    figures: ReportFigures
    short: tuple[StockStatus, ...]


class ReportReader:
    """Reads reports.

    Args:
        storage: Open.
        places: Districts and needs.
        items: What rooms keep in stock.
    """

    def __init__(self, storage: Storage, places: Places, items: Items) -> None:
        self._storage = storage
        self._places = places
        self._items = items
        self._kept: OrderedDict[Period, tuple[float, Report]] = OrderedDict()
        self._one_at_a_time = asyncio.Lock()
        self._waiting = 0

    async def read(self, period: Period) -> Report:
        """Return the report of a period.

        Raises:
            ReportsBusyError: Too many people wait already.
            StorageUnavailableError: It cannot be read.
        """
        if report := self._fresh(period):
            return report
        if self._waiting >= MAX_WAITING:
            raise ReportsBusyError
        self._waiting += 1
        try:
            async with self._one_at_a_time:
                report = self._fresh(period) or await self._make(period)
        finally:
            self._waiting -= 1
        return report

    def _fresh(self, period: Period) -> Report | None:
        made, report = self._kept.get(period, (float("-inf"), None))
        return report if time.monotonic() - made < FRESH_S else None

    async def _make(self, period: Period) -> Report:
        as_of, figures = utc_now(), ReportFigures()
        after, count = ("", 0), 0
        while True:
            tickets, spans = await self._storage.read(partial(_some, period, after))
            await asyncio.to_thread(figures.add, tickets, spans)
            count += len(tickets)
            if len(tickets) < STEP:
                break
            if count >= MAX_TICKETS:
                figures.cut = True
                break
            after = (tickets[-1].requested, tickets[-1].id)
        report = Report(period, as_of, figures, await self._short(as_of))
        self._kept[period] = (time.monotonic(), report)
        self._kept.move_to_end(period)
        while len(self._kept) > MAX_KEPT:
            self._kept.popitem(last=False)
        return report

    async def _short(self, now: datetime) -> tuple[StockStatus, ...]:
        document = await self._storage.read(lambda uow: uow.hourly_counts.load_charts())
        reported = await self._storage.read(lambda uow: uow.stock.list_stock())

        def find() -> tuple[StockStatus, ...]:
            districts = list(self._places.districts)
            rates = Charts(districts, self._items.needs, document).rates() if document else []
            return tuple(one for one in list_status(self._places, self._items, reported, rates, now) if one.state)

        return await asyncio.to_thread(find)


def _some(period: Period, after: tuple[str, int], uow: UnitOfWork) -> tuple[list[ReportedTicket], list[StageSpan]]:
    tickets = uow.reports.list_between(period.begin, period.end, after, STEP)
    return tickets, uow.reports.stages_of([ticket.number for ticket in tickets], COUNTED)
