"""`warroom tickets list | show | history | clusters | export`."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from router.geo import load_places
from router.india import local
from warroom.cli.common import CommandError, Json, data_of, open_storage, show
from warroom.cli.names import known_room
from warroom.cli.ticket_number import plain_number
from warroom.cli.tickets.export import export
from warroom.cli.tickets.find import list_
from warroom.cli.tickets.show import show as show_
from warroom.config.settings import load_settings
from warroom.services.ticket_service_factory import make_rules, make_ticket_service

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from router.model.ticket_views import Cluster, TicketHistoryLine
    from router.tickets.service import TicketService

app = typer.Typer(no_args_is_help=True)
app.command("list")(list_)
app.command("show")(show_)
app.command("export")(export)


@app.command()
def history(context: typer.Context, number: str, *, as_json: Json = False) -> None:
    """List the changes of a ticket with their authors, oldest first."""
    lines = asyncio.run(_history(data_of(context), plain_number(number)))
    if not lines:
        raise CommandError(f"no ticket {number}; see: warroom tickets list")
    rows = [line._asdict() for line in lines]
    if not as_json:
        for row in rows:
            row["at"] = f"{local(datetime.fromisoformat(row['at'])):%d %b %Y %H:%M:%S}"
    columns = {"at": "When (IST)", "by": "Who", "what": "What", "stage": "Stage", "version": "Version"}
    show(rows, columns, as_json=as_json, empty="nothing")


@app.command()
def clusters(
    context: typer.Context,
    room: Annotated[str | None, typer.Option(help="Only those of this room.")] = None,
    *,
    as_json: Json = False,
) -> None:
    """List PIN codes in which many citizens need the same thing: most likely one cause, and one thing to do."""
    if room:
        known_room(room)
    found = asyncio.run(_clusters(data_of(context), room))
    columns = {"open": "Open tickets", "service_code": "Need", "zipcode": "PIN code", "room": "Room"}
    show([cluster._asdict() for cluster in found], columns, as_json=as_json, empty="no clusters")


async def _history(data: Path, number: str) -> list[TicketHistoryLine]:
    async with _desk(data) as desk:
        return await desk.history(number)


async def _clusters(data: Path, room: str | None) -> list[Cluster]:
    async with _desk(data) as desk:
        return await desk.clusters(room)


@contextlib.asynccontextmanager
async def _desk(data: Path) -> AsyncIterator[TicketService]:
    async with open_storage(data) as store:
        places = load_places()
        yield make_ticket_service(data, load_settings(data), store, places, make_rules(data, places))
