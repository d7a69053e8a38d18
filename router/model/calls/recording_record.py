"""A recording in the store: its ticket, its state, its transcript."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from router.helpline import HelplineId
    from router.model.ticket import Ticket

Word: TypeAlias = tuple[str, float, float, float]
"""A word, its start and end in seconds from the beginning, and its confidence from 0 to 1."""


TRANSCRIPT_LIMIT: Final = 4000
"""Characters of transcript on a ticket, about ten minutes of speech: a longer one is read in the recording's row."""


class RecordingState(StrEnum):
    """The state of a recording."""

    WAITING = "waiting"
    """To be transcribed."""
    TRANSCRIBED = "transcribed"
    CALL = "call"
    """A recorded call between two people, kept to be listened to. Never transcribed: nobody was told that it would be,
    and the model knows messages of one voice, not two in one track."""
    UNTRANSCRIBED = "untranscribed"
    """Could not be transcribed, so a person has to listen to it; ``why`` says why."""
    DELETED = "deleted"
    """Its time was over; ``why`` says by which rule."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRecording:
    """A recording as a channel hands it over, for its row.

    Attributes:
        name: Its file's, unlike that of any other recording: nothing is read out of it.
        call: Asterisk's uniqueid of the call, or the id of its other origin.
        helpline: That was called; None when it came by another way than a call.
        language: ``hi`` or ``en``.
        begun: When it was begun; aware.
        conversation: Whether it is a recorded call between two people, and no message.
    """

    name: str
    call: str
    helpline: HelplineId | None
    language: str
    begun: datetime
    conversation: bool = False


@dataclass(frozen=True, slots=True)
class RecordingRecord:
    """The metadata of a recording.

    Attributes:
        name: Its file name in the spool.
        number: The ticket's.
        call: Asterisk's uniqueid of the call.
        helpline: That was called; empty when it came by another way than a call.
        begun: When it was begun, as far as its channel knew.
        phone: The caller, E.164; None when unknown.
        taken: When its ticket got it: retention counts from there, whatever the clock was when the call came.
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
    begun: datetime
    taken: datetime
    phone: str | None = None
    state: RecordingState = RecordingState.WAITING
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
class Transcription:
    """The result of transcribing a recording; fields as in ``RecordingRecord``.

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
    def state(self) -> RecordingState:
        """Where the recording stands now."""
        return RecordingState.UNTRANSCRIBED if self.why else RecordingState.TRANSCRIBED


def recorded_of(recording: NewRecording, ticket: Ticket) -> RecordingRecord:
    """Return the first row of a recording that a ticket has just got."""
    return RecordingRecord(
        name=recording.name,
        number=ticket.number,
        call=recording.call,
        helpline=recording.helpline or "",
        language=recording.language,
        begun=recording.begun,
        taken=ticket.updated_datetime,
        phone=ticket.phone,
        state=RecordingState.CALL if recording.conversation else RecordingState.WAITING,
        why="a recorded call" if recording.conversation else "",
    )


class Transcript(NamedTuple):
    """The texts of a ticket's recordings together.

    Attributes:
        text: One line for each that says anything, oldest first.
        confidence: 0 to 1, by the number of words; None when nothing was transcribed.
    """

    text: str
    confidence: float | None


def said_in(recordings: Sequence[RecordingRecord]) -> Transcript:
    """Put together the transcripts of a ticket's recordings; cut to the size of a message to a room."""
    text = "\n".join(recording.transcript for recording in recordings if recording.transcript)
    if len(text) > TRANSCRIPT_LIMIT:
        text = text[: TRANSCRIPT_LIMIT - 1] + "…"
    weights = [(each.confidence, len(each.words) or 1) for each in recordings if each.confidence is not None]
    total = sum(weight for _, weight in weights)
    confidence = sum(confidence * weight for confidence, weight in weights) / total if total else None
    return Transcript(text, None if confidence is None else round(confidence, 2))
