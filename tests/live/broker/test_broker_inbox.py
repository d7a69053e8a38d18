"""What rooms say reaches who asked for it, whatever a taker does and however often the broker goes away."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

import pytest

from tests.support.brokers import WAIT_S, Broker, opened_link, until

if TYPE_CHECKING:
    from paho.mqtt.properties import Properties

    from router.storage.engine import Storage

ROOT = "warroom/1"


async def test_inbox_hands_out_in_order_past_failures_and_restarts(
    broker: Broker, store: Storage, caplog: pytest.LogCaptureFixture
) -> None:
    taken: dict[str, list[bytes]] = {}
    properties_seen: list[Properties | None] = []

    async def take(topic: str, payload: bytes, properties: Properties | None) -> None:
        if payload == b"bad":
            raise RuntimeError("a fault of the taker's own")
        taken.setdefault(topic, []).append(payload)
        properties_seen.append(properties)

    await broker.start()
    async with opened_link(broker, store, takers={"rooms/+/commands": take, "rooms/+/stock/+": take}) as link:
        async with asyncio.timeout(WAIT_S):
            await link.wait_connected()
        async with broker.client("district-bhopal") as room, broker.client("district-indore") as other:
            await room.publish(f"{ROOT}/rooms/district-bhopal/commands", "bad", qos=1)
            for i in range(50):
                await room.publish(f"{ROOT}/rooms/district-bhopal/commands", str(i), qos=1)
                await other.publish(f"{ROOT}/rooms/district-indore/stock/wheat", str(i), qos=1, retain=True)
            await other.publish(f"{ROOT}/rooms/district-bhopal/commands", "forged", qos=1)
            await until(lambda: sum(map(len, taken.values())) == 100)
        numbers = [str(i).encode() for i in range(50)]
        assert taken == {"rooms/district-bhopal/commands": numbers, "rooms/district-indore/stock/wheat": numbers}
        assert all(properties_seen)
        assert [record.levelno for record in caplog.records if "could not be taken" in record.message] == [
            logging.ERROR
        ]
        await broker.stop()
        await until(lambda: not link.connected)
        taken.clear()
        await broker.start()
        await until(lambda: link.connected)
        await until(lambda: taken == {"rooms/district-indore/stock/wheat": [b"49"]})  # what is retained comes again
