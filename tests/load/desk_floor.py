"""What the parts themselves can do on this machine in the same minutes: a publish, a commit, nothing around them."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from typing import TYPE_CHECKING

from router.mqtt.client import TCP_NODELAY_OPTION

if TYPE_CHECKING:
    from pathlib import Path

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


def commit_per_s(folder: Path) -> float:
    """Raw sqlite3 on the same disk: WAL, FULL, one row a commit."""
    path = folder / "floor.sqlite"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("CREATE TABLE floor (id INTEGER PRIMARY KEY, payload TEXT)")
        start = time.perf_counter()
        for _ in range(_COUNT):
            connection.execute("INSERT INTO floor (payload) VALUES (?)", (_PAYLOAD,))
        took = time.perf_counter() - start
    path.unlink()
    return _COUNT / took
