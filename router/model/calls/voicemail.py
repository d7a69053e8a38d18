"""Messages that wait for a room."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from datetime import datetime

MailState = Literal["kept", "done"]
"""A room's decision on a message it has heard; a new one has no state."""


class Mail(NamedTuple):
    """A message that waits for a room.

    Attributes:
        name: The recording's file name.
        number: The ticket's.
        begun: When it was begun.
        heard: Whether the room has heard it before.
    """

    name: str
    number: str
    begun: datetime
    heard: bool
