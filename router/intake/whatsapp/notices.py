"""Notices to the public by WhatsApp: to those who have written there, and have not said stop."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from router.intake.whatsapp.dialogue.replies import Text
from router.intake.whatsapp.graph.budget import midnight
from router.intake.whatsapp.graph.reply_channel import person_of
from router.intake.whatsapp.graph.window import is_open
from router.model.messaging.outgoing import NewOutgoing
from router.notices.messages import PRIORITY, prefix_of

if TYPE_CHECKING:
    from datetime import datetime

    from router.model.notice import Notice
    from router.model.ticket import Ticket
    from router.settings_messaging import WhatsAppSettings
    from router.storage.unit_of_work import UnitOfWork

PURPOSE: Final = "notice"
PART: Final = 0.5
"""Of a day's budget that notices may use, with what else is sent: the rest is for ticket numbers and answers."""


class WhatsAppNotices:
    """Makes the messages: free words within 24 hours of the person's last one, else the template ``notice``.

    Args:
        settings: Has the template and the budget.
    """

    def __init__(self, settings: WhatsAppSettings) -> None:
        self._budget = settings.daily_budget
        self._has_template = PURPOSE in map(str, settings.templates)

    def message(self, uow: UnitOfWork, notice: Notice, ticket: Ticket, now: datetime) -> NewOutgoing | None:
        """Return the message to a ticket's citizen; None when they never wrote here, or said stop."""
        person = person_of(uow, ticket) or (
            uow.chat_people.by_phone("whatsapp", ticket.phone) if ticket.phone else None
        )
        if person is None or person.stopped or not (self._has_template or is_open(person, now)):
            return None
        hindi = person.language == "hi"
        event, text = (notice.event_hi, notice.text_hi) if hindi else (notice.event, notice.text)
        body = Text(text=" ".join(f"{event}: {text}".split())).model_dump(mode="json")
        return NewOutgoing("whatsapp", f"{prefix_of(notice)}{person.id}", PURPOSE, body, person.id, priority=PRIORITY)

    def left(self, uow: UnitOfWork, now: datetime) -> int:
        """Return how many the day's budget leaves for notices."""
        used = uow.messages_out.sent_since("whatsapp", midnight(now)) + uow.messages_out.waiting("whatsapp").messages
        return int(self._budget * PART) - used
