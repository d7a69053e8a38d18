"""Keeps rooms' stock reports: checks them against the items there are, and stores the newest of each."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from router.model.rooms.stock import Stock
from router.tickets.errors import CommandRefusedError

if TYPE_CHECKING:
    from router.stock.items import Item, Items
    from router.stock.stock_report import StockReport
    from router.storage.engine import Storage

_AHEAD = timedelta(minutes=15)  # a room's clock may be off by so much
_MAX_ITEM_CHARS = 64  # characters of an item's id that are repeated in a refusal


class StockReports:
    """The stock that rooms have reported.

    Args:
        store: Open.
        items: The items there are.
    """

    def __init__(self, store: Storage, items: Items) -> None:
        self._store = store
        self._items = items

    async def report(self, room: str, item: str, report: StockReport) -> bool:
        """Keep a report unless one as new or newer is there; returns after the commit whether it was kept.

        Raises:
            CommandRefusedError: the item, its unit or the time of the report is wrong.
            StorageUnavailableError: nothing was kept.
        """
        unit = self._item(item).unit
        if report.unit != unit:
            raise CommandRefusedError("stock-unit", name=item, known=unit)
        if report.as_of > datetime.now(UTC) + _AHEAD:
            raise CommandRefusedError("stock-time")
        kept = Stock(room, item, report.quantity, report.daily_use, report.as_of.astimezone(UTC))
        return await self._store.write(lambda uow: uow.stock.upsert(report=kept))

    async def withdraw(self, room: str, item: str) -> bool:
        """Delete a room's report of an item; returns after the commit whether there was one.

        Raises:
            CommandRefusedError: there is no such item.
            StorageUnavailableError: nothing was forgotten.
        """
        self._item(item)
        return await self._store.write(lambda uow: uow.stock.withdraw(room=room, item=item))

    def _item(self, item: str) -> Item:
        if item not in self._items.by_id:
            raise CommandRefusedError("stock-item", name=item[:_MAX_ITEM_CHARS])
        return self._items.by_id[item]
