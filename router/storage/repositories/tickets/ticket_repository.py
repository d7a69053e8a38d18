"""Tickets in the store."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import sqlalchemy as sa

from router.clock import sortable
from router.model.ticket import Ticket
from router.model.ticket_views import Cluster, OpenTicket, TicketHistoryLine
from router.storage.portable import unread
from router.storage.readable import parsed, readable
from router.storage.schema import history, ticket_copies, ticket_serials, ticket_sources, tickets

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from router.model.deadline import Deadline


class Kept(NamedTuple):
    """A ticket and its JSON exactly as stored."""

    ticket: Ticket
    document: str


_NEXT_SERIAL = (
    sa.update(ticket_serials)
    .where(ticket_serials.c.node == sa.bindparam("which"))
    .values(last=ticket_serials.c.last + 1)
    .returning(ticket_serials.c.last)
)
_INSERT = unread(sa.insert(tickets))
# Never of the number: for a key that is set, even to what it was, SQLite looks for the rows that refer to it, and in
# `ticket_sources` it looks at every one there is.
_UPDATE = unread(sa.update(tickets).where(tickets.c.number == sa.bindparam("which")))
_INSERT_HISTORY = unread(sa.insert(history))
_INSERT_SOURCE = sa.insert(ticket_sources)
_BY_KEY = (
    sa.select(tickets.c.number, tickets.c.document)
    .join(ticket_sources, ticket_sources.c.number == tickets.c.number)
    .where(ticket_sources.c.source_key == sa.bindparam("key"))
)
_OF_CALL = (
    # A call's reports have the keys "<uniqueid>/1", "<uniqueid>/2", …; "0" is the character after "/".
    sa.select(tickets.c.document)
    .where(
        tickets.c.number.in_(
            sa.select(ticket_sources.c.number).where(
                ticket_sources.c.source_key > sa.bindparam("first"),
                ticket_sources.c.source_key < sa.bindparam("behind"),
            )
        )
    )
    .order_by(tickets.c.id)
)
_OPEN_OF_PHONE = sa.select(tickets.c.document).where(
    tickets.c.phone == sa.bindparam("caller"), tickets.c.is_open.is_(True)
)  # sorted by the reader: ordered here, SQLite would walk through the telephone's closed tickets too
_OPEN_OF_PHONE_FOR = _OPEN_OF_PHONE.where(tickets.c.service_code == sa.bindparam("need"))
_BY_NUMBER = sa.select(tickets.c.document).where(tickets.c.number == sa.bindparam("n"))
_MERGED_INTO = sa.select(tickets.c.document).where(tickets.c.merged_into == sa.bindparam("n")).order_by(tickets.c.id)
_LAST_PLACE = (
    sa.select(tickets.c.district)
    .where(tickets.c.phone == sa.bindparam("caller"), tickets.c.district.is_not(None))
    .order_by(tickets.c.id.desc())
    .limit(1)
)
_OPEN_OF_ROOM = sa.select(
    tickets.c.number,
    tickets.c.version,
    tickets.c.stage,
    tickets.c.desk,
    tickets.c.service_code,
    tickets.c.priority,
    tickets.c.zipcode,
    tickets.c.proposed,
).where(tickets.c.room == sa.bindparam("in_room"), tickets.c.is_open.is_(True))

_COPIES_OF_ROOM = (
    sa.select(tickets.c.number, tickets.c.version)
    .join(ticket_copies, ticket_copies.c.number == tickets.c.number)
    .where(ticket_copies.c.room == sa.bindparam("in_room"))
)
_DROP_COPIES = unread(sa.delete(ticket_copies).where(ticket_copies.c.number == sa.bindparam("which")))
_INSERT_COPIES = sa.insert(ticket_copies)


class TicketRepository:
    """Tickets, their sources, copies and history."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def next_serial(self, node: int) -> int:
        """Give out a node's next serial; it is used up only if the transaction commits."""
        serial = self._connection.execute(_NEXT_SERIAL, {"which": node}).scalar()
        if serial is None:
            self._connection.execute(sa.insert(ticket_serials), {"node": node, "last": 1})
            return 1
        return int(serial)

    def by_source_key(self, key: str) -> Ticket | None:
        """Return the ticket that the report with this key opened or joined. Raises UnreadableDocumentError."""
        row = self._connection.execute(_BY_KEY, {"key": key}).first()
        return _parse(row[0], row[1]) if row else None

    def of_call(self, uniqueid: str) -> list[Ticket]:
        """Return the tickets opened or joined in a call, oldest first."""
        rows = self._connection.execute(_OF_CALL, {"first": f"{uniqueid}/", "behind": f"{uniqueid}0"})
        return readable(Ticket, rows.scalars())

    def by_number(self, number: str) -> Ticket | None:
        """Return a ticket's present version. Raises UnreadableDocumentError."""
        document = self._connection.execute(_BY_NUMBER, {"n": number}).scalar()
        return None if document is None else _parse(number, document)

    def by_numbers(self, numbers: Sequence[str]) -> list[Ticket]:
        """Return the present versions of those of these tickets that there are, in the order of their numbers."""
        query = sa.select(tickets.c.document).where(tickets.c.number.in_(numbers)).order_by(tickets.c.number)
        return readable(Ticket, self._connection.execute(query).scalars())

    def merged_into(self, number: str) -> list[Ticket]:
        """Return the tickets that were merged straight into another, oldest first."""
        return readable(Ticket, self._connection.execute(_MERGED_INTO, {"n": number}).scalars())

    def insert(self, ticket: Ticket, document: str, deadline: Deadline, *, by: str, what: str) -> None:
        """Write a new ticket with its clock and the first line of its history."""
        self._connection.execute(_INSERT, {**_columns(ticket, document), **deadline._asdict()})
        self.add_source(ticket.source_key, ticket.number)
        self._add_copies(ticket)
        self._note(ticket, by=by, what=what)

    def add_source(self, key: str, number: str) -> None:
        """Note that the report with this key belongs to a ticket."""
        self._connection.execute(_INSERT_SOURCE, {"source_key": key, "number": number})

    def open_of_phone(self, phone: str, need: str | None = None) -> list[Ticket]:
        """Return a telephone's open tickets, newest first; of one need, if it is given."""
        query, known = (_OPEN_OF_PHONE, {}) if need is None else (_OPEN_OF_PHONE_FOR, {"need": need})
        found = readable(Ticket, self._connection.execute(query, {"caller": phone, **known}).scalars())
        return sorted(found, key=lambda ticket: ticket.number, reverse=True)

    def open_phones(self, need: str) -> set[str]:
        """Return the telephones that have an open ticket of a need."""
        open_ = (tickets.c.is_open.is_(True), tickets.c.service_code == need, tickets.c.phone.is_not(None))
        return set(self._connection.execute(sa.select(tickets.c.phone).where(*open_)).scalars())

    def urgent_phones(self) -> set[str]:
        """Return the telephones that have an open ticket of the first priority."""
        urgent = (tickets.c.is_open.is_(True), tickets.c.priority == 1, tickets.c.phone.is_not(None))
        return set(self._connection.execute(sa.select(tickets.c.phone).where(*urgent)).scalars())

    def all_of_phone(self, phone: str, limit: int) -> list[Ticket]:
        """Return a telephone's tickets, closed ones too, newest first."""
        query = sa.select(tickets.c.document).where(tickets.c.phone == phone).order_by(tickets.c.id.desc()).limit(limit)
        return readable(Ticket, self._connection.execute(query).scalars())

    def count_between(self, since: datetime, until: datetime) -> int:
        """Return how many tickets were asked for from one moment on and before another."""
        asked = tickets.c.requested >= sortable(since), tickets.c.requested < sortable(until)
        count: int = self._connection.execute(sa.select(sa.func.count()).where(*asked)).scalar_one()
        return count

    def open_by_stage(self) -> dict[str, int]:
        """Return how many open tickets there are at each stage."""
        query = sa.select(tickets.c.stage, sa.func.count()).where(tickets.c.is_open.is_(True)).group_by(tickets.c.stage)
        return {row[0]: row[1] for row in self._connection.execute(query)}

    def clusters(self, rooms: Iterable[str], at_least: int) -> list[Cluster]:
        """Return the clusters of these rooms, biggest first."""
        count = sa.func.count()
        columns = (tickets.c.room, tickets.c.service_code, tickets.c.zipcode)
        query = (
            sa.select(*columns, count)
            .where(tickets.c.room.in_(list(rooms)), tickets.c.is_open.is_(True), tickets.c.zipcode != "")
            .group_by(*columns)
            .having(count >= at_least)
            .order_by(count.desc(), *columns)
        )
        return [Cluster(*row) for row in self._connection.execute(query)]

    def open_of_cluster(self, ticket: Ticket, limit: int) -> list[Ticket]:
        """Return the other open tickets of a ticket's room for the same need in the same PIN code, oldest first."""
        query = (
            sa.select(tickets.c.document)
            .where(
                tickets.c.room == ticket.room,
                tickets.c.is_open.is_(True),
                tickets.c.service_code == ticket.service_code,
                tickets.c.zipcode == ticket.zipcode,
                tickets.c.number != ticket.number,
            )
            .order_by(tickets.c.number)
            .limit(limit)
        )
        return readable(Ticket, self._connection.execute(query).scalars())

    def update(self, ticket: Ticket, document: str, deadline: Deadline, *, by: str, what: str) -> None:
        """Write a ticket's next version with its clock, and a line of its history."""
        self._connection.execute(_UPDATE, {"which": ticket.number, **_present(ticket, document), **deadline._asdict()})
        self._connection.execute(_DROP_COPIES, {"which": ticket.number})
        self._add_copies(ticket)
        self._note(ticket, by=by, what=what)

    def list_tickets(self, *, open_only: bool, room: str | None, limit: int) -> list[Ticket]:
        """Return tickets, newest first."""
        query = sa.select(tickets.c.document).limit(limit)
        if (
            open_only
        ):  # in the order of an index of open ones alone: by id, SQLite would walk through the closed ones too
            query = query.where(tickets.c.is_open.is_(True)).order_by(tickets.c.requested.desc(), tickets.c.id.desc())
        else:
            query = query.order_by(tickets.c.id.desc())
        if room is not None:
            query = query.where(tickets.c.room == room)
        return readable(Ticket, self._connection.execute(query).scalars())

    def last_place(self, phone: str) -> str | None:
        """Return the district of this telephone's newest ticket that has one."""
        return self._connection.execute(_LAST_PLACE, {"caller": phone}).scalar()

    def open_of_room(self, room: str) -> list[OpenTicket]:
        """Return the rows for the summary of a room."""
        return [OpenTicket(*row) for row in self._connection.execute(_OPEN_OF_ROOM, {"in_room": room})]

    def copies_of_room(self, room: str) -> dict[str, int]:
        """Return number and version of the open tickets that lie with a room as copies."""
        return {row.number: row.version for row in self._connection.execute(_COPIES_OF_ROOM, {"in_room": room})}

    def kept(self, number: str) -> Kept | None:
        """Return a ticket's present version with the text it is kept as. Raises UnreadableDocumentError."""
        document = self._connection.execute(_BY_NUMBER, {"n": number}).scalar()
        return None if document is None else Kept(_parse(number, document), document)

    def open_after(self, number: str, count: int) -> list[tuple[str, Kept | None]]:
        """Return open tickets in the order of their numbers, those above ``number``: to walk through all in steps.

        One that cannot be read is there with None.
        """
        query = (
            sa.select(tickets.c.number, tickets.c.document)
            .where(tickets.c.is_open.is_(True), tickets.c.number > number)
            .order_by(tickets.c.number)
            .limit(count)
        )
        return [
            (row[0], next((Kept(ticket, row[1]) for ticket in readable(Ticket, [row[1]])), None))
            for row in self._connection.execute(query)
        ]

    def versions(self, numbers: Sequence[str]) -> dict[str, int]:
        """Return the present version of those of these tickets that there are."""
        query = sa.select(tickets.c.number, tickets.c.version).where(tickets.c.number.in_(numbers))
        return {row[0]: row[1] for row in self._connection.execute(query)}

    def history_of(self, number: str) -> list[TicketHistoryLine]:
        """Return the history of a ticket, oldest first."""
        columns = (history.c.version, history.c.at, history.c.by, history.c.what, history.c.stage)
        query = sa.select(*columns).where(history.c.number == number).order_by(history.c.id)
        return [TicketHistoryLine(*row) for row in self._connection.execute(query)]

    def _add_copies(self, ticket: Ticket) -> None:
        rooms = {copy.partition("/")[0] for copy in ticket.copies} if ticket.is_open else set()
        if rooms:
            self._connection.execute(
                _INSERT_COPIES, [{"room": room, "number": ticket.number} for room in sorted(rooms)]
            )

    def _note(self, ticket: Ticket, *, by: str, what: str) -> None:
        at = ticket.updated_datetime.isoformat()
        self._connection.execute(
            _INSERT_HISTORY,
            {
                "number": ticket.number,
                "version": ticket.version,
                "at": at,
                "by": by,
                "what": what,
                "stage": ticket.stage.value,
            },
        )


def _parse(number: str, document: str) -> Ticket:
    return parsed(Ticket, document, f"ticket {number}")


def _columns(ticket: Ticket, document: str) -> dict[str, object]:
    return {
        "number": ticket.number,
        "source_key": ticket.source_key,
        "requested": sortable(ticket.requested_datetime),
        **_present(ticket, document),
    }


def _present(ticket: Ticket, document: str) -> dict[str, object]:
    """Return what may differ from one version to the next."""
    return {
        "version": ticket.version,
        "stage": ticket.stage.value,
        "is_open": ticket.is_open,
        "room": ticket.room,
        "desk": ticket.desk,
        "service_code": ticket.service_code,
        "priority": ticket.priority,
        "level": ticket.level,
        "district": ticket.district,
        "phone": ticket.phone,
        "document": document,
        "zipcode": ticket.zipcode,
        "merged_into": ticket.merged_into,
        "proposed": bool(ticket.proposed_rejection),
    }
