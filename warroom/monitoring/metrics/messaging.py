"""Metrics of messages by WhatsApp and SMS: what came to the webhook, what waits, what was sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client import Counter, Gauge

from router.clock import utc_now
from warroom.monitoring.conditions.messaging import CHANNELS
from warroom.monitoring.metrics.component import MetricsSource

if TYPE_CHECKING:
    import collections
    from datetime import datetime

    from prometheus_client import CollectorRegistry

    from router.intake.whatsapp.webhook import WebhookCounts
    from router.model.messaging.incoming import Waiting
    from router.storage.engine import Storage
    from router.storage.unit_of_work import UnitOfWork


class MessagingMetrics(MetricsSource):
    """Messages in and out.

    Args:
        registry: Of the process.
        store: Asked.
        counts: Of the webhook.
    """

    def __init__(self, registry: CollectorRegistry, store: Storage, counts: WebhookCounts) -> None:
        self._store = store
        self._shown = (
            (
                counts.requests,
                Counter("warroom_whatsapp_webhooks", "Webhooks by answer", ["answer"], registry=registry),
            ),
            (
                counts.messages,
                Counter("warroom_whatsapp_messages", "New messages by kind", ["kind"], registry=registry),
            ),
            (
                counts.reports,
                Counter("warroom_whatsapp_reports", "Reports of our messages", ["state"], registry=registry),
            ),
        )
        self._told: dict[tuple[int, str], int] = {}
        self._waiting = Gauge(
            "warroom_messages_in_waiting", "Messages to be worked off", ["channel"], registry=registry
        )
        self._age = Gauge(
            "warroom_messages_in_delay_seconds", "How long the oldest waits", ["channel"], registry=registry
        )
        self._in = Gauge("warroom_messages_in", "Messages kept, by state", ["channel", "state"], registry=registry)
        self._out = Gauge("warroom_messages_out", "Our messages, by state", ["channel", "state"], registry=registry)

    async def refresh(self) -> None:
        """Set them. Raises StorageUnavailableError."""
        for at, (counted, counter) in enumerate(self._shown):
            self._show(at, counted, counter)
        now = utc_now()
        for channel, (waiting, ours, theirs) in (await self._store.read(lambda uow: _look(uow, now))).items():
            self._waiting.labels(channel).set(waiting.messages)
            self._age.labels(channel).set((now - waiting.oldest).total_seconds() if waiting.oldest else 0.0)
            for state in ("waiting", "done", "set-aside"):
                self._in.labels(channel, state).set(theirs.get(state, 0))
            for state in ("queued", "sent", "delivered", "read", "failed", "dropped"):
                self._out.labels(channel, state).set(ours.get(state, 0))

    def _show(self, at: int, counted: collections.Counter[str], counter: Counter) -> None:
        for label, count in counted.items():
            counter.labels(label).inc(count - self._told.get((at, label), 0))
            self._told[at, label] = count


def _look(uow: UnitOfWork, now: datetime) -> dict[str, tuple[Waiting, dict[str, int], dict[str, int]]]:
    return {
        channel: (uow.chat_in.waiting(channel, now), uow.messages_out.counts(channel), uow.chat_in.counts(channel))
        for channel in CHANNELS
    }
