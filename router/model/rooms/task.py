"""A task of the war room: an instruction to rooms, or stock to be moved from one to another."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from router.bounds import MAX_QUANTITY, KeptMoment

TOP_LEVEL = 4


class TaskStage(StrEnum):
    """The stage of a room's part of a task."""

    GIVEN = "given"
    ACKNOWLEDGED = "acknowledged"
    DONE = "done"
    CANCELLED = "cancelled"
    """The war room has taken it back."""


STAGES_HI = {
    TaskStage.GIVEN: "दिया गया",
    TaskStage.ACKNOWLEDGED: "स्वीकार किया गया",
    TaskStage.DONE: "पूरा हुआ",
    TaskStage.CANCELLED: "वापस लिया गया",
}
"""The stages as a room reads them."""

OPEN = frozenset({TaskStage.GIVEN, TaskStage.ACKNOWLEDGED})


class Transfer(BaseModel):
    """Stock that is to move."""

    model_config = ConfigDict(frozen=True)

    item: str
    quantity: Annotated[float, Field(gt=0, le=MAX_QUANTITY, allow_inf_nan=False)]
    unit: str
    source: str
    """The room that sends."""
    target: str
    """The room that receives."""


class Task(BaseModel):
    """An instruction of the war room, as it was given."""

    model_config = ConfigDict(frozen=True)

    id: str
    """``<node>-<serial>``: short enough to be said on the telephone."""
    text: str
    rooms: tuple[str, ...]
    due: KeptMoment
    """By when it must be done."""
    given: KeptMoment
    transfer: Transfer | None = None


class Part(BaseModel):
    """A room's part of a task: the retained message on its branch until it is done."""

    model_config = ConfigDict(frozen=True)

    id: str
    room: str
    version: int = Field(ge=1)
    stage: TaskStage = TaskStage.GIVEN
    level: int = Field(default=1, ge=1, le=TOP_LEVEL)
    """How far it has been escalated: 1 the room itself, 2 the division, 3 the war room, 4 the secretary."""
    text: str
    due: KeptMoment
    given: KeptMoment
    updated: KeptMoment
    role: Literal["", "send", "receive"] = ""
    """The room's side of a transfer."""
    transfer: Transfer | None = None
    note: str = ""
    """The room's last statement about it."""

    @property
    def is_open(self) -> bool:
        """Whether the room still has to do something about it."""
        return self.stage in OPEN


class TaskDeadline(NamedTuple):
    """A part's clock.

    Attributes:
        next_check: Steady time at which it is late and its level rises; None: never.
        late: Whether its room has let a time pass.
    """

    next_check: int | None
    late: bool


NO_DEADLINE = TaskDeadline(None, late=False)


class TaskHistoryLine(NamedTuple):
    """An action on a task, and its actor; ``room`` empty: on the whole of it."""

    room: str
    at: str
    by: str
    what: str
