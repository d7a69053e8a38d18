"""`warroom tickets list | show | history | clusters | export | import`."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from router.geo import load_places
from router.india import local, short
from warroom.cli.common import CommandError, Json, data_of, open_storage, print_json, show
from warroom.cli.ticket_number import plain_number
from warroom.cli.tickets.export import export
from warroom.cli.tickets.import_requests import import_requests
from warroom.cli.values import Limit
from warroom.config.settings import load_settings
from warroom.services.ticket_service_factory import make_rules, make_ticket_service

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from router.model.ticket import Ticket
    from router.model.ticket_views import Cluster, TicketHistoryLine
    from router.tickets.service import TicketService

app = typer.Typer(no_args_is_help=True)
app.command("export")(export)
app.command("import")(import_requests)

_COLUMNS = {
    "service_request_id": "Number",
    "stage": "Stage",
    "service_code": "Need",
    "room": "Room",
    "priority": "Priority",
    "phone": "Telephone",
    "requested_datetime": "Since",
}


@app.command("list")
def list_(
    context: typer.Context,
    room: Annotated[str | None, typer.Option(help="Only those of this room.")] = None,
    *,
    closed: Annotated[bool, typer.Option("--all", help="Also closed ones.")] = False,
    limit: Limit = 100,
    as_json: Json = False,
) -> None:
    """List tickets, newest first."""
    found = asyncio.run(_tickets(data_of(context), room=room, open_only=not closed, limit=limit))
    rows = [ticket.model_dump(mode="json") for ticket in found]
    if not as_json:
        for row, ticket in zip(rows, found, strict=True):
            row["requested_datetime"] = short(ticket.requested_datetime)
    show(rows, _COLUMNS, as_json=as_json, empty="no tickets")


@app.command("show")
def show_(context: typer.Context, number: str) -> None:
    """Print a whole ticket as JSON."""
    ticket = asyncio.run(_ticket(data_of(context), plain_number(number)))
    if ticket is None:
        raise CommandError(f"no ticket {number}; see: warroom tickets list")
    print_json(ticket.model_dump(mode="json"))


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
    columns = {"at": "When", "by": "Who", "what": "What", "stage": "Stage", "version": "Version"}
    show(rows, columns, as_json=as_json, empty="nothing")


@app.command()
def clusters(
    context: typer.Context,
    room: Annotated[str | None, typer.Option(help="Only those of this room.")] = None,
    *,
    as_json: Json = False,
) -> None:
    """List PIN codes in which many citizens need the same thing: most likely one cause, and one thing to do."""
    found = asyncio.run(_clusters(data_of(context), room))
    columns = {"open": "Open tickets", "service_code": "Need", "zipcode": "PIN code", "room": "Room"}
    show([cluster._asdict() for cluster in found], columns, as_json=as_json, empty="no clusters")


async def _history(data: Path, number: str) -> list[TicketHistoryLine]:
    async with _desk(data) as desk:
        return await desk.history(number)


async def _clusters(data: Path, room: str | None) -> list[Cluster]:
    async with _desk(data) as desk:
        return await desk.clusters(room)


async def _tickets(data: Path, *, room: str | None, open_only: bool, limit: int) -> list[Ticket]:
    async with _desk(data) as desk:
        return await desk.tickets(open_only=open_only, room=room, limit=limit)


async def _ticket(data: Path, number: str) -> Ticket | None:
    async with _desk(data) as desk:
        return await desk.ticket(number)


@contextlib.asynccontextmanager
async def _desk(data: Path) -> AsyncIterator[TicketService]:
    async with open_storage(data) as store:
        places = load_places()
        yield make_ticket_service(data, load_settings(data), store, places, make_rules(data, places))
