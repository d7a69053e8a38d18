"""Bodies that a provider sent and signed, and that no message came out of."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

import sqlalchemy as sa

from router.storage.portable import insert_or_skip
from router.storage.repositories.job_repository import as_text
from router.storage.schema import webhook_bodies

if TYPE_CHECKING:
    from router.model.messaging.person import MessageChannel

_c = webhook_bodies.c
_ADD = insert_or_skip(webhook_bodies, _c.channel, _c.digest)


class WebhookBody(NamedTuple):
    """A body that was kept."""

    id: int
    received: datetime
    reason: str
    body: str


class WebhookBodyRepository:
    """Bodies that no message came out of."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def add(self, channel: MessageChannel, body: bytes, reason: str, now: datetime) -> bool:
        r"""Keep a body as text, what is not UTF-8 and NUL as ``\x…``; False when the same one is kept already."""
        values = {
            "channel": channel,
            "digest": hashlib.sha256(body).hexdigest(),
            "received": as_text(now),
            "reason": reason,
            "body": body.decode("utf-8", "backslashreplace").replace("\x00", "\\x00"),
        }
        return self._connection.execute(_ADD, values).rowcount == 1

    def list_bodies(self, channel: MessageChannel, count: int = 100) -> list[WebhookBody]:
        """Return the newest bodies, newest first."""
        query = sa.select(_c.id, _c.received, _c.reason, _c.body).where(_c.channel == channel)
        rows = self._connection.execute(query.order_by(_c.id.desc()).limit(count))
        return [WebhookBody(row.id, datetime.fromisoformat(row.received), row.reason, row.body) for row in rows]

    def counts(self, channel: MessageChannel) -> dict[str, int]:
        """Return how many bodies are kept, by reason."""
        query = sa.select(_c.reason, sa.func.count()).where(_c.channel == channel).group_by(_c.reason)
        return {row[0]: row[1] for row in self._connection.execute(query)}

    def forget_before(self, moment: datetime, count: int) -> int:
        """Remove bodies received before a moment; return how many."""
        old = sa.select(_c.id).where(_c.received < as_text(moment)).limit(count)
        return self._connection.execute(sa.delete(webhook_bodies).where(_c.id.in_(old))).rowcount
