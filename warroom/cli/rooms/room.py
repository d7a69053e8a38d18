"""`warroom room ack | start | resolve | …`: sends a command about a ticket as a room, over MQTT."""

from __future__ import annotations

import os
import uuid
from typing import TYPE_CHECKING, Annotated, Any, get_args

import typer
from pydantic import ValidationError

from router.model.ticket import RejectionReason
from router.mqtt.commands.room_client import command_as_room
from router.tickets.command import FOR_CLUSTERS, Changes, Command
from router.validation_messages import what_is_wrong
from warroom.cli.common import FAILED, CommandError, Json, confirm, console, data_of, print_json
from warroom.cli.rooms.rooms import password_of, room_app
from warroom.cli.ticket_number import plain_number
from warroom.config.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from router.tasks.command import TaskCommand
    from router.tickets.command import ActionName, CommandReply

_TIMEOUT_S = 20.0  # a service that starts again takes commands within this time

_PLAIN: dict[str, tuple[ActionName, str]] = {
    "ack": ("acknowledge", "Acknowledge a ticket: the room has seen it and takes care of it."),
    "start": ("start", "Mark a ticket as in progress: help is on its way."),
    "resolve": ("resolve", "Mark a ticket as resolved; the citizen is called and asked."),
    "note": ("note", "Add a note to a ticket: --note; words to its citizen: --tell."),
    "unmerge": ("unmerge", "Undo a merge: the ticket returns to its earlier state."),
    "call-citizen": ("call-citizen", "Ring the room's own telephone, then the ticket's citizen."),
    "accept-reject": ("accept-reject", "Accept a proposed rejection (room `state` only)."),
    "refuse-reject": (
        "refuse-reject",
        "Decline a proposed rejection: the ticket stays with its room (room `state` only).",
    ),
    "withdraw": ("withdraw", "Close a ticket that the citizen no longer wants (room `state` only)."),
    "reopen": ("reopen", "Reopen a closed ticket, one level up (room `state` only)."),
}

Number = Annotated[str, typer.Argument(help="The ticket's number, nine digits.")]
By = Annotated[str, typer.Option(help="Name of the person in the room.")]
Note = Annotated[str, typer.Option(help="A note on the ticket.")]
IfVersion = Annotated[int | None, typer.Option(help="Only if the ticket is still at this version.")]


def _plain(action: ActionName) -> Callable[..., None]:
    def say(
        context: typer.Context,
        room: str,
        number: Number,
        *,
        note: Note = "",
        by: By = "",
        if_version: IfVersion = None,
        as_json: Json = False,
    ) -> None:
        more = {"note": note, "by": by, "if_version": if_version}
        _say(context, room, number, as_json=as_json, action=action, **more)

    return say


def _for_clusters(action: ActionName) -> Callable[..., None]:
    def say(
        context: typer.Context,
        room: str,
        number: Number,
        *,
        cluster: Annotated[
            bool, typer.Option("--cluster", help="Also every other open ticket with this need and PIN code.")
        ] = False,
        tell: Annotated[str, typer.Option(help="Read to the citizen who asks by telephone how it stands.")] = "",
        note: Note = "",
        by: By = "",
        if_version: IfVersion = None,
        as_json: Json = False,
    ) -> None:
        more = {"note": note, "by": by, "if_version": if_version, "whole_cluster": cluster, "for_citizen": tell}
        _say(context, room, number, as_json=as_json, action=action, **more)

    return say


def reroute(
    context: typer.Context,
    room: str,
    number: Number,
    *,
    to: Annotated[str | None, typer.Option(help="The room it goes to.")] = None,
    desk: Annotated[str | None, typer.Option(help="The desk; default: that of the need.")] = None,
    note: Note = "",
    by: By = "",
    if_version: IfVersion = None,
    as_json: Json = False,
) -> None:
    """Send a ticket to another room or desk; to `state` if its room is not known."""
    more = {"room": to, "desk": desk, "note": note, "by": by, "if_version": if_version}
    _say(context, room, number, as_json=as_json, action="reroute", **more)


def propose_reject(
    context: typer.Context,
    room: str,
    number: Number,
    *,
    note: Annotated[str, typer.Option(help="Explanation for the war room, which decides.")],
    reason: Annotated[
        str,
        typer.Option(help=f"Reason given to the citizen: {', '.join(get_args(RejectionReason))}."),
    ] = "other",
    by: By = "",
    if_version: IfVersion = None,
    as_json: Json = False,
) -> None:
    """Propose to reject a ticket; the war room decides, and the citizen is informed."""
    more = {"note": note, "reason": reason, "by": by, "if_version": if_version}
    _say(context, room, number, as_json=as_json, action="propose-reject", **more)


def merge(
    context: typer.Context,
    room: str,
    number: Number,
    into: Annotated[str, typer.Argument(help="The ticket that stays open.")],
    *,
    note: Note = "",
    by: By = "",
    if_version: IfVersion = None,
    as_json: Json = False,
) -> None:
    """Merge a ticket into another one of the room about the same problem; `unmerge` undoes it."""
    more = {"into": plain_number(into), "note": note, "by": by, "if_version": if_version}
    _say(context, room, number, as_json=as_json, action="merge", **more)


def correct(
    context: typer.Context,
    room: str,
    number: Number,
    fields: Annotated[list[str], typer.Argument(help="zipcode=462001 people=4 … as in the schema of `command`.")],
    *,
    note: Note = "",
    by: By = "",
    if_version: IfVersion = None,
    as_json: Json = False,
) -> None:
    """Correct fields of a ticket."""
    try:
        changes = Changes.model_validate_strings(dict(field.split("=", 1) for field in fields), strict=False)
    except ValidationError as error:
        raise CommandError(what_is_wrong(error).en) from None
    except ValueError:
        raise CommandError("write each field as name=value") from None
    more = {"changes": changes, "note": note, "by": by, "if_version": if_version}
    _say(context, room, number, as_json=as_json, action="correct", **more)


def _say(context: typer.Context, room: str, number: str, /, *, as_json: bool, **fields: Any) -> None:
    """Send one command about a ticket."""
    given = {name: value for name, value in fields.items() if value not in (None, "")}
    try:
        command = Command(command_id=uuid.uuid4().hex, ticket=plain_number(number), **given)
    except ValidationError as error:
        raise CommandError(what_is_wrong(error).en) from None
    send(context, room, command, as_json=as_json)


def send(context: typer.Context, room: str, command: Command | TaskCommand, *, as_json: bool) -> None:
    """Send one command as a room and print its reply; a refusal ends with exit code 1."""
    data = data_of(context)
    password = password_of(data, room)
    broker = load_settings(data).router.broker
    said = command_as_room(broker, room, password, command, client=f"cli-{os.getpid()}", limit_s=_TIMEOUT_S)
    reply = confirm(said, broker, room, limit_s=_TIMEOUT_S)
    if as_json:
        print_json(reply.model_dump(mode="json"))
    elif reply.accepted:
        console.print(_line(reply), markup=False, highlight=False, soft_wrap=True)
    if not reply.accepted:
        if as_json:
            raise typer.Exit(FAILED)
        raise CommandError(f"refused: {reply.reason} / {reply.reason_hi}")


def _line(reply: CommandReply) -> str:
    others = f"  and {reply.others} others of its cluster" if reply.others else ""
    if reply.task:
        return f"task {reply.task}  v{reply.version}"
    return f"{reply.ticket}  v{reply.version}  {reply.stage}{others}"


for _name, (_action, _text) in _PLAIN.items():
    room_app.command(_name, help=_text)((_for_clusters if _action in FOR_CLUSTERS else _plain)(_action))
room_app.command("propose-reject")(propose_reject)
room_app.command()(reroute)
room_app.command()(merge)
room_app.command()(correct)
