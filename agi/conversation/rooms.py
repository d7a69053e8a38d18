"""What the conversation with a room needs beside what every conversation has."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from router.places import Places
    from router.tickets.mailbox import Mailbox

STATE_CODE: Final = "1"
"""What the war room keys for its code; no STD code is that short."""
CODE_DIGITS: Final = 5
"""Digits of the longest STD code, with its 0."""
PIN_DIGITS: Final = 6


@dataclass(frozen=True, slots=True)
class RoomLine:
    """Behind the rooms' own number.

    Attributes:
        mailbox: The rooms' messages.
        pin_of: Reads a room's PIN; None when it has none. Blocks.
        kept: Where recordings lie.
    """

    mailbox: Mailbox
    pin_of: Callable[[str], str | None]
    kept: Path


def room_of_code(code: str, places: Places) -> str | None:
    """Return the room whose code was keyed: the STD code of its district's town, with or without 0."""
    if code == STATE_CODE:
        return places.room_of(None)
    bare = code.lstrip("0")
    return next((d.room for d in places.districts.values() if d.std and d.std[0] == bare), None)


def room_of_caller(caller: str, places: Places) -> str | None:
    """Return the room whose control room's telephone this is, in whichever form the line tells the number."""
    digits = _bare(caller)
    if not digits:
        return None
    return next((d.room for d in places.districts.values() if _bare(d.control_room) == digits), None)


def _bare(number: str) -> str:
    """A number without what stands before the STD code: ``+91``, ``0091``, ``0``."""
    digits = re.sub(r"[^+0-9]", "", number)
    return re.sub(r"^(\+91|0091|0)", "", digits)
