"""Rate limits and the blocklist: a caller over the limit, or blocked, gets urgent help only.

A blocked number, or one that has called more often than the settings allow, is not turned away: telephones are shared,
and the hundredth call may be the one for an ambulance. It is answered and offered the key for danger to life, always;
and medical help, when it has had none booked in the last day. Nothing else: no operator, no message. When the store
does not answer, nobody is taken for blocked. What is counted here is forgotten at a restart, to the caller's favour.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict, deque
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final, Protocol

from router.masking import mask
from router.phone_numbers import normalise
from router.storage.errors import StorageUnavailableError

if TYPE_CHECKING:
    from datetime import datetime

    from agi.settings import RateLimitSettings
    from router.tickets.blocklist import Block

MEDICAL: Final = frozenset(("medical", "medicine"))
"""Needs of a call for medical help."""
FIRST_WITHIN: Final = timedelta(hours=24)
"""A medical call is the first one when none was booked within this time: the room is still handling the older one."""
LOOK_UP_TIMEOUT_S: Final = 1.0
"""The caller hears nothing meanwhile: after this timeout the number is treated as not blocked."""
MAX_NUMBERS: Final = 50_000
"""Numbers remembered at once, a few megabytes: more than call in an hour."""

_log = logging.getLogger(__name__)


class Blocks(Protocol):
    """Looks up blocked numbers: see `router.tickets.blocklist.BlockList`."""

    async def of_phone(self, phone: str) -> Block | None:
        """Return a number's block, or None."""
        ...


@dataclass(frozen=True, slots=True)
class AdmissionDecision:
    """What a caller may use in this call.

    Attributes:
        limited: Whether it gets urgent help only.
        medical: Whether that includes medical help: none was booked for this number lately.
    """

    limited: bool = False
    medical: bool = True


@dataclass(slots=True)
class _CallerHistory:
    calls: deque[datetime] = field(default_factory=deque)
    medical: datetime | None = None


class CallerLimits:
    """Counts the calls of each number.

    Args:
        blocks: The blocked numbers.
        settings: How many calls in how long.
    """

    def __init__(self, blocks: Blocks, settings: RateLimitSettings) -> None:
        self._blocks = blocks
        self._most = settings.max_calls
        self._window = timedelta(minutes=settings.window_minutes)
        self._exempt = {normalise(number).e164 for number in settings.exempt} - {None}
        self._known: OrderedDict[str, _CallerHistory] = OrderedDict()

    async def arrives(self, phone: str | None, now: datetime) -> AdmissionDecision:
        """Count a call and say what it may have.

        Args:
            phone: E.164; None when withheld: an unknown number cannot be limited.
            now: Aware.
        """
        if phone is None or phone in self._exempt:
            return AdmissionDecision()
        known = self._of(phone)
        known.calls.append(now)
        while known.calls[0] <= now - self._window:
            known.calls.popleft()
        often = bool(self._most) and len(known.calls) > self._most
        if not often and not await self._blocked(phone):
            return AdmissionDecision()
        medical = known.medical is None or known.medical <= now - FIRST_WITHIN
        why = "too many calls" if often else "blocked"
        _log.info("urgent help only for %s (%s)%s", mask(phone), why, "" if medical else ", no medical help again")
        return AdmissionDecision(limited=True, medical=medical)

    def booked(self, phone: str | None, need: str | None, now: datetime) -> None:
        """Record what was booked in a call."""
        if phone is not None and need in MEDICAL:
            self._of(phone).medical = now

    def _of(self, phone: str) -> _CallerHistory:
        known = self._known.setdefault(phone, _CallerHistory())
        self._known.move_to_end(phone)
        if len(self._known) > MAX_NUMBERS:
            self._known.popitem(last=False)
        return known

    async def _blocked(self, phone: str) -> bool:
        try:
            async with asyncio.timeout(LOOK_UP_TIMEOUT_S):
                return await self._blocks.of_phone(phone) is not None
        except (StorageUnavailableError, TimeoutError):
            return False
