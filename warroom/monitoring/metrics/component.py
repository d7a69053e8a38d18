"""The component that answers Prometheus at ``/metrics``.

The library's server has a thread of its own, which reads gauges alone; they are set in the event loop, now and then, so
that no dictionary is read while it changes.
"""

from __future__ import annotations

import asyncio
import logging
import os
from importlib.metadata import version
from typing import TYPE_CHECKING, Final, NoReturn

from prometheus_client import CollectorRegistry, Gauge, Info, ProcessCollector, start_http_server

from router.component import Component
from router.errors import UserError, WarroomError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from threading import Thread
    from wsgiref.simple_server import WSGIServer

    from router.component import Work

REFRESH_INTERVAL_S: Final = 5.0
"""Prometheus asks every 15 s or so; what it reads is at most this old."""
LAG_INTERVAL_S: Final = 0.25
"""Between two looks at how late the event loop is: one that stands still for longer is noticed."""

_log = logging.getLogger(__name__)


class MetricsError(UserError):
    """The port cannot be listened on."""


class MetricsSource:
    """Sets gauges of its own, made with the registry that it is given."""

    async def refresh(self) -> None:
        """Set them. Raises WarroomError: what is not known now keeps its last value."""
        raise NotImplementedError


class MetricsComponent(Component):
    """Metrics of one process.

    Args:
        port: Where; 0: nowhere.
        sources: Makes the sources of this process.
    """

    name = "metrics"

    def __init__(self, port: int, *sources: Callable[[CollectorRegistry], MetricsSource]) -> None:
        self._port = port
        self._registry = CollectorRegistry()
        self._lag = Gauge(
            "warroom_event_loop_lag_seconds", "Longest delay of the event loop lately", registry=self._registry
        )
        Info("warroom_build", "Version of the program", registry=self._registry).info({"version": version("warroom")})
        ProcessCollector(registry=self._registry)
        self._sources = [make(self._registry) for make in sources] if port else []
        self._server: tuple[WSGIServer, Thread] | None = None
        self._told: set[str] = set()
        self._worst_s = 0.0

    async def start(self) -> None:
        """Listen. Raises MetricsError: the port is taken."""
        if not self._port:
            return
        try:
            self._server = start_http_server(self._port, "127.0.0.1", self._registry)
        except OSError as error:
            why = os.strerror(error.errno or 0)
            raise MetricsError(f"metrics: cannot listen on 127.0.0.1:{self._port}: {why}; choose another") from None

    async def stop(self) -> None:
        """Listen no longer."""
        if self._server:
            server, thread = self._server
            await asyncio.to_thread(server.shutdown)
            server.server_close()
            await asyncio.to_thread(thread.join)

    def background(self) -> Iterable[Work]:
        """Keep the figures fresh."""
        return (self._refresh_forever(), self._measure_lag()) if self._port else ()

    async def _refresh_forever(self) -> NoReturn:
        while True:
            await self.refresh()
            await asyncio.sleep(REFRESH_INTERVAL_S)

    async def refresh(self) -> None:
        """Set all gauges once."""
        self._lag.set(self._worst_s)
        self._worst_s = 0.0
        for source in self._sources:
            try:
                await source.refresh()
            except WarroomError as error:
                if str(error) not in self._told:
                    _log.warning("some metrics keep their last value: %s", error)
                self._told.add(str(error))

    async def _measure_lag(self) -> NoReturn:
        loop = asyncio.get_running_loop()
        while True:
            before = loop.time()
            await asyncio.sleep(LAG_INTERVAL_S)
            self._worst_s = max(self._worst_s, loop.time() - before - LAG_INTERVAL_S)


def set_all(gauge: Gauge, values: Mapping[str, float]) -> None:
    """Set a gauge with one label to these values; what is no longer there leaves."""
    gauge.clear()
    for label, value in values.items():
        gauge.labels(label).set(value)
