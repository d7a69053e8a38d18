"""What plays a recording: handed in by whoever has the recordings."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from pathlib import Path


class Sound(NamedTuple):
    """A file that browsers play.

    Attributes:
        path: Where it lies.
        media_type: As HTTP calls it.
        ending: Of its name.
    """

    path: Path
    media_type: str
    ending: str


class PlaysRecordings(Protocol):
    """Makes files that browsers play."""

    async def sound(self, name: str, form: str) -> Sound | None:
        """Return a recording in a form, ``alaw`` or ``opus``; None when its file is gone or is no sound."""
        ...
