"""The audit log in the store: a chain of rows, each with the hash of the one before it."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from router.clock import sortable
from router.model.accounts.audit_entry import AuditChain, AuditEntry, ChainedEntry, hash_of
from router.storage.portable import insert_or_replace
from router.storage.schema import audit_chain, audit_log

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

_ONE = 1  # the only row
_LISTS = frozenset({"tickets", "fields"})
_ENTRY = tuple(audit_log.c[name] for name in AuditEntry.__dataclass_fields__)
_ROW = (audit_log.c.id, audit_log.c.previous, audit_log.c.hash, *_ENTRY)
_PUT_CHAIN = insert_or_replace(audit_chain)


class AuditRepository:
    """Who saw or did what."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def append(self, entries: Iterable[AuditEntry]) -> None:
        """Add entries at the end of the chain; no other writes meanwhile, since the writer's transaction is alone."""
        chain = self.chain()
        number, last, rows = chain.last_id, chain.last_hash, []
        for entry in entries:
            number, previous = number + 1, last
            last = hash_of(number, entry, previous)
            rows.append({"id": number, "previous": previous, "hash": last, **_stored(entry)})
        if rows:
            self._connection.execute(sa.insert(audit_log), rows)
            self._put_chain(AuditChain(number, last, chain.removed_id, chain.removed_hash))

    def chain(self) -> AuditChain:
        """Return both ends of the chain."""
        row = self._connection.execute(sa.select(audit_chain).where(audit_chain.c.id == _ONE)).mappings().first()
        return AuditChain(**{name: row[name] for name in AuditChain.__dataclass_fields__}) if row else AuditChain()

    def _put_chain(self, chain: AuditChain) -> None:
        self._connection.execute(_PUT_CHAIN, {"id": _ONE, **asdict(chain)})

    def list_after(
        self, number: int, count: int, *, user: str = "", action: str = "", ticket: str = "", since: str = ""
    ) -> list[ChainedEntry]:
        """Return entries behind a number, oldest first.

        Args:
            number: Of the entry before the first one wanted.
            count: At most so many.
            user: Only of this one; empty: of all.
            action: Only these.
            ticket: Only those in which this ticket was seen or changed.
            since: Only from then on; as `router.clock.sortable` writes it.
        """
        query = sa.select(*_ROW).where(audit_log.c.id > number).order_by(audit_log.c.id).limit(count)
        return self._list(_narrowed(query, user, action, ticket, since))

    def list_newest(
        self, count: int, *, user: str = "", action: str = "", ticket: str = "", since: str = ""
    ) -> list[ChainedEntry]:
        """Return the newest entries, oldest of them first. Arguments as of `list_after`."""
        query = sa.select(*_ROW).order_by(audit_log.c.id.desc()).limit(count)
        return self._list(_narrowed(query, user, action, ticket, since))[::-1]

    def _list(self, query: sa.Select[Any]) -> list[ChainedEntry]:
        return [_chained(row) for row in self._connection.execute(query).mappings()]

    def forget_before(self, moment: datetime, count: int) -> int:
        """Delete the oldest entries of before a moment, and remember what the rest is chained to; return how many."""
        query = (
            sa.select(audit_log.c.id, audit_log.c.hash)
            .where(audit_log.c.at < sortable(moment))
            .order_by(audit_log.c.id)
            .limit(count)
        )
        old = self._connection.execute(query).all()
        if not old:
            return 0
        last = old[-1]
        self._connection.execute(sa.delete(audit_log).where(audit_log.c.id <= last.id))
        chain = self.chain()
        self._put_chain(AuditChain(chain.last_id, chain.last_hash, last.id, last.hash))
        return len(old)


def _narrowed(query: sa.Select[Any], user: str, action: str, ticket: str, since: str) -> sa.Select[Any]:
    if user:
        query = query.where(audit_log.c.user == user)
    if action:
        query = query.where(audit_log.c.action == action)
    if ticket:
        query = query.where(audit_log.c.tickets.contains(f'"{ticket}"', autoescape=True))
    if since:
        query = query.where(audit_log.c.at >= since)
    return query


def _stored(entry: AuditEntry) -> dict[str, Any]:
    values = asdict(entry)
    return {name: json.dumps(value) if name in _LISTS else value for name, value in values.items()}


def _chained(row: sa.RowMapping) -> ChainedEntry:
    entry: dict[str, Any] = {name: row[name] for name in AuditEntry.__dataclass_fields__}
    entry |= {name: tuple(json.loads(row[name])) for name in _LISTS}
    return ChainedEntry(row["id"], AuditEntry(**entry), row["previous"], row["hash"])
