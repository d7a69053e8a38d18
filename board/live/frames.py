"""Frames that a page sends over its WebSocket."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal, Self, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter, model_validator

from board.live.collection import to_json
from router.validation_messages import ID_PATTERN

MAX_FRAME_BYTES: Final = 64 * 1024
"""Bytes of a frame: a command may have 32 KB, and the broker's handler measures it again."""

CommandId = Annotated[str, Field(pattern=rf"^{ID_PATTERN}$")]
Name = Annotated[str, Field(max_length=120)]
Id = Annotated[str, Field(pattern=r"^[a-z0-9-]{1,64}$")]
T = TypeVar("T")


def _of_json(value: T) -> T:
    """Return a value that can be sent on. Raises ValueError for numbers that are no JSON, such as 1e999."""
    to_json(value)
    return value


class _Frame(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)


class Subscribe(_Frame):
    """The page wants a view, whole, and then each change of it."""

    type: Literal["subscribe"]
    view: Name


class Unsubscribe(_Frame):
    """The page shows a view no longer."""

    type: Literal["unsubscribe"]
    view: Name


class Said(BaseModel):
    """A command, as the page says it; all else in it is the affair of who takes it."""

    model_config = ConfigDict(frozen=True, extra="allow", strict=True, hide_input_in_errors=True)

    command_id: CommandId
    action: Annotated[str, Field(pattern=r"^[a-z][a-z-]{0,31}$")]

    @model_validator(mode="after")
    def _can_be_sent(self) -> Self:
        _of_json(self.model_extra)
        return self


class SendCommand(_Frame):
    """A command, to be published on the topic ``<to>/commands``."""

    type: Literal["command"]
    to: Annotated[str, Field(pattern=r"^(rooms|operators)/[a-z0-9-]{1,64}$")]
    command: Said


class SendStock(_Frame):
    """A report of stock, to be published retained on ``rooms/<room>/stock/<item>``; null takes the last one back."""

    type: Literal["stock"]
    room: Id
    item: Id
    report_id: CommandId
    report: Annotated[dict[str, Any] | None, AfterValidator(_of_json)]


FromPage = Annotated[Subscribe | Unsubscribe | SendCommand | SendStock, Field(discriminator="type")]
FROM_PAGE: Final[TypeAdapter[FromPage]] = TypeAdapter(FromPage)
"""Reads a frame."""
