"""Gathers all that is known of a call: its row, its journal, Asterisk's CDR and CEL, its tickets and recordings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from agi.channel_ids import CALLBACK_CHANNEL
from router.storage.repositories.calls import call_log_repository

if TYPE_CHECKING:
    from collections.abc import Sequence

    from router.model.calls.call_record import CallRecord
    from router.model.calls.recording_record import RecordingRecord
    from router.model.ticket import Ticket
    from router.storage.repositories.calls.call_log_repository import CallEvent, LoggedCall
    from router.storage.repositories.calls.cdr_repository import CdrRow, CelRow
    from router.storage.unit_of_work import UnitOfWork

MAX_CALLS = 200
"""Of one ticket or telephone that are looked up: more are listed, not shown."""


@dataclass(frozen=True, slots=True)
class CallDetail:
    """A call.

    Attributes:
        call: Its row in the log.
        record: What its conversation had settled; None when there was none.
        tickets: Opened or joined in it, oldest first.
        recordings: Made in it.
        events: What happened, oldest first.
        cdr: The records of its caller's channel.
        cel: The events of its caller's channel.
    """

    call: LoggedCall
    record: CallRecord | None
    tickets: list[Ticket]
    recordings: list[RecordingRecord]
    events: list[CallEvent]
    cdr: list[CdrRow]
    cel: list[CelRow]

    def as_json(self) -> dict[str, Any]:
        """Return all of it for a script; moments in microseconds since 1970."""
        return {
            **self.call._asdict(),
            "result": self.call.state,
            "language": self.record.language if self.record else None,
            "need": self.record.need if self.record else None,
            "district": self.record.district if self.record else None,
            "phone": self.record.phone if self.record else None,
            "tickets": [ticket.number for ticket in self.tickets],
            "recordings": [recording.name for recording in self.recordings],
            "events": [{"at": event.at, "kind": event.kind, **event.data} for event in self.events],
            "cdr": [row._asdict() for row in self.cdr],
            "cel": [row._asdict() for row in self.cel],
        }


def gather(uow: UnitOfWork, calls: Sequence[LoggedCall]) -> list[CallDetail]:
    """Return all that is known of some calls, in their order."""
    return [_gather(uow, call) for call in calls]


def find_calls(uow: UnitOfWork, name: str, phone: str | None) -> list[LoggedCall]:
    """Return the calls that a search term matches, newest first.

    Args:
        uow: Of a reader or a writer.
        name: A call's unique id, or a ticket's number.
        phone: The telephone (E.164) that the name is, if it is one.
    """
    found = uow.call_log.by_uniqueids([name])
    if found:
        return found
    ticket = uow.tickets.by_number(name)
    if ticket is not None:
        about = uow.call_log.placed_about(f"{CALLBACK_CHANNEL}.{ticket.number}.")
        return uow.call_log.by_uniqueids([*ticket.calls, *about][-MAX_CALLS:])
    if phone is None:
        return []
    return uow.call_log.find(call_log_repository.CallFilter(phone=phone), MAX_CALLS)


def _gather(uow: UnitOfWork, call: LoggedCall) -> CallDetail:
    tickets = uow.tickets.of_call(call.uniqueid)
    cdr, cel = uow.cdr.of_channel(call.uniqueid)
    recordings = [
        recording
        for ticket in tickets
        for recording in uow.recordings.of_ticket(ticket.number)
        if recording.call == call.uniqueid
    ]
    return CallDetail(
        call=call,
        record=uow.calls.by_uniqueid(call.uniqueid),
        tickets=tickets,
        recordings=recordings,
        events=uow.call_log.events_of(call.uniqueid),
        cdr=cdr,
        cel=cel,
    )
