"""Restores tasks and alerts into the store from the broker's retained messages (tickets: `TicketVersionWriter`).

Each method changes nothing when the store has the same or a newer version already, and says whether it wrote.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa

from router.history_line import TAKEN_OVER
from router.model.rooms.task import NO_DEADLINE, Task, TaskDeadline
from router.storage.repositories.monotonic_clock_repository import MonotonicClockRepository
from router.storage.repositories.rooms import alert_repository, task_repository
from router.storage.schema import alerts, tasks

if TYPE_CHECKING:
    from router.model.rooms.alert import AlertVersion
    from router.model.rooms.task import Part
    from router.storage.repositories.rooms.alert_repository import AlertRepository
    from router.storage.repositories.rooms.task_repository import TaskRepository


class RecoveryRepository:
    """The rows taken over from the broker."""

    def __init__(self, connection: sa.Connection, alerts: AlertRepository, tasks: TaskRepository) -> None:
        self._connection = connection
        self._alerts = alerts
        self._tasks = tasks

    def task_part(self, found: Part) -> bool:
        """Write a room's part of a task from its message, and as much of the task as that contains."""
        key = task_repository.key_of(found.id, found.room)
        if self._tasks.versions([key]).get(key, 0) >= found.version:
            return False
        self._task_of(found)
        left = int((found.due - datetime.now(UTC)).total_seconds())
        watch = (
            TaskDeadline(
                MonotonicClockRepository(self._connection).monotonic_now() + max(left, 0), late=found.level > 1
            )
            if found.is_open
            else NO_DEADLINE
        )
        self._tasks.take_over(found, watch, what=TAKEN_OVER)
        return True

    def _task_of(self, part: Part) -> None:
        known = self._tasks.task(part.id)
        rooms = (part.room,) if known is None else (*known.rooms, *({part.room} - set(known.rooms)))
        task = Task(id=part.id, text=part.text, rooms=rooms, due=part.due, given=part.given, transfer=part.transfer)
        if known is None:
            serial = int(part.id.partition("-")[2])
            self._connection.execute(
                sa.insert(tasks).values(serial=serial, id=task.id, document=task.model_dump_json())
            )
        else:
            self._connection.execute(
                sa.update(tasks).where(tasks.c.id == task.id).values(document=task.model_dump_json())
            )

    def alert(self, found: AlertVersion) -> bool:
        """Write an alert as it stands at the broker."""
        key = alert_repository.key_of(found.kind, found.room)
        if self._alerts.versions([key]).get(key, 0) >= found.version:
            return False
        values = {
            "active": True,
            "version": found.version,
            "since": found.since,
            "changed": found.changed.isoformat(),
            "data": found.document,
        }
        changed = self._connection.execute(sa.update(alerts).where(alerts.c.key == key).values(**values))
        if changed.rowcount == 0:
            self._connection.execute(sa.insert(alerts), {"key": key, "kind": found.kind, "room": found.room, **values})
        return True
