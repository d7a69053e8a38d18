"""A room's stock of an item, as it was reported."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from datetime import datetime


class Stock(NamedTuple):
    """A room's stock of an item, in the item's unit.

    Attributes:
        daily_use: In the item's unit a day.
        as_of: Aware: when it was counted.
    """

    room: str
    item: str
    quantity: float
    daily_use: float
    as_of: datetime
