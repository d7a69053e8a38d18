"""CDR and CEL rows in the store, and the read position of each file."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

import sqlalchemy as sa

from router.clock import MICROSECONDS
from router.storage.portable import insert_or_replace, insert_or_skip
from router.storage.repositories.calls.call_log_repository import CallLogRepository
from router.storage.repositories.calls.callback_repository import KNOWN
from router.storage.repositories.job_repository import JobRepository
from router.storage.repositories.tickets.ticket_repository import TicketRepository
from router.storage.schema import calls, cdr, cdr_import_offsets, cel, ticket_sources

if TYPE_CHECKING:
    from collections.abc import Sequence

    from router.storage.repositories.calls.call_log_repository import CallNews

ARRIVED = "CHAN_START"
"""The event of a channel that begins; only those of callers are kept."""
ENTERED, LEFT = "BRIDGE_ENTER", "BRIDGE_EXIT"
"""The events of a channel that begins to speak with others, and ends to."""
DESTINATION = "DESTINATION"
"""The event of a leg that has answered and was dialled for a call that is changed; its note is the way's name."""
QUEUE = "Queue/"
"""Prefix of the note of an event that is about a queue; its name follows."""
_RETENTION_S = 400 * 86_400  # before the newest: for reports on a year
_FORGOTTEN = 500  # at most with each piece of news: some milliseconds; more come with the next


class CdrRow(NamedTuple):
    """A call detail record.

    Attributes:
        uniqueid: The channel's whose record it is.
        sequence: Of the record; with the uniqueid, no two are the same.
        linkedid: The uniqueid of the first channel of all that were ever joined.
        helpline: ``181``, ``104``, ``warroom`` or ``unknown``.
        context: Of the dialplan, last.
        line: Trunk or telephone of the channel.
        peer: Trunk or telephone that was dialled; empty: none.
        app: The last application.
        started: Seconds since 1970, as all times here.
        answered: None when it was not.
        ended: When it was over.
        disposition: ``ANSWERED``, ``NO ANSWER``, ``BUSY``, ``FAILED`` or ``CONGESTION``.
    """

    uniqueid: str
    sequence: int
    linkedid: str
    helpline: str
    context: str
    line: str
    peer: str
    app: str
    started: int
    answered: int | None
    ended: int
    disposition: str


class CelRow(NamedTuple):
    """An event of a channel.

    Attributes:
        uniqueid: The channel's.
        at: Microseconds since 1970; with uniqueid and event, no two are the same.
        event: ``CHAN_START``, ``APP_START``, ``APP_END``, ``BRIDGE_ENTER``, ``BRIDGE_EXIT``, ``WAY`` or ``HANGUP``.
        linkedid: The uniqueid of the first channel of all that were ever joined.
        context: Of the dialplan.
        line: Trunk or telephone of the channel.
        peer: Trunks or telephones it is joined with.
        bridge: The bridge's id.
        note: CHAN_START: the helpline of the number dialled; APP_…: the application, of a queue its name too;
            DESTINATION: its name; HANGUP: how a Dial ended.
    """

    uniqueid: str
    at: int
    event: str
    linkedid: str
    context: str
    line: str
    peer: str
    bridge: str
    note: str


class InBridges(NamedTuple):
    """The CEL rows of some bridges.

    Attributes:
        events: Channels entering and leaving them, ordered by time.
        destinations: The destinations of dialled channels, where they are known.
        callers: Which of them are callers.
    """

    events: list[CelRow]
    destinations: list[CelRow]
    callers: frozenset[str]


class RejectedCall(NamedTuple):
    """A call rejected for lack of lines.

    Attributes:
        uniqueid: The channel's.
        phone: The caller's, E.164.
        helpline: That was called.
        at: When; seconds since 1970.
    """

    uniqueid: str
    phone: str
    helpline: str
    at: int


class FileOffset(NamedTuple):
    """The position up to which a file was imported.

    Attributes:
        file: A hash of its first line.
        log: ``cdr`` or ``cel``.
        position: Bytes that are in the store, or left out.
        skipped_lines: Lines that cannot be read.
    """

    file: str
    log: str
    position: int
    skipped_lines: int


_CALL_AFTER = timedelta(minutes=2)  # most redial at once: a citizen who gets through needs no call

_PUT_CDR = insert_or_skip(cdr)
_KNOWN = sa.select(cdr.c.sequence).where(cdr.c.uniqueid == sa.bindparam("which")).limit(1)
_PUT_CEL = insert_or_skip(cel)
_PUT_MARK = insert_or_replace(cdr_import_offsets)
_OLD_CDR = sa.select(cdr.c.uniqueid, cdr.c.sequence).where(cdr.c.ended < sa.bindparam("before")).limit(_FORGOTTEN)
_OLD_CEL = sa.select(cel.c.uniqueid, cel.c.at, cel.c.event).where(cel.c.at < sa.bindparam("before")).limit(_FORGOTTEN)
_FORGET_CDR = sa.delete(cdr).where(sa.tuple_(cdr.c.uniqueid, cdr.c.sequence).in_(_OLD_CDR))
_FORGET_CEL = sa.delete(cel).where(sa.tuple_(cel.c.uniqueid, cel.c.at, cel.c.event).in_(_OLD_CEL))

_ARRIVALS = sa.select(cel.c.uniqueid).where(
    cel.c.at >= sa.bindparam("first"), cel.c.at < sa.bindparam("last"), cel.c.event == ARRIVED
)
_RECORDS = sa.select(cdr).where(cdr.c.uniqueid.in_(_ARRIVALS))
_EVENTS = sa.select(cel).where(cel.c.uniqueid.in_(_ARRIVALS)).order_by(cel.c.uniqueid, cel.c.at)


class CdrRepository:
    """Call detail records, channel events, and how far their files have been read."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def take(
        self,
        mark: FileOffset,
        records: Sequence[CdrRow],
        events: Sequence[CelRow],
        rejected: Sequence[RejectedCall] = (),
        news: CallNews | None = None,
    ) -> None:
        """Keep a piece of a file together with how far it was read; what is known already is not kept twice.

        Who was rejected and has a ticket is to be called: for a record that is new, once while such a call is still to
        be made, and not if they have got through by now. As much of what is too old by the piece's own time is let go,
        so that the tables grow no further.
        """
        to_call = [call for call in rejected if not self._connection.execute(_KNOWN, {"which": call.uniqueid}).first()]
        if records:
            self._connection.execute(_PUT_CDR, [row._asdict() for row in records])
            self._connection.execute(_FORGET_CDR, {"before": max(row.ended for row in records) - _RETENTION_S})
        if events:
            self._connection.execute(_PUT_CEL, [row._asdict() for row in events])
            self._connection.execute(
                _FORGET_CEL, {"before": max(row.at for row in events) - _RETENTION_S * MICROSECONDS}
            )
        if news:
            CallLogRepository(self._connection).take(news)
        for call in to_call:
            self._ask_for_call(call)
        self._connection.execute(_PUT_MARK, mark._asdict())

    def ended_in(self, contexts: Sequence[str], first: float) -> dict[str, int]:
        """Return how many calls ended since a moment in each of these contexts of the dialplan in which any did.

        Args:
            contexts: Their names.
            first: Seconds since 1970.
        """
        chosen = cdr.c.context.in_(contexts), cdr.c.ended >= int(first)
        query = sa.select(cdr.c.context, sa.func.count()).where(*chosen)
        return {row[0]: row[1] for row in self._connection.execute(query.group_by(cdr.c.context))}

    def _ask_for_call(self, call: RejectedCall) -> None:
        newest = TicketRepository(self._connection).all_of_phone(call.phone, 1)
        if newest:
            payload = {
                "helpline": call.helpline,
                "reason": "rejected",
                "language": newest[0].language,
                "queue": "",
                "uniqueid": call.uniqueid,
            }
            at = datetime.fromtimestamp(call.at, UTC)
            due = at + _CALL_AFTER
            JobRepository(self._connection).ask_for_call(
                call.phone, call.uniqueid, payload, due, since=at, priority=KNOWN
            )

    def forget_before(self, moment: datetime, count: int) -> int:
        """Delete some of the records that ended, and of the events that happened, before a moment; return how many."""
        seconds = int(moment.timestamp())
        gone = 0
        for table, old in ((cdr, cdr.c.ended < seconds), (cel, cel.c.at < seconds * MICROSECONDS)):
            key = sa.tuple_(*table.primary_key)
            some = sa.select(*table.primary_key).where(old).limit(count)
            gone += self._connection.execute(sa.delete(table).where(key.in_(some))).rowcount
        return gone

    def marks(self) -> dict[str, FileOffset]:
        """Return how far each file was read, by its hash."""
        rows = self._connection.execute(
            sa.select(
                cdr_import_offsets.c.file,
                cdr_import_offsets.c.log,
                cdr_import_offsets.c.position,
                cdr_import_offsets.c.skipped_lines,
            )
        )
        return {row.file: FileOffset(*row) for row in rows}

    def arrived_between(self, first: float, last: float) -> list[CelRow]:
        """Return all events of the callers who called from one moment to another (exclusive), by caller and time."""
        span = {"first": int(first * MICROSECONDS), "last": int(last * MICROSECONDS)}
        return [CelRow(*row) for row in self._connection.execute(_EVENTS, span)]

    def over_since(self, contexts: Sequence[str], first: float) -> list[str]:
        """Return the bridges that a channel left since a moment, in calls changed since then, and that have no note.

        Args:
            contexts: Contexts of the dialplan for parties whose call was changed.
            first: Seconds since 1970.
        """
        since = cel.c.at >= int(first * MICROSECONDS)
        marks = (cel.c.event == DESTINATION) | (cel.c.event.in_((ENTERED, LEFT)) & cel.c.context.in_(contexts))
        changed = sa.select(cel.c.linkedid).where(since, marks)
        key = sa.literal(talk_key("")) + cel.c.bridge
        noted = sa.exists().where(ticket_sources.c.source_key > key + "/", ticket_sources.c.source_key < key + "0")
        chosen = since, cel.c.event == LEFT, cel.c.bridge != "", cel.c.linkedid.in_(changed), ~noted
        return list(self._connection.execute(sa.select(cel.c.bridge).where(*chosen).distinct()).scalars())

    def of_bridges(self, bridges: Sequence[str], first: float) -> InBridges:
        """Return the channels that entered and left bridges since a moment (seconds since 1970), and their records."""
        since = cel.c.at >= int(first * MICROSECONDS)
        chosen = since, cel.c.event.in_((ENTERED, LEFT)), cel.c.bridge.in_(bridges)
        events = [CelRow(*row) for row in self._connection.execute(sa.select(cel).where(*chosen).order_by(cel.c.at))]
        there = {one.uniqueid for one in events}
        destinations = sa.select(cel).where(
            since, cel.c.event == DESTINATION, cel.c.uniqueid.in_(there) | cel.c.linkedid.in_(there)
        )
        callers = sa.select(calls.c.uniqueid).where(calls.c.uniqueid.in_(there))
        return InBridges(
            events,
            [CelRow(*row) for row in self._connection.execute(destinations)],
            frozenset(self._connection.execute(callers).scalars()),
        )

    def talk_of(self, uniqueid: str) -> list[CelRow] | None:
        """Return when a channel entered and left bridges, ordered by time; None until CEL has its end."""
        if not self._connection.execute(_KNOWN, {"which": uniqueid}).first():
            return None
        chosen = cel.c.uniqueid == uniqueid, cel.c.event.in_((ENTERED, LEFT))
        return [CelRow(*row) for row in self._connection.execute(sa.select(cel).where(*chosen).order_by(cel.c.at))]

    def records_between(self, first: float, last: float) -> list[CdrRow]:
        """Return all records of the callers who called from one moment to another (exclusive)."""
        span = {"first": int(first * MICROSECONDS), "last": int(last * MICROSECONDS)}
        return [CdrRow(*row) for row in self._connection.execute(_RECORDS, span)]

    def of_channel(self, uniqueid: str) -> tuple[list[CdrRow], list[CelRow]]:
        """Return the records and the events of a channel, each in order."""
        records = sa.select(cdr).where(cdr.c.uniqueid == uniqueid).order_by(cdr.c.sequence)
        events = sa.select(cel).where(cel.c.uniqueid == uniqueid).order_by(cel.c.at)
        return (
            [CdrRow(*row) for row in self._connection.execute(records)],
            [CelRow(*row) for row in self._connection.execute(events)],
        )


def talk_key(bridge: str) -> str:
    """The key of a talk's note: the key of its ticket's source is this, ``/`` and the ticket's number."""
    return f"talk/{bridge}"
