"""Metrics of the process of the calls: calls, channels, trunks, queues, links, the store's writer."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from prometheus_client import Counter, Gauge

from agi.queues.status import read_all_queues
from warroom.config.apply.trunks import applied_trunks
from warroom.monitoring.conditions.calls import why_down
from warroom.monitoring.metrics.component import MetricsSource, set_all
from warroom.monitoring.trunk_status import read_links

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from prometheus_client import CollectorRegistry

    from agi.ami.connection import AmiConnection
    from agi.journal.journal import CallJournal
    from router.mqtt.connection import MqttConnection
    from router.storage.engine import Storage
    from warroom.config.asterisk.console import AsteriskConsole


class CallMetrics(MetricsSource):
    """Calls now and since the start; no label is a number.

    Args:
        registry: Of the process.
        ami: Knows the live channels.
        journal: Counts the calls that came to the menu.
        rejected: Returns how many calls were rejected today, by reason.
    """

    def __init__(
        self,
        registry: CollectorRegistry,
        ami: AmiConnection,
        journal: CallJournal,
        rejected: Callable[[], Mapping[str, int]],
    ) -> None:
        self._ami = ami
        self._journal = journal
        self._rejected = rejected
        self._counted: dict[str, int] = {}
        self._active = Gauge("warroom_calls_active", "Callers on the line", ["helpline"], registry=registry)
        self._answered = Counter(
            "warroom_calls_answered", "Calls answered by our menu", ["helpline"], registry=registry
        )
        self._refused = Gauge("warroom_calls_rejected_today", "Calls rejected today", ["reason"], registry=registry)
        self._channels = Gauge("warroom_trunk_channels", "Channels in use", ["trunk"], registry=registry)
        self._linked = Gauge("warroom_asterisk_connected", "Whether the manager (AMI) is linked", registry=registry)

    async def refresh(self) -> None:
        """Set them."""
        channels, lines = self._ami.channels, self._ami.channels.by_line()
        set_all(self._active, channels.calls_by_helpline())
        set_all(self._channels, {line: one["channels"] for line, one in lines.items()})
        set_all(self._refused, self._rejected())
        self._linked.set(self._ami.connected)
        for helpline, count in self._journal.answered.items():
            self._answered.labels(helpline).inc(count - self._counted.get(helpline, 0))
            self._counted[helpline] = count


class TrunkMetrics(MetricsSource):
    """Whether each trunk is there.

    Args:
        registry: Of the process.
        data: The data directory.
        console: Of Asterisk.
    """

    def __init__(self, registry: CollectorRegistry, data: Path, console: AsteriskConsole) -> None:
        self._data = data
        self._console = console
        self._up = Gauge(
            "warroom_trunk_up", "1: answers and is registered, or is not asked; 0: down", ["trunk"], registry=registry
        )
        self._capacity = Gauge("warroom_trunk_channels_max", "Channels it has", ["trunk"], registry=registry)

    async def refresh(self) -> None:
        """Set them. Raises AsteriskError or TrunksError."""
        trunks = await asyncio.to_thread(applied_trunks, self._data)
        links = await asyncio.to_thread(read_links, trunks, self._console)
        set_all(self._up, {name: why_down(name, link) is None for name, link in links.items()})
        set_all(self._capacity, {trunk.name: trunk.channels for trunk in trunks.trunk})


class QueueMetrics(MetricsSource):
    """Who waits in the queues, and who answers.

    Args:
        registry: Of the process.
        ami: Asked.
    """

    def __init__(self, registry: CollectorRegistry, ami: AmiConnection) -> None:
        self._ami = ami
        self._waiting = Gauge("warroom_queue_waiting", "Callers waiting", ["queue"], registry=registry)
        self._longest = Gauge("warroom_queue_longest_wait_seconds", "Of a caller now", ["queue"], registry=registry)
        self._members = Gauge("warroom_queue_members", "Operators", ["queue", "state"], registry=registry)

    async def refresh(self) -> None:
        """Set them. Raises AmiError."""
        if not self._ami.connected:
            return
        self._members.clear()
        rows = [queue.summary() for queue in await read_all_queues(self._ami)]
        set_all(self._waiting, {row["queue"]: row["waiting"] for row in rows})
        set_all(self._longest, {row["queue"]: row["longest_wait_s"] for row in rows})
        for row in rows:
            for state in ("free", "busy", "paused", "away"):
                self._members.labels(row["queue"], state).set(row[state])


class LinkMetrics(MetricsSource):
    """The broker, and the store's writer.

    Args:
        registry: Of the process.
        broker: Our link to it.
        store: Has the writer.
    """

    def __init__(self, registry: CollectorRegistry, broker: MqttConnection, store: Storage) -> None:
        self._broker = broker
        self._store = store
        self._connected = Gauge("warroom_broker_connected", "Whether the MQTT broker is linked", registry=registry)
        self._queue = Gauge("warroom_store_write_queue", "Jobs that wait for a commit", registry=registry)

    async def refresh(self) -> None:
        """Set them."""
        self._connected.set(self._broker.connected)
        self._queue.set(self._store.waiting_jobs)
