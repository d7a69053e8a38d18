"""The payload of a topic: a CloudEvent 1.0 in structured JSON (CloudEvents MQTT binding, section 3.2)."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from router.errors import WarroomError
from router.model.ticket import Ticket
from router.tickets.ticket_number import node_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from router.mqtt.operator_messages import OperatorReply
    from router.tickets.command import CommandReply

CONTENT_TYPE = "application/cloudevents+json"
"""The MQTT 5 content type of every payload of ours."""

Kind = Literal[
    "ticket",
    "summary",
    "reply",
    "node",
    "store",
    "call",
    "state",
    "queue",
    "trunk",
    "callback",
    "alert.parked",
    "catalogue",
]


class EventError(WarroomError, ValueError):
    """A payload is not one of our events."""


class Event(BaseModel):
    """A CloudEvent 1.0 as a client reads it."""

    model_config = ConfigDict(frozen=True, extra="ignore", use_attribute_docstrings=True)

    specversion: Literal["1.0"]
    id: str
    """The same on a repetition of the same thing."""
    source: str
    type: str
    subject: str
    time: AwareDatetime
    data: dict[str, Any]


def ticket_event(ticket: Ticket, document: str) -> str:
    """Return the event of one version of a ticket: the same text, with the same id, however often it is made.

    Args:
        ticket: The ticket.
        document: Its JSON, as ``ticket.model_dump_json()`` gives it and the store keeps it.
    """
    head = _head(
        "ticket",
        event_id=f"{ticket.number}-{ticket.version}",
        source=f"/nodes/{node_of(ticket.number)}",
        subject=ticket.number,
        time=ticket.updated_datetime,
    )
    return f'{head},"data":{document}}}'


def alert_event(kind: str, room: str, *, version: int, time: datetime, document: str) -> str:
    """Return the event of one version of an alert: the same text, with the same id, however often it is made.

    Args:
        kind: The alert's kind, such as ``overdue``.
        room: The room it is for.
        version: Counts the changes of this kind of alert for this room, over all its beginnings and ends.
        time: When it became so.
        document: Its data, as JSON.
    """
    head = _head(f"alert.{kind}", event_id=f"{kind}-{room}-{version}", source="/alerts", subject=room, time=time)
    return f'{head},"data":{document}}}'


def reply_event(reply: CommandReply, *, node: int) -> str:
    """Return the event of a reply: with the same id however often the same command is answered."""
    who, subject = reply.room, reply.ticket or reply.room
    return _answer("reply", reply, who=who, subject=subject, node=node)


def operator_reply_event(reply: OperatorReply, *, node: int) -> str:
    """Return the event of a reply to an operator: with the same id however often the same command is answered."""
    return _answer("operator-reply", reply, who=f"operator {reply.operator}", subject=reply.operator, node=node)


def task_event(task_id: str, room: str, *, version: int, time: datetime, document: str) -> str:
    """Return the event of one version of a room's part of a task, with the same id however often it is made.

    Args:
        task_id: The task's, ``<node>-<serial>``.
        room: Whose part it is.
        version: Of the part.
        time: When it became so.
        document: The part, as JSON.
    """
    source = f"/nodes/{task_id[0]}"
    head = _head("task", event_id=f"{task_id}-{room}-{version}", source=source, subject=task_id, time=time)
    return f'{head},"data":{document}}}'


def notice_event(notice_id: str, *, version: int, time: datetime, document: str) -> str:
    """Return the event of one published revision of a notice, with the same id however often it is made.

    Args:
        notice_id: The notice's, ``<node>-<six digits>``.
        version: The revision.
        time: When it was published.
        document: The `PublicNotice`, as JSON.
    """
    source = f"/nodes/{notice_id[0]}"
    head = _head("notice", event_id=f"{notice_id}-{version}", source=source, subject=notice_id, time=time)
    return f'{head},"data":{document}}}'


def cloud_event(kind: Kind, data: Mapping[str, object], *, node: int, subject: str) -> str:
    """Return an event of another kind; its id is drawn from what it says and when."""
    time = datetime.now(UTC)
    body = json.dumps(data, separators=(",", ":"), ensure_ascii=False)
    mark = hashlib.blake2b(f"{kind} {subject} {time} {body}".encode(), digest_size=12).hexdigest()
    head = _head(kind, event_id=mark, source=f"/nodes/{node}", subject=subject, time=time)
    return f'{head},"data":{body}}}'


def parse(payload: bytes | str) -> Event:
    """Read an event.

    Raises:
        EventError: it is none.
    """
    try:
        return Event.model_validate_json(payload)
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, e['loc'])) or 'JSON'}: {e['msg']}" for e in error.errors()[:3])
        raise EventError(f"not a CloudEvent of ours: {wrong}") from None  # never its text: it may be anybody's data


def ticket_in(event: Event) -> Ticket:
    """Return the ticket an event carries.

    Raises:
        EventError: it carries none.
    """
    try:
        return Ticket.model_validate(event.data)
    except ValidationError as error:
        wrong = ", ".join(".".join(map(str, e["loc"])) for e in error.errors()[:5])
        raise EventError(f"not a ticket: see {wrong}") from None


def _answer(kind: str, reply: CommandReply | OperatorReply, *, who: str, subject: str, node: int) -> str:
    mark = f"{who} {reply.command_id} {reply.accepted} {reply.code}"
    head = _head(
        kind,
        event_id=hashlib.blake2b(mark.encode(), digest_size=12).hexdigest(),
        source=f"/nodes/{node}",
        subject=subject,
        time=reply.at,
    )
    return f'{head},"data":{reply.model_dump_json()}}}'


def _head(kind: str, *, event_id: str, source: str, subject: str, time: datetime) -> str:
    """The attributes, without the closing brace; none of them can hold a character that JSON escapes."""
    return (
        f'{{"specversion":"1.0","id":"{event_id}","source":"{source}","type":"warroom.{kind}.v1",'
        f'"subject":"{subject}","time":"{time.isoformat()}","datacontenttype":"application/json"'
    )
