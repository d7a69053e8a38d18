"""When a task is late, and how far up that is told. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from router.tasks.task import TOP_LEVEL, Part, TaskStage

ACKNOWLEDGE = timedelta(minutes=30)  # a room has somebody at its screen at all hours
STEP = timedelta(hours=2)  # from one level to the next: long enough to telephone, short enough for a lorry


def late(part: Part, now: datetime) -> str:
    """Return why a part is late: ``unacknowledged``, ``overdue``; empty when it is not."""
    if not part.is_open:
        return ""
    if now >= part.due:
        return "overdue"
    return "unacknowledged" if part.stage is TaskStage.GIVEN and now >= acknowledge_by(part) else ""


def acknowledge_by(part: Part) -> datetime:
    """Return by when a room must have said that it has seen its part."""
    return min(part.given + ACKNOWLEDGE, part.due)


def next_check(part: Part, now: datetime) -> datetime | None:
    """Return when a part is to be looked at again: its level rises then, if it is late; None when it is done."""
    if not part.is_open:
        return None
    if late(part, now):
        return now + STEP if part.level < TOP_LEVEL or now < part.due else None
    return acknowledge_by(part) if part.stage is TaskStage.GIVEN else part.due


def escalated(part: Part, now: datetime) -> Part:
    """Return a part's next version, one level up if it is late; the same part when it is not."""
    if not late(part, now) or part.level == TOP_LEVEL:
        return part
    return part.model_copy(update={"version": part.version + 1, "level": part.level + 1, "updated": now})
