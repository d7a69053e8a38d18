"""Metrics of the screens: open pages, commands that wait, the link to the broker."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client import Counter, Gauge

from warroom.monitoring.metrics.component import MetricsSource

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

    from board.live.component import LiveComponent


class BoardMetrics(MetricsSource):
    """What the live part of the screens carries.

    Args:
        registry: Of the process.
        live: Has pages, commands and the link.
    """

    def __init__(self, registry: CollectorRegistry, live: LiveComponent) -> None:
        self._live = live
        self._counted = 0
        self._pages = Gauge("warroom_board_pages", "Open pages of the screens", registry=registry)
        self._waiting = Gauge("warroom_board_commands_waiting", "Commands of pages without a reply", registry=registry)
        self._resyncs = Counter("warroom_board_resyncs", "Pages that read too slowly, sent all anew", registry=registry)
        self._connected = Gauge("warroom_broker_connected", "Whether the MQTT broker is linked", registry=registry)

    async def refresh(self) -> None:
        """Set the gauges."""
        self._pages.set(len(self._live.hub.tabs))
        self._waiting.set(self._live.commands.waiting)
        resyncs = self._live.hub.resyncs
        self._resyncs.inc(resyncs - self._counted)
        self._counted = resyncs
        self._connected.set(self._live.link.broker)
