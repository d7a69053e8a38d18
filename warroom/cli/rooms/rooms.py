"""`warroom rooms list`, `warroom rooms pin` and `warroom room watch`."""

from __future__ import annotations

import asyncio
import json
import os
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer
from aiomqtt.exceptions import MqttConnectError

from router.geo import load_places
from router.india import short
from router.mqtt.commands.room_client import RoomTicket, watch_room
from warroom.cli.common import CommandError, Json, console, data_of, open_storage, show
from warroom.cli.names import known_name
from warroom.config.secrets import ensure_pin, mqtt_room, read_secret, room_pin
from warroom.config.settings import load_settings

if TYPE_CHECKING:
    from pathlib import Path

rooms_app = typer.Typer(no_args_is_help=True)
room_app = typer.Typer(no_args_is_help=True)


@rooms_app.command("list")
def rooms_list(*, as_json: Json = False) -> None:
    """List the rooms: those that get tickets (the state's last), then the divisions' and the secretary's."""
    places = load_places()
    rows = [
        {"id": room.id, "name": room.name, "name_hi": room.name_hi, "level": room.level}
        for room in (*places.rooms, *places.overseers)
    ]
    columns = {"id": "Room", "name": "Name", "name_hi": "नाम", "level": "Level"}
    show(rows, columns, as_json=as_json, empty="no rooms")


@rooms_app.command()
def pin(
    context: typer.Context,
    room: str,
    *,
    new: Annotated[bool, typer.Option("--new", help="Make a new PIN; it is valid at once.")] = False,
) -> None:
    """Show the PIN with which a room listens to its messages by telephone."""
    data = data_of(context)
    if room not in load_places().rooms_on_the_telephone:
        raise CommandError(f"room {room!r} hears no messages by telephone; districts' rooms and the state's do")
    if not (data / "secrets").is_dir():
        raise CommandError(f"{data} has no PINs yet; start the stack once: warroom up")
    path = data / "secrets" / room_pin(room)
    if new:
        path.unlink(missing_ok=True)
    typer.echo(ensure_pin(data, room))


@rooms_app.command()
def unlock(context: typer.Context, room: str) -> None:
    """Take a room's PIN again at once, after wrong ones on the telephone."""
    if room not in load_places().rooms_on_the_telephone:
        raise CommandError(f"room {room!r} hears no messages by telephone; districts' rooms and the state's do")

    async def forget() -> int:
        async with open_storage(data_of(context)) as store:
            return await store.write(lambda uow: uow.voicemail.unlock(room=room))

    lines = asyncio.run(forget())
    console.print(f"{room}: its PIN is taken again" if lines else f"{room}: no wrong PIN was counted")


@room_app.command()
def watch(context: typer.Context, room: str, *, as_json: Json = False) -> None:
    """Show a room's tickets and tasks as its MQTT client receives them, until Ctrl-C. --json: one event per line."""
    password = password_of(data_of(context), room)
    try:
        asyncio.run(_watch(context, room, password, as_json=as_json))
    except MqttConnectError as error:
        raise CommandError(f"the broker refuses room {room}: {error}") from None
    except KeyboardInterrupt:
        raise typer.Exit(130) from None


def password_of(data: Path, room: str) -> str:
    """Return the password of a room's account at the broker.

    Raises:
        CommandError: there is no such room, or no account for it yet.
    """
    known_name("room", room, (known.id for known in load_places().rooms), see="warroom rooms list")
    try:
        return read_secret(data, mqtt_room(room))
    except FileNotFoundError:
        raise CommandError(f"{data} has no account for {room}; start the stack once: warroom up") from None


async def _watch(context: typer.Context, room: str, password: str, *, as_json: bool) -> None:
    broker = load_settings(data_of(context)).router.broker
    async for ticket in watch_room(broker, room, password, client=f"watch-{os.getpid()}", tasks=True):
        if as_json:
            print_event(ticket)
        else:
            console.print(event_line(ticket), markup=False, highlight=False, soft_wrap=True)


def print_event(ticket: RoomTicket) -> None:
    """Print one received event as one line of JSON; a task has its id under `task`."""
    key = "task" if ticket.is_task else "number"
    typer.echo(json.dumps({key: ticket.number, "event": ticket.event}, ensure_ascii=False))


def event_line(ticket: RoomTicket) -> str:
    """Return one received ticket as a line for people."""
    if ticket.event is None:
        return f"{'task ' * ticket.is_task}{ticket.number}  no longer this room's"
    data = ticket.event["data"]
    if ticket.is_task:
        due = short(datetime.fromisoformat(data["due"]))
        return f"task {ticket.number}  v{data['version']}  {data['stage']}  by {due} IST  {data['text']}"
    parts = (
        ticket.number,
        f"v{data['version']}",
        data["stage"],
        data["service_code"],
        data["district"] or "-",
        data["phone"] or "no telephone",
        "sound" if data["recordings"] else "",
        data["status_notes"],
    )
    return "  ".join(part for part in parts if part)
