"""The link to the broker: keeps the picture equal to what is retained there, and publishes for pages."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, NoReturn

import aiomqtt
from aiomqtt.exceptions import MqttConnectError
from paho.mqtt.subscribeoptions import SubscribeOptions

from board.live.hub import now
from router.component import Component
from router.mqtt import topics
from router.mqtt.client import PublishRejectedError, create_client
from router.mqtt.mosquitto.config import BOARD_ACCOUNT
from router.retry import Backoff
from router.task_group import run_together

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from paho.mqtt.properties import Properties

    from board.live.picture import Entry, Picture
    from router.component import Work
    from router.mqtt.client import AckClient
    from router.settings import BrokerSettings

ANSWER_S: Final = 10.0
"""A broker on this machine answers in milliseconds; when it does not, the connection is dead."""
KEEPALIVE_S: Final = 8
"""A broker that hangs is noticed within twice this: until then pages take what they show for fresh."""
MAX_BACKOFF_S: Final = 5.0
"""A broker that is back is found within this time: people look at greyed screens meanwhile."""
SILENT_BEATS: Final = 3
"""Heartbeats of a node that may be missing before it counts as away, as docs/rooms.md tells rooms."""
_FAILURE: Final = 0x80  # MQTT 5, section 3.9.3: reason codes from here on are failures

_log = logging.getLogger(__name__)


class BrokerLink(Component):
    """One connection with the account ``board``.

    Args:
        settings: Where the broker is.
        password: Of the account.
        node: This node.
        picture: To be filled.

    Attributes:
        on_reply: Called with each reply: the topic's levels, the payload, the correlation data.
        on_connect: Called after each connect, once the picture is complete.
        on_state: Called when ``broker`` or ``serve`` has become another.
    """

    name = "broker"

    def __init__(self, settings: BrokerSettings, password: str, node: int, picture: Picture) -> None:
        self._settings = settings
        self._password = password
        self._node = node
        self._picture = picture
        self._client: AckClient | None = None
        self._complete = asyncio.Event()
        self._lost_at = ""
        self._nodes: dict[str, tuple[datetime, float]] = {}
        self.on_reply: Callable[[tuple[str, ...], bytes, bytes | None], None] = lambda *_: None
        self.on_connect: Callable[[], None] = lambda: None
        self.on_state: Callable[[], None] = lambda: None
        picture.on(topics.ALL_NODES, self._take_node)

    @property
    def answer_level(self) -> str:
        """The level of this process's own topics of replies."""
        return f"board-{self._node}"

    @property
    def broker(self) -> bool:
        """Whether the broker is connected and everything retained has come."""
        return self._complete.is_set()

    @property
    def as_of(self) -> str:
        """Until when the picture is known to be true; empty while it never was."""
        return now() if self.broker else self._lost_at

    @property
    def serve(self) -> bool:
        """Whether a node of the service says that it is there, and said so lately."""
        at = datetime.now(UTC)
        alive = (at - heard < timedelta(seconds=SILENT_BEATS * every) for heard, every in self._nodes.values())
        return self.broker and any(alive)

    @property
    def now(self) -> float:
        """Monotonic seconds."""
        return asyncio.get_running_loop().time()

    def below(self, topic: str) -> str:
        """Return a topic with root."""
        return topics.under(self._settings.topic_root, topic)

    async def wait_complete(self) -> None:
        """Wait until ``broker``."""
        await self._complete.wait()

    async def publish(self, topic: str, payload: str | None, *, retain: bool, properties: Properties | None) -> bool:
        """Publish on a topic without root; whether the broker has taken it.

        Raises:
            PublishRejectedError: the account may not write there.
            aiomqtt.MqttError: the connection broke.
        """
        client = self._client
        if client is None or not self.broker:
            return False
        if properties is None:
            await client.put(self.below(topic), payload, retain=retain)
        else:
            await client.put(self.below(topic), payload, retain=retain, properties=properties)
        return True

    def background(self) -> Iterable[Work]:
        """Keep the connection up."""
        return (self._run(),)

    async def _run(self) -> NoReturn:
        backoff = Backoff(0.25, MAX_BACKOFF_S, jitter=0.25)
        while True:
            try:
                await self._one_connection(backoff)
            except (aiomqtt.MqttError, PublishRejectedError) as error:
                refused = isinstance(error, MqttConnectError | PublishRejectedError)
                _log.log(logging.ERROR if refused else logging.WARNING, "no link to the broker: %s", error)
            finally:
                self._lose()
            await asyncio.sleep(backoff.next_s())

    def _lose(self) -> None:
        if self.broker:
            self._lost_at = now()
        self._complete.clear()
        self._client = None
        self.on_state()

    async def _one_connection(self, backoff: Backoff) -> None:
        identifier = f"board-{self._node}"
        async with create_client(
            self._settings, BOARD_ACCOUNT, self._password, identifier, limit_s=ANSWER_S, keepalive_s=KEEPALIVE_S
        ) as client:
            self._client = client
            self._picture.begin()
            for wanted in topics.READ_BY_BOARD:
                await self._subscribe(client, wanted)
            await self._subscribe(client, topics.BOARD_MARKS)
            backoff.reset()
            await run_together(self._read(client), self._mark(client))

    async def _subscribe(self, client: AckClient, wanted: str) -> None:
        for code in await client.subscribe(self.below(wanted), options=SubscribeOptions(qos=1)):
            if getattr(code, "value", code) >= _FAILURE:
                raise PublishRejectedError(wanted, f"subscription: {code}")

    async def _mark(self, client: AckClient) -> NoReturn:
        """Publish the mark behind all retained messages: the broker hands messages on in their order."""
        await client.put(self.below(topics.BOARD_MARKS), client.identifier, retain=False)
        await asyncio.Event().wait()
        raise AssertionError

    async def _read(self, client: AckClient) -> NoReturn:
        while True:
            message = await client.next_message()
            try:
                self._take(message, client)
            except Exception:  # noqa: BLE001 - one message that we cannot bear must not end all screens
                _log.exception("a message is left out")

    def _take(self, message: aiomqtt.Message, client: AckClient) -> None:
        payload = message.payload if isinstance(message.payload, bytes) else b""
        topic = topics.below(self._settings.topic_root, message.topic.value)
        levels = tuple(topic.split("/"))
        if topic == topics.BOARD_MARKS:
            if payload.decode("utf-8", "replace") == client.identifier:
                self._picture.complete()
                self._complete.set()
                _log.info("connected to the broker; the picture is complete")
                self.on_connect()
                self.on_state()
        elif levels[2:3] == ("replies",):
            self.on_reply(levels, payload, getattr(message.properties, "CorrelationData", None))
        elif levels[2:3] != ("commands",):
            self._picture.take(topic, payload)

    def _take_node(self, levels: tuple[str, ...], entry: Entry | None) -> None:
        before = self.serve
        self._nodes.pop(levels[1], None)
        if entry is not None and entry.data.get("state") == "online":
            every = entry.data.get("heartbeat_s")
            if isinstance(every, int | float) and every > 0:
                self._nodes[levels[1]] = (datetime.fromisoformat(entry.time), float(every))
        if self.serve != before:
            self.on_state()
