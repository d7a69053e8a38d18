"""The outbox: messages that the broker has not yet confirmed.

Only a ticket's present state matters, so all that waits of a ticket is replaced by: its present message, then an
empty one for each topic it has left. Thus a newer version takes the place of an older one, and a ticket that moves
is never for a moment in no room. The same holds for whatever else lies retained: then ``number`` is its key, as
``router.mqtt.retained.kinds`` makes it (``alert/<kind>/<room>``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import sqlalchemy as sa

from router.model.messages import OutboxMessage, RetainedTopic
from router.storage.portable import unread
from router.storage.schema import outbox

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class OutboxRow(NamedTuple):
    """One message that waits; ``payload`` None empties the topic."""

    id: int
    number: str
    room: str
    topic: str
    payload: str | None


_INSERT = unread(sa.insert(outbox))
_OF_TICKET = sa.select(outbox.c.room, outbox.c.topic).where(outbox.c.number == sa.bindparam("n"))
_DELETE_OF_TICKET = unread(sa.delete(outbox).where(outbox.c.number == sa.bindparam("n")))
_DELETE = sa.delete(outbox).where(outbox.c.id == sa.bindparam("gone"))
_NEXT = (
    sa.select(outbox.c.id, outbox.c.number, outbox.c.room, outbox.c.topic, outbox.c.payload)
    .where(outbox.c.parked.is_(False))
    .order_by(outbox.c.id)
    .limit(sa.bindparam("count"))
)


class OutboxRepository:
    """Messages that the broker has not yet confirmed."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def add_first(self, number: str, message: OutboxMessage) -> None:
        """Add the message of a ticket that has just been opened, of which nothing can be waiting."""
        self._connection.execute(_INSERT, [_values(number, place, message.payload) for place in message.places])

    def replace(self, number: str, present: OutboxMessage | None, left: Iterable[RetainedTopic] = ()) -> None:
        """Put a ticket's present state in the place of all that waits of it.

        Args:
            number: The ticket's; or another key of ``router.mqtt.retained.kinds``.
            present: Its message; None when no room has it any more.
            left: Where it may still lie, to be emptied after that.
        """
        places = [RetainedTopic(*row) for row in self._connection.execute(_OF_TICKET, {"n": number})]
        self._connection.execute(_DELETE_OF_TICKET, {"n": number})
        there = present.places if present else ()
        rows = [_values(number, place, present.payload) for place in there] if present else []
        empty = dict.fromkeys(place for place in (*places, *left) if place not in there)
        rows += [_values(number, place, None) for place in empty]
        if rows:
            self._connection.execute(_INSERT, rows)

    def advance(self, sent: Sequence[int], count: int) -> list[OutboxRow]:
        """Let the rows that were sent leave, and return the next ones, oldest first."""
        if sent:
            self._connection.execute(_DELETE, [{"gone": row} for row in sent])
        return [OutboxRow(*row) for row in self._connection.execute(_NEXT, {"count": count})]

    def quarantine(self, number: str) -> None:
        """Set all that waits of a ticket aside: its order must hold, and the others must go on."""
        self._connection.execute(sa.update(outbox).where(outbox.c.number == number).values(parked=True))

    def release_quarantined(self) -> None:
        """Let everything set aside be tried again."""
        self._connection.execute(sa.update(outbox).where(outbox.c.parked.is_(True)).values(parked=False))

    def quarantined_by_room(self) -> dict[str, int]:
        """Return how many tickets are set aside in each room that has any."""
        count = sa.func.count(sa.distinct(outbox.c.number))
        query = sa.select(outbox.c.room, count).where(outbox.c.parked.is_(True)).group_by(outbox.c.room)
        return {row[0]: row[1] for row in self._connection.execute(query)}

    def waiting_numbers(self) -> set[str]:
        """Return the numbers of the tickets of which something waits."""
        return set(self._connection.execute(sa.select(outbox.c.number).distinct()).scalars())

    def waiting(self) -> int:
        """Return how many messages the broker has not confirmed, those set aside included."""
        return self._connection.execute(sa.select(sa.func.count()).select_from(outbox)).scalar_one()


def _values(number: str, place: RetainedTopic, payload: str | None) -> dict[str, object]:
    return {"number": number, "room": place.room, "topic": place.topic, "payload": payload, "parked": False}
