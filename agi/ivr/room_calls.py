"""The services that a conversation with a control room needs besides those of every conversation."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from router.phone_numbers import normalise

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from router.geo import Places
    from router.tickets.room_mailbox import Mailbox

STATE_CODE: Final = "1"
"""The code the war room keys; no STD code is that short."""
CODE_DIGITS: Final = 5
"""Digits of the longest STD code, with its 0."""
PIN_DIGITS: Final = 6
MAX_CALLS: Final = 500
"""Of rooms, to citizens, at once; those of rooms that hung up meanwhile are not told to us, and must not pile up."""

_OUTCOMES: Final = {
    "ANSWER": "फ़ोन पर बात हुई / spoke with the citizen",
    "SHORT": "फ़ोन उठा, पर बात नहीं हुई / answered, nobody spoke",
    "BUSY": "फ़ोन व्यस्त था / busy",
    "NOANSWER": "किसी ने फ़ोन नहीं उठाया / no answer",
    "CANCEL": "कक्ष ने पहले फ़ोन रख दिया / the room hung up first",
}
_NOT_REACHED: Final = "फ़ोन नहीं लगा / could not be reached"


def describe_outcome(status: str, seconds: str) -> str:
    """Return what a ticket's note says of a room's call to its citizen, by DIALSTATUS and ANSWEREDTIME."""
    text = _OUTCOMES.get(status, _NOT_REACHED)
    return f"{text}, {seconds} s" if seconds.isdecimal() and status == "ANSWER" else text


@dataclass(frozen=True, slots=True)
class RoomCall:
    """A room calls a citizen.

    Attributes:
        room: The room, whose PIN was right.
        ticket: The ticket's number; "" once it is noted how the call ended.
    """

    room: str
    ticket: str


class RoomCalls:
    """The calls of rooms to citizens, by the unique id of the room's own call.

    The dialplan only carries them on: which room it is, and about which ticket, is not asked back from it.
    """

    def __init__(self) -> None:
        self._calls: dict[str, RoomCall] = {}

    def begin(self, uniqueid: str, room: str, ticket: str) -> None:
        """A room whose PIN was right has a citizen called."""
        while len(self._calls) >= MAX_CALLS:
            del self._calls[next(iter(self._calls))]
        self._calls[uniqueid] = RoomCall(room, ticket)

    def end(self, uniqueid: str) -> RoomCall | None:
        """The channel whose end will be reported; None when there is none."""
        call = self._calls.get(uniqueid)
        if call is None or not call.ticket:
            return None
        self._calls[uniqueid] = RoomCall(call.room, "")
        return call

    def back(self, uniqueid: str) -> str | None:
        """The room has come back to its messages: return which it is, once; None when it has called nobody."""
        call = self._calls.pop(uniqueid, None)
        return call.room if call else None


@dataclass(frozen=True, slots=True)
class RoomLine:
    """Behind the rooms' own number.

    Attributes:
        mailbox: The rooms' messages.
        pin_of: Reads a room's PIN; None when it has none. Blocks.
        kept: Where recordings lie.
        calls: The rooms' calls to citizens.
    """

    mailbox: Mailbox
    pin_of: Callable[[str], str | None]
    kept: Path
    calls: RoomCalls = field(default_factory=RoomCalls)


def room_of_code(code: str, places: Places) -> str | None:
    """Return the room whose code was keyed: the STD code of its district's town, with or without 0."""
    if code == STATE_CODE:
        return places.room_of(None)
    bare = code.lstrip("0")
    return next((d.room for d in places.districts.values() if d.std and d.std[0] == bare), None)


def room_of_caller(caller: str, places: Places) -> str | None:
    """Return the room whose control room's telephone this is, in whichever form the line gives the number."""
    known = _known(caller)
    if not known:
        return None
    return next((d.room for d in places.districts.values() if _known(d.control_room) == known), None)


def _known(number: str) -> str:
    """A number in one form; a district's short code, which is no number of its own, without its prefix."""
    digits = re.sub(r"[^+0-9]", "", number)
    return normalise(number).e164 or re.sub(r"^(\+91|0091|0)", "", digits)
