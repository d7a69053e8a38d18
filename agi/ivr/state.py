"""The state of one call while its conversation goes on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from datetime import datetime

    from router.helpline import HelplineId
    from router.intake.base import Submission
    from router.model.calls.recording_record import NewRecording
    from router.model.stranded import Want
    from router.model.ticket import Ticket
    from router.phone_numbers import PhoneNumber
    from router.tickets.service import Answer, CallRecord

    ConfirmationResult = Answer | Literal["told"]


@dataclass(slots=True)
class CallState:
    """One call: the request that is being taken, and what holds for the whole call.

    Attributes:
        uniqueid: Asterisk's id of the call's channel.
        helpline: That was called.
        did: The number the trunk delivered.
        caller: The number the call came from, as signalled.
        started: When the call began, UTC.
        medical: Whether medical help may be booked, in a call that gets urgent help only.
        trouble: Number of the current need, from 1; "anything else?" begins the next.
        need: The need chosen, or None.
        recordings: Sound of this trouble.
        recording: What Asterisk is recording now, or None.
        unstaffed: Whether an operator was requested and there was no destination to try.
        why_handed_over: Why a person or a message takes the call over; empty while nothing does.
        guess: District keyed, or of an earlier call, that the caller has not confirmed yet.
        home: The district whose own number was called; it is asked about first.
        place_known: Whether the place was settled, if only as "unknown"; it is not asked again then.
        district: The confirmed district's id.
        state: Another state's id, where a stranded caller is.
        zipcode: The PIN code the district was found by.
        home_state: The state of a caller who is stranded here.
        home_district: The district at home of a caller who is stranded elsewhere.
        wants: What stranded people lack.
        people: How many they are.
        callback_known: Whether the number to call was settled, if only as "none".
        phone: The number the caller keyed and confirmed, E.164.
        tickets: Numbers of the tickets opened and spoken in this call.
        asks: Questions asked so far.
        placed: Whether we have called, so that it may be a voice box that hears us.
        pressed: Whether a key was pressed: a person is there.
        said: Introductions already played; they are not played again.
        booked: Needs booked so far.
        newest_need: The need of the newest trouble booked.
        kept: The newest trouble given to the intake to be opened later.
        row: The last version of the call's row that was written.
        about: The ticket that is talked about: asked for by the caller, or the one we call back about.
        word: Of a call-back, what is still to be written: an answer that the store would not take, or that the
            citizen was informed of the rejection.
        line: The calling number exactly as signalled; of a room's call only.
        room: The room that is calling, once it is known.
        own_line: Whether it was known by its telephone's number, which anybody may pretend to have.
        trunk: The line the call came by; of a room's call only.
        last_recorded: When the newest recording of this call was begun: each name needs a second of its own.
    """

    uniqueid: str
    helpline: HelplineId
    did: str
    caller: PhoneNumber
    started: datetime

    medical: bool = True
    trouble: int = 1
    need: str | None = None
    recordings: tuple[NewRecording, ...] = ()
    recording: NewRecording | None = None
    why_handed_over: str = ""
    unstaffed: bool = False

    guess: str | None = None
    home: str | None = None
    place_known: bool = False
    district: str | None = None
    state: str | None = None
    zipcode: str = ""
    home_state: str | None = None
    home_district: str | None = None
    wants: tuple[Want, ...] = ()
    people: int | None = None
    callback_known: bool = False
    phone: str | None = None

    tickets: list[str] = field(default_factory=list)
    booked: set[str] = field(default_factory=set)
    asks: int = 0
    placed: bool = False
    pressed: bool = False
    said: set[str] = field(default_factory=set)
    about: Ticket | None = None
    word: ConfirmationResult | None = None
    line: str = ""
    room: str | None = None
    own_line: bool = False
    trunk: str = ""
    last_recorded: datetime | None = None
    newest_need: str | None = None
    kept: Submission | None = None
    row: CallRecord | None = None

    @property
    def callback(self) -> str | None:
        """The number to call: the one keyed, else the caller's own where it can be called."""
        if self.phone:
            return self.phone
        return self.caller.e164 if self.caller.callable else None

    @property
    def number(self) -> str | None:
        """The number that is kept: the one keyed, else the caller's own, also where it cannot be called."""
        return self.phone or self.caller.e164

    @property
    def source_key(self) -> str:
        """The key under which the current need is opened: the same key twice is one ticket."""
        return f"{self.uniqueid}/{self.trouble}"

    def close_trouble(self) -> None:
        """The current need is saved: forget it, so that it is never saved again."""
        self.trouble += 1
        self.newest_need = self.need or self.newest_need
        self.need = None
        self.recordings = ()
        self.recording = None
        self.guess = None
        self.wants = ()
        self.people = None
