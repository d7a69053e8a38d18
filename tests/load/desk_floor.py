"""What the broker can do on this machine in the same minutes, with nothing around it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from router.mqtt.client import TCP_NODELAY_OPTION

if TYPE_CHECKING:
    from tests.support.brokers import Broker

_PAYLOAD = "x" * 900  # bytes of a usual ticket on its topic
_TOPICS = 500
_COUNT = 3_000


async def publish_per_s(broker: Broker) -> float:
    """Raw aiomqtt to this broker: QoS 1, retained, one in flight."""
    root = f"{broker.settings.topic_root}/floor"
    async with broker.client("router", name="floor", socket_options=TCP_NODELAY_OPTION) as client:
        start = time.perf_counter()
        for index in range(_COUNT):
            await client.publish(f"{root}/{index % _TOPICS}", _PAYLOAD, qos=1, retain=True)
        took = time.perf_counter() - start
        for index in range(_TOPICS):
            await client.publish(f"{root}/{index}", "", qos=1, retain=True)
    return _COUNT / took
