"""WhatsApp as a reply channel: who wrote by WhatsApp is asked there whether help came.

The question is a durable job, taken by `router.intake.whatsapp.graph.confirmations`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from router.model.messaging.person import ChatPerson
    from router.model.ticket import Ticket
    from router.storage.unit_of_work import UnitOfWork

CONFIRM: Final = "whatsapp-confirm"
"""The kind of its jobs."""
_SOURCE: Final = "whatsapp/"


class WhatsAppReply:
    """`router.tickets.confirmation.reply_channel.ReplyChannel` by messages."""

    job_kind: Final = CONFIRM

    def reaches(self, ticket: Ticket) -> bool:
        """Whether the citizen came by WhatsApp. Whether they can still be written to is seen when they are asked."""
        return ticket.channel == "whatsapp"


def person_of(uow: UnitOfWork, ticket: Ticket) -> ChatPerson | None:
    """Return who a ticket's citizen is on WhatsApp; None when they are forgotten, or never wrote there."""
    told = (one.person for one in uow.messages_out.of_ticket(ticket.number) if one.channel == "whatsapp")
    person = next((one for one in told if one is not None), None)
    if person is None and ticket.source_key.startswith(_SOURCE):
        person = uow.chat_in.person_of("whatsapp", ticket.source_key.removeprefix(_SOURCE))
    return None if person is None else uow.chat_people.find(person)
