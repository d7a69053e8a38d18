"""Deadlines of rooms' parts of a task, in the monotonic time of the store."""

from __future__ import annotations

from typing import TYPE_CHECKING

from router.model.rooms.task import TaskStage

if TYPE_CHECKING:
    from datetime import datetime

    from router.model.rooms.task import Part

ACKNOWLEDGE_S = 30 * 60  # a room is staffed at all hours
STEP_S = 2 * 60 * 60  # from one level to the next: long enough to telephone, short enough for a lorry


def patience_s(part: Part, now: datetime) -> int:
    """Return the seconds until a part is late if nothing more is said of it; 0 when it is overdue."""
    left = max(0, int((part.due - now).total_seconds()))
    return min(left, ACKNOWLEDGE_S) if part.stage is TaskStage.GIVEN else left
