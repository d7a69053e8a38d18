"""Retained messages of a ticket."""

from __future__ import annotations

from typing import TYPE_CHECKING

from router.model.messages import OutboxMessage, RetainedTopic
from router.mqtt import topics
from router.mqtt.cloudevents import ticket_event

if TYPE_CHECKING:
    from router.model.ticket import Ticket


def current_message(ticket: Ticket, document: str) -> OutboxMessage | None:
    """Return the message of a ticket's present version; None when it is closed and no longer any room's.

    Args:
        ticket: The ticket.
        document: Its JSON as the store keeps it.
    """
    if not ticket.is_open:
        return None
    own, *copies = topics_of(ticket)
    return OutboxMessage(own, ticket_event(ticket, document), tuple(copies))


def topics_of(ticket: Ticket) -> tuple[RetainedTopic, ...]:
    """Return where an open ticket lies: with its room first, then where it lies as a copy."""
    others = (copy.split("/", 1) for copy in ticket.copies)
    return (
        RetainedTopic(ticket.room, topics.ticket(ticket.room, ticket.desk, ticket.number)),
        *(RetainedTopic(room, topics.copy(room, desk, ticket.number)) for room, desk in others),
    )
