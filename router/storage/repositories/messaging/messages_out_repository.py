"""The queue of messages to people, and what became of each."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa

from router.model.messaging.incoming import Waiting
from router.model.messaging.outgoing import (
    DROPPED,
    FAILED,
    QUEUED,
    RANKS,
    SENT,
    DeliveryReport,
    FailedMessage,
    OutgoingMessage,
)
from router.storage.portable import insert_or_skip
from router.storage.repositories.job_repository import PRIORITIES, as_text
from router.storage.schema import chat_people, early_reports, messages_out

if TYPE_CHECKING:
    from collections.abc import Collection

    from router.model.messaging.outgoing import NewOutgoing
    from router.model.messaging.person import MessageChannel

ERROR_LIMIT: Final = 200
"""Characters of an error that are kept."""

_c = messages_out.c
_ADD = insert_or_skip(messages_out, _c.channel, _c.key)
_QUEUED = _c.state == sa.literal_column("'queued'")  # the partial index's own words: a bound value does not use it
_earlier = messages_out.alias("earlier")
_NONE_BEFORE = ~sa.exists().where(  # the index of recipients finds it: not by channel, which another index begins with
    _earlier.c.state == sa.literal_column("'queued'"),
    _earlier.c.person.is_not_distinct_from(_c.person),
    _earlier.c.to == _c.to,
    _earlier.c.priority <= _c.priority,
    _earlier.c.id < _c.id,
)
_OF_RESTING = sa.exists().where(
    chat_people.c.id == _c.person, chat_people.c.account.in_(sa.bindparam("resting", expanding=True))
)
_COLUMNS = (
    _c.id,
    _c.channel,
    _c.person,
    _c.to,
    _c.ticket,
    _c.purpose,
    _c.body,
    _c.key,
    _c.priority,
    _c.state,
    _c.attempts,
    _c.provider_id,
)
_DUE = (
    sa.select(_c.id)
    .where(
        _QUEUED,
        _c.channel == sa.bindparam("way"),
        _c.priority == sa.bindparam("urgency"),
        _c.due <= sa.bindparam("now"),
        _NONE_BEFORE,
        ~_OF_RESTING,
    )
    .order_by(_c.due, _c.id)
    .limit(1)
)


class MessagesOutRepository:
    """Messages to people."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def add(self, new: NewOutgoing, now: datetime) -> bool:
        """Queue a message; False, and nothing is changed, when the channel had one with this key.

        Raises:
            ValueError: there is no such priority, or it is to nobody.
        """
        if new.priority not in PRIORITIES:
            raise ValueError(f"priority {new.priority} of a message: messages have the priorities 1 to 4")
        if new.person is None and not new.to:
            raise ValueError("a message needs a person or a number")
        values = {
            **new._asdict(),
            "body": json.dumps(dict(new.body), ensure_ascii=False),
            "state": QUEUED,
            "attempts": 0,
            "provider_id": "",
            "made": as_text(now),
            "due": as_text(now),
            "changed": as_text(now),
            "error": "",
        }
        return self._connection.execute(_ADD, values).rowcount == 1

    def is_due(self, channel: MessageChannel, now: datetime, resting: Collection[str] = ()) -> bool:
        """Tell whether `claim` would find a message."""
        return self._due(channel, now, resting) is not None

    def claim(
        self, channel: MessageChannel, now: datetime, lease_s: float, *, resting: Collection[str] = ()
    ) -> OutgoingMessage | None:
        """Take the most urgent message that is due, then the one that has been due longest; None when nothing is.

        Messages to one person go in the order in which they were queued, unless a later one is more urgent.

        Args:
            channel: Which.
            now: Aware.
            lease_s: Seconds until another worker may take it, unless its result is written before.
            resting: Accounts of ours that send nothing now; messages to their people stay.
        """
        row = self._due(channel, now, resting)
        if row is None:
            return None
        taken = (
            sa.update(messages_out)
            .where(_c.id == row)
            .values(attempts=_c.attempts + 1, due=as_text(now + timedelta(seconds=lease_s)))
            .returning(*_COLUMNS)
        )
        return _message(self._connection.execute(taken).one())

    def _due(self, channel: MessageChannel, now: datetime, resting: Collection[str]) -> int | None:
        for priority in PRIORITIES:  # a seek in the index for each
            due = {"way": channel, "urgency": priority, "now": as_text(now), "resting": list(resting)}
            row: int | None = self._connection.execute(_DUE, due).scalar()
            if row is not None:
                return row
        return None

    def sent(self, row: int, provider_id: str, now: datetime) -> bool:
        """Write that the provider has taken a message; what it reported of it before this is applied."""
        place = (_c.id == row, _QUEUED)
        values = {"state": SENT, "provider_id": provider_id, "sent": as_text(now), "changed": as_text(now), "error": ""}
        query = sa.update(messages_out).where(*place).values(values).returning(_c.channel)
        channel = self._connection.execute(query).scalar()
        if channel is None:
            return False
        if provider_id:
            mine = (early_reports.c.channel == channel, early_reports.c.provider_id == provider_id)
            early = self._connection.execute(sa.select(early_reports).where(*mine)).first()
            if early is not None:
                self._connection.execute(sa.delete(early_reports).where(*mine))
                self.report(DeliveryReport(channel, provider_id, early.state, early.error), now)
        return True

    def retry(self, row: int, due: datetime, error: str, *, counted: bool = True) -> bool:
        """Put a message back, to be taken again later; ``counted``: whether this was an attempt in vain."""
        attempts = _c.attempts if counted else sa.case((_c.attempts > 0, _c.attempts - 1), else_=0)
        return self._change(row, due=as_text(due), error=error[:ERROR_LIMIT], attempts=attempts)

    def release(self, channel: MessageChannel, leased_until: datetime, now: datetime) -> int:
        """Undo the claims whose lease ends at a moment: of a claim whose commit was never answered.

        Only for a worker that knows its own claim by that moment, and has none of its messages in hand.

        Returns:
            How many messages are due again, without an attempt counted.
        """
        taken = sa.update(messages_out).where(_QUEUED, _c.channel == channel, _c.due == as_text(leased_until))
        undone = taken.where(_c.attempts > 0).values(attempts=_c.attempts - 1, due=as_text(now))
        return self._connection.execute(undone).rowcount

    def failed(self, row: int, error: str, now: datetime) -> bool:
        """Write that a message cannot be sent; it is not taken again."""
        return self._change(row, state=FAILED, error=error[:ERROR_LIMIT], changed=as_text(now))

    def drop(self, row: int, why: str, now: datetime) -> bool:
        """Write that a message is not to be sent any more, by a decision of ours."""
        return self._change(row, state=DROPPED, error=why[:ERROR_LIMIT], changed=as_text(now))

    def drop_old(self, channel: MessageChannel, before: datetime, why: str, now: datetime) -> int:
        """Drop what was queued before a moment and is not sent yet; return how many messages."""
        old = sa.update(messages_out).where(_QUEUED, _c.channel == channel, _c.made < as_text(before))
        values = {"state": DROPPED, "error": why[:ERROR_LIMIT], "changed": as_text(now)}
        return self._connection.execute(old.values(values)).rowcount

    def drop_key(self, channel: MessageChannel, key: str, why: str, now: datetime) -> bool:
        """Drop the message with this key, if it has not been sent yet."""
        query = sa.select(_c.id).where(_c.channel == channel, _c.key == key, _QUEUED)
        row = self._connection.execute(query).scalar()
        return row is not None and self.drop(row, why, now)

    def drop_begun(self, beginning: str, why: str, now: datetime) -> int:
        """Drop what has not been sent of the keys that begin so, with a ``/`` at its end; return how many messages."""
        beyond = f"{beginning[:-1]}0"  # "0" is the character after "/"
        query = sa.update(messages_out).where(_QUEUED, _c.key > beginning, _c.key < beyond)
        values = {"state": DROPPED, "error": why[:ERROR_LIMIT], "changed": as_text(now)}
        return self._connection.execute(query.values(values)).rowcount

    def report(self, report: DeliveryReport, now: datetime) -> bool:
        """Write what the provider says of a message: only ever a state of higher rank, whatever order reports come in.

        One of a message that is not known yet (the report has overtaken the answer to our sending it) is kept for it.

        Returns:
            Whether it changed a message.

        Raises:
            ValueError: there is no such state.
        """
        if report.state not in RANKS:
            raise ValueError(f"{report.state}: no state of a message")
        mine = (_c.channel == report.channel, _c.provider_id == report.provider_id)
        lower = [state for state, rank in RANKS.items() if rank < RANKS[report.state]]
        values = {"state": report.state, "error": report.error[:ERROR_LIMIT], "changed": as_text(now)}
        if self._connection.execute(sa.update(messages_out).where(*mine, _c.state.in_(lower)).values(values)).rowcount:
            return True
        if self._connection.execute(sa.select(_c.id).where(*mine)).first() is None:
            self._keep(report, now)
        return False

    def _keep(self, report: DeliveryReport, now: datetime) -> None:
        e = early_reports.c
        mine = (e.channel == report.channel, e.provider_id == report.provider_id)
        kept = self._connection.execute(sa.select(e.state).where(*mine)).scalar()
        if kept is not None and RANKS[kept] >= RANKS[report.state]:
            return
        values = {"state": report.state, "error": report.error[:ERROR_LIMIT], "received": as_text(now)}
        if kept is not None:
            self._connection.execute(sa.update(early_reports).where(*mine).values(values))
        else:
            values |= {"channel": report.channel, "provider_id": report.provider_id}
            self._connection.execute(sa.insert(early_reports).values(values))

    def find(self, row: int) -> OutgoingMessage | None:
        """Return a message."""
        found = self._connection.execute(sa.select(*_COLUMNS).where(_c.id == row)).first()
        return None if found is None else _message(found)

    def by_key(self, channel: MessageChannel, key: str) -> tuple[OutgoingMessage, str] | None:
        """Return the message that was queued under a key, and its error; empty: none so far."""
        query = sa.select(*_COLUMNS, _c.error).where(_c.channel == channel, _c.key == key)
        row = self._connection.execute(query).first()
        return None if row is None else (_message(row), row.error)

    def identify(self, row: int, provider_id: str) -> bool:
        """Write the provider's id of a message whose sending it has not answered, or not yet; False: it has one."""
        query = sa.update(messages_out).where(_c.id == row, _c.provider_id == "").values(provider_id=provider_id)
        return self._connection.execute(query).rowcount == 1

    def of_ticket(self, number: str) -> list[OutgoingMessage]:
        """Return the messages about a ticket, in the order in which they were queued."""
        query = sa.select(*_COLUMNS).where(_c.ticket == number).order_by(_c.id)
        return [_message(row) for row in self._connection.execute(query)]

    def sent_since(self, channel: MessageChannel, moment: datetime, *, besides: str = "") -> int:
        """Return how many messages the provider has taken since a moment, but for those of one account of ours."""
        query = sa.select(sa.func.count()).where(_c.channel == channel, _c.sent >= as_text(moment))
        if besides:
            theirs = sa.exists().where(chat_people.c.id == _c.person, chat_people.c.account == besides)
            query = query.where(~theirs)
        return self._connection.execute(query).scalar_one()

    def failed_since(self, channel: MessageChannel, moment: datetime, count: int) -> list[FailedMessage]:
        """Return messages that were reported as failed since a moment, the oldest report first."""
        query = sa.select(*_COLUMNS, _c.error, _c.changed).where(
            _c.changed >= as_text(moment), _c.channel == channel, _c.state == FAILED, _c.provider_id != ""
        )
        rows = self._connection.execute(query.order_by(_c.changed, _c.id).limit(count))
        return [FailedMessage(_message(row), row.error, datetime.fromisoformat(row.changed)) for row in rows]

    def waiting(self, channel: MessageChannel) -> Waiting:
        """Return how many messages are queued, and since when the oldest is."""
        query = sa.select(sa.func.count(), sa.func.min(_c.made)).where(_QUEUED, _c.channel == channel)
        row = self._connection.execute(query).one()
        return Waiting(row[0], datetime.fromisoformat(row[1]) if row[1] else None)

    def counts(self, channel: MessageChannel) -> dict[str, int]:
        """Return how many messages are kept, by state."""
        query = sa.select(_c.state, sa.func.count()).where(_c.channel == channel).group_by(_c.state)
        return {row[0]: row[1] for row in self._connection.execute(query)}

    def failures(self, channel: MessageChannel, moment: datetime) -> dict[str, int]:
        """Return why messages failed or were dropped since a moment, and how many, the most frequent first."""
        ended = (_c.channel == channel, _c.changed >= as_text(moment), _c.state.in_((FAILED, DROPPED)))
        query = sa.select(_c.error, sa.func.count()).where(*ended).group_by(_c.error)
        return {row[0]: row[1] for row in self._connection.execute(query.order_by(sa.func.count().desc(), _c.error))}

    def forget_before(self, moment: datetime, count: int) -> int:
        """Remove messages (not queued ones) and reports older than a moment; return how many messages."""
        old = sa.select(_c.id).where(_c.changed < as_text(moment), ~_QUEUED).limit(count)
        self._connection.execute(sa.delete(early_reports).where(early_reports.c.received < as_text(moment)))
        return self._connection.execute(sa.delete(messages_out).where(_c.id.in_(old))).rowcount

    def _change(self, row: int, **values: Any) -> bool:
        query = sa.update(messages_out).where(_c.id == row, _QUEUED).values(values)
        return self._connection.execute(query).rowcount == 1


def _message(row: sa.Row[*tuple[Any, ...]]) -> OutgoingMessage:
    values = {name: getattr(row, name) for name in OutgoingMessage._fields}
    return OutgoingMessage(**{**values, "body": json.loads(row.body)})
