"""What lies on the topics that operators' consoles read, asked for as the router."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from tests.support.brokers import WAIT_S, until
from tests.support.faults import as_router

if TYPE_CHECKING:
    from tests.live.conftest import LiveStack


async def retained(stack: LiveStack, topic: str, **wanted: Any) -> dict[str, Any]:
    """Wait until a topic (without root) says this; return all it says."""
    async with as_router(stack) as client, asyncio.timeout(WAIT_S):
        await client.subscribe(f"{stack.settings.router.broker.topic_root}/{topic}", qos=1)
        async for message in client.messages:
            data: dict[str, Any] = json.loads(message.payload)["data"] if message.payload else {}
            if all(data.get(key) == value for key, value in wanted.items()):
                return data
    raise AssertionError


async def emptied(stack: LiveStack, topic: str) -> None:
    """Wait until nothing lies on a topic (without root)."""

    async def empty() -> bool:
        async with as_router(stack) as client:
            await client.subscribe(f"{stack.settings.router.broker.topic_root}/{topic}", qos=1)
            try:
                async with asyncio.timeout(0.5):  # what is retained comes at once
                    return not (await anext(client.messages)).payload
            except TimeoutError:
                return True

    await until(empty)
