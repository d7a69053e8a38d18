"""A recording of a ticket as the store knows it: whose it is, where it stands, what it says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from router.tickets.ticket import Ticket

Word: TypeAlias = tuple[str, float, float, float]
"""A word, its start and end in seconds from the beginning, and its confidence from 0 to 1."""


class State(StrEnum):
    """Where a recording stands."""

    WAITING = "waiting"
    """To be transcribed."""
    TRANSCRIBED = "transcribed"
    LISTEN = "listen"
    """Nobody but a person can tell what it says; ``why`` says why."""
    DELETED = "deleted"
    """Its time was over; ``why`` says by which rule."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """What is known of a recording.

    Attributes:
        name: Its file name in the spool.
        number: The ticket's.
        call: Asterisk's uniqueid of the call.
        phone: The caller, E.164; None when unknown.
        recorded: When it was begun.
        heard: When it was transcribed, or given up.
        seconds: Its length.
        sha256: Of the file, hexadecimal, as it was when it was first read.
        transcript: As the room reads it.
        confidence: 0 to 1; None when nothing was transcribed.
        words: Every word with its time.
        model: The speech model's folder name.
    """

    name: str
    number: str
    call: str
    helpline: str
    language: str
    recorded: datetime
    phone: str | None = None
    state: State = State.WAITING
    why: str = ""
    heard: datetime | None = None
    deleted: datetime | None = None
    seconds: float | None = None
    bytes: int | None = None
    sha256: str | None = None
    transcript: str = ""
    confidence: float | None = None
    words: tuple[Word, ...] = ()
    model: str = ""


@dataclass(frozen=True, slots=True)
class Heard:
    """What came of listening to a recording; fields as in ``Recorded``.

    Attributes:
        why: Why a person must listen; empty when it was transcribed.
        note: For the room, on how far the transcript can be trusted; empty when it can.
    """

    transcript: str = ""
    confidence: float | None = None
    words: tuple[Word, ...] = ()
    model: str = ""
    why: str = ""
    note: str = ""
    seconds: float | None = None
    bytes: int | None = None
    sha256: str | None = None

    @property
    def state(self) -> State:
        """Where the recording stands now."""
        return State.LISTEN if self.why else State.TRANSCRIBED


def recorded_of(name: str, ticket: Ticket) -> Recorded:
    """Return the first row of a ticket's recording; its name is ``<utc>-<uniqueid>-<helpline>-<language>.wav``."""
    begun, _, rest = name.removesuffix(".wav").partition("-")
    call, _, rest = rest.partition("-")
    language = rest.rpartition("-")[2] or ticket.language
    return Recorded(
        name=name,
        number=ticket.number,
        call=call,
        helpline=ticket.helpline,
        language=language,
        recorded=_begun(begun) or ticket.updated_datetime,
        phone=ticket.phone,
    )


def _begun(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        return None
