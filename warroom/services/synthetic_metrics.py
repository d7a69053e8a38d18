"""Metrics of the synthetic call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client import Gauge

from warroom.monitoring.metrics.component import MetricsSource

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

    from warroom.services.synthetic_call import SyntheticCall


class SyntheticMetrics(MetricsSource):
    """How the last synthetic call went.

    Args:
        registry: Of the process.
        call: Places them.
    """

    def __init__(self, registry: CollectorRegistry, call: SyntheticCall) -> None:
        self._call = call
        self._failures = Gauge("warroom_synthetic_call_failures", "Failed in a row", registry=registry)
        self._answer = Gauge("warroom_synthetic_call_answer_seconds", "From INVITE to answer", registry=registry)
        self._last = Gauge(
            "warroom_synthetic_call_last_success_timestamp_seconds", "When one was answered last", registry=registry
        )

    async def refresh(self) -> None:
        """Set them; nothing is known before the first call."""
        self._failures.set(self._call.failures)
        if self._call.answer_s is not None:
            self._answer.set(self._call.answer_s)
        if self._call.last_success is not None:
            self._last.set(self._call.last_success)
