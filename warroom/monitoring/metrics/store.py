"""Metrics that the store answers: tickets, outbox, alerts, transcription."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from prometheus_client import Gauge

from router.clock import utc_now
from router.model.job import TRANSCRIBE
from warroom.monitoring.alert_kinds import KINDS
from warroom.monitoring.metrics.component import MetricsSource, set_all

if TYPE_CHECKING:
    from datetime import datetime

    from prometheus_client import CollectorRegistry

    from router.storage.engine import Storage
    from router.storage.unit_of_work import UnitOfWork
    from warroom.monitoring.notify.component import NotificationComponent


class StoreMetrics(MetricsSource):
    """Open tickets, waiting messages, standing alerts.

    Args:
        registry: Of the process.
        store: Asked.
        notifications: Knows whether the database can be written.
    """

    def __init__(self, registry: CollectorRegistry, store: Storage, notifications: NotificationComponent) -> None:
        self._store = store
        self._notifications = notifications
        self._tickets = Gauge("warroom_tickets_open", "Open tickets", ["stage"], registry=registry)
        self._outbox = Gauge("warroom_outbox_messages", "Messages the broker has not confirmed", registry=registry)
        self._alerts = Gauge("warroom_alerts_active", "Standing alerts, over all rooms", ["kind"], registry=registry)
        self._up = Gauge("warroom_database_up", "Whether the database can be written", registry=registry)

    async def refresh(self) -> None:
        """Set them. Raises StorageUnavailableError."""
        self._up.set(self._notifications.database_up)
        stages, outbox, kinds = await self._store.read(_look)
        set_all(self._tickets, stages)
        self._outbox.set(outbox)
        set_all(self._alerts, {**dict.fromkeys(KINDS, 0), **kinds})


def _look(uow: UnitOfWork) -> tuple[dict[str, int], int, dict[str, int]]:
    return uow.tickets.open_by_stage(), uow.outbox.waiting(), Counter(alert.kind for alert in uow.alerts.active())


class TranscriptionMetrics(MetricsSource):
    """How far transcription is behind.

    Args:
        registry: Of the process.
        store: Asked.
    """

    def __init__(self, registry: CollectorRegistry, store: Storage) -> None:
        self._store = store
        self._waiting = Gauge("warroom_transcriptions_waiting", "Recordings to be transcribed", registry=registry)
        self._delay = Gauge(
            "warroom_transcription_delay_seconds", "How long the oldest recording waits", registry=registry
        )

    async def refresh(self) -> None:
        """Set them. Raises StorageUnavailableError."""
        waiting, due = await self._store.read(_look_at_jobs)
        self._waiting.set(waiting)
        self._delay.set(max((utc_now() - due).total_seconds(), 0.0) if due else 0.0)


def _look_at_jobs(uow: UnitOfWork) -> tuple[int, datetime | None]:
    return uow.jobs.waiting(TRANSCRIBE), uow.jobs.longest_due(TRANSCRIBE)
