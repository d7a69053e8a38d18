"""Messages of people, from the moment the provider is told that they are here until they are worked off."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa

from router.model.messaging.incoming import IncomingMessage, StoredMessage, Waiting
from router.storage.portable import insert_or_skip
from router.storage.repositories.job_repository import as_text
from router.storage.schema import chat_in

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from router.model.messaging.incoming import NewMessage
    from router.model.messaging.person import MessageChannel

NOTE_LIMIT: Final = 200
"""Characters of a note that are kept."""

_c = chat_in.c
_ADD = insert_or_skip(chat_in, _c.channel, _c.provider_id)
_WAITING = _c.state == sa.literal_column("'waiting'")  # the partial index's own words: a bound value does not use it
_earlier = chat_in.alias("earlier")
_FIRST_OF_PERSON = ~sa.exists().where(
    _earlier.c.person == _c.person,
    _earlier.c.state == sa.literal_column("'waiting'"),
    sa.tuple_(_earlier.c.sent, _earlier.c.id) < sa.tuple_(_c.sent, _c.id),
)
_COLUMNS = (
    _c.id,
    _c.provider_id,
    _c.person,
    _c.sent,
    _c.received,
    _c.kind,
    _c.content,
    _c.state,
    _c.attempts,
    _c.note,
)


class ChatInRepository:
    """Messages of people."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def has(self, channel: MessageChannel, provider_id: str) -> bool:
        """Whether a message is stored."""
        query = sa.select(_c.id).where(_c.channel == channel, _c.provider_id == provider_id)
        return self._connection.execute(query).first() is not None

    def add(self, new: NewMessage, *, state: str = "waiting", note: str = "") -> bool:
        """Store a message; False, and nothing is changed, when it is stored already.

        Args:
            new: It.
            state: ``waiting``; ``done`` for one that nothing is to come out of.
            note: Why it is ``done``.
        """
        message = new.message
        values = {
            "channel": new.channel,
            "provider_id": message.provider_id,
            "person": message.person,
            "sent": as_text(message.sent),
            "received": as_text(new.received),
            "kind": message.kind,
            "content": json.dumps(dict(message.content), ensure_ascii=False),
            "raw": new.raw,
            "state": state,
            "due": as_text(new.received),
            "attempts": 0,
            "note": note[:NOTE_LIMIT],
        }
        return self._connection.execute(_ADD, values).rowcount == 1

    def due(
        self, channel: MessageChannel, now: datetime, received_before: datetime, busy: Collection[int], count: int
    ) -> list[StoredMessage]:
        """Return the first waiting message of each person by its own time stamp, if it is due.

        Args:
            channel: Which.
            now: Messages that were put off beyond it are left alone, and the person's later ones with them.
            received_before: So long a message is held, so that an earlier one that was overtaken comes first.
            busy: People of whom a message is being worked on.
            count: At most so many.
        """
        query = (
            sa.select(*_COLUMNS)
            .where(
                _WAITING,
                _c.channel == channel,
                _c.due <= as_text(now),
                _c.received <= as_text(received_before),
                _c.person.not_in(list(busy)),
                _FIRST_OF_PERSON,
            )
            .order_by(_c.sent, _c.id)
            .limit(count)
        )
        return [_stored(row) for row in self._connection.execute(query)]

    def begin(self, rows: Sequence[int]) -> None:
        """Count an attempt at each before it is made, so that one that kills the process counts too."""
        query = sa.update(chat_in).where(_c.id.in_(rows), _WAITING).values(attempts=_c.attempts + 1)
        self._connection.execute(query)

    def finish(self, row: int, person: int, note: str = "") -> bool:
        """Write that a message is worked off.

        Args:
            row: Its id.
            person: Whose it was when the work began.
            note: What became of it, without a number or a text.

        Returns:
            False, and nothing is written, when it is not waiting any more, or has gone over to another record.
        """
        done = (
            sa.update(chat_in)
            .where(_c.id == row, _c.person == person, _WAITING)
            .values(state="done", note=note[:NOTE_LIMIT])
        )
        return self._connection.execute(done).rowcount == 1

    def retry(self, row: int, due: datetime, note: str, *, counted: bool = True) -> bool:
        """Put a message off.

        Args:
            row: Its id.
            due: Not before this moment.
            note: Why.
            counted: Whether the attempt counts; not when the fault was not the message's.
        """
        attempts = _c.attempts if counted else sa.case((_c.attempts > 0, _c.attempts - 1), else_=0)
        return self._change(row, due=as_text(due), note=note[:NOTE_LIMIT], attempts=attempts)

    def set_aside(self, row: int, note: str) -> bool:
        """Set a message aside that cannot be worked off: the person's others go on."""
        return self._change(row, state="set-aside", note=note[:NOTE_LIMIT])

    def take_back(self, channel: MessageChannel, now: datetime, row: int | None = None) -> int:
        """Let messages that were set aside (or one of them) be tried again; return how many."""
        aside = sa.update(chat_in).where(_c.state == "set-aside", _c.channel == channel)
        if row is not None:
            aside = aside.where(_c.id == row)
        return self._connection.execute(aside.values(state="waiting", attempts=0, due=as_text(now))).rowcount

    def list_set_aside(self, channel: MessageChannel, count: int = 1000) -> list[StoredMessage]:
        """Return the messages that were set aside, oldest first."""
        query = sa.select(*_COLUMNS).where(_c.state == "set-aside", _c.channel == channel)
        return [_stored(row) for row in self._connection.execute(query.order_by(_c.id).limit(count))]

    def find(self, channel: MessageChannel, provider_id: str, person: int) -> IncomingMessage | None:
        """Return a message of a person by the channel's id; None when it is not kept, or another's."""
        query = sa.select(*_COLUMNS).where(_c.channel == channel, _c.provider_id == provider_id, _c.person == person)
        row = self._connection.execute(query).first()
        return None if row is None else _stored(row).message

    def waiting(self, channel: MessageChannel, now: datetime) -> Waiting:
        """Return how many messages wait to be worked off, and since when the oldest is here.

        Messages of ours to ourselves, which come later (`router.intake.whatsapp.dialogue.step.Wake`), do not count.
        """
        here = (_WAITING, _c.channel == channel, _c.received <= as_text(now))
        query = sa.select(sa.func.count(), sa.func.min(_c.received)).where(*here)
        row = self._connection.execute(query).one()
        return Waiting(row[0], datetime.fromisoformat(row[1]) if row[1] else None)

    def counts(self, channel: MessageChannel) -> dict[str, int]:
        """Return how many messages are kept, by state."""
        query = sa.select(_c.state, sa.func.count()).where(_c.channel == channel).group_by(_c.state)
        return {row[0]: row[1] for row in self._connection.execute(query)}

    def forget_before(self, moment: datetime, count: int) -> int:
        """Remove messages received before a moment, those that still wait excepted; return how many."""
        old = sa.select(_c.id).where(_c.received < as_text(moment), ~_WAITING).limit(count)
        return self._connection.execute(sa.delete(chat_in).where(_c.id.in_(old))).rowcount

    def _change(self, row: int, **values: Any) -> bool:
        query = sa.update(chat_in).where(_c.id == row, _WAITING).values(values)
        return self._connection.execute(query).rowcount == 1


def _stored(row: sa.Row[*tuple[Any, ...]]) -> StoredMessage:
    try:
        kind, content = row.kind, json.loads(row.content)
    except ValueError:  # a damaged row must not stop all others; what was sent still lies in ``raw``
        kind, content = "unknown", {"type": "unknown"}
    message = IncomingMessage(
        provider_id=row.provider_id,
        person=row.person,
        sent=datetime.fromisoformat(row.sent),
        kind=kind,
        content=content,
    )
    return StoredMessage(row.id, message, datetime.fromisoformat(row.received), row.state, row.attempts, row.note)
