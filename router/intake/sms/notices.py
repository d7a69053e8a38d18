"""Notices to the public by SMS: to mobile numbers of open tickets, by the template ``notice`` of the provider's map."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from router.india import local
from router.intake.sms.sending.queue import ACCOUNT, CHANNEL, is_mobile, language_of
from router.model.messaging.outgoing import NewOutgoing
from router.notices.messages import PRIORITY, prefix_of

if TYPE_CHECKING:
    from datetime import datetime

    from router.intake.sms.in_force import SmsInForce
    from router.model.notice import Notice
    from router.model.ticket import Ticket
    from router.storage.unit_of_work import UnitOfWork

TEMPLATE: Final = "notice"
MAX_A_DAY: Final = 20_000
"""Texts, with what else is sent: each costs money, and a mistake of the war room must not cost more than that."""
_KEY_BYTES: Final = 12  # of a hash in the place of the number: keys stand in the log


class SmsNotices:
    """Makes the messages.

    Args:
        in_force: The provider's map; without the template nothing is sent.
    """

    def __init__(self, in_force: SmsInForce) -> None:
        self._in_force = in_force

    def message(self, uow: UnitOfWork, notice: Notice, ticket: Ticket, now: datetime) -> NewOutgoing | None:  # noqa: ARG002
        """Return the message to a ticket's citizen; None when no text reaches them, or they want none."""
        phone = ticket.phone
        if phone is None or not is_mobile(phone) or not ticket.callback_wanted:
            return None
        person = uow.chat_people.by_user(CHANNEL, ACCOUNT, phone)
        if person is not None and person.stopped:
            return None
        language = language_of(person.language if person else ticket.language)
        hindi, ends = language == "hi", local(notice.ends)
        values = {
            "notice": notice.event_hi if hindi else notice.event,
            "district": notice.area_hi if hindi else notice.area,
            "date": f"{ends:%d-%m-%Y}",
            "time": f"{ends:%H:%M}",
        }
        key = hashlib.blake2b(phone.encode(), digest_size=_KEY_BYTES).hexdigest()
        body = {"template": TEMPLATE, "language": language, "values": values}
        return NewOutgoing(CHANNEL, f"{prefix_of(notice)}{key}", TEMPLATE, body, to=phone, priority=PRIORITY)

    def left(self, uow: UnitOfWork, now: datetime) -> int:
        """Return how many the day leaves for notices; none without the template."""
        if self._in_force.sms is None or self._in_force.sms.template(TEMPLATE, "hi") is None:
            return 0
        midnight = local(now).replace(hour=0, minute=0, second=0, microsecond=0)
        return MAX_A_DAY - uow.messages_out.sent_since(CHANNEL, midnight) - uow.messages_out.waiting(CHANNEL).messages
