"""Queues messages: a template by its name with the values of its variables, to mobile numbers of India alone."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final, Literal

from router.clock import utc_now
from router.intake.sms.words import STAGES
from router.model.messaging.outgoing import NewOutgoing
from router.phone_numbers import normalise

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from router.geo import Places
    from router.intake.sms.provider.templates import Language
    from router.model.ticket import Ticket
    from router.storage.unit_of_work import UnitOfWork

CHANNEL: Final[Literal["sms"]] = "sms"
ACCOUNT: Final = "sms"
"""`ChatPerson.account` of everybody who texts: a "stop" holds whatever number or header we have."""
WAITS_FOR_DAY: Final = frozenset({"confirm", "notice"})
"""What we begin to say by ourselves waits for the hours in which citizens may be called. What answers a call or a text
goes at any hour: its citizen is awake, and waits for it."""
EMERGENCY: Final = 1
"""The priority that is written to at any hour."""
LAST: Final = 4
"""The priority of what waits for the day: messages to one number go in their order, so that in the night an answer of
the same priority would wait behind it."""
_CALLED: Final = ("phone", "voicemail", "operator")
_MAX_AGE: Final = timedelta(hours=2)
"""Of a call whose ticket comes late into the store. A store that is filled anew from the broker tells nobody again."""


def is_mobile(phone: str | None) -> bool:
    """Whether a number (E.164) is a mobile number of India: a fixed line reads no text, DLT is India's."""
    number = normalise(phone or "")
    return number.callable and not number.fixed


def language_of(text: str) -> Language:
    """Return the language of a template for a ticket's or a person's."""
    return "en" if text == "en" else "hi"


def about_ticket(
    ticket: Ticket, places: Places, *, to: str, template: str, purpose: str, key: str, language: Language | None = None
) -> NewOutgoing:
    """Return a message about a ticket, with whatever a template may say of one.

    Args:
        ticket: Which.
        places: The names of needs and districts.
        to: E.164.
        template: Its name.
        purpose: One of `OutgoingMessage.purpose`.
        key: The same message has the same key.
        language: None: the ticket's.
    """
    spoken = language or language_of(ticket.language)
    hindi = spoken == "hi"
    need, district = places.needs.get(ticket.service_code), places.districts.get(ticket.district or "")
    words = STAGES[ticket.stage]
    values = {
        "number": ticket.number,
        "stage": words.hi if hindi else words.en,
        "need": (need.name_hi if hindi else need.name) if need else "-",
        "district": (district.name_hi if hindi else district.name) if district else "-",
    }
    body = {"template": template, "language": spoken, "values": values}
    priority = ticket.priority
    if priority != EMERGENCY:
        priority = LAST if purpose in WAITS_FOR_DAY else min(priority, LAST - 1)
    return NewOutgoing(
        channel=CHANNEL, key=key, purpose=purpose, body=body, to=to, ticket=ticket.number, priority=priority
    )


def without_ticket(*, to: str, template: str, purpose: str, key: str, language: Language) -> NewOutgoing:
    """Return a message about no ticket."""
    body = {"template": template, "language": language, "values": {}}
    return NewOutgoing(channel=CHANNEL, key=key, purpose=purpose, body=body, to=to)


class TicketNumberBySms:
    """Tells a caller the number of the ticket by text as well: for ``TicketService.on_change``.

    Not a caller who wants no call at this number, or whose need is private: others may read a family's telephone.

    Args:
        places: Names, and which needs are private.
        wanted: Whether there is a provider; quick, runs in the writer's thread.
        now: The clock, UTC.
    """

    def __init__(self, places: Places, wanted: Callable[[], bool], now: Callable[[], datetime] = utc_now) -> None:
        self._places = places
        self._wanted = wanted
        self._now = now

    def __call__(self, uow: UnitOfWork, before: Ticket | None, after: Ticket) -> None:
        """Queue the number of a ticket that a call has opened."""
        if before is not None or after.version != 1 or after.channel not in _CALLED or not after.callback_wanted:
            return
        if not is_mobile(after.phone) or after.phone is None or not self._wanted():
            return
        need, now = self._places.needs.get(after.service_code), self._now()
        if need is None or need.private or now - after.requested_datetime > _MAX_AGE:
            return
        key = f"ticket-number/{after.number}"
        message = about_ticket(
            after, self._places, to=after.phone, template="ticket-number", purpose="ticket-number", key=key
        )
        uow.messages_out.add(message, now)
