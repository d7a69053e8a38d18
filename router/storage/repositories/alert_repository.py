"""Alerts, retained for a room until they end. Each change adds its outbox row in the same transaction."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa

from router.model.alert import Alert
from router.model.messages import OutboxMessage, RetainedTopic
from router.mqtt import topics
from router.mqtt.cloudevents import alert_event
from router.storage.repositories import outbox_repository
from router.storage.schema import alerts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

KEY = "alert/"
"""What the outbox key of an alert begins with."""

_BY_KEY = sa.select(alerts).where(alerts.c.key == sa.bindparam("which"))
_CHANGE = sa.update(alerts).where(alerts.c.key == sa.bindparam("which"))


def key_of(kind: str, room: str) -> str:
    """Return the outbox key of an alert: ``alert/<kind>/<room>``."""
    return f"{KEY}{kind}/{room}"


def raise_alert(connection: sa.Connection, kind: str, room: str, data: Mapping[str, object]) -> bool:
    """Tell a room something until ``end_alert``, in the place of what this kind of alert told it before.

    Its event's data is ``data`` with ``room`` and ``since`` (when it began) before it. What it says already changes
    nothing.

    Args:
        connection: The writer's.
        kind: Topic level, such as ``shortage``.
        room: Whom it is told; topic level as well.
        data: What to say, fit for JSON; no personal data.

    Returns:
        Whether it is new or says something else than before: the outbox has it.

    Raises:
        ValueError: kind or room cannot stand in a topic.
    """
    key, said = key_of(kind, room), json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    topics.alert(kind, room)
    row = connection.execute(_BY_KEY, {"which": key}).mappings().first()
    if row and row["active"] and row["data"] == said:
        return False
    now = datetime.now(UTC).isoformat()
    since = row["since"] if row and row["active"] else now
    values = {"active": True, "since": since, "changed": now, "data": said}
    if row:
        connection.execute(_CHANGE.values(version=row["version"] + 1, **values), {"which": key})
    else:
        connection.execute(sa.insert(alerts).values(key=key, kind=kind, room=room, version=1, **values))
    outbox_repository.replace(connection, key, message_of(connection, key))
    return True


def end_alert(connection: sa.Connection, kind: str, room: str) -> bool:
    """End an alert: its topic is emptied. One that does not stand changes nothing.

    Returns:
        Whether it stood: the outbox has its end.
    """
    key = key_of(kind, room)
    row = connection.execute(_BY_KEY, {"which": key}).mappings().first()
    if row is None or not row["active"]:
        return False
    changed = datetime.now(UTC).isoformat()
    connection.execute(_CHANGE.values(active=False, version=row["version"] + 1, changed=changed), {"which": key})
    outbox_repository.replace(connection, key, None, [RetainedTopic(room, topics.alert(kind, room))])
    return True


def replace_active(connection: sa.Connection, kind: str, told: Mapping[str, Mapping[str, object]]) -> None:
    """Make these, by room, the alerts of a kind that stand: all others of it end."""
    for alert in active(connection, kind):
        if alert.room not in told:
            end_alert(connection, kind, alert.room)
    for room, data in told.items():
        raise_alert(connection, kind, room, data)


def active(connection: sa.Connection, kind: str | None = None) -> list[Alert]:
    """Return the alerts that stand, of one kind or all, in the order of kind and room."""
    query = sa.select(alerts).where(alerts.c.active.is_(True)).order_by(alerts.c.key)
    if kind is not None:
        query = query.where(alerts.c.kind == kind)
    return [
        Alert(row["kind"], row["room"], datetime.fromisoformat(row["since"]), json.loads(row["data"]))
        for row in connection.execute(query).mappings()
    ]


def message_of(connection: sa.Connection, key: str) -> OutboxMessage | None:
    """Return what lies at the broker of an alert; None when it does not stand."""
    row = connection.execute(_BY_KEY, {"which": key}).mappings().first()
    return _message(row) if row and row["active"] else None


def messages_after(connection: sa.Connection, key: str, count: int) -> list[tuple[str, OutboxMessage]]:
    """Return keys and messages of standing alerts in the order of their keys, those after ``key``."""
    query = sa.select(alerts).where(alerts.c.active.is_(True), alerts.c.key > key).order_by(alerts.c.key).limit(count)
    return [(row["key"], _message(row)) for row in connection.execute(query).mappings()]


def versions(connection: sa.Connection, keys: Sequence[str]) -> dict[str, int]:
    """Return the present version of those of these alerts that there ever were."""
    query = sa.select(alerts.c.key, alerts.c.version).where(alerts.c.key.in_(keys))
    return {row[0]: row[1] for row in connection.execute(query)}


def _message(row: Mapping[Any, Any]) -> OutboxMessage:
    kind, room = row["kind"], row["room"]
    head = json.dumps({"room": room, "since": row["since"]}, separators=(",", ":"))
    document = head if row["data"] == "{}" else f"{head[:-1]},{row['data'][1:]}"
    time = datetime.fromisoformat(row["changed"])
    payload = alert_event(kind, room, version=row["version"], time=time, document=document)
    return OutboxMessage(RetainedTopic(room, topics.alert(kind, room)), payload)
