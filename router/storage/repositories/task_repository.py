"""Tasks and each room's part of them. Every change of a part adds an outbox row and a history row."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa

from router.model.messages import OutboxMessage, RetainedTopic
from router.model.task import Part, Task, TaskDeadline, TaskHistoryLine
from router.mqtt import topics
from router.mqtt.cloudevents import task_event
from router.storage.readable import parsed, readable
from router.storage.repositories import outbox_repository
from router.storage.schema import task_assignments, task_history, tasks

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

KEY = "task/"
"""What the outbox key of a part begins with."""


_ANY_VERSION = 2**31 - 1


_PART = sa.select(task_assignments.c.document)
_BY_KEY = _PART.where(task_assignments.c.key == sa.bindparam("which"))
_OF_TASK = _PART.where(task_assignments.c.task == sa.bindparam("of_task")).order_by(task_assignments.c.key)
_TASK = sa.select(tasks.c.document).where(tasks.c.id == sa.bindparam("which"))


def key_of(task_id: str, room: str) -> str:
    """Return the outbox key of a part: ``task/<id>/<room>``."""
    return f"{KEY}{task_id}/{room}"


def add(
    connection: sa.Connection,
    node: int,
    make: Callable[[str], Task],
    parts: Callable[[Task], list[tuple[Part, TaskDeadline]]],
) -> Task:
    """Write a new task and its parts.

    Args:
        connection: The writer's.
        node: This node.
        make: Makes the task of the id it gets.
        parts: Makes its parts and their clocks.
    """
    serial = connection.execute(sa.insert(tasks).values(id="", document="")).inserted_primary_key
    assert serial is not None  # noqa: S101 - a row was inserted
    task = make(f"{node}-{serial[0]}")
    connection.execute(
        sa.update(tasks).where(tasks.c.serial == serial[0]).values(id=task.id, document=task.model_dump_json())
    )
    note(connection, task.id, "", by="warroom", what="given")
    for part, watch in parts(task):
        values = {"key": key_of(task.id, part.room), "task": task.id, "room": part.room, **_columns(part, watch)}
        connection.execute(sa.insert(task_assignments), values)
        _publish(connection, part)
    return task


def upsert(connection: sa.Connection, part: Part, watch: TaskDeadline, *, by: str, what: str) -> None:
    """Write a part's next version; one that is no longer open is cleared from the room's branch."""
    connection.execute(
        sa.update(task_assignments)
        .where(task_assignments.c.key == key_of(part.id, part.room))
        .values(**_columns(part, watch))
    )
    note(connection, part.id, part.room, by=by, what=what)
    _publish(connection, part)


def take_over(connection: sa.Connection, part: Part, watch: TaskDeadline, *, what: str) -> None:
    """Write a part as it lies at the broker already, whether or not there is an older version of it."""
    key = key_of(part.id, part.room)
    changed = connection.execute(
        sa.update(task_assignments).where(task_assignments.c.key == key).values(**_columns(part, watch))
    )
    if changed.rowcount == 0:
        values = {"key": key, "task": part.id, "room": part.room, **_columns(part, watch)}
        connection.execute(sa.insert(task_assignments), values)
    note(connection, part.id, part.room, by="warroom", what=what)


def set_deadline(connection: sa.Connection, part: Part, watch: TaskDeadline) -> None:
    """Set a part's clock, and nothing else of it."""
    where = task_assignments.c.key == key_of(part.id, part.room)
    connection.execute(sa.update(task_assignments).where(where).values(**watch._asdict()))


def note(connection: sa.Connection, task_id: str, room: str, *, by: str, what: str) -> None:
    """Add a line of history."""
    at = datetime.now(UTC).isoformat()
    connection.execute(sa.insert(task_history), {"task": task_id, "room": room, "at": at, "by": by, "what": what})


def task(connection: sa.Connection, task_id: str) -> Task | None:
    """Return a task as it was given. Raises UnreadableDocumentError."""
    document = connection.execute(_TASK, {"which": task_id}).scalar()
    return None if document is None else parsed(Task, document, f"task {task_id}")


def part(connection: sa.Connection, task_id: str, room: str) -> Part | None:
    """Return a room's part of a task. Raises UnreadableDocumentError."""
    document = connection.execute(_BY_KEY, {"which": key_of(task_id, room)}).scalar()
    return None if document is None else parsed(Part, document, f"the part of {room} in task {task_id}")


def parts_of(connection: sa.Connection, task_id: str) -> list[Part]:
    """Return all parts of a task, in the order of the rooms' ids."""
    return readable(Part, connection.execute(_OF_TASK, {"of_task": task_id}).scalars())


def list_tasks(connection: sa.Connection, *, open_only: bool, limit: int) -> list[Task]:
    """Return tasks, newest first."""
    query = sa.select(tasks.c.document).order_by(tasks.c.serial.desc()).limit(limit)
    if open_only:
        is_open = sa.exists().where(task_assignments.c.task == tasks.c.id, task_assignments.c.is_open.is_(True))
        query = query.where(is_open)
    return readable(Task, connection.execute(query).scalars())


def due(connection: sa.Connection, now: int, count: int) -> list[Part]:
    """Return parts whose time has come (steady time), those that wait longest first."""
    query = _PART.where(task_assignments.c.next_check.is_not(None), task_assignments.c.next_check <= now)
    some = connection.execute(query.order_by(task_assignments.c.next_check).limit(count)).scalars()
    return readable(Part, some)


def late(connection: sa.Connection) -> list[Part]:
    """Return the parts that are late, in the order of tasks and rooms."""
    query = _PART.where(task_assignments.c.late.is_(True)).order_by(task_assignments.c.key)
    return readable(Part, connection.execute(query).scalars())


def history_of(connection: sa.Connection, task_id: str) -> list[TaskHistoryLine]:
    """Return what was done to a task, oldest first."""
    columns = (task_history.c.room, task_history.c.at, task_history.c.by, task_history.c.what)
    query = sa.select(*columns).where(task_history.c.task == task_id).order_by(task_history.c.id)
    return [TaskHistoryLine(*row) for row in connection.execute(query)]


def message_of(connection: sa.Connection, key: str) -> OutboxMessage | None:
    """Return what lies at the broker of a part; None when it is no longer open. Raises UnreadableDocumentError."""
    document = connection.execute(_BY_KEY, {"which": key}).scalar()
    return None if document is None else _message(parsed(Part, document, key), document)


def messages_after(connection: sa.Connection, key: str, count: int) -> list[tuple[str, OutboxMessage | None]]:
    """Return keys and messages of open parts in the order of their keys, those after ``key``."""
    query = sa.select(task_assignments.c.key, task_assignments.c.document).where(
        task_assignments.c.is_open.is_(True), task_assignments.c.key > key
    )
    rows = connection.execute(query.order_by(task_assignments.c.key).limit(count))
    return [(row[0], next((_message(part, row[1]) for part in readable(Part, [row[1]])), None)) for row in rows]


def versions(connection: sa.Connection, keys: Sequence[str]) -> dict[str, int]:
    """Return the present version of those of these parts that there are; of one that cannot be read the greatest.

    Whatever of it lies at the broker is not news from another store.
    """
    query = sa.select(task_assignments.c.key, task_assignments.c.document).where(task_assignments.c.key.in_(keys))
    rows = [(row[0], next(iter(readable(Part, [row[1]])), None)) for row in connection.execute(query)]
    return {key: part.version if part else _ANY_VERSION for key, part in rows}


def _publish(connection: sa.Connection, part: Part) -> None:
    place = RetainedTopic(part.room, topics.task(part.room, part.id))
    outbox_repository.replace(connection, key_of(part.id, part.room), _message(part, part.model_dump_json()), [place])


def _message(part: Part, document: str) -> OutboxMessage | None:
    if not part.is_open:
        return None
    payload = task_event(part.id, part.room, version=part.version, time=part.updated, document=document)
    return OutboxMessage(RetainedTopic(part.room, topics.task(part.room, part.id)), payload)


def _columns(part: Part, watch: TaskDeadline) -> dict[str, object]:
    return {"is_open": part.is_open, "level": part.level, "document": part.model_dump_json(), **watch._asdict()}
