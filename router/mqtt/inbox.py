"""Incoming messages: subscribes after each connect, and dispatches every message by its topic."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, NoReturn
from zlib import crc32

import aiomqtt
from paho.mqtt.subscribeoptions import SubscribeOptions

from router.mqtt import topics
from router.mqtt.client import PublishRejectedError, payload_properties
from router.storage.errors import StorageUnavailableError
from router.task_group import run_together

if TYPE_CHECKING:
    from paho.mqtt.properties import Properties

    from router.mqtt.client import AckClient

Take = Callable[[str, bytes, "Properties | None"], Awaitable[None]]
"""Takes one message: its topic without root, its payload, its MQTT 5 properties (None from a 3.1.1 client)."""

_LANES = 64  # topics share them: messages of one topic keep their order, and so many are in one commit at most
_BROKERS_OWN = "$SYS/"  # MQTT 5, 4.7.2
_LANE_DEPTH = 1000  # beyond this we read no more from the broker until the store has caught up
_FAILURE = 0x80  # MQTT 5, section 3.9.3: reason codes from here on are failures

_log = logging.getLogger(__name__)


class Inbox:
    """Hands messages to their handlers, in order for each topic.

    A message may come twice (QoS 1) or, as aiomqtt acknowledges it before it is taken, not at all when this service
    dies in that instant: so whoever takes commands must stand a repetition, and a room repeats what is not answered.
    Malformed payloads are the takers' business. What a taker raises is logged and ends nothing.

    Args:
        root: The topics' root.
    """

    def __init__(self, *, root: str) -> None:
        self._root = root
        self._takers: list[tuple[str, Take, Take]] = []
        self._lanes: dict[str, str] = {}
        self._client: AckClient | None = None

    def on(self, wanted: str, take: Take, *, retained: Take | None = None, lane: str = "") -> None:
        """Have every message of some topics taken; before the link is started.

        Args:
            wanted: A topic filter without root, such as ``rooms/+/commands``; or one of the broker's own, ``$SYS/…``.
            take: Called with each message; messages of one topic one after the other.
            retained: Called in its stead with the retained messages that the broker sends on the subscription.
            lane: All messages of filters with the same lane keep their order, not only those of one topic.

        Raises:
            ValueError: it is not a topic filter.
        """
        aiomqtt.Wildcard(wanted)
        if lane:
            self._lanes[wanted] = lane
        self._takers.append((wanted, take, retained or take))

    def below_root(self, topic: str) -> str:
        """Return a broker's topic without our root."""
        return topics.below(self._root, topic)

    async def send(self, topic: str, payload: str, *, correlation: bytes | None = None) -> None:
        """Publish an answer, not retained, with QoS 1; without a connection it is lost, and asked for again.

        Args:
            topic: Without root.
            payload: A CloudEvent.
            correlation: MQTT 5 correlation data to send along.
        """
        if self._client is None:
            return
        try:
            await self._client.put(
                topics.under(self._root, topic), payload, retain=False, properties=payload_properties(correlation)
            )
        except (aiomqtt.MqttError, PublishRejectedError) as error:
            _log.warning("an answer on %s was not sent: %s", topic, error)

    async def empty(self, topic: str) -> None:
        """Empty a topic that has a retained message it must not have.

        Without a connection nothing happens: the broker sends it again after the next connect.

        Args:
            topic: Without root.
        """
        if self._client is None:
            return
        try:
            await self._client.put(topics.under(self._root, topic), None)
        except (aiomqtt.MqttError, PublishRejectedError) as error:
            _log.warning("%s was not emptied: %s", topic, error)

    async def subscribe(self, client: AckClient) -> None:
        """Ask the broker for all topics that anybody takes.

        Raises:
            aiomqtt.MqttError: the connection broke.
            PublishRejectedError: the account may not read one of them.
        """
        for wanted in dict.fromkeys(wanted for wanted, _, _ in self._takers):
            whole = wanted if wanted.startswith(_BROKERS_OWN) else topics.under(self._root, wanted)
            codes = await client.subscribe(whole, options=SubscribeOptions(qos=1))
            for code in codes:
                if getattr(code, "value", code) >= _FAILURE:
                    raise PublishRejectedError(whole, f"subscription: {code}")

    async def run(self, client: AckClient) -> None:
        """Dispatch messages until the connection breaks.

        Raises:
            aiomqtt.MqttError: it broke.
        """
        self._client = client
        lanes: list[asyncio.Queue[aiomqtt.Message]] = [asyncio.Queue(_LANE_DEPTH) for _ in range(_LANES)]
        try:
            await run_together(self._sort(client, lanes), *map(self._serve, lanes))
        finally:
            self._client = None

    async def _sort(self, client: AckClient, lanes: Sequence[asyncio.Queue[aiomqtt.Message]]) -> NoReturn:
        while True:
            message = await client.next_message()
            await lanes[crc32(self._lane(message.topic).encode()) % _LANES].put(message)

    def _lane(self, topic: aiomqtt.Topic) -> str:
        below = aiomqtt.Topic(self.below_root(str(topic)))
        return next((lane for wanted, lane in self._lanes.items() if below.matches(wanted)), str(topic))

    async def _serve(self, lane: asyncio.Queue[aiomqtt.Message]) -> NoReturn:
        while True:
            message = await lane.get()
            topic = self.below_root(str(message.topic))
            payload = message.payload if isinstance(message.payload, bytes) else b""
            for wanted, take, retained in self._takers:
                if aiomqtt.Topic(topic).matches(wanted):
                    await _taken(retained if message.retain else take, topic, payload, message.properties)


async def _taken(take: Take, topic: str, payload: bytes, properties: Properties | None) -> None:
    try:
        await take(topic, payload, properties)
    except StorageUnavailableError as trouble:
        _log.warning("a message on %s is left to be repeated: %s", topic, trouble)
    except Exception as error:  # noqa: BLE001  (one message must not end the link)
        _log.error("a message on %s could not be taken", topic, exc_info=error)
