"""Stock reports of rooms in the store."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa

from router.model.rooms.stock import Stock
from router.storage.portable import insert_or_replace
from router.storage.schema import stock, stock_history

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


_PUT = insert_or_replace(stock)
_WHICH = (stock.c.room == sa.bindparam("in_room"), stock.c.item == sa.bindparam("of_item"))


class StockRepository:
    """Stock reports of rooms."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def upsert(self, report: Stock) -> bool:
        """Keep a report unless one as new or newer is there; whether it was kept. A repetition changes nothing."""
        where = {"in_room": report.room, "of_item": report.item}
        row = self._connection.execute(sa.select(stock).where(*_WHICH), where).mappings().first()
        if row is not None and _stock(row).as_of >= report.as_of:
            return False
        values = report._asdict() | {"as_of": report.as_of.isoformat()}
        self._connection.execute(_PUT, values)
        self._connection.execute(sa.insert(stock_history), values)
        return True

    def withdraw(self, room: str, item: str) -> bool:
        """Delete a room's report of an item; its history stays. Returns whether there was one."""
        gone = self._connection.execute(sa.delete(stock).where(*_WHICH), {"in_room": room, "of_item": item})
        return gone.rowcount > 0

    def list_stock(self) -> list[Stock]:
        """Return the last report of each room and item."""
        query = sa.select(stock).order_by(stock.c.room, stock.c.item)
        return [_stock(row) for row in self._connection.execute(query).mappings()]


def _stock(row: Mapping[Any, Any]) -> Stock:
    return Stock(row["room"], row["item"], row["quantity"], row["daily_use"], datetime.fromisoformat(row["as_of"]))
