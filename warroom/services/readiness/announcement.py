"""Says that calls are taken, as soon as the links are there or have had their time."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final

from warroom.services.readiness.systemd_notify import notify_ready

if TYPE_CHECKING:
    from agi.settings import CallSettings
    from router.mqtt.connection import MqttConnection
    from warroom.monitoring.node_report import NodeReport

READY_TIMEOUT_S: Final = 20.0
"""For AMI and broker: calls are taken without either, so no longer than this do we wait to say ready."""

_log = logging.getLogger(__name__)


async def announce_calls(settings: CallSettings, report: NodeReport, broker: MqttConnection) -> None:
    """Wait for the connections for a while, then announce that calls are taken; a later connection needs no restart."""
    try:
        async with asyncio.timeout(READY_TIMEOUT_S):
            await report.asterisk_there.wait()
            await broker.wait_connected()
    except TimeoutError:
        _log.warning("taking calls without %s", "Asterisk's AMI" if broker.connected else "the broker")
    notify_ready("taking calls")
    _log.info("taking calls: FastAGI on %s:%d", settings.agi_host, settings.agi_port)
