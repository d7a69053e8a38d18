"""The day's budget of messages: since October 2026 Meta charges for each."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from router.india import local

if TYPE_CHECKING:
    from router.storage.unit_of_work import UnitOfWork

ALARM_PERCENT: Final = 80
"""Of the budget, from which on an alert stands."""
ALWAYS: Final = frozenset({"ticket-number", "emergency"})
"""Purposes of messages that are sent when the budget is used up."""


class Budget:
    """Counts what was sent since midnight (India).

    Args:
        limit: Messages a day.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.used = 0

    @property
    def alarm(self) -> bool:
        """Whether so much is used that an admin should know."""
        return self.used * 100 >= self.limit * ALARM_PERCENT

    @property
    def used_up(self) -> bool:
        """Whether only some messages are still sent."""
        return self.used >= self.limit

    def allows(self, purpose: str) -> bool:
        """Whether a message of this purpose may be sent."""
        return not self.used_up or purpose in ALWAYS

    def count(self, uow: UnitOfWork, now: datetime) -> int:
        """Read how many were sent today; runs in the store's threads."""
        return uow.messages_out.sent_since("whatsapp", midnight(now))


def midnight(now: datetime) -> datetime:
    """Return when the day began in India."""
    return local(now).replace(hour=0, minute=0, second=0, microsecond=0)


def tomorrow(now: datetime) -> datetime:
    """Return when the next day begins in India."""
    return midnight(now) + timedelta(days=1)
