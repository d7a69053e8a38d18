"""Digests of submissions with their idempotency keys, by which a repetition is recognised."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import sqlalchemy as sa

from router.clock import sortable
from router.storage.schema import source_contents

if TYPE_CHECKING:
    from datetime import datetime

_INSERT = sa.insert(source_contents)
_OF = sa.select(source_contents.c.content).where(source_contents.c.source_key == sa.bindparam("key"))
_NEWEST = (
    sa.select(source_contents)
    .where(
        source_contents.c.content == sa.bindparam("what"),
        source_contents.c.kept >= sa.bindparam("from"),
        source_contents.c.source_key.startswith(sa.bindparam("whose"), autoescape=False),
    )
    .order_by(source_contents.c.kept.desc())
    .limit(1)
)


class Content(NamedTuple):
    """The content that came with a key, and the time of its first submission."""

    source_key: str
    content: str
    kept: str


class ContentRepository:
    """Digests of submissions."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def add(self, source_key: str, content: str, kept: str) -> None:
        """Store the digest of a submission under its key."""
        self._connection.execute(_INSERT, Content(source_key, content, kept)._asdict())

    def of(self, source_key: str) -> str | None:
        """Return the digest of a submission by its key; None when there is none."""
        return self._connection.execute(_OF, {"key": source_key}).scalar()

    def newest(self, whose: str, content: str, since: datetime) -> Content | None:
        """Return the newest that says the same, of the keys that begin with ``whose``; None when there is none."""
        row = self._connection.execute(_NEWEST, {"whose": whose, "what": content, "from": sortable(since)}).first()
        return Content(*row) if row else None
