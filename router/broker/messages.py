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
    own, *copies = places_of(ticket)
    return Message(own, ticket_event(ticket, document), tuple(copies))


def places_of(ticket: Ticket) -> tuple[Place, ...]:
    """Return where an open ticket lies: with its room first, then where it lies as a copy."""
    others = (copy.split("/", 1) for copy in ticket.copies)
    return (
        Place(ticket.room, topics.ticket(ticket.room, ticket.desk, ticket.number)),
        *(Place(room, topics.copy(room, desk, ticket.number)) for room, desk in others),
    )
