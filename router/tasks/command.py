"""Payloads of ``commands`` that refer to a task."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from router.bounds import Line, Text  # noqa: TC001  (pydantic reads them)
from router.validation_messages import ID_PATTERN, TASK_PATTERN


class TaskCommand(BaseModel):
    """One command. Repeated with the same id until answered; the same id never says anything else."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, hide_input_in_errors=True, use_attribute_docstrings=True
    )

    command_id: Annotated[str, Field(pattern=rf"^{ID_PATTERN}$")]
    """Chosen by the room, never used twice: a UUID is good."""
    action: Literal["acknowledge-task", "finish-task"]
    task: Annotated[str, Field(pattern=TASK_PATTERN)]
    """The task's id, such as ``1-42``."""
    by: Line = ""
    """The person in the room who gives the command."""
    note: Text = ""

    @property
    def node(self) -> int:
        """The node that gave the task."""
        return int(self.task[0])
