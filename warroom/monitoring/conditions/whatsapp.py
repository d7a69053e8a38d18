"""Conditions of WhatsApp: it does not send, Meta refuses messages, the day's budget runs out."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from router.clock import utc_now
from router.intake.whatsapp.graph.budget import ALARM_PERCENT
from router.intake.whatsapp.graph.errors import ErrorKind
from warroom.monitoring.conditions.condition import Trouble

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from router.intake.whatsapp.graph.budget import Budget
    from router.intake.whatsapp.graph.pace import Trouble as SendingTrouble
    from router.intake.whatsapp.graph.refusals import Refusals
    from router.storage.engine import Storage

_WHY: Final[Mapping[ErrorKind, tuple[str, str, str]]] = MappingProxyType(
    {
        ErrorKind.TOKEN: (
            "the access token is missing, expired or lacks a right",
            "पहुँच-टोकन नहीं है या अब नहीं चलता",
            "warroom whatsapp secret token, then warroom whatsapp status",
        ),
        ErrorKind.BLOCK: (
            "Meta has restricted the account",
            "Meta ने खाते पर रोक लगाई है",
            "Meta's Account Quality page (docs/whatsapp.md)",
        ),
        ErrorKind.MONEY: (
            "Meta cannot charge the payment method",
            "Meta को भुगतान नहीं हो पा रहा",
            "the payment settings in Meta's Business Manager",
        ),
    }
)


class SendingStopped:
    """A number does not send; its messages wait.

    Args:
        troubles: Returns why, for each number.
    """

    def __init__(self, troubles: Callable[[], tuple[SendingTrouble, ...]]) -> None:
        self._troubles = troubles

    async def check(self) -> Trouble | None:
        """Look."""
        for trouble in self._troubles():
            what, what_hi, remedy = _WHY[trouble.kind]
            return Trouble(
                f"no message goes out by WhatsApp: {what} ({trouble.what}); messages wait in the queue",
                f"व्हाट्सऐप से संदेश नहीं जा रहे: {what_hi}",
                remedy,
            )
        return None


class MessagesRefused:
    """Meta has refused a message for what it says: a template is paused or wrong, or the program has a fault.

    Args:
        refusals: Those of the last hour.
    """

    def __init__(self, refusals: Refusals) -> None:
        self._refusals = refusals

    async def check(self) -> Trouble | None:
        """Look."""
        if not self._refusals.lasting:
            return None
        return Trouble(
            f"Meta refuses messages by WhatsApp: {'; '.join(self._refusals.lasting)}",
            "Meta व्हाट्सऐप के कुछ संदेश ठुकरा रहा है",
            "the templates in Meta's WhatsApp Manager; warroom logs api",
        )


class MediaNotFetched:
    """Photographs or voice notes could not be fetched, for all tries; their tickets say so.

    Args:
        failures: Those of the last hour.
    """

    def __init__(self, failures: Refusals) -> None:
        self._failures = failures

    async def check(self) -> Trouble | None:
        """Look."""
        if not self._failures.lasting:
            return None
        return Trouble(
            f"files that people sent by WhatsApp cannot be fetched: {'; '.join(self._failures.lasting)}",
            "व्हाट्सऐप पर भेजी तस्वीरें या आवाज़ नहीं मिल पा रही हैं",
            "warroom logs api; media_hosts of [whatsapp]",
        )


class BudgetAlarm:
    """Most of the day's budget of messages is used, or all of it.

    Args:
        store: Has the messages.
        budget: Of the day.
        now: The clock, UTC.
    """

    def __init__(self, store: Storage, budget: Budget, now: Callable[[], datetime] = utc_now) -> None:
        self._store = store
        self._budget = budget
        self._now = now

    async def check(self) -> Trouble | None:
        """Count. Raises StorageUnavailableError: the state is unknown now."""
        await self._budget.recount(self._store, self._now())
        if not self._budget.alarm:
            return None
        remedy = "warroom whatsapp status; daily_budget of [whatsapp]"
        if self._budget.used_up:
            return Trouble(
                "the day's budget of WhatsApp messages is used up: only ticket numbers and danger to life are answered",
                "आज के व्हाट्सऐप संदेशों की सीमा पूरी हो गई: केवल टिकट नंबर और जान के ख़तरे के जवाब जा रहे हैं",
                remedy,
            )
        return Trouble(
            f"{ALARM_PERCENT} per cent of the day's budget of WhatsApp messages are used",
            f"आज के व्हाट्सऐप संदेशों की सीमा का {ALARM_PERCENT} प्रतिशत लग चुका है",
            remedy,
        )
