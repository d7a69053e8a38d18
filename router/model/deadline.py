"""The deadline of a ticket; times in seconds of the monotonic clock of the store."""

from __future__ import annotations

from typing import Literal, NamedTuple

Awaits = Literal["acknowledge", "resolve"]


class Deadline(NamedTuple):
    """A ticket's clock.

    Attributes:
        awaits: What its room has to do; None: nothing, its clock stands.
        due: When the clock looks at it next; None: never.
        resolve_by: By when help must have come.
        late: Whether the room has not done it in time.
    """

    awaits: Awaits | None = None
    due: int | None = None
    resolve_by: int | None = None
    late: bool = False


class LateTicket(NamedTuple):
    """What an alert says of a ticket that is late."""

    ticket: str
    room: str
    desk: str
    need: str
    district: str | None
    priority: int
    level: int
    stage: str
    awaits: Awaits
