"""An MQTT client that reports whether the broker accepted each message."""

from __future__ import annotations

import asyncio
import secrets
import socket
import threading
from typing import TYPE_CHECKING, Any, TypeVar

import aiomqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from router.errors import UserError
from router.mqtt.cloudevents import CONTENT_TYPE

if TYPE_CHECKING:
    from collections.abc import Awaitable
    from types import TracebackType

    import paho.mqtt.client as paho
    from paho.mqtt.reasoncodes import ReasonCode

    from router.settings import BrokerSettings

T = TypeVar("T")

TCP_NODELAY_OPTION = ((socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),)
"""Socket options. Without them a PUBACK and what is published right after it wait for each other: the kernel holds
the second small packet back until the first is acknowledged, which the other side's kernel puts off by 40 ms."""

_ID_BYTES = 16  # nobody guesses them
_FIRST_FAILURE = 0x80  # MQTT 5, section 2.4: reason codes from here on are failures


def payload_properties(correlation: bytes | None = None) -> Properties:
    """Return the MQTT 5 properties of a payload of ours, with the correlation data of the request, if any."""
    properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
    properties.ContentType = CONTENT_TYPE
    if correlation is not None:
        properties.CorrelationData = correlation
    return properties


_OUR_CONTENT = payload_properties()


class PublishRejectedError(UserError):
    """The broker answered a publish with a failure; the message was not published.

    Attributes:
        topic: The whole topic.
        reason: The broker's reason.
    """

    def __init__(self, topic: str, reason: str) -> None:
        super().__init__(f"the broker refuses {topic}: {reason}")
        self.topic = topic
        self.reason = reason


class AckClient(aiomqtt.Client):
    """An ``aiomqtt.Client`` for one connection, with one more method, ``put``, which fails when the PUBACK says so.

    Four of aiomqtt's private methods are replaced. It drops the reason code of a PUBACK, so that a refusal looks like
    success: this keeps the code of the last one; with one message in flight, that is the one just sent. (One at a
    time is also the fastest: 4,900 messages a second, against 2,800 with a hundred in flight.) Needs MQTT 5: in 3.1.1
    a PUBACK has no reason. And it waits with ``asyncio.wait_for``, which on Python 3.11 swallows a cancellation that
    arrives together with the answer, so that a task told to end would go on for ever. And it goes on waiting for the
    answer of a connection that has broken, until its time is up: here that ends at once, in the middle of connecting
    too. And it lets the loop watch a socket for writing a turn later, by a number that may by then be another socket's.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, protocol=aiomqtt.ProtocolVersion.V5, socket_options=TCP_NODELAY_OPTION, **kwargs)
        self._turn = asyncio.Lock()
        self._last_reason: ReasonCode | None = None
        self._waits: set[asyncio.Timeout] = set()
        self._broken = False
        self._thread = threading.get_ident()

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None
    ) -> None:
        """Disconnect; a connection that broke meanwhile is no news any more, so its exception is taken note of."""
        broken = self._disconnected
        await super().__aexit__(exc_type, exc, tb)
        if broken.done() and not broken.cancelled():
            broken.exception()

    async def put(
        self, topic: str, payload: str | None, *, retain: bool = True, properties: Properties = _OUR_CONTENT
    ) -> None:
        """Publish with QoS 1 and wait until the broker has taken it; ``payload`` None empties the topic.

        Raises:
            PublishRejectedError: the broker answered with a failure.
            aiomqtt.MqttError: the connection broke, or no answer came in time; it may or may not have been taken.
        """
        async with self._turn:
            self._last_reason = None
            await self.publish(topic, payload, qos=1, retain=retain, properties=properties if payload else None)
            reason = self._last_reason
        if reason is not None and reason.value >= _FIRST_FAILURE:
            raise PublishRejectedError(topic, str(reason))

    async def next_message(self) -> aiomqtt.Message:
        """Return the next message that came in.

        ``anext(messages)`` makes a task for each and waits for it; one that lies there already is taken at once: what
        is retained comes by the thousand.

        Raises:
            aiomqtt.MqttError: the connection broke.
        """
        return self._queue.get_nowait() if self._queue.qsize() else await anext(self.messages)

    async def _wait_for(self, fut: Awaitable[T], timeout: float | None) -> T:  # noqa: ASYNC109  (aiomqtt's own form)
        limit = asyncio.timeout(self.timeout if timeout is None else timeout)
        try:
            async with limit:
                if fut is not self._disconnected:
                    self._waits.add(limit)
                    if self._broken:
                        limit.reschedule(asyncio.get_running_loop().time())
                return await fut
        except TimeoutError:
            if isinstance(fut, asyncio.Future) and fut.done() and not fut.cancelled():
                return fut.result()  # type: ignore[no-any-return]  # a refusal to let us in comes with the break
            what = "the connection broke" if self._broken else "the broker did not answer in time"
            raise aiomqtt.MqttError(what) from None
        finally:
            self._waits.discard(limit)

    def _on_disconnect(
        self,
        client: paho.Client,
        userdata: Any,
        flags: paho.DisconnectFlags,
        reason_code: ReasonCode,
        properties: Properties | None = None,
    ) -> None:
        super()._on_disconnect(client, userdata, flags, reason_code, properties)
        if self._disconnected.done() and not self._disconnected.cancelled():
            self._disconnected.exception()  # taken note of: aiomqtt may put another future in its place unread
        self._broken = True
        for limit in self._waits:
            if not limit.expired():
                limit.reschedule(asyncio.get_running_loop().time())

    def _on_socket_register_write(self, client: paho.Client, userdata: Any, sock: socket.socket) -> None:
        if threading.get_ident() == self._thread:
            self._loop.add_writer(sock, client.loop_write)
        else:  # the thread that connects
            super()._on_socket_register_write(client, userdata, sock)

    def _on_publish(
        self, client: paho.Client, userdata: Any, mid: int, reason_code: ReasonCode, properties: Properties
    ) -> None:
        self._last_reason = reason_code
        super()._on_publish(client, userdata, mid, reason_code, properties)


def create_client(
    broker: BrokerSettings,
    account: str,
    password: str,
    identifier: str,
    *,
    limit_s: float | None = None,
    keepalive_s: int = 60,
) -> AckClient:
    """Return a client of an account, not yet connected, for a program that is not this node's own link.

    Its id ends in a long random part: the broker gives a session to whoever names its id, whatever the account, and
    what waited there is gone. Mosquitto cannot bind ids to accounts without allowing one connection to each
    (``use_username_as_clientid``, an id in dynamic-security) and ``clientid_prefixes`` hold for all accounts alike.

    Args:
        broker: Where the broker is.
        account: The account.
        password: Its password.
        identifier: Distinguishes this connection from others, before the random part.
        limit_s: Seconds the broker has for each answer; None: aiomqtt's own ten.
        keepalive_s: After so many seconds of silence each side is asked for a sign of life; after as many more without
            one the connection is dead.
    """
    return AckClient(
        broker.host,
        broker.port,
        username=account,
        password=password,
        identifier=f"{identifier}-{secrets.token_hex(_ID_BYTES)}",
        timeout=limit_s,
        keepalive=keepalive_s,
    )
