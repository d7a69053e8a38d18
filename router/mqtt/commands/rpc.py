"""Client side of a command: repeats it until a reply arrives."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

if TYPE_CHECKING:
    import aiomqtt

_RESEND_INTERVAL_S = 3.0  # a command is answered in milliseconds, or the service is just starting again


async def call(
    client: aiomqtt.Client, payload: str, *, command_id: str, to: str, answer: str, limit_s: float
) -> dict[str, Any]:
    """Sign in, say a command until it is answered, and return the reply's data.

    Args:
        client: Not yet connected.
        payload: The command, as JSON; its id makes the repetitions harmless.
        command_id: Its id.
        to: The whole topic of the commands.
        answer: The whole topic, this client's alone, where the reply is to come.
        limit_s: Seconds after which the waiting ends; the command may still be done.

    Raises:
        TimeoutError: nobody answered.
        aiomqtt.MqttError: the broker is not there, or refuses the account.
    """
    properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
    properties.ResponseTopic = answer
    properties.CorrelationData = command_id.encode()
    async with asyncio.timeout(limit_s), client as link:
        await link.subscribe(answer, qos=1)
        while True:
            await link.publish(to, payload, qos=1, properties=properties)
            try:
                async with asyncio.timeout(_RESEND_INTERVAL_S):
                    return await _reply(link, command_id)
            except TimeoutError:
                continue


async def _reply(link: aiomqtt.Client, command_id: str) -> dict[str, Any]:
    async for message in link.messages:
        if isinstance(message.payload, bytes):
            data: dict[str, Any] = json.loads(message.payload)["data"]
            if data["command_id"] == command_id:
                return data
    raise AssertionError("aiomqtt's messages end with an exception only")
