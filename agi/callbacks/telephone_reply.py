"""The telephone as a reply channel: citizens are called, by `agi.callbacks.confirmation_calls`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from router.model.job import ORIGINATE
from router.phone_numbers import normalise

if TYPE_CHECKING:
    from router.model.ticket import Ticket


class TelephoneReply:
    """`router.tickets.confirmation.reply_channel.ReplyChannel` by calls."""

    job_kind: Final = ORIGINATE

    def reaches(self, ticket: Ticket) -> bool:
        """Whether the citizen wants a call and has a number that can be called from here."""
        return number_to_dial(ticket) is not None


def number_to_dial(ticket: Ticket) -> str | None:
    """Return the ten digits to dial; None when the citizen wants no call or has no number that can be called."""
    number = normalise(ticket.phone or "") if ticket.callback_wanted else None
    return number.national if number is not None and number.callable else None
