"""Quotas of retained messages of a room's account: presence and stock, by number and age.

The broker itself counts nothing of the kind: an account that may write ``presence/+`` may keep twenty thousand topics
there. What is beyond its due is emptied again, and the war room and the room are told.
"""

from __future__ import annotations

import logging
from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, Final, NoReturn

from router.geo import STATE_ROOM
from router.mqtt import topics
from router.polling import poll_forever
from router.storage.errors import StorageUnavailableError

if TYPE_CHECKING:
    from collections.abc import Container, Iterable

    from paho.mqtt.properties import Properties

    from router.mqtt.inbox import Inbox
    from router.storage.engine import Storage
    from router.storage.unit_of_work import UnitOfWork

CLIENTS: Final = 200
"""Topics of presence of one room; a district has some screens."""
MAX_PAYLOAD_BYTES: Final = 4 * 1024
"""Bytes of a presence or a report of stock; a hundred are enough for either."""
KIND: Final = "room-quota"
"""The alert's kind; it ends when nothing more was emptied for `CALM_LOOKS` looks."""
POLL_INTERVAL_S: Final = 60.0
CALM_POLLS: Final = 60

_log = logging.getLogger(__name__)


class Quotas:
    """Empties what rooms leave beyond their due.

    Args:
        inbox: Where it comes in.
        store: For the alert.
        rooms: The ids of all rooms that may say something.
        items: The ids of all items of stock.
    """

    def __init__(self, inbox: Inbox, store: Storage, *, rooms: Iterable[str], items: Container[str]) -> None:
        self._inbox = inbox
        self._store = store
        self._clients: dict[str, dict[str, bool]] = {room: {} for room in rooms}
        self._items = items
        self._emptied: Counter[str] = Counter()
        self._told: dict[str, int] = {}

    def listen(self) -> None:
        """Ask the inbox for presence and stock; before the link is started."""
        self._inbox.on(topics.ALL_PRESENCE, self._presence)
        self._inbox.on(topics.ALL_STOCK, self._stock)

    async def run(self) -> NoReturn:
        """Report emptied topics to the war room, until cancelled."""
        await poll_forever(
            self.tell, every_s=POLL_INTERVAL_S, troubles=(StorageUnavailableError,), tell=_log_unreported
        )

    async def tell(self) -> None:
        """Raise the alert of rooms whose topics were emptied since the last look, end it when all is calm.

        Raises:
            StorageUnavailableError: the alert could not be stored.
        """
        emptied, self._emptied = self._emptied, Counter()
        for room in [*self._told]:
            self._told[room] -= 1
        self._told |= dict.fromkeys(emptied, CALM_POLLS)
        self._told = {room: left for room, left in self._told.items() if left > 0}
        for room, count in emptied.items():
            _log.warning("%s: %d topics at the broker beyond its due, emptied", room, count)
        await self._store.write(partial(_write_alerts, told=frozenset(self._told)), outbox=True)

    async def _presence(self, topic: str, payload: bytes, _properties: Properties | None) -> None:
        _, room, _, client = topic.split("/", 3)
        clients = self._clients.get(room)
        if not payload:
            if clients:
                clients.pop(client, None)
            return
        if clients is None or len(payload) > MAX_PAYLOAD_BYTES:
            await self._empty(room, topic)
            return
        clients[client] = b"online" in payload  # only for the order of eviction
        if len(clients) > CLIENTS:
            gone = next((one for one, online in clients.items() if not online), client)
            del clients[gone]
            await self._empty(room, f"rooms/{room}/presence/{gone}")

    async def _stock(self, topic: str, payload: bytes, _properties: Properties | None) -> None:
        _, room, _, item = topic.split("/", 3)
        if payload and (room not in self._clients or item not in self._items or len(payload) > MAX_PAYLOAD_BYTES):
            await self._empty(room, topic)

    async def _empty(self, room: str, topic: str) -> None:
        self._emptied[room if room in self._clients else STATE_ROOM] += 1
        await self._inbox.empty(topic)


def _write_alerts(uow: UnitOfWork, *, told: frozenset[str]) -> None:
    said = {"what": "left more topics at the broker than a room may; what was too much is emptied"}
    uow.alerts.replace_active(KIND, dict.fromkeys(told, said))


def _log_unreported(trouble: Exception) -> None:
    _log.warning("the war room is not told of emptied topics yet: %s", trouble)
