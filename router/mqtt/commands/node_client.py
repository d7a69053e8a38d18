"""Reads the status of the nodes from the broker, for an admin."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

from router.mqtt import topics
from router.mqtt.client import create_client
from router.mqtt.cloudevents import EventError, parse

if TYPE_CHECKING:
    import aiomqtt

    from router.settings import BrokerSettings

_QUIET_S = 0.3  # retained messages come one right after the other: after such a gap there are no more


async def nodes(broker: BrokerSettings, account: str, password: str, *, client: str, limit_s: float) -> dict[str, Any]:
    """Return the status of each node there is, by its number.

    Args:
        broker: Where the broker is.
        account: An account that may read ``nodes/+``.
        password: The account's.
        client: The name of this connection.
        limit_s: Seconds to wait for the first of them.

    Raises:
        TimeoutError: the broker knows of none.
        aiomqtt.MqttError: the broker is not there, or refuses the account.
    """
    found: dict[str, Any] = {}
    async with create_client(broker, account, password, client, limit_s=limit_s) as link:
        await link.subscribe(topics.under(broker.topic_root, topics.ALL_NODES), qos=1)
        messages = aiter(link.messages)
        async with asyncio.timeout(limit_s):
            _add(found, await anext(messages))
        with contextlib.suppress(TimeoutError):
            while True:
                async with asyncio.timeout(_QUIET_S):
                    _add(found, await anext(messages))
    return found


def _add(found: dict[str, Any], message: aiomqtt.Message) -> None:
    if isinstance(message.payload, bytes):
        with contextlib.suppress(EventError):
            event = parse(message.payload)
            found[event.subject] = {"at": event.time, **event.data}
