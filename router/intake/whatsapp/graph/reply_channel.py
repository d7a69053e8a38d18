"""WhatsApp as a reply channel: who wrote by WhatsApp is asked there whether help came.

The question is a durable job, taken by `router.intake.whatsapp.graph.confirmations`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from router.model.messaging.person import person_of as contact_person

if TYPE_CHECKING:
    from router.model.messaging.person import ChatPerson
    from router.model.ticket import Ticket
    from router.storage.unit_of_work import UnitOfWork

CONFIRM: Final = "whatsapp-confirm"
"""The kind of its jobs."""
OUTCOME_KEY: Final = "outcome/"
"""Begins the key of each of its messages, before that of the job: what became of them, the job's worker sees to."""


class WhatsAppReply:
    """`router.tickets.confirmation.reply_channel.ReplyChannel` by messages."""

    job_kind: Final = CONFIRM

    def reaches(self, ticket: Ticket) -> bool:
        """Whether the citizen came by WhatsApp. Whether they can still be written to is seen when they are asked."""
        return ticket.channel == "whatsapp"


def person_of(uow: UnitOfWork, ticket: Ticket) -> ChatPerson | None:
    """Return who a ticket's citizen is on WhatsApp; None when they are forgotten, or never wrote there."""
    person = contact_person(ticket.source_key)
    return None if person is None else uow.chat_people.find(person)
