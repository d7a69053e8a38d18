"""The desk: alone opens and changes tickets, each time in one transaction with its outbox row and its history."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from router.broker.messages import present_message
from router.masking import mask
from router.store import call_rows, outbox_rows, recording_rows, ticket_rows, work_rows
from router.tickets import number as numbers
from router.tickets.calls import CallRow
from router.tickets.later import Later
from router.tickets.opening import first_version
from router.tickets.recording import recorded_of, said_in, transcription_priority
from router.tickets.report import Report

if TYPE_CHECKING:
    from collections.abc import Callable

    import sqlalchemy as sa

    from router.places import Places
    from router.store.store import Store
    from router.store.ticket_rows import HistoryLine
    from router.tickets.recording import Heard, Recorded
    from router.tickets.ticket import Ticket

__all__ = ["CallRow", "Desk", "Report", "UnknownTicket"]

_LISTED = 200  # tickets in a list, unless told: a screenful and more
_GATHER_CALLS_S = 0.25  # a call moves on every few seconds: the steps of 500 calls then share four commits a second


class UnknownTicket(LookupError):
    """No ticket has this number."""


class Desk:
    """Opens, changes and finds tickets.

    Args:
        store: Open.
        places: Districts, needs and rooms.
        node: The digit this node's numbers begin with.
        media_url: Says where a ticket's room hears its recordings; the same for the same version.
    """

    def __init__(
        self, store: Store, places: Places, *, node: int, media_url: Callable[[Ticket], str] = lambda _: ""
    ) -> None:
        self._store = store
        self._places = places
        self._node = node
        self._media_url = media_url
        self._reports: Later[Report] = Later(self.open, _about_report)
        self._calls: Later[CallRow] = Later(self._write_call, _about_call, gather_s=_GATHER_CALLS_S)

    async def open(self, report: Report) -> Ticket:
        """Open a ticket, or find the one already opened with the same ``source_key``; returns after the commit.

        Raises:
            StoreUnavailable: within the store's limit; nothing was written and no number may be told to anybody.
            NumbersExhausted: this node has no number left.
        """
        return await self._store.write(partial(self._open, report), outbox=True)

    def open_later(self, report: Report) -> None:
        """Keep a report in memory until the store takes it: for callers who are gone, or were told no number."""
        self._reports.put(report.source_key, report)

    def is_pending(self, uniqueid: str) -> bool:
        """Whether something of this call is still on its way into the store."""
        return uniqueid in self._calls or any(key.startswith(f"{uniqueid}/") for key in self._reports)

    async def attach(self, number: str, *, recordings: tuple[str, ...] = (), status_notes: str = "") -> Ticket:
        """Add recordings and a status note; a new version unless the ticket already has them.

        Raises:
            UnknownTicket: no ticket has this number.
            StoreUnavailable: nothing was written.
        """
        return await self._store.write(partial(self._attach, number, recordings, status_notes), outbox=True)

    async def heard(self, name: str, what: Heard, work: int) -> bool:
        """Write what a recording says to its row, to its ticket as a new version, and the work off.

        Args:
            name: The recording's file name.
            what: What came of it.
            work: The id of the row of work that was taken for it.

        Returns:
            Whether this was new: a recording is heard once, however often the work is done.

        Raises:
            StoreUnavailable: nothing was written.
        """
        return await self._store.write(partial(self._heard, name, what, work), outbox=True)

    async def recording(self, name: str) -> Recorded | None:
        """Return what is known of a recording, None when no ticket has it."""
        return await self._store.read(lambda connection: recording_rows.by_name(connection, name))

    async def ticket(self, number: str) -> Ticket | None:
        """Return a ticket's present version, None when no ticket has this number."""
        return await self._store.read(lambda connection: ticket_rows.by_number(connection, number))

    async def tickets(self, *, open_only: bool = True, room: str | None = None, limit: int = _LISTED) -> list[Ticket]:
        """Return tickets, newest first."""
        return await self._store.read(
            lambda connection: ticket_rows.listing(connection, open_only=open_only, room=room, limit=limit)
        )

    async def tickets_of_call(self, uniqueid: str) -> list[Ticket]:
        """Return the tickets opened in a call, oldest first."""
        return await self._store.read(lambda connection: ticket_rows.of_call(connection, uniqueid))

    async def history(self, number: str) -> list[HistoryLine]:
        """Return what was done to a ticket, oldest first."""
        return await self._store.read(lambda connection: ticket_rows.history_of(connection, number))

    async def last_place(self, phone: str) -> str | None:
        """Return the district id of the newest ticket of this telephone (E.164) that has one."""
        return await self._store.read(lambda connection: ticket_rows.last_place(connection, phone))

    def call_progress(self, call: CallRow) -> None:
        """Keep what is known of a call, written within a moment; returns at once and never fails."""
        self._calls.put(call.uniqueid, call)

    async def call(self, uniqueid: str) -> CallRow | None:
        """Return what the store knows of a call."""
        return await self._store.read(lambda connection: call_rows.by_uniqueid(connection, uniqueid))

    async def unfinished_calls(self) -> list[str]:
        """Return the uniqueids of the calls without an end, oldest first: after a start, those the service died in."""
        return await self._store.read(call_rows.unfinished)

    async def close(self) -> None:
        """Write what is still in memory; the log names what could not be. Before the store is closed."""
        await self._reports.close()
        await self._calls.close()

    async def _write_call(self, call: CallRow) -> None:
        await self._store.write(lambda connection: call_rows.put(connection, call))

    # what follows runs in the writer's thread, in a transaction

    def _open(self, report: Report, connection: sa.Connection) -> Ticket:
        known = ticket_rows.by_source_key(connection, report.source_key)
        if known:
            return known
        number = numbers.issue(self._node, ticket_rows.next_serial(connection, self._node))
        ticket = self._with_media(first_version(report, number, datetime.now(UTC), self._places))
        document = ticket.model_dump_json()
        ticket_rows.insert(connection, ticket, document, by=ticket.channel, what="opened")
        self._have_transcribed(connection, ticket, ticket.recordings)
        message = present_message(ticket, document)
        if message:
            outbox_rows.add_first(connection, number, message)
        return ticket

    def _attach(self, number: str, recordings: tuple[str, ...], status_notes: str, connection: sa.Connection) -> Ticket:
        before = ticket_rows.by_number(connection, number)
        if before is None:
            raise UnknownTicket(f"no ticket has the number {number}")
        new = tuple(name for name in recordings if not recording_rows.by_name(connection, name))
        note = status_notes if status_notes not in before.status_notes else ""
        if not new and not note:
            return before
        what = " and ".join(["recording added"] * bool(new) + ["status noted"] * bool(note))
        ticket = self._next_version(
            connection,
            before,
            what,
            recordings=(*before.recordings, *new),
            status_notes="; ".join(filter(None, (before.status_notes, note))),
        )
        self._have_transcribed(connection, ticket, new)
        return ticket

    def _heard(self, name: str, what: Heard, work: int, connection: sa.Connection) -> bool:
        new = recording_rows.heard(connection, name, what, datetime.now(UTC))
        work_rows.finish(connection, work, what.why or "transcribed")
        recorded = recording_rows.by_name(connection, name)
        before = ticket_rows.by_number(connection, recorded.number) if recorded and new else None
        if before is None:
            return False
        said = said_in(recording_rows.of_ticket(connection, before.number))
        note = what.note if what.note not in before.status_notes else ""
        self._next_version(
            connection,
            before,
            "recording transcribed" if not what.why else "recording to be listened to",
            transcript=said.text,
            transcript_confidence=said.confidence,
            status_notes="; ".join(filter(None, (before.status_notes, note))),
        )
        return True

    def _next_version(self, connection: sa.Connection, before: Ticket, what: str, **changes: object) -> Ticket:
        """Write a ticket's next version and let it be published."""
        updated = max(datetime.now(UTC), before.updated_datetime)  # a clock set back makes no version look older
        ticket = self._with_media(
            before.model_copy(update={"version": before.version + 1, "updated_datetime": updated, **changes})
        )
        document = ticket.model_dump_json()
        ticket_rows.update(connection, ticket, document, by=ticket.channel, what=what)
        outbox_rows.replace(connection, ticket.number, present_message(ticket, document))
        return ticket

    def _with_media(self, ticket: Ticket) -> Ticket:
        return ticket.model_copy(update={"media_url": self._media_url(ticket)}) if ticket.recordings else ticket

    def _have_transcribed(self, connection: sa.Connection, ticket: Ticket, recordings: tuple[str, ...]) -> None:
        """Write down recordings that a ticket has just got, and have them transcribed, all in its transaction."""
        for name in recordings:
            if recording_rows.add(connection, recorded_of(name, ticket)):
                urgency = transcription_priority(ticket, self._places)
                work_rows.add(connection, work_rows.TRANSCRIBE, name, {}, ticket.updated_datetime, urgency)


def _about_report(report: Report) -> str:
    return (
        f"report {report.source_key}: need {report.need}, district {report.district}, PIN {report.zipcode or '-'}, "
        f"phone {mask(report.phone)}, recordings {', '.join(report.recordings) or 'none'}"
    )


def _about_call(call: CallRow) -> str:
    return f"state of call {call.uniqueid} on {call.helpline} from {mask(call.phone)}"
