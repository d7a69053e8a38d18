"""`warroom room ack-task | finish-task`: what a room says about a task that the war room gave it, over MQTT."""

from __future__ import annotations

import uuid
from typing import Annotated

import typer
from pydantic import ValidationError

from router.tasks.command import TaskCommand
from router.validation_messages import what_is_wrong
from warroom.cli.common import CommandError, Json
from warroom.cli.rooms.room import By, Note, send
from warroom.cli.rooms.rooms import room_app

Task = Annotated[str, typer.Argument(help="The task's id, such as 1-42: shown by `room watch` and `task list`.")]


@room_app.command("ack-task")
def acknowledge(
    context: typer.Context, room: str, task: Task, *, note: Note = "", by: By = "", as_json: Json = False
) -> None:
    """Acknowledge a task: the room has seen it and does it."""
    send(context, room, _command("acknowledge-task", task, note, by), as_json=as_json)


@room_app.command("finish-task")
def finish(
    context: typer.Context, room: str, task: Task, *, note: Note = "", by: By = "", as_json: Json = False
) -> None:
    """Report a task as done; of a transfer each room reports its own part."""
    send(context, room, _command("finish-task", task, note, by), as_json=as_json)


def _command(action: str, task: str, note: str, by: str) -> TaskCommand:
    said = {"command_id": uuid.uuid4().hex, "action": action, "task": task, "note": note, "by": by}
    try:
        return TaskCommand.model_validate(said)
    except ValidationError as error:
        raise CommandError(what_is_wrong(error).en) from None
