"""What the broker and the data directory remember of a store."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from router.mqtt import topics
from router.mqtt.client import create_client
from router.mqtt.mosquitto.config import ROUTER_ACCOUNT
from tests.support.brokers import until
from warroom.config.secrets import MQTT_ROUTER, read_secret

if TYPE_CHECKING:
    from tests.live.conftest import LiveStack


async def retained(stack: LiveStack, wanted: str) -> dict[str, bytes]:
    """What lies at a stack's broker, by topic without root."""
    root = stack.settings.router.broker.topic_root
    password = read_secret(stack.data, MQTT_ROUTER)
    found: dict[str, bytes] = {}
    async with create_client(stack.settings.router.broker, ROUTER_ACCOUNT, password, "reader") as client:
        await client.subscribe(f"{root}/{wanted}", qos=1)
        await client.subscribe(f"{root}/end", qos=1)
        await client.publish(f"{root}/end", "x", qos=1)
        async for message in client.messages:
            if str(message.topic) == f"{root}/end":
                break
            found[topics.below(root, str(message.topic))] = bytes(message.payload)  # type: ignore[arg-type]
    return found


async def told(stack: LiveStack, serial: int) -> None:
    """Wait until the broker and the file know that so many numbers were given out."""

    async def known() -> bool:
        mark = (await retained(stack, topics.store_mark(1))).get(topics.store_mark(1))
        file = json.loads(stack.layout.store_mark.read_text()) if stack.layout.store_mark.exists() else {}
        return bool(mark) and json.loads(mark)["data"]["serial"] == serial == file.get("serial")

    await until(known)
