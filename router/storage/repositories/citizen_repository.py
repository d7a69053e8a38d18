"""Finds a telephone number in all tables, and removes it with everything said under it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import sqlalchemy as sa

from router.model.messaging.person import contact_of
from router.storage.engines import kind_of
from router.storage.schema import (
    call_log,
    calls,
    chat_people,
    history,
    jobs,
    metadata,
    recordings,
    ticket_sources,
    tickets,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

_IN_ONE_QUERY = 500
_PLUS_NINETY_ONE = "+91"
_PRESERVED_TABLES = frozenset({"blocklist"})
"""Tables that a number stays in: a block guards others, and is taken back by the command that made it."""
_NUMBERLESS_TABLES = frozenset(
    {"audit_chain", "audit_log", "call_events", "sessions", "stranded_answers", "users", "wall_tokens"}
)
"""Tables that never hold a telephone number (`agi.journal.journal`, `board.accounts.audit`): large ones, and digests in
which ten digits can be a number's by chance and must not be crossed out."""

Rows: TypeAlias = dict[str, list[tuple[object, ...]]]
"""Primary keys of rows, by table."""


_SHORTEN = sa.update(history).where(history.c.id == sa.bindparam("which")).values(what=sa.bindparam("done"))


class Citizen(NamedTuple):
    """Everything stored under a telephone number.

    Attributes:
        tickets: Their numbers, oldest first.
        open: The open ones of them.
        recordings: File names.
        calls: How many.
        rows: Of all tables in which the number stands in any form, how many rows.
    """

    tickets: list[str]
    open: list[str]
    recordings: list[str]
    calls: int
    rows: dict[str, int]


def digits_of(phone: str) -> str:
    """Return the digits that a number has in every form it is written in: in India the ten without 0 or 91."""
    return phone.removeprefix(_PLUS_NINETY_ONE).removeprefix("+")


def pattern_of(phone: str) -> re.Pattern[str]:
    """Return what finds a number (E.164) in a text, with whatever stands before it: +91, 0091, 91, 0."""
    country = r"(?:(?:\+|00)?91|0)?" if phone.startswith(_PLUS_NINETY_ONE) else r"(?:\+|00)?"
    return re.compile(rf"(?<![0-9+]){country}{digits_of(phone)}(?![0-9])", re.ASCII)


class CitizenRepository:
    """The stored data of a citizen."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def find(self, phone: str) -> Citizen:
        """Return the data stored under a number. It reads every table from end to end: for a person at a console."""
        people = sa.select(chat_people.c.channel, chat_people.c.id).where(chat_people.c.phone == phone)
        written = [_of_contact(contact_of(*row)) for row in self._connection.execute(people)]
        found = self._tickets(sa.or_(tickets.c.phone == phone, *written))
        count = sa.select(sa.func.count()).select_from(calls).where(calls.c.phone == phone)
        return Citizen(
            tickets=[number for number, _ in found],
            open=[number for number, is_open in found if is_open],
            recordings=self._recordings(phone, [number for number, _ in found]),
            calls=self._connection.execute(count).scalar_one(),
            rows={name: rows for name, rows in self._rows(phone).items() if rows},
        )

    def of_contact(self, contact: str) -> Citizen:
        """Return the data of somebody whose telephone nobody knows, by what begins the keys of their tickets."""
        found = self._tickets(_of_contact(contact))
        numbers = [number for number, _ in found]
        names: list[str] = []
        for start in range(0, len(numbers), _IN_ONE_QUERY):
            some = recordings.c.number.in_(numbers[start : start + _IN_ONE_QUERY])
            names += self._connection.execute(sa.select(recordings.c.name).where(some)).scalars()
        return Citizen(numbers, [number for number, is_open in found if is_open], sorted(names), 0, {})

    def _tickets(self, mine: sa.ColumnElement[bool]) -> list[tuple[str, bool]]:
        query = sa.select(tickets.c.number, tickets.c.is_open).where(mine).order_by(tickets.c.id)
        return [(row[0], row[1]) for row in self._connection.execute(query)]

    def has_call_going_on(self, phone: str) -> bool:
        """Tell whether a call from or to a number goes on: until its end the number is written again."""
        tables = ((calls, calls.c.phone), (call_log, call_log.c.caller))
        going_on = (
            sa.select(table.c.uniqueid).where(column == phone, table.c.ended.is_(None)) for table, column in tables
        )
        return self._connection.execute(sa.union_all(*going_on)).first() is not None

    def _recordings(self, phone: str, numbers: Sequence[str]) -> list[str]:
        names = set(self._connection.execute(sa.select(recordings.c.name).where(recordings.c.phone == phone)).scalars())
        for start in range(0, len(numbers), _IN_ONE_QUERY):
            some = numbers[start : start + _IN_ONE_QUERY]
            names |= set(
                self._connection.execute(sa.select(recordings.c.name).where(recordings.c.number.in_(some))).scalars()
            )
        return sorted(names)

    def _rows(self, phone: str) -> dict[str, int]:
        found = {}
        for table in metadata.sorted_tables:
            texts = _texts(table)
            if texts and table.name not in _NUMBERLESS_TABLES:
                query = sa.select(sa.func.count()).select_from(table).where(_contains_number(texts, phone))
                found[table.name] = self._connection.execute(query).scalar_one()
        return found

    def forget_tickets(self, numbers: Sequence[str]) -> None:
        """Keep only the actions in the history of these tickets, no texts."""
        with kind_of(self._connection).history_opened(self._connection):
            for start in range(0, len(numbers), _IN_ONE_QUERY):
                some = history.c.number.in_(numbers[start : start + _IN_ONE_QUERY])
                told = self._connection.execute(sa.select(history.c.id, history.c.what).where(some)).all()
                short = [{"which": row.id, "done": row.what.partition(";")[0]} for row in told if ";" in row.what]
                if short:
                    self._connection.execute(_SHORTEN, short)

    def rows_with(self, phone: str) -> Rows:
        """Return the keys of the rows in which a number stands, by table: found beforehand, so that no call waits."""
        found: Rows = {}
        for table in metadata.sorted_tables:
            texts = _texts(table)
            if texts and table.name not in _PRESERVED_TABLES | _NUMBERLESS_TABLES:
                keys = self._connection.execute(
                    sa.select(*table.primary_key).where(_contains_number(texts, phone))
                ).all()
                found[table.name] = [tuple(key) for key in keys]
        return found

    def forget_number(self, phone: str, rows: Rows) -> None:
        """Remove a number from these rows, and cancel calls to it."""
        pattern = pattern_of(phone)
        with kind_of(self._connection).history_opened(self._connection):
            for name, keys in rows.items():
                table = metadata.tables[name]
                for key in keys:
                    same = sa.and_(*(column == value for column, value in zip(table.primary_key, key, strict=True)))
                    if table is jobs:
                        self._connection.execute(
                            sa.delete(jobs).where(same, jobs.c.key.startswith(phone, autoescape=True))
                        )
                    row = self._connection.execute(sa.select(*_texts(table)).where(same)).mappings().first()
                    if row:
                        self._erase_number(table, same, row, pattern)

    def forget_calls_before(self, moment: datetime) -> int:
        """Take the number out of the calls that began before a moment; return of how many."""
        query = (
            sa.update(calls).where(calls.c.started < moment.isoformat(), calls.c.phone.is_not(None)).values(phone=None)
        )
        return self._connection.execute(query).rowcount

    def closed_before(self, moment: datetime, done: str, count: int) -> list[str]:
        """Return closed tickets to which nothing was done since a moment, oldest first.

        Args:
            moment: Aware, UTC.
            done: The history line of tickets whose person is already removed.
            count: At most so many.
        """
        of_ticket = history.c.number == tickets.c.number
        last = sa.select(sa.func.max(history.c.at)).where(of_ticket).scalar_subquery()
        query = (
            sa.select(tickets.c.number)
            .where(
                tickets.c.is_open.is_(False),
                tickets.c.requested < moment.isoformat(timespec="microseconds"),
                last < moment.isoformat(),
                ~sa.exists().where(of_ticket, history.c.what == done),
            )
            .order_by(tickets.c.id)
            .limit(count)
        )
        return list(self._connection.execute(query).scalars())

    def _erase_number(
        self,
        table: sa.Table,
        same: sa.ColumnElement[bool],
        row: sa.RowMapping,
        pattern: re.Pattern[str],
    ) -> None:
        changed: dict[str, object] = {}
        for column in _texts(table):
            text = row[column]
            if text and pattern.search(text):
                crossed = pattern.sub(lambda found: "X" * len(found[0]), text)
                changed[column.name] = None if crossed.strip("X") == "" and column.nullable else crossed
        if changed:
            self._connection.execute(sa.update(table).where(same).values(changed))


def _of_contact(contact: str) -> sa.ColumnElement[bool]:
    """Tickets without telephone of a person of a chat; one with another's telephone is that other person's."""
    key = ticket_sources.c.source_key
    own = sa.select(ticket_sources.c.number).where(key > f"{contact}/", key < f"{contact}0")  # "0" follows "/"
    return sa.and_(tickets.c.phone.is_(None), tickets.c.number.in_(own))


def _texts(table: sa.Table) -> list[sa.Column[str]]:
    return [column for column in table.columns if isinstance(column.type, sa.String)]


def _contains_number(texts: Sequence[sa.Column[str]], phone: str) -> sa.ColumnElement[bool]:
    return sa.or_(*(column.contains(digits_of(phone), autoescape=True) for column in texts))
