"""Conditions of messages by WhatsApp and SMS: some wait too long, were set aside, or are refused at the webhook."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from router.clock import utc_now
from warroom.monitoring.conditions.condition import Trouble

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from router.intake.whatsapp.webhook import WebhookCounts
    from router.model.messaging.person import MessageChannel
    from router.storage.engine import Storage
    from router.storage.unit_of_work import UnitOfWork

WAITING_LIMIT_S: Final = 120.0
"""A message is worked off within seconds; people who wait for an answer longer than this write again, or give up."""
REFUSED_LIMIT: Final = 30
"""Refused signatures in ten minutes: a scanner tries a few; a secret that was changed on one side is one a message."""
CHANNELS: Final[tuple[MessageChannel, ...]] = ("whatsapp", "sms")


class MessagesWaiting:
    """A message has waited too long to be worked off.

    Args:
        store: Has them.
        now: The clock, UTC.
    """

    def __init__(self, store: Storage, now: Callable[[], datetime] = utc_now) -> None:
        self._store = store
        self._now = now

    async def check(self) -> Trouble | None:
        """Check. Raises StorageUnavailableError: the state is unknown now."""
        now = self._now()
        waiting = await self._store.read(lambda uow: [uow.chat_in.waiting(channel, now) for channel in CHANNELS])
        oldest = min((one.oldest for one in waiting if one.oldest), default=None)
        if oldest is None or (now - oldest).total_seconds() < WAITING_LIMIT_S:
            return None
        return Trouble(
            f"a message by WhatsApp or SMS has waited more than {WAITING_LIMIT_S / 60:g} minutes to be worked off",
            "व्हाट्सऐप या एसएमएस के संदेशों पर काम नहीं हो रहा: लोग उत्तर की प्रतीक्षा में हैं",
            "warroom whatsapp status, then warroom logs api",
        )


class MessagesSetAside:
    """Messages were set aside, since the program cannot work them off.

    Args:
        store: Has them.
    """

    def __init__(self, store: Storage) -> None:
        self._store = store

    async def check(self) -> Trouble | None:
        """Check. Raises StorageUnavailableError: the state is unknown now."""
        if not await self._store.read(_any_set_aside):
            return None
        return Trouble(
            "messages of people were set aside: the program failed on them again and again",
            "कुछ संदेश अलग रखे गए हैं: कार्यक्रम उन्हें पढ़ नहीं सका, उन्हें स्वयं देखें",
            "warroom whatsapp inbox",
        )


def _any_set_aside(uow: UnitOfWork) -> bool:
    return any(uow.chat_in.list_set_aside(channel, 1) for channel in CHANNELS)


class WebhookRefused:
    """What comes to the webhook is refused, or left alone: a secret or an account is set wrong, or somebody forges.

    Args:
        counts: Of the webhook.
    """

    def __init__(self, counts: WebhookCounts) -> None:
        self._counts = counts

    async def check(self) -> Trouble | None:
        """Check."""
        if self._counts.other_accounts_lately:
            return Trouble(
                "WhatsApp delivers messages for a phone_number_id that the settings do not name: nobody answers them",
                "व्हाट्सऐप के संदेश ऐसे नंबर के लिए आ रहे हैं जो सेटिंग में नहीं है: उनका उत्तर नहीं दिया जा रहा",
                "add it to whatsapp.phone_number_ids, or take the webhook from that number at Meta",
            )
        if self._counts.refused_lately < REFUSED_LIMIT:
            return None
        return Trouble(
            "webhooks of WhatsApp are refused, since their signature is not of our app's secret",
            "व्हाट्सऐप से आए संदेश अस्वीकार हो रहे हैं: हस्ताक्षर मेल नहीं खाता",
            "warroom whatsapp secret app, if it was changed at Meta; else somebody forges them, in vain",
        )
