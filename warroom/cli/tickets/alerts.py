"""`warroom alerts list`."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated, Any

import typer

from router.india import short
from warroom.cli.common import Json, data_of, open_storage, show
from warroom.cli.names import known_room

if TYPE_CHECKING:
    from pathlib import Path

    from router.model.rooms.alert import Alert

app = typer.Typer(no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Keep `list` a sub-command although it is the only one."""


@app.command("list")
def list_(
    context: typer.Context,
    kind: Annotated[str | None, typer.Option(help="Only this kind: unacknowledged, overdue, room-offline …")] = None,
    room: Annotated[str | None, typer.Option(help="Only alerts of this room.")] = None,
    *,
    as_json: Json = False,
) -> None:
    """List active alerts by room."""
    if room:
        known_room(room)
    found = asyncio.run(_standing(data_of(context), kind))
    rows: list[dict[str, Any]] = [
        {"kind": one.kind, "room": one.room, "since": one.since, "data": one.data}
        for one in found
        if room in (None, one.room)
    ]
    if not as_json:
        for row in rows:
            row["since"] = short(row["since"])
            row["what"] = f"{row['data'].get('count', '')} {row['data'].get('what', '')}".strip()
    columns = {"kind": "Kind", "room": "Told to", "since": "Since (IST)", "what": "What"}
    show(rows, columns, as_json=as_json, empty="no alerts")


async def _standing(data: Path, kind: str | None) -> list[Alert]:
    async with open_storage(data) as store:
        return await store.read(lambda uow: uow.alerts.active(kind=kind))
