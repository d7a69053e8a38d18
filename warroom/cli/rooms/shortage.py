"""`warroom shortage`: shortages by district and item."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from router.geo import load_places
from router.stock.items import load_items
from router.stock.shortage import list_status
from router.stock.shortage_charts import Charts
from warroom.cli.common import Json, data_of, open_storage, show
from warroom.cli.names import known_room

if TYPE_CHECKING:
    from pathlib import Path

    from router.stock.shortage import StockStatus

_COLUMNS = {
    "room": "Room",
    "item": "Item",
    "stock": "Stock",
    "days_left": "Days left",
    "rate": "Tickets/h",
    "usual": "Usual",
    "state": "State",
}


def shortage(
    context: typer.Context,
    room: Annotated[str | None, typer.Option(help="Only those of this room.")] = None,
    *,
    everything: Annotated[bool, typer.Option("--all", help="Also items that are neither short nor reported.")] = False,
    as_json: Json = False,
) -> None:
    """Show for each district and item: reported stock, days left, tickets per hour against the usual rate, alerts."""
    if room:
        known_room(room)
    found = [
        line
        for line in asyncio.run(_lines(data_of(context)))
        if room in {None, line.room} and (everything or line.state or line.quantity is not None)
    ]
    rows = [asdict(line) | {"state": line.state} for line in found]
    if not as_json:
        rows = [row | _for_people(line) for row, line in zip(rows, found, strict=True)]
    show(rows, _COLUMNS, as_json=as_json, empty="nothing is short, and no room has reported stock")


def _for_people(line: StockStatus) -> dict[str, Any]:
    times = f" ({line.times:g} times)" if line.since and line.times else ""
    return {
        "stock": "-" if line.quantity is None else f"{line.quantity:g} {line.unit}",
        "days_left": "-" if line.days_left is None else f"{line.days_left:g}",
        "rate": "-" if line.per_hour is None else f"{line.per_hour:.1f}{times}",
        "usual": "-" if line.usual_per_hour is None else f"{line.usual_per_hour:.1f}",
    }


async def _lines(data: Path) -> list[StockStatus]:
    places = load_places()
    items = load_items(places.needs)
    async with open_storage(data) as store:
        document = await store.read(lambda uow: uow.hourly_counts.load_charts())
        reported = await store.read(lambda uow: uow.stock.list_stock())
    rates = Charts(list(places.districts), items.needs, document).rates() if document else []
    return list_status(places, items, reported, rates, datetime.now(UTC))
