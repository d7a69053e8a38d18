"""Shortages by room, from stock reports and from tickets; the alert of a room states both."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Literal

from router.model.hourly_count import start_of_hour

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from router.geo import Places
    from router.model.rooms.stock import Stock
    from router.stock.items import Item, Items
    from router.stock.shortage_charts import Rate

Level = Literal["", "watch", "alert"]

_HORIZON = timedelta(days=3650)  # stock that lasts longer has no day on which it runs out
_DAY_S = 86_400.0


@dataclass(frozen=True, slots=True)
class StockStatus:
    """The state of one item in one room. Empty or None: not reported, not charted.

    Attributes:
        item: The item's id.
        unit: Of quantity and daily use.
        days_left: From now, by the last report: stock / use, less the use since then.
        runs_out: When it reaches nothing, ISO 8601.
        stock_level: By the item's own thresholds.
        need: The item's need of which most tickets come beside the usual.
        per_hour: Tickets of that need in the last hours.
        usual_per_hour: The usual count in these hours.
        times: How many times the usual.
        since: When its rise was found, ISO 8601; None: it is usual.
    """

    district: str
    room: str
    item: str
    unit: str
    quantity: float | None
    daily_use: float | None
    as_of: str | None
    days_left: float | None
    runs_out: str | None
    stock_level: Level
    need: str
    per_hour: float | None
    usual_per_hour: float | None
    times: float | None
    since: str | None

    @property
    def state(self) -> Level:
        """The worse of what stock and tickets say."""
        return "alert" if self.since else self.stock_level


def depletion_time(stock: Stock) -> datetime | None:
    """Return when a stock reaches nothing if its use goes on; None: not within ten years."""
    if not stock.daily_use or stock.quantity / stock.daily_use > _HORIZON.days:
        return None
    return stock.as_of + timedelta(days=stock.quantity / stock.daily_use)


def days_left(stock: Stock, now: datetime) -> float | None:
    """Return the days a stock lasts from now; None: not within ten years."""
    end = depletion_time(stock)
    return None if end is None else round(max(0.0, (end - now).total_seconds() / _DAY_S), 1)


def stock_level(days: float | None, item: Item) -> Level:
    """Return what so many days left of an item mean."""
    if days is None or days >= item.watch_days:
        return ""
    return "alert" if days < item.alert_days else "watch"


def list_status(
    places: Places, items: Items, reported: Iterable[Stock], rates: Iterable[Rate], now: datetime
) -> list[StockStatus]:
    """Return a line for every item in every room, districts in the order of the menus, the state's own room last."""
    stocks = {(stock.room, stock.item): stock for stock in reported}
    by_need = {(rate.district, rate.need): rate for rate in rates}
    rooms = {district.room: district.id for district in places.districts.values()}
    return [
        _line(room.id, rooms.get(room.id, ""), item, stocks.get((room.id, item.id)), by_need, now)
        for room in places.rooms
        for item in items.by_id.values()
    ]


def _line(
    room: str, district: str, item: Item, stock: Stock | None, rates: Mapping[tuple[str, str], Rate], now: datetime
) -> StockStatus:
    days = days_left(stock, now) if stock else None
    end = depletion_time(stock) if stock else None
    rate = max((rates[district, need] for need in item.needs if (district, need) in rates), key=_urgency, default=None)
    return StockStatus(
        district=district,
        room=room,
        item=item.id,
        unit=item.unit,
        quantity=stock.quantity if stock else None,
        daily_use=stock.daily_use if stock else None,
        as_of=stock.as_of.isoformat() if stock else None,
        days_left=days,
        runs_out=end.isoformat() if end else None,
        stock_level=stock_level(days, item),
        need=rate.need if rate else "",
        per_hour=rate.per_hour if rate else None,
        usual_per_hour=rate.usual_per_hour if rate else None,
        times=rate.times if rate else None,
        since=began(rate).isoformat() if rate and rate.since is not None else None,
    )


def _urgency(rate: Rate) -> tuple[bool, float]:
    return rate.since is not None, rate.per_hour - rate.usual_per_hour


def began(rate: Rate) -> datetime:
    """Return when the hour began since which a need runs short."""
    assert rate.since is not None  # noqa: S101 - asked of alarms only
    return datetime.fromtimestamp(start_of_hour(rate.since), UTC)


def alerts(
    places: Places, items: Items, reported: Sequence[Stock], rates: Iterable[Rate], now: datetime
) -> dict[str, dict[str, object]]:
    """Return the report for each room that runs short; by room.

    What it says changes with a report, a threshold passed or a new hour, not with every minute that goes by: days
    left are for the reader to take from ``runs_out``.
    """
    found: dict[str, dict[str, list[dict[str, object]]]] = {}
    for stock in reported:
        item = items.by_id.get(stock.item)
        level = stock_level(days_left(stock, now), item) if item else ""
        if item and level:
            _of(found, stock.room)["items"].append(_describe_stock(stock, item, level))
    for rate in rates:
        if rate.since is not None:
            _of(found, places.room_of(rate.district))["needs"].append(
                {**asdict(rate), "times": rate.times, "since": began(rate).isoformat()}
            )
    return {room: {"level": _find_worst_level(said), **said} for room, said in found.items()}


def _of(found: dict[str, dict[str, list[dict[str, object]]]], room: str) -> dict[str, list[dict[str, object]]]:
    return found.setdefault(room, {"items": [], "needs": []})


def _describe_stock(stock: Stock, item: Item, level: Level) -> dict[str, object]:
    end = depletion_time(stock)
    return {
        "item": item.id,
        "level": level,
        "quantity": stock.quantity,
        "unit": item.unit,
        "daily_use": stock.daily_use,
        "as_of": stock.as_of.isoformat(),
        "days_left_when_reported": days_left(stock, stock.as_of),
        "runs_out": end.isoformat() if end else None,
    }


def _find_worst_level(said: Mapping[str, Sequence[Mapping[str, object]]]) -> Level:
    return "alert" if said["needs"] or any(one["level"] == "alert" for one in said["items"]) else "watch"
