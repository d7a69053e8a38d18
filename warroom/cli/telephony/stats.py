"""`warroom stats`: the call statistics of a day."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from agi.cdr.statistics import compute_daily_statistics, queue_rows
from agi.cdr.statistics import rows as rows_of
from router.india import INDIA
from warroom.cli.common import CommandError, Json, data_of, open_storage, show
from warroom.cli.values import DAYS, moment

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

_COLUMNS = {
    "helpline": "Helpline",
    "trunk": "Trunk",
    "offered": "Offered",
    "answered": "Answered",
    "abandoned": "Abandoned",
    "without_end": "Going on",
    "rejected": "Rejected",
    "rejected_by_reason": "Why",
    "mean_call_s": "Mean s",
    "asked": "For a person",
    "served": "Served",
    "gave_up": "Gave up",
    "not_served": "Had nobody",
    "service_level": "In 20 s",
    "mean_wait_s": "Wait s",
    "longest_wait_s": "Longest s",
    "mean_handle_s": "Handled s",
}

_OF_QUEUES = {
    "queue": "Queue",
    "offered": "Offered",
    "answered": "Answered",
    "abandoned": "Abandoned",
    "not_served": "Not served",
    "service_level": "In 20 s",
    "mean_wait_s": "Wait s",
    "longest_wait_s": "Longest s",
    "mean_handle_s": "Handled s",
}


def figures(
    context: typer.Context,
    day: Annotated[
        datetime | None,
        typer.Option(formats=DAYS, callback=moment, help="Day in India's time; default: today until now."),
    ] = None,
    *,
    queues: Annotated[bool, typer.Option("--queues", help="By operators' queue.")] = False,
    as_json: Json = False,
) -> None:
    """Show calls offered, answered, abandoned and rejected, and the time callers waited for an operator."""
    wanted = day.date() if day else datetime.now(UTC).astimezone(INDIA).date()
    if wanted > datetime.now(UTC).astimezone(INDIA).date():
        raise CommandError(f"--day: {wanted} has not come yet in India")
    found = asyncio.run(_rows(data_of(context), wanted, queues=queues))
    if not as_json:
        found = [{key: _for_people(key, value) for key, value in row.items()} for row in found]
    show(found, _OF_QUEUES if queues else _COLUMNS, as_json=as_json, empty=f"no calls on {wanted}")


def _for_people(key: str, value: object) -> object:
    if value is None:
        return "-"
    if isinstance(value, dict):
        return ", ".join(f"{why} {count}" for why, count in value.items())
    return f"{value} %" if key == "service_level" else value


async def _rows(data: Path, day: date, *, queues: bool) -> list[dict[str, Any]]:
    async with open_storage(data) as store:
        counted = await compute_daily_statistics(store, day)
    return queue_rows(counted) if queues else rows_of(counted.figures)
