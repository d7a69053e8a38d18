"""Tasks of the war room on a real store: given, answered, escalated, done."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from router.model.rooms.task import TaskStage, Transfer
from router.mqtt.cloudevents import parse
from router.tasks.command import TaskCommand
from router.tasks.deadline_monitor import ACKNOWLEDGE_S, STEP_S
from router.tasks.service import KIND, TaskService
from tests.support.stores import opened_store, places
from warroom.cli.common import CommandError
from warroom.cli.rooms.task import read_due

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from router.model.rooms.task import Part
    from router.storage.engine import Storage
    from router.storage.engines import Location
    from router.tickets.command import CommandReply

BHOPAL, INDORE = "district-bhopal", "district-indore"
DUE_S = 6 * 3600


@pytest.fixture
async def store(location: Location) -> AsyncIterator[Storage]:
    async with opened_store(location) as store:
        yield store


@pytest.fixture
def board(store: Storage) -> TaskService:
    return TaskService(store, places(), node=1)


def soon() -> datetime:
    return datetime.now(UTC) + timedelta(seconds=DUE_S)


async def waiting(store: Storage) -> dict[str, str | None]:
    rows = await store.write(lambda uow: uow.outbox.advance([], 1000))
    return {row.topic: row.payload for row in rows}


async def say(
    board: TaskService, room: str, task: str, action: str = "acknowledge-task", command: str = "1"
) -> CommandReply:
    model = TaskCommand(command_id=command, action=action, task=task, by="night desk")  # type: ignore[arg-type]
    return await board.command(room, model)


async def part_of(board: TaskService, task: str, room: str = BHOPAL) -> Part:
    found = await board.task(task)
    assert found
    return next(part for part in found[1] if part.room == room)


async def alerted(store: Storage) -> dict[str, int]:
    return {alert.room: alert.data["level"] for alert in await store.read(lambda uow: uow.alerts.active(kind=KIND))}


async def test_instruction_to_all_rooms_waits_for_each(board: TaskService, store: Storage) -> None:
    rooms = [room.id for room in places().rooms]
    task = await board.give("Open the community kitchens", rooms, soon())
    assert task.id == "1-1"
    rows = await waiting(store)
    assert set(rows) == {f"rooms/{room}/tasks/1-1" for room in rooms}
    event = parse(rows[f"rooms/{BHOPAL}/tasks/1-1"] or "")
    assert (event.type, event.subject, event.data["text"]) == ("warroom.task.v1", "1-1", "Open the community kitchens")
    assert (event.data["stage"], event.data["level"], event.data["room"]) == ("given", 1, BHOPAL)


async def test_room_acknowledges_and_finishes(board: TaskService, store: Storage) -> None:
    task = await board.give("Count the masks", [BHOPAL, INDORE], soon())
    reply = await say(board, BHOPAL, task.id)
    assert (reply.accepted, reply.task, reply.version) == (True, task.id, 2)
    assert (await say(board, BHOPAL, task.id)) == reply  # the same again
    done = await say(board, BHOPAL, task.id, "finish-task", "2")
    assert done.accepted
    assert (await waiting(store))[f"rooms/{BHOPAL}/tasks/{task.id}"] is None  # its branch is cleared
    assert (await part_of(board, task.id)).stage is TaskStage.DONE
    assert (await part_of(board, task.id, INDORE)).stage is TaskStage.GIVEN
    assert [one.id for one, _ in await board.tasks()] == [task.id]
    assert (await say(board, INDORE, task.id, "finish-task")).accepted
    assert await board.tasks() == []
    found = await board.task(task.id)
    assert found
    assert [(line.room, line.by, line.what) for line in found[2]] == [
        ("", "warroom", "given"),
        (BHOPAL, f"{BHOPAL}: night desk", "acknowledge-task"),
        (BHOPAL, f"{BHOPAL}: night desk", "finish-task"),
        (INDORE, f"{INDORE}: night desk", "finish-task"),
    ]


@pytest.mark.parametrize(
    ("room", "task", "action", "command", "code"),
    [
        (INDORE, "1-1", "acknowledge-task", "9", "no-task"),
        (BHOPAL, "1-7", "acknowledge-task", "9", "no-task"),
        (BHOPAL, "1-1", "acknowledge-task", "9", "task-done"),
        (BHOPAL, "1-1", "finish-task", "1", "id-reused"),
    ],
)
async def test_what_cannot_be_is_refused_in_both_languages(
    board: TaskService, room: str, task: str, action: str, command: str, code: str
) -> None:
    await board.give("Count the masks", [BHOPAL], soon())
    await say(board, BHOPAL, "1-1")
    reply = await say(board, room, task, action, command)
    assert (reply.accepted, reply.code) == (False, code)
    assert reply.reason
    assert reply.reason_hi
    assert (await part_of(board, "1-1")).version == 2


async def test_transfer_is_both_rooms_task(board: TaskService) -> None:
    moved = Transfer(item="wheat", quantity=500, unit="kg", source=BHOPAL, target=INDORE)
    task = await board.give("500 kg", [BHOPAL, INDORE], soon(), moved)
    assert (await part_of(board, task.id)).role == "send"
    assert (await part_of(board, task.id, INDORE)).role == "receive"
    assert (await part_of(board, task.id, INDORE)).transfer == moved


async def test_task_nobody_acknowledges_rises_to_the_top_and_ends_when_done(board: TaskService, store: Storage) -> None:
    task = await board.give("Count the masks", [BHOPAL], soon())
    assert await board.escalate(after_s=ACKNOWLEDGE_S - 60) == 0
    told: list[dict[str, int]] = []
    for step in range(3):
        passed = ACKNOWLEDGE_S + step * STEP_S
        assert await board.escalate(after_s=passed) == 1
        assert await board.escalate(after_s=passed) == 0
        told.append(await alerted(store))
    assert told == [
        {BHOPAL: 2, "division-bhopal": 2},
        {BHOPAL: 3, "division-bhopal": 3, "state": 3},
        {BHOPAL: 4, "division-bhopal": 4, "state": 4, "secretary": 4},
    ]
    assert (await part_of(board, task.id)).level == 4
    await say(board, BHOPAL, task.id)
    assert await alerted(store) == {}  # taken, and not due yet
    await board.escalate(after_s=DUE_S)
    assert set(await alerted(store)) == {BHOPAL, "division-bhopal", "state", "secretary"}
    await say(board, BHOPAL, task.id, "finish-task", "2")
    assert await alerted(store) == {}
    assert await board.escalate(after_s=10 * DUE_S) == 0


async def test_acknowledged_task_is_late_only_when_due(board: TaskService, store: Storage) -> None:
    task = await board.give("Count the masks", [BHOPAL], soon())
    await say(board, BHOPAL, task.id)
    assert await board.escalate(after_s=DUE_S - 60) == 0
    assert await board.escalate(after_s=DUE_S) == 1
    assert await alerted(store) == {BHOPAL: 2, "division-bhopal": 2}


async def test_cancelled_task_leaves_every_branch(board: TaskService, store: Storage) -> None:
    task = await board.give("A slip of the hand", [BHOPAL, INDORE], soon())
    await say(board, INDORE, task.id, "finish-task")
    assert await board.cancel(task.id) == 1
    assert set((await waiting(store)).values()) == {None}
    assert (await part_of(board, task.id)).stage is TaskStage.CANCELLED
    assert await board.cancel(task.id) == 0
    assert not (await say(board, BHOPAL, task.id)).accepted


@pytest.mark.parametrize(
    ("text", "due"),
    [
        ("+90m", "2020-04-05T08:15+00:00"),
        ("+6h", "2020-04-05T12:45+00:00"),
        ("+2d", "2020-04-07T06:45+00:00"),
        ("18:00", "2020-04-05T12:30+00:00"),
        ("2020-04-07 18:00", "2020-04-07T12:30+00:00"),
        ("2020-04-07T18:00+00:00", "2020-04-07T18:00+00:00"),
        ("9:00", None),
        ("25:00", None),
        ("tomorrow", None),
        ("2019-04-07", None),
        ("+0h", None),
    ],
)
def test_by_when(text: str, due: str | None) -> None:
    now = datetime(2020, 4, 5, 6, 45, tzinfo=UTC)
    if due is None:
        with pytest.raises(CommandError, match="--by"):
            read_due(text, now)
    else:
        assert read_due(text, now) == datetime.fromisoformat(due)
