"""The war room's actions ``task-create``, ``task-transfer`` and ``task-cancel``: the same as ``warroom task``."""

from __future__ import annotations

from datetime import UTC, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import Field

from router.bounds import MAX_QUANTITY, Moment, Text
from router.localized import LocalizedMessage
from router.model.rooms.task import Transfer
from router.mqtt.operator_messages import OperatorCommand
from router.mqtt.topics import WARROOM_OPERATOR
from router.tasks.service import describe_transfer
from router.tickets.errors import CommandRefusedError
from router.validation_messages import TASK_PATTERN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from router.geo import Places
    from router.model.rooms.task import Task
    from router.mqtt.commands.operator_commands import OperatorCommands
    from router.stock.items import Items
    from router.tasks.service import TaskService

ALL: Final = "all"
"""In the place of the rooms: every room."""
MAX_ROOMS: Final = 200
"""More than a state has."""

REASONS: Final[Mapping[str, LocalizedMessage]] = MappingProxyType(
    {
        "warroom-only": LocalizedMessage("only the war room gives tasks", "काम सिर्फ़ वॉर रूम देता है"),
        "no-item": LocalizedMessage(
            "there is no item {name!r}: `catalogue/items` has them all",
            "{name!r} नाम की कोई वस्तु नहीं है: पूरी सूची `catalogue/items` में है",
        ),
        "same-room": LocalizedMessage("{name} is the room that sends", "{name} ही भेजने वाला कक्ष है"),
        "due-past": LocalizedMessage("`due` is over", "`due` का समय बीत चुका है"),
        "no-open-task": LocalizedMessage("there is no open task {name}", "{name} नाम का कोई खुला काम नहीं है"),
    }
)

Rooms = Annotated[list[Annotated[str, Field(max_length=64)]], Field(min_length=1, max_length=MAX_ROOMS)]


class _TaskGiven(OperatorCommand):
    due: Moment
    """By when it must be done; ahead."""


class CreateTaskCommand(_TaskGiven):
    """Give a task to rooms."""

    action: Literal["task-create"]
    rooms: Rooms | Literal["all"]
    """The rooms' ids, or ``all``."""
    text: Annotated[Text, Field(min_length=1)]
    """What to do."""


class TransferTaskCommand(_TaskGiven):
    """Have stock moved from one room to another; both get the task."""

    action: Literal["task-transfer"]
    item: str
    """The item's id, as in ``catalogue/items``."""
    source: str
    """The room that sends."""
    target: str
    """The room that receives."""
    quantity: Annotated[float, Field(gt=0, le=MAX_QUANTITY, allow_inf_nan=False)]
    """In the item's unit."""
    text: Text = ""
    """Further instructions."""


class CancelTaskCommand(OperatorCommand):
    """Take a task back from the rooms that have not done it."""

    action: Literal["task-cancel"]
    task: Annotated[str, Field(pattern=TASK_PATTERN)]
    """The task's id, such as ``1-42``."""


class TaskCommands:
    """Does the actions, for the war room alone.

    Args:
        tasks: Gives them.
        places: The rooms.
        items: The items in stock.
    """

    def __init__(self, tasks: TaskService, places: Places, items: Items) -> None:
        self._tasks = tasks
        self._rooms = [room.id for room in places.rooms]
        self._items = items.by_id

    def register(self, commands: OperatorCommands) -> None:
        """Have the actions done."""
        commands.on("task-create", CreateTaskCommand, self._create)
        commands.on("task-transfer", TransferTaskCommand, self._transfer)
        commands.on("task-cancel", CancelTaskCommand, self._cancel)

    async def _create(self, operator: str, command: CreateTaskCommand) -> dict[str, Any]:
        _check_warroom(operator)
        rooms = self._rooms if command.rooms == ALL else [self._room(room) for room in dict.fromkeys(command.rooms)]
        return await self._give(command, " ".join(command.text.split()), rooms)

    async def _transfer(self, operator: str, command: TransferTaskCommand) -> dict[str, Any]:
        _check_warroom(operator)
        item = self._items.get(command.item)
        if item is None:
            raise _refusal("no-item", name=command.item)
        source, target = self._room(command.source), self._room(command.target)
        if source == target:
            raise _refusal("same-room", name=source)
        moved = Transfer(item=item.id, quantity=command.quantity, unit=item.unit, source=source, target=target)
        text = describe_transfer(moved, item.name, " ".join(command.text.split()))
        return await self._give(command, text, [source, target], moved)

    async def _cancel(self, operator: str, command: CancelTaskCommand) -> dict[str, Any]:
        _check_warroom(operator)
        left = await self._tasks.cancel(command.task)
        if not left:
            raise _refusal("no-open-task", name=command.task)
        return {"task": command.task, "rooms": left}

    async def _give(
        self, command: _TaskGiven, text: str, rooms: list[str], moved: Transfer | None = None
    ) -> dict[str, Any]:
        if command.due <= datetime.now(UTC):
            raise _refusal("due-past")
        task: Task = await self._tasks.give(text, rooms, command.due, moved, key=command.command_id)
        return {"task": task.id, "rooms": list(task.rooms)}

    def _room(self, room: str) -> str:
        if room not in self._rooms:
            raise CommandRefusedError("no-room", name=room)
        return room


def _check_warroom(operator: str) -> None:
    if operator != WARROOM_OPERATOR:
        raise _refusal("warroom-only")


def _refusal(code: str, **values: object) -> CommandRefusedError:
    return CommandRefusedError(code, words=REASONS[code], **values)
