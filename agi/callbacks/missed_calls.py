"""Missed calls: numbers that are never answered and whose callers are called back, since many cannot pay for a call.

While the service is down, missed calls are only in Asterisk's CDR, and the importer of CDR asks here too. A call that
was reported by both is called back once, since the job's key is the call.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from router.helpline import CITIZENS
from router.masking import mask
from router.phone_numbers import normalise

if TYPE_CHECKING:
    from datetime import datetime

    from agi.admission.caller_limits import CallerLimits
    from agi.callbacks.queue_callbacks import QueueCallbackService

MIN_INTERVAL_S: Final = 5.0
"""After a missed call: the telephone must be free again."""

_SAID: Final = {"new": "", "needless": ": needs no further call", "full": ": not called back, too many wait"}
_log = logging.getLogger(__name__)


class MissedCalls:
    """Schedules a callback for a missed call unless the caller id is withheld, blocked or over its rate limit.

    Args:
        calls: Calls citizens.
        limits: Knows who is blocked or calls too often.
    """

    def __init__(self, calls: QueueCallbackService, limits: CallerLimits) -> None:
        self._calls = calls
        self._limits = limits

    async def ask(self, caller: str, uniqueid: str, at: datetime, trunk: str) -> None:
        """Have a caller called back; asking again about the same call changes nothing.

        Args:
            caller: The number, as the dialplan cleaned it; may be empty.
            uniqueid: Of the call.
            at: When it came; aware.
            trunk: By which.

        Raises:
            StorageUnavailableError: nothing was written.
        """
        number = normalise(caller)
        if number.e164 is None or not number.callable:
            _log.info("missed call from %s: not a number that can be called back", mask(caller))
            return
        if (await self._limits.arrives(number.e164, at)).limited:
            return
        payload = {"reason": "missed", "helpline": CITIZENS, "language": "hi", "trunk": trunk}
        asked = await self._calls.ask_for_missed(number.e164, uniqueid, payload, since=at, after_s=MIN_INTERVAL_S)
        _log.info("missed call from %s%s", mask(number.e164), _SAID[asked])
