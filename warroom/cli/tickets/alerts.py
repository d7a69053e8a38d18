"""`warroom alerts list | test`."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from router.clock import utc_now
from warroom.cli.common import FAILED, CommandError, Json, data_of, open_storage, show
from warroom.cli.names import known_name, known_room
from warroom.cli.tickets.alert_rows import alert_rows
from warroom.config.settings import load_settings
from warroom.monitoring.alert_kinds import KINDS
from warroom.monitoring.notify.channels import Channel, ChannelError, make_channels
from warroom.monitoring.notify.message import AlertMessage

if TYPE_CHECKING:
    from pathlib import Path

    from router.model.rooms.alert import Alert

app = typer.Typer(no_args_is_help=True)


@app.command("list")
def list_(
    context: typer.Context,
    kind: Annotated[str | None, typer.Option(help="Only this kind: unacknowledged, overdue, room-offline …")] = None,
    room: Annotated[str | None, typer.Option(help="Only alerts of this room.")] = None,
    *,
    as_json: Json = False,
) -> None:
    """List active alerts; in the table, rooms that are told the same share a row."""
    if kind:
        known_name("--kind", kind, KINDS)
    if room:
        known_room(room)
    if kind:
        known_name("--kind", kind, KINDS)
    found = [one for one in asyncio.run(_standing(data_of(context), kind)) if room in (None, one.room)]
    rows = [one._asdict() for one in found] if as_json else alert_rows(found)
    columns = {"kind": "Kind", "room": "Told to", "since": "Since (IST)", "what": "What"}
    show(rows, columns, as_json=as_json, empty="no alerts")


@app.command("test")
def send_test(context: typer.Context, *, as_json: Json = False) -> None:
    """Send a test message by mail and webhook, as the settings `[alerts]` say, and tell how it went.

    Exit code 1: one was not taken, or the settings name none.
    """
    data = data_of(context)
    channels = make_channels(data, load_settings(data).alerts)
    if not channels:
        raise CommandError("no mail and no webhook: write [alerts.mail] or [alerts.webhook] (docs/alerts.md)")
    rows = [{"channel": one.name, **_try(one)} for one in channels]
    show(rows, {"channel": "Channel", "sent": "Sent", "why": "Why not"}, as_json=as_json, empty="")
    if not all(row["sent"] for row in rows):
        raise typer.Exit(FAILED)


def _try(channel: Channel) -> dict[str, object]:
    try:
        channel.send(AlertMessage(utc_now(), test=True))
    except ChannelError as error:
        return {"sent": False, "why": str(error)}
    return {"sent": True, "why": ""}


async def _standing(data: Path, kind: str | None) -> list[Alert]:
    async with open_storage(data) as store:
        return await store.read(lambda uow: uow.alerts.active(kind=kind))
