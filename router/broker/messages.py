"""What of a ticket lies at the broker."""

from __future__ import annotations

from typing import TYPE_CHECKING

from router.broker import topics
from router.broker.events import ticket_event
from router.store.outbox_rows import Message, Place

if TYPE_CHECKING:
    from router.tickets.ticket import Ticket


def present_message(ticket: Ticket, document: str) -> Message | None:
    """Return the message of a ticket's present version; None when it is closed and no longer any room's.

    Args:
        ticket: The ticket.
        document: Its JSON as the store keeps it.
    """
    if not ticket.is_open:
        return None
    topic = topics.ticket(ticket.room, ticket.desk, ticket.number)
    return Message(Place(ticket.room, topic), ticket_event(ticket, document))
