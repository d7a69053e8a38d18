"""The day's budget of messages: since October 2026 Meta charges for each."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from router.india import local
from router.settings_messaging import SIMULATOR

if TYPE_CHECKING:
    from router.storage.engine import Storage
    from router.storage.unit_of_work import UnitOfWork

ALARM_PERCENT: Final = 80
"""Of the budget, from which on an alert stands."""
ALWAYS: Final = frozenset({"ticket-number", "emergency"})
"""Purposes of messages that are sent when the budget is used up."""
_AGE: Final = timedelta(minutes=1)
"""Of a count: one process sends, and adds what it sends itself."""


class Budget:
    """Counts what was sent since midnight (India), but for the simulator's messages, which cost nothing.

    Args:
        limit: Messages a day.

    Attributes:
        limit: As given.
        used: How many were sent, as counted last and added to since.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.used = 0
        self._counted: datetime | None = None

    async def recount(self, store: Storage, now: datetime) -> None:
        """Count anew when the last count is old, or of another day.

        Raises:
            StorageUnavailableError: not now.
        """
        if self._counted is not None and midnight(now) <= self._counted <= now < self._counted + _AGE:
            return
        self.used = await store.read(lambda uow: sent_today(uow, now))
        self._counted = now

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


def sent_today(uow: UnitOfWork, now: datetime) -> int:
    """Return how many messages were sent since midnight that cost something; runs in the store's threads."""
    return uow.messages_out.sent_since("whatsapp", midnight(now), besides=SIMULATOR)


def midnight(now: datetime) -> datetime:
    """Return when the day began in India."""
    return local(now).replace(hour=0, minute=0, second=0, microsecond=0)
