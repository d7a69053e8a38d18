"""Writes into the store what lies at the broker and the store does not have: tasks and alerts (tickets: the book).

Each function changes nothing when the store has the same or a newer version already, and says whether it wrote.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa

from router.model.task import NO_DEADLINE, Task, TaskDeadline
from router.storage.repositories import alert_repository, monotonic_clock_repository, task_repository
from router.storage.schema import alerts, tasks

if TYPE_CHECKING:
    from router.model.task import Part
    from router.mqtt.cloudevents import Event

TAKEN_OVER = "taken over from the broker"
"""What the history says of it."""


def task_part(connection: sa.Connection, found: Part) -> bool:
    """Write a room's part of a task as the room has it, and as much of the task as it tells."""
    key = task_repository.key_of(found.id, found.room)
    if task_repository.versions(connection, [key]).get(key, 0) >= found.version:
        return False
    _task_of(connection, found)
    left = int((found.due - datetime.now(UTC)).total_seconds())
    watch = (
        TaskDeadline(monotonic_clock_repository.monotonic_now(connection) + max(left, 0), late=found.level > 1)
        if found.is_open
        else NO_DEADLINE
    )
    task_repository.take_over(connection, found, watch, what=TAKEN_OVER)
    return True


def _task_of(connection: sa.Connection, part: Part) -> None:
    known = task_repository.task(connection, part.id)
    rooms = (part.room,) if known is None else (*known.rooms, *({part.room} - set(known.rooms)))
    task = Task(id=part.id, text=part.text, rooms=rooms, due=part.due, given=part.given, transfer=part.transfer)
    if known is None:
        serial = int(part.id.partition("-")[2])
        connection.execute(sa.insert(tasks).values(serial=serial, id=task.id, document=task.model_dump_json()))
    else:
        connection.execute(sa.update(tasks).where(tasks.c.id == task.id).values(document=task.model_dump_json()))


def alert(connection: sa.Connection, key: str, version: int, event: Event) -> bool:
    """Write an alert as it stands at the broker; ``key`` is ``alert/<kind>/<room>``."""
    if alert_repository.versions(connection, [key]).get(key, 0) >= version:
        return False
    kind, room = key.removeprefix(alert_repository.KEY).split("/", 1)
    said = {name: value for name, value in event.data.items() if name not in {"room", "since"}}
    values = {
        "active": True,
        "version": version,
        "since": str(event.data.get("since") or event.time.isoformat()),
        "changed": event.time.isoformat(),
        "data": json.dumps(said, ensure_ascii=False, separators=(",", ":")),
    }
    changed = connection.execute(sa.update(alerts).where(alerts.c.key == key).values(**values))
    if changed.rowcount == 0:
        connection.execute(sa.insert(alerts), {"key": key, "kind": kind, "room": room, **values})
    return True
