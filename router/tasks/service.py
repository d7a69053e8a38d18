"""The task service: creates tasks, applies rooms' commands, and raises alerts for overdue parts."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, NoReturn

from router.localized import LocalizedMessage
from router.model.rooms.decided_command import Decided, digest
from router.model.rooms.task import NO_DEADLINE, STAGES_HI, TOP_LEVEL, Part, Task, TaskDeadline, TaskStage, Transfer
from router.polling import log_trouble, poll_forever
from router.tasks.deadline_monitor import STEP_S, patience_s
from router.tickets.command import CommandReply
from router.tickets.errors import CommandRefusedError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from router.geo import Places
    from router.model.rooms.task import TaskHistoryLine
    from router.storage.engine import Storage
    from router.storage.unit_of_work import UnitOfWork
    from router.tasks.command import TaskCommand

KIND = "task"
"""The kind of alert on tasks that are late."""

_GIVER = "tasks"  # in the list of commands: no room and no operator has this name
_POLL_INTERVAL_S = 20.0  # tasks are due to the minute
_BATCH_SIZE = 50  # parts in one transaction: some 20 ms, so that callers are not held up

_log = logging.getLogger(__name__)


class TaskService:
    """Creates tasks and tracks their deadlines.

    Args:
        store: Open.
        places: Rooms, and their levels of escalation.
        node: This node: task ids begin with it.
    """

    def __init__(self, store: Storage, places: Places, *, node: int) -> None:
        self._store = store
        self._places = places
        self._node = node

    async def give(
        self, text: str, rooms: Sequence[str], due: datetime, transfer: Transfer | None = None, *, key: str = ""
    ) -> Task:
        """Give a task to rooms; after the commit it is on its way to each of them.

        Args:
            text: The instruction.
            rooms: Ids, known ones.
            due: Aware: by when.
            transfer: Stock that is to move; its two rooms are the rooms.
            key: Names this wish: given again with the same one, it is the same task.

        Raises:
            StorageUnavailableError: nothing was given.
        """
        now = datetime.now(UTC)

        def make(task_id: str) -> Task:
            return Task(id=task_id, text=text, rooms=tuple(rooms), due=due, given=now, transfer=transfer)

        def write(uow: UnitOfWork) -> Task:
            before = uow.commands.find(_GIVER, key) if key else None
            if before and (known := uow.tasks.task(before.reply)):
                return known
            task = add(uow)
            if key:
                uow.commands.add(_GIVER, key, Decided(digest(text), task.id))
            return task

        def add(uow: UnitOfWork) -> Task:
            steady = uow.clock.monotonic_now()
            return uow.tasks.add(
                self._node,
                make,
                lambda task: [
                    (part, TaskDeadline(steady + patience_s(part, now), late=False)) for part in _parts(task)
                ],
            )

        return await self._store.write(write, outbox=True)

    async def task(self, task_id: str) -> tuple[Task, list[Part], list[TaskHistoryLine]] | None:
        """Return a task, its parts and its history; None when there is none with this id."""
        found = await self._store.read(lambda uow: uow.tasks.task(task_id))
        if found is None:
            return None
        parts = await self._parts(task_id)
        return found, parts, await self._store.read(lambda uow: uow.tasks.history_of(task_id))

    async def tasks(self, *, open_only: bool = True, limit: int = 100) -> list[tuple[Task, list[Part]]]:
        """Return tasks with their parts, newest first."""
        found = await self._store.read(lambda uow: uow.tasks.list_tasks(open_only=open_only, limit=limit))
        return [(one, await self._parts(one.id)) for one in found]

    async def _parts(self, task_id: str) -> list[Part]:
        return await self._store.read(lambda uow: uow.tasks.parts_of(task_id))

    async def command(self, room: str, command: TaskCommand) -> CommandReply:
        """Apply a room's command on its task; the same command again gets the same reply.

        Raises:
            StorageUnavailableError: nothing was taken; the same command may come again.
        """
        return await self._store.write(partial(self._decide, room=room, command=command), outbox=True)

    async def cancel(self, task_id: str) -> int:
        """Take a task back from the rooms that have not done it; how many there were.

        Raises:
            StorageUnavailableError: nothing was taken back.
        """
        return await self._store.write(partial(self._cancel, task_id=task_id), outbox=True)

    async def run(self) -> NoReturn:
        """Raise alerts on late parts until cancelled; an error of it must not end the process that takes calls."""
        tell = partial(log_trouble, _log, "tasks are looked at later")
        await poll_forever(self._escalate_all, every_s=_POLL_INTERVAL_S, troubles=(Exception,), tell=tell)

    async def _escalate_all(self) -> None:
        while await self.escalate() == _BATCH_SIZE:
            pass

    async def escalate(self, *, after_s: int = 0) -> int:
        """Take the parts whose time has come one level up and set the alerts; how many there were.

        Args:
            after_s: As if so many seconds had passed.

        Raises:
            StorageUnavailableError: the next look does it.
        """
        if not await self._store.read(lambda uow: _due(uow, after_s, 1)):
            return 0
        return await self._store.write(partial(self._escalate, after_s=after_s), outbox=True)

    # the methods below run in the writer's thread, in a transaction

    def _decide(self, uow: UnitOfWork, room: str, command: TaskCommand) -> CommandReply:
        content = digest(command.model_dump_json())
        before = uow.commands.find(room, command.command_id)
        if before is not None and before.content == content:
            return CommandReply.model_validate_json(before.reply)
        if before is not None:
            return _reply(room, command, None, CommandRefusedError("id-reused"))
        try:
            reply = _reply(room, command, self._taken(uow, room, command))
        except CommandRefusedError as refusal:
            reply = _reply(room, command, None, refusal)
        uow.commands.add(room, command.command_id, Decided(content, reply.model_dump_json()))
        return reply

    def _taken(self, uow: UnitOfWork, room: str, command: TaskCommand) -> Part:
        found = uow.tasks.part(command.task, room)
        if found is None:
            raise CommandRefusedError("no-task", name=command.task)
        to = TaskStage.DONE if command.action == "finish-task" else TaskStage.ACKNOWLEDGED
        if not found.is_open or found.stage is to:
            stage = LocalizedMessage(str(found.stage), STAGES_HI[found.stage])
            raise CommandRefusedError("task-done", name=found.id, stage=stage)
        now = max(datetime.now(UTC), found.updated)
        after = found.model_copy(
            update={
                "stage": to,
                "version": found.version + 1,
                "updated": now,
                "note": command.note or found.note,
            }
        )
        by = f"{room}: {command.by}" if command.by else room
        what = "; ".join(filter(None, (command.action, command.note)))
        uow.tasks.upsert(after, self._watch(uow, after, now), by=by, what=what)
        if found.level > 1:
            self._replace_alerts(uow)
        return after

    def _watch(self, uow: UnitOfWork, part: Part, now: datetime) -> TaskDeadline:
        """Return the clock of a part of which its room has just said something."""
        if not part.is_open:
            return NO_DEADLINE
        left = patience_s(part, now)
        return TaskDeadline(uow.clock.monotonic_now() + (left or STEP_S), late=not left)

    def _cancel(self, uow: UnitOfWork, task_id: str) -> int:
        now = datetime.now(UTC)
        left = [part for part in uow.tasks.parts_of(task_id) if part.is_open]
        for part in left:
            taken = {"stage": TaskStage.CANCELLED, "version": part.version + 1, "updated": max(now, part.updated)}
            uow.tasks.upsert(part.model_copy(update=taken), NO_DEADLINE, by="warroom", what="cancelled")
        self._replace_alerts(uow)
        return len(left)

    def _escalate(self, uow: UnitOfWork, after_s: int) -> int:
        parts = _due(uow, after_s, _BATCH_SIZE)
        again = uow.clock.monotonic_now() + after_s + STEP_S
        for part in parts:
            level = min(part.level + 1, TOP_LEVEL)
            watch = TaskDeadline(again if level < TOP_LEVEL else None, late=True)
            if level == part.level:
                uow.tasks.set_deadline(part, watch)
                continue
            changes = {"level": level, "version": part.version + 1, "updated": max(datetime.now(UTC), part.updated)}
            why = "not acknowledged in time" if part.stage is TaskStage.GIVEN else "not done in time"
            what = f"{why}; level {part.level} → {level}"
            uow.tasks.upsert(part.model_copy(update=changes), watch, by="clock", what=what)
        self._replace_alerts(uow)
        return len(parts)

    def _replace_alerts(self, uow: UnitOfWork) -> None:
        """Tell each late part to its room and to every level it has risen to, and nobody else any longer."""
        told: dict[str, list[Part]] = {}
        for part in uow.tasks.late():
            for room in self._places.ladder(part.room):
                if room.id == part.room or room.level <= part.level:
                    told.setdefault(room.id, []).append(part)
        uow.alerts.replace_active(KIND, {room: _alert(parts) for room, parts in told.items()})


def describe_transfer(moved: Transfer, name: str, more: str = "") -> str:
    """Return the instruction to move stock.

    Args:
        moved: Which and how much.
        name: The item's.
        more: Further instructions.
    """
    said = f"{moved.quantity:g} {moved.unit} {name}: {moved.source} → {moved.target}"
    return f"{said}. {more}".rstrip(" .")


def _due(uow: UnitOfWork, after_s: int, count: int) -> list[Part]:
    return uow.tasks.due(uow.clock.monotonic_now() + after_s, count)


def _parts(task: Task) -> list[Part]:
    return [
        Part(
            id=task.id,
            room=room,
            version=1,
            text=task.text,
            due=task.due,
            given=task.given,
            updated=task.given,
            transfer=task.transfer,
            role="" if task.transfer is None else "send" if room == task.transfer.source else "receive",
        )
        for room in task.rooms
    ]


def _reply(
    room: str, command: TaskCommand, part: Part | None, refusal: CommandRefusedError | None = None
) -> CommandReply:
    return CommandReply(
        command_id=command.command_id,
        room=room,
        ticket="",
        task=command.task,
        accepted=part is not None,
        version=part.version if part else None,
        code=refusal.code if refusal else "",
        reason=refusal.reason if refusal else "",
        reason_hi=refusal.reason_hi if refusal else "",
        at=datetime.now(UTC),
    )


def _alert(parts: Sequence[Part]) -> dict[str, object]:
    return {
        "what": "tasks of the war room that are late",
        "what_hi": "वॉर रूम के काम जिनमें देर हो गई है",
        "level": max(part.level for part in parts),
        "count": len(parts),
        "tasks": [
            {
                "id": part.id,
                "room": part.room,
                "stage": part.stage.value,
                "level": part.level,
                "due": part.due.isoformat(),
            }
            for part in parts
        ],
    }
