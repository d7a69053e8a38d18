"""Items that rooms have in stock: data an admin may change, checked when loaded."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from types import MappingProxyType
from typing import TYPE_CHECKING

from router.geo.csv_table import Unique, read_table
from router.geo.errors import PlacesError

if TYPE_CHECKING:
    from collections.abc import Container, Mapping
    from importlib.resources.abc import Traversable
    from pathlib import Path

    from router.geo.csv_table import CsvRow

_COLUMNS = ("id", "name", "name_hi", "unit", "needs", "watch_days", "alert_days")
_MAX_DAYS = 365


@dataclass(frozen=True, slots=True)
class Item:
    """Something rooms keep in stock.

    Attributes:
        id: Such as "wheat".
        name: English name.
        name_hi: Hindi name.
        unit: In which it is counted, such as "kg".
        needs: Ids of the needs it serves.
        watch_days: Days left below which it is watched.
        alert_days: Days left below which it is an alert.
    """

    id: str
    name: str
    name_hi: str
    unit: str
    needs: tuple[str, ...]
    watch_days: int
    alert_days: int


class Items:
    """All items, by id in the order of the table; immutable.

    Attributes:
        by_id: The items.
        needs: The ids of all needs that some item serves, in the order of the table.
    """

    def __init__(self, items: Mapping[str, Item]) -> None:
        self.by_id = MappingProxyType(dict(items))
        self.needs = tuple(dict.fromkeys(need for item in items.values() for need in item.needs))


def load_items(needs: Container[str], directory: Path | None = None) -> Items:
    """Read items.csv.

    Args:
        needs: The ids of all needs.
        directory: Where it lies; None for the one that comes with the program.

    Raises:
        PlacesError: with every problem, each with its line.
    """
    source: Traversable = files("router.stock").joinpath("data") if directory is None else directory
    problems: list[str] = []
    ids = Unique()
    found: dict[str, Item] = {}
    for row in read_table(source, "items.csv", _COLUMNS, problems) or ():
        item = _item(row, needs)
        ids.check(row, item.id, f"item {item.id!r}")
        found[item.id] = item
    if problems:
        raise PlacesError(problems)
    return Items(found)


def _item(row: CsvRow, needs: Container[str]) -> Item:
    watch, alert = row.whole("watch_days", 1, _MAX_DAYS), row.whole("alert_days", 1, _MAX_DAYS)
    if watch and alert and watch <= alert:
        row.bad(f"watch_days {watch} is not above alert_days {alert}; expected to watch earlier than to alert")
    unit = row.id("unit")
    return Item(row.id(), row.name(), row.name_hi(), unit, row.ids("needs", needs, "needs.csv"), watch, alert)
