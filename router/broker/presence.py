"""Which rooms have somebody online, as their clients and the broker say.

A client says on its own topic, retained, that it is online when it connects, and has the opposite as its last will. A
broker that dies tells no wills: what it has kept of presence is then what was once true. Our own will is the sign: if
the broker still says after a connect that this node is online, it has told nobody's will. Then a client is only
believed when it says something else than the broker had kept before, as it does when it connects anew (``since`` in
its words is new then), or says it again within ``CONFIRM_S``; after that the router says ``offline`` in its stead. A
client that reads so on its own topic says again that it is there.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from pydantic import ValidationError

from router.broker import topics
from router.broker.schemas import Presence as Said
from router.strict_json import validate_json
from router.tickets.command import what_is_wrong

if TYPE_CHECKING:
    from collections.abc import Iterable

    from paho.mqtt.properties import Properties

    from router.broker.client import AckClient
    from router.broker.inbox import Inbox

SETTLE_S = 3.0  # what is retained comes within milliseconds of the subscription
CONFIRM_S = 130.0  # MQTT clients wait up to two minutes before they connect again
_LARGEST = 4096  # bytes of a presence; more is a mistake
_CLIENTS = 200  # of one room; a district has some screens, a client that draws a new name each second is broken

_log = logging.getLogger(__name__)


class Presence:
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
        self._settled: float | None = None
        self._confirm = False

    def listen(self, inbox: Inbox) -> None:
        """Ask the inbox for presence; before the link is started."""
        inbox.on(topics.ALL_PRESENCE, self._take, retained=self._take_retained)

    def connected(self, *, wills_lost: bool) -> None:
        """Forget what was: the broker says it anew. Called on each connect, before the inbox subscribes.

        Args:
            wills_lost: The broker has died since clients said that they are online.
        """
        self._before = self._clients
        self._clients = {room: {} for room in self._before}
        self._unconfirmed.clear()
        self._confirm = wills_lost

    def subscribed(self) -> None:
        """Note that the broker now sends what it has kept: a moment later all of it is known."""
        self._settled = asyncio.get_running_loop().time() + SETTLE_S

    def disconnected(self) -> None:
        """Note that nothing is known now."""
        self._settled = None

    async def run(self, client: AckClient) -> None:
        """Say ``offline`` for clients that a broker which has died left behind and that did not come back.

        Raises:
            aiomqtt.MqttError: the connection broke.
            Refused: the account may not write there.
        """
        if not self._confirm:
            return
        await asyncio.sleep(CONFIRM_S)
        for topic in sorted(self._unconfirmed):
            _log.info("%s has not come back since the broker died: taken as offline", topic)
            await client.put(topics.under(self._root, topic), Said(state="offline").model_dump_json())

    def offline(self) -> set[str] | None:
        """Return the rooms without any human client online; None while that is not known."""
        if self._settled is None or asyncio.get_running_loop().time() < self._settled:
            return None
        return {room for room, clients in self._clients.items() if not clients}

    async def _take(self, topic: str, payload: bytes, _properties: Properties | None) -> None:
        self._unconfirmed.discard(topic)
        self._note(topic, payload)

    async def _take_retained(self, topic: str, payload: bytes, _properties: Properties | None) -> None:
        _, room, _, client = topic.split("/", 3)
        if self._confirm and self._before.get(room, {}).get(client, payload) == payload:
            self._unconfirmed.add(topic)
        self._note(topic, payload)

    def _note(self, topic: str, payload: bytes) -> None:
        _, room, _, client = topic.split("/", 3)
        clients = self._clients.get(room)
        if clients is None:
            return
        if not human_online(payload):
            clients.pop(client, None)
        elif len(clients) < _CLIENTS:
            clients[client] = payload


def human_online(payload: bytes) -> bool:
    """Whether a client says that it is online and that a person sits before it; what cannot be read is in the log."""
    if not payload:
        return False
    if len(payload) > _LARGEST:
        _log.warning("a presence of %d bytes, more than %d, is taken as offline", len(payload), _LARGEST)
        return False
    try:
        said = validate_json(Said, payload)
    except ValidationError as error:
        _log.warning("a presence that cannot be read is taken as offline: %s", what_is_wrong(error))
        return False
    return said.state == "online" and said.human
