"""Alerts, retained for a room until they end. Each change adds its outbox row in the same transaction."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa

from router.model.rooms.alert import Alert, AlertVersion
from router.storage.repositories.outbox_repository import OutboxRepository
from router.storage.schema import alerts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from router.model.messages import MessageBuilder

KEY = "alert/"
"""Prefix of the outbox key of an alert."""

_BY_KEY = sa.select(alerts).where(alerts.c.key == sa.bindparam("which"))
_CHANGE = sa.update(alerts).where(alerts.c.key == sa.bindparam("which"))


def key_of(kind: str, room: str) -> str:
    """Return the outbox key of an alert: ``alert/<kind>/<room>``."""
    return f"{KEY}{kind}/{room}"


class AlertRepository:
    """Alerts; each change adds its outbox row."""

    def __init__(self, connection: sa.Connection, messages: MessageBuilder) -> None:
        self._connection = connection
        self._messages = messages

    def raise_alert(self, kind: str, room: str, data: Mapping[str, object]) -> bool:
        """Tell a room something until ``end_alert``, in the place of what this kind of alert told it before.

        Its event's data is ``data`` with ``room`` and ``since`` (when it began) before it. What it says already changes
        nothing.

        Args:
            kind: Topic level, such as ``shortage``.
            room: The room it is for; topic level as well.
            data: What to say, fit for JSON; no personal data.

        Returns:
            Whether it is new or says something else than before: the outbox has it.

        Raises:
            ValueError: kind or room cannot stand in a topic.
        """
        key, said = key_of(kind, room), json.dumps(data, ensure_ascii=False, separators=(",", ":"))
        row = self._connection.execute(_BY_KEY, {"which": key}).mappings().first()
        if row and row["active"] and row["data"] == said:
            return False
        now = datetime.now(UTC).isoformat()
        since = row["since"] if row and row["active"] else now
        values = {"active": True, "since": since, "changed": now, "data": said}
        if row:
            self._connection.execute(_CHANGE.values(version=row["version"] + 1, **values), {"which": key})
        else:
            self._connection.execute(sa.insert(alerts).values(key=key, kind=kind, room=room, version=1, **values))
        version = self.standing(key)
        OutboxRepository(self._connection).replace(key, self._messages.of_alert(version) if version else None)
        return True

    def end_alert(self, kind: str, room: str) -> bool:
        """End an alert: its topic is emptied. One that does not stand changes nothing.

        Returns:
            Whether it stood: the outbox has its end.
        """
        key = key_of(kind, room)
        row = self._connection.execute(_BY_KEY, {"which": key}).mappings().first()
        if row is None or not row["active"]:
            return False
        changed = datetime.now(UTC).isoformat()
        self._connection.execute(
            _CHANGE.values(active=False, version=row["version"] + 1, changed=changed), {"which": key}
        )
        OutboxRepository(self._connection).replace(key, None, [self._messages.topic_of_alert(kind, room)])
        return True

    def replace_active(self, kind: str, told: Mapping[str, Mapping[str, object]]) -> None:
        """Make these, by room, the alerts of a kind that stand: all others of it end."""
        for alert in self.active(kind):
            if alert.room not in told:
                self.end_alert(kind, alert.room)
        for room, data in told.items():
            self.raise_alert(kind, room, data)

    def active(self, kind: str | None = None) -> list[Alert]:
        """Return the alerts that stand, of one kind or all, in the order of kind and room."""
        query = sa.select(alerts).where(alerts.c.active.is_(True)).order_by(alerts.c.key)
        if kind is not None:
            query = query.where(alerts.c.kind == kind)
        return [
            Alert(row["kind"], row["room"], datetime.fromisoformat(row["since"]), json.loads(row["data"]))
            for row in self._connection.execute(query).mappings()
        ]

    def standing(self, key: str) -> AlertVersion | None:
        """Return the present version of an alert; None when it does not stand."""
        row = self._connection.execute(_BY_KEY, {"which": key}).mappings().first()
        return _version(row) if row and row["active"] else None

    def standing_after(self, key: str, count: int) -> list[tuple[str, AlertVersion]]:
        """Return keys and versions of standing alerts in the order of their keys, those after ``key``."""
        query = (
            sa.select(alerts).where(alerts.c.active.is_(True), alerts.c.key > key).order_by(alerts.c.key).limit(count)
        )
        return [(row["key"], _version(row)) for row in self._connection.execute(query).mappings()]

    def versions(self, keys: Sequence[str]) -> dict[str, int]:
        """Return the present version of those of these alerts that there ever were."""
        query = sa.select(alerts.c.key, alerts.c.version).where(alerts.c.key.in_(keys))
        return {row[0]: row[1] for row in self._connection.execute(query)}


def _version(row: Mapping[Any, Any]) -> AlertVersion:
    changed = datetime.fromisoformat(row["changed"])
    return AlertVersion(row["kind"], row["room"], row["version"], row["since"], changed, row["data"])
