"""A message to a person, and the states it goes through."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from router.model.messaging.person import MessageChannel

QUEUED, SENT, FAILED, DELIVERED, READ, DROPPED = "queued", "sent", "failed", "delivered", "read", "dropped"

RANKS: Final[Mapping[str, int]] = MappingProxyType({QUEUED: 0, SENT: 1, FAILED: 2, DELIVERED: 3, READ: 4, DROPPED: 5})
"""A state gives way to one of higher rank only: reports of the provider come late, twice and in any order. A message
that was reported failed may still be reported delivered, not the other way round. ``dropped`` is our own decision."""


class OutgoingMessage(NamedTuple):
    """A message in the queue.

    Attributes:
        id: In our store: what logs and commands call it.
        channel: The way it goes.
        person: ``chat_people.id``; None: an SMS to somebody who never wrote.
        to: E.164, when there is no person; else empty.
        ticket: The number of the ticket it is about; empty: none.
        purpose: ``answer``, ``ticket-number``, ``confirm``, ``notice`` or ``emergency``.
        body: WhatsApp: a reply of the dialogue; SMS: ``{"template": name, "values": {…}}``.
        key: Unique for each channel: a message is never queued twice.
        priority: 1 (first) to 4.
        state: ``queued``, ``sent``, ``delivered``, ``read``, ``failed`` or ``dropped``.
        attempts: How often it was taken to be sent.
        provider_id: The provider's id of it, once it is sent. It may hold the telephone number in another form: never
            log it.
    """

    id: int
    channel: MessageChannel
    person: int | None
    to: str
    ticket: str
    purpose: str
    body: Mapping[str, object]
    key: str
    priority: int
    state: str
    attempts: int
    provider_id: str


class NewOutgoing(NamedTuple):
    """A message to be queued; its fields are those of `OutgoingMessage`."""

    channel: MessageChannel
    key: str
    purpose: str
    body: Mapping[str, object]
    person: int | None = None
    to: str = ""
    ticket: str = ""
    priority: int = 3


class FailedMessage(NamedTuple):
    """A message that the provider took, and reported as failed: the error, and when it was reported."""

    message: OutgoingMessage
    error: str
    changed: datetime


class DeliveryReport(NamedTuple):
    """What the provider says of a message: one of the states, and an error."""

    channel: MessageChannel
    provider_id: str
    state: str
    error: str = ""
