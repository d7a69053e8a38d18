"""A message from a person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from router.model.messaging.person import MessageChannel


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomingMessage:
    """A message as it was parsed; what the channel sent of it lies beside it in the store.

    Attributes:
        provider_id: The channel's id of it, such as WhatsApp's wamid. It may hold the telephone number in another
            form: never log it.
        person: ``chat_people.id``.
        sent: By its own time stamp; aware, UTC.
        kind: ``text``, ``audio`` …, ``unknown``.
        content: The message's object, parsed (JSON).
    """

    provider_id: str
    person: int
    sent: datetime
    kind: str
    content: Mapping[str, object]


class NewMessage(NamedTuple):
    """A message to be stored.

    Attributes:
        channel: The way it came.
        message: As parsed.
        raw: The JSON of the message as the channel sent it.
        received: When it reached us; aware, UTC.
    """

    channel: MessageChannel
    message: IncomingMessage
    raw: str
    received: datetime


class StoredMessage(NamedTuple):
    """A message in the store.

    Attributes:
        id: In our store: what logs and commands call it.
        message: As parsed.
        received: When it reached us.
        state: ``waiting``, ``done`` or ``set-aside``.
        attempts: How often work on it was begun.
        note: Why it was put off or set aside last.
    """

    id: int
    message: IncomingMessage
    received: datetime
    state: str
    attempts: int
    note: str


class Waiting(NamedTuple):
    """How many messages wait for something, and since when the oldest one waits; None when there is none."""

    messages: int
    oldest: datetime | None
