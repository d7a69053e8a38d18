"""Which rooms have a client online, from their presence messages and the broker.

A client says on its own topic, retained, that it is online when it connects, and has the opposite as its last will. No
will is told of a client that says goodbye, and none by a broker that dies: what lies on its topic is then what was once
true. So each word is held to the connection that it came by.

While this router listens, the broker's log says who connects and goes (``connections``). A word came by one of the
connections that its account, or the screens' (``board``), had at that moment; when one of these goes, the router says
``offline`` in the client's stead. If that was another connection's end, the client reads so on its own topic and says
again that it is there.

What the broker had kept before we came is asked after in the same way, ``ASK_S`` after a connect. A broker that has
died has lost its connections, and clients come back in their own time: our own will is the sign, for if the broker
still says that this node is online, it has told nobody's will. Then a client has ``CONFIRM_S`` to say something else
than the broker had kept, as it does when it connects anew (``since`` in its words is new then).
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, NoReturn

from pydantic import ValidationError

from router.mqtt import topics
from router.mqtt.mosquitto.config import BOARD_ACCOUNT
from router.mqtt.mosquitto.connections import LOG_TOPIC, Came, Went, read_line
from router.mqtt.schemas import PresenceSchema as Said
from router.strict_json import validate_json
from router.validation_messages import what_is_wrong

if TYPE_CHECKING:
    from collections.abc import Iterable

    from paho.mqtt.properties import Properties

    from router.mqtt.client import AckClient
    from router.mqtt.inbox import Inbox

SETTLE_S = 3.0  # retained messages come within milliseconds of the subscription
ASK_S = 10.0  # the service's other work of a start comes first
CONFIRM_S = 130.0  # MQTT clients wait up to two minutes before they connect again
_MAX_PAYLOAD_BYTES = 4096  # bytes of a presence; more is a mistake
_CLIENTS = 200  # of one room; a district has some screens, a client that draws a new name each second is broken

_log = logging.getLogger(__name__)


class RoomPresence:
    """Knows which rooms have a human client online.

    Args:
        root: The topics' root.
        rooms: The ids of all rooms; others are nobody.
    """

    def __init__(self, *, root: str, rooms: Iterable[str]) -> None:
        self._root = root
        self._clients: dict[str, dict[str, bytes]] = {room: {} for room in rooms}
        self._before = self._clients
        self._unconfirmed: set[str] = set()
        self._accounts: dict[str, str] = {}
        self._by: dict[str, set[str]] = {}
        self._to_ask: set[str] = set()
        self._asking = asyncio.Event()
        self._settled: float | None = None
        self._confirm = False

    def listen(self, inbox: Inbox) -> None:
        """Ask the inbox for presence; before the link is started."""
        inbox.on(topics.ALL_PRESENCE, self._take, retained=self._take_retained, lane=LOG_TOPIC)
        inbox.on(LOG_TOPIC, self._take_log, lane=LOG_TOPIC)

    def connected(self, *, wills_lost: bool) -> None:
        """Forget the known state: the broker sends it anew. Called on each connect, before the inbox subscribes.

        Args:
            wills_lost: The broker has died since clients said that they are online.
        """
        self._before = self._clients
        self._clients = {room: {} for room in self._before}
        self._unconfirmed.clear()
        self._accounts.clear()
        self._by.clear()
        self._to_ask.clear()
        self._confirm = wills_lost

    def subscribed(self) -> None:
        """Retained messages are being sent now: a moment later all of them are known."""
        self._settled = asyncio.get_running_loop().time() + SETTLE_S

    def disconnected(self) -> None:
        """Note that nothing is known now."""
        self._settled = None

    async def run(self, client: AckClient) -> NoReturn:
        """Publish ``offline`` for clients whose connection has gone, or is unknown, until cancelled.

        Raises:
            aiomqtt.MqttError: the connection broke.
            PublishRejectedError: the account may not write there.
        """
        loop = asyncio.get_running_loop()
        confirmed = loop.call_later(CONFIRM_S if self._confirm else ASK_S, self._ask_unconfirmed)
        try:
            while True:
                await self._asking.wait()
                self._asking.clear()
                while self._to_ask:
                    topic = self._to_ask.pop()
                    _log.info("%s: its connection has gone, or is not known: taken as offline", topic)
                    await client.put(topics.under(self._root, topic), Said(state="offline").model_dump_json())
        finally:
            confirmed.cancel()

    def offline(self) -> set[str] | None:
        """Return the rooms without any human client online; None while that is not known."""
        if self._settled is None or asyncio.get_running_loop().time() < self._settled:
            return None
        return {room for room, clients in self._clients.items() if not clients}

    async def _take(self, topic: str, payload: bytes, _properties: Properties | None) -> None:
        self._unconfirmed.discard(topic)
        self._by.pop(topic, None)
        if self._note(topic, payload):
            room = topic.split("/", 3)[1]
            said_by = (room, BOARD_ACCOUNT)
            self._by[topic] = {client for client, account in self._accounts.items() if account in said_by}

    async def _take_retained(self, topic: str, payload: bytes, _properties: Properties | None) -> None:
        _, room, _, client = topic.split("/", 3)
        before = self._before.get(room, {}).get(client, payload)
        if self._note(topic, payload) and (not self._confirm or before == payload):
            self._unconfirmed.add(topic)

    async def _take_log(self, _topic: str, payload: bytes, _properties: Properties | None) -> None:
        match read_line(payload.decode("utf-8", "replace")):
            case Came(client, account):
                self._accounts[client] = account
            case Went(client):
                known = self._accounts.pop(client, None) is not None
                self._gone(client, known=known)

    def _gone(self, client: str, *, known: bool) -> None:
        """Ask after what a connection may have said: one from before we listened, what none that we know of can."""
        asked = {topic for topic, by in self._by.items() if (client in by if known else not by)}
        for topic in asked:
            self._by[topic].discard(client)
        self._ask(asked)

    def _ask_unconfirmed(self) -> None:
        self._ask(self._unconfirmed)
        self._unconfirmed = set()

    def _ask(self, asked: set[str]) -> None:
        if asked:
            self._to_ask |= asked
            self._asking.set()

    def _note(self, topic: str, payload: bytes) -> bool:
        """Record a client's status; return whether it is online."""
        _, room, _, client = topic.split("/", 3)
        clients = self._clients.get(room)
        if clients is None:
            return False
        said = _read(payload)
        online = said is not None and said.state == "online"
        if said is None or not online or not said.human:
            clients.pop(client, None)
        elif len(clients) < _CLIENTS:
            clients[client] = payload
        return online


def _read(payload: bytes) -> Said | None:
    """Return a client's status; None of an emptied topic, and of an unreadable one, which is logged."""
    if not payload:
        return None
    if len(payload) > _MAX_PAYLOAD_BYTES:
        _log.warning("a presence of %d bytes, more than %d, is taken as offline", len(payload), _MAX_PAYLOAD_BYTES)
        return None
    try:
        return validate_json(Said, payload)
    except ValidationError as error:
        _log.warning("a presence that cannot be read is taken as offline: %s", what_is_wrong(error).en)
        return None
