"""Retained messages as the outbox keeps them, topic and bytes, and what builds them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from router.model.notice import Notice
    from router.model.rooms.alert import AlertVersion
    from router.model.rooms.task import Part
    from router.model.ticket import Ticket


class RetainedTopic(NamedTuple):
    """A topic (without root) and the room it belongs to."""

    room: str
    topic: str


class OutboxMessage(NamedTuple):
    """A retained message of one ticket, alert, task or notice, as it is or will be at the broker.

    Attributes:
        place: Where.
        payload: The event.
        copies: Where the same lies for others to know of it.
    """

    place: RetainedTopic
    payload: str
    copies: tuple[RetainedTopic, ...] = ()

    @property
    def places(self) -> tuple[RetainedTopic, ...]:
        """Where it lies: its own place first."""
        return (self.place, *self.copies)


class MessageBuilder(Protocol):
    """Builds the messages of what changes, while its transaction runs; MQTT's part implements it.

    All methods are pure: the same version gives the same text.
    """

    def of_ticket(self, ticket: Ticket, document: str) -> OutboxMessage | None:
        """Return the message of a ticket's present version; None when it is closed and no longer any room's.

        Args:
            ticket: The ticket.
            document: Its JSON as the store keeps it.
        """
        ...

    def topics_of_ticket(self, ticket: Ticket) -> tuple[RetainedTopic, ...]:
        """Return where a ticket lies: with its room first, then where it lies as a copy; nowhere when it is closed."""
        ...

    def of_alert(self, alert: AlertVersion) -> OutboxMessage:
        """Return the message of an alert that stands.

        Raises:
            ValueError: kind or room cannot stand in a topic.
        """
        ...

    def topic_of_alert(self, kind: str, room: str) -> RetainedTopic:
        """Return where an alert lies; raises as `of_alert`."""
        ...

    def of_task_part(self, part: Part, document: str) -> OutboxMessage | None:
        """Return the message of a room's part of a task, of which ``document`` is the JSON; None when it is done."""
        ...

    def topic_of_task_part(self, part: Part) -> RetainedTopic:
        """Return where a room's part of a task lies."""
        ...

    def of_notice(self, notice: Notice) -> OutboxMessage:
        """Return the message of a published notice."""
        ...

    def topic_of_notice(self, notice_id: str) -> RetainedTopic:
        """Return where a notice lies while it is published."""
        ...
