"""What lies on a topic: a CloudEvent 1.0 in structured JSON (CloudEvents MQTT binding, section 3.2)."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from router.tickets.number import node_of
from router.tickets.ticket import Ticket

if TYPE_CHECKING:
    from collections.abc import Mapping

    from router.tickets.command import Reply

CONTENT_TYPE = "application/cloudevents+json"
"""The MQTT 5 content type of every payload of ours."""

Kind = Literal["ticket", "summary", "reply", "node", "alert.parked"]


class EventError(ValueError):
    """A payload is not one of our events."""


class Event(BaseModel):
    """An event as a client reads it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    specversion: Literal["1.0"]
    id: str
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
        node=node_of(ticket.number),
        subject=ticket.number,
        time=ticket.updated_datetime,
    )
    return f'{head},"data":{document}}}'


def reply_event(reply: Reply, *, node: int) -> str:
    """Return the event of a reply: with the same id however often the same command is answered."""
    mark = f"{reply.room} {reply.command_id} {reply.accepted} {reply.code}"
    head = _head(
        "reply",
        event_id=hashlib.blake2b(mark.encode(), digest_size=12).hexdigest(),
        node=node,
        subject=reply.ticket or reply.room,
        time=reply.at,
    )
    return f'{head},"data":{reply.model_dump_json()}}}'


def event(kind: Kind, data: Mapping[str, object], *, node: int, subject: str) -> str:
    """Return an event of another kind; its id is drawn from what it says and when."""
    time = datetime.now(UTC)
    body = json.dumps(data, separators=(",", ":"))
    mark = hashlib.blake2b(f"{kind} {subject} {time} {body}".encode(), digest_size=12).hexdigest()
    return f'{_head(kind, event_id=mark, node=node, subject=subject, time=time)},"data":{body}}}'


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


def _head(kind: str, *, event_id: str, node: int, subject: str, time: datetime) -> str:
    """The attributes, without the closing brace; none of them can hold a character that JSON escapes."""
    return (
        f'{{"specversion":"1.0","id":"{event_id}","source":"/nodes/{node}","type":"warroom.{kind}.v1",'
        f'"subject":"{subject}","time":"{time.isoformat()}","datacontenttype":"application/json"'
    )
