"""Messages that wait for a room."""

from __future__ import annotations

from typing import Literal, NamedTuple

MailState = Literal["kept", "done"]
"""What a room has said of a message it has heard; a new one has no state."""


class Mail(NamedTuple):
    """A message that waits for a room.

    Attributes:
        name: The recording's file name, which begins with the time it was begun.
        number: The ticket's.
        heard: Whether the room has heard it before.
    """

    name: str
    number: str
    heard: bool
