"""Tasks and each room's part of them. Every change of a part adds an outbox row and a history row."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

import sqlalchemy as sa

from router.model.rooms.task import Part, Task, TaskDeadline, TaskHistoryLine
from router.storage.readable import parsed, readable
from router.storage.repositories.outbox_repository import OutboxRepository
from router.storage.schema import task_assignments, task_history, tasks

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from router.model.messages import MessageBuilder


class KeptPart(NamedTuple):
    """A part and its JSON exactly as stored."""

    part: Part
    document: str


KEY = "task/"
"""Prefix of the outbox key of a part."""


_ANY_VERSION = 2**31 - 1


_PART = sa.select(task_assignments.c.document)
_BY_KEY = _PART.where(task_assignments.c.key == sa.bindparam("which"))
_OF_TASK = _PART.where(task_assignments.c.task == sa.bindparam("of_task")).order_by(task_assignments.c.key)
_TASK = sa.select(tasks.c.document).where(tasks.c.id == sa.bindparam("which"))


def key_of(task_id: str, room: str) -> str:
    """Return the outbox key of a part: ``task/<id>/<room>``."""
    return f"{KEY}{task_id}/{room}"


class TaskRepository:
    """Tasks and rooms' parts of them; each change of a part adds its outbox row and its line of history."""

    def __init__(self, connection: sa.Connection, messages: MessageBuilder) -> None:
        self._connection = connection
        self._messages = messages

    def add(
        self,
        node: int,
        make: Callable[[str], Task],
        parts: Callable[[Task], list[tuple[Part, TaskDeadline]]],
    ) -> Task:
        """Write a new task and its parts.

        Args:
            node: This node.
            make: Makes the task of the id it gets.
            parts: Makes its parts and their clocks.
        """
        serial = self._connection.execute(sa.insert(tasks).values(id="", document="")).inserted_primary_key
        assert serial is not None  # noqa: S101 - a row was inserted
        task = make(f"{node}-{serial[0]}")
        self._connection.execute(
            sa.update(tasks).where(tasks.c.serial == serial[0]).values(id=task.id, document=task.model_dump_json())
        )
        self.note(task.id, "", by="warroom", what="given")
        for part, watch in parts(task):
            values = {"key": key_of(task.id, part.room), "task": task.id, "room": part.room, **_columns(part, watch)}
            self._connection.execute(sa.insert(task_assignments), values)
            self._publish(part)
        return task

    def upsert(self, part: Part, watch: TaskDeadline, *, by: str, what: str) -> None:
        """Write a part's next version; one that is no longer open is cleared from the room's branch."""
        self._connection.execute(
            sa.update(task_assignments)
            .where(task_assignments.c.key == key_of(part.id, part.room))
            .values(**_columns(part, watch))
        )
        self.note(part.id, part.room, by=by, what=what)
        self._publish(part)

    def take_over(self, part: Part, watch: TaskDeadline, *, what: str) -> None:
        """Write a part as it lies at the broker already, whether or not there is an older version of it."""
        key = key_of(part.id, part.room)
        changed = self._connection.execute(
            sa.update(task_assignments).where(task_assignments.c.key == key).values(**_columns(part, watch))
        )
        if changed.rowcount == 0:
            values = {"key": key, "task": part.id, "room": part.room, **_columns(part, watch)}
            self._connection.execute(sa.insert(task_assignments), values)
        self.note(part.id, part.room, by="warroom", what=what)

    def set_deadline(self, part: Part, watch: TaskDeadline) -> None:
        """Set a part's clock, and nothing else of it."""
        where = task_assignments.c.key == key_of(part.id, part.room)
        self._connection.execute(sa.update(task_assignments).where(where).values(**watch._asdict()))

    def note(self, task_id: str, room: str, *, by: str, what: str) -> None:
        """Add a line of history."""
        at = datetime.now(UTC).isoformat()
        self._connection.execute(
            sa.insert(task_history), {"task": task_id, "room": room, "at": at, "by": by, "what": what}
        )

    def task(self, task_id: str) -> Task | None:
        """Return a task as it was given. Raises UnreadableDocumentError."""
        document = self._connection.execute(_TASK, {"which": task_id}).scalar()
        return None if document is None else parsed(Task, document, f"task {task_id}")

    def part(self, task_id: str, room: str) -> Part | None:
        """Return a room's part of a task. Raises UnreadableDocumentError."""
        document = self._connection.execute(_BY_KEY, {"which": key_of(task_id, room)}).scalar()
        return None if document is None else parsed(Part, document, f"the part of {room} in task {task_id}")

    def parts_of(self, task_id: str) -> list[Part]:
        """Return all parts of a task, in the order of the rooms' ids."""
        return readable(Part, self._connection.execute(_OF_TASK, {"of_task": task_id}).scalars())

    def list_tasks(self, *, open_only: bool, limit: int) -> list[Task]:
        """Return tasks, newest first."""
        query = sa.select(tasks.c.document).order_by(tasks.c.serial.desc()).limit(limit)
        if open_only:
            is_open = sa.exists().where(task_assignments.c.task == tasks.c.id, task_assignments.c.is_open.is_(True))
            query = query.where(is_open)
        return readable(Task, self._connection.execute(query).scalars())

    def due(self, now: int, count: int) -> list[Part]:
        """Return parts whose time has come (steady time), those that wait longest first."""
        query = _PART.where(task_assignments.c.next_check.is_not(None), task_assignments.c.next_check <= now)
        some = self._connection.execute(query.order_by(task_assignments.c.next_check).limit(count)).scalars()
        return readable(Part, some)

    def late(self) -> list[Part]:
        """Return the parts that are late, in the order of tasks and rooms."""
        query = _PART.where(task_assignments.c.late.is_(True)).order_by(task_assignments.c.key)
        return readable(Part, self._connection.execute(query).scalars())

    def history_of(self, task_id: str) -> list[TaskHistoryLine]:
        """Return the history of a task, oldest first."""
        columns = (task_history.c.room, task_history.c.at, task_history.c.by, task_history.c.what)
        query = sa.select(*columns).where(task_history.c.task == task_id).order_by(task_history.c.id)
        return [TaskHistoryLine(*row) for row in self._connection.execute(query)]

    def kept(self, key: str) -> KeptPart | None:
        """Return a part with the text it is kept as; None when there is none. Raises UnreadableDocumentError."""
        document = self._connection.execute(_BY_KEY, {"which": key}).scalar()
        return None if document is None else KeptPart(parsed(Part, document, key), document)

    def open_after(self, key: str, count: int) -> list[tuple[str, KeptPart | None]]:
        """Return open parts in the order of their keys, those after ``key``: to walk through all in steps.

        One that cannot be read is there with None.
        """
        query = sa.select(task_assignments.c.key, task_assignments.c.document).where(
            task_assignments.c.is_open.is_(True), task_assignments.c.key > key
        )
        rows = self._connection.execute(query.order_by(task_assignments.c.key).limit(count))
        return [(row[0], next((KeptPart(part, row[1]) for part in readable(Part, [row[1]])), None)) for row in rows]

    def versions(self, keys: Sequence[str]) -> dict[str, int]:
        """Return the present version of those of these parts that there are; of one that cannot be read the greatest.

        Whatever of it lies at the broker is not news from another store.
        """
        query = sa.select(task_assignments.c.key, task_assignments.c.document).where(task_assignments.c.key.in_(keys))
        rows = [(row[0], next(iter(readable(Part, [row[1]])), None)) for row in self._connection.execute(query)]
        return {key: part.version if part else _ANY_VERSION for key, part in rows}

    def _publish(self, part: Part) -> None:
        message = self._messages.of_task_part(part, part.model_dump_json())
        place = self._messages.topic_of_task_part(part)
        OutboxRepository(self._connection).replace(key_of(part.id, part.room), message, [place])


def _columns(part: Part, watch: TaskDeadline) -> dict[str, object]:
    return {"is_open": part.is_open, "level": part.level, "document": part.model_dump_json(), **watch._asdict()}
