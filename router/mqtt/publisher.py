"""Publishes the outbox, one message after another, and reports messages that the broker rejects."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING, NoReturn

from router.mqtt import topics
from router.mqtt.client import PublishRejectedError
from router.mqtt.cloudevents import cloud_event
from router.storage.errors import StorageUnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from router.mqtt.client import AckClient
    from router.storage.engine import Storage
    from router.storage.repositories.outbox_repository import OutboxRow

_BATCH = 400  # rows fetched at once, twice what the writer commits together: sending keeps up with it; 80 ms of sending
PARKED_RETRY_S = 60.0  # a refusal is mended by an admin (ACL, quota): trying more often only fills the log
_POLL_S = 0.5  # a commit of this process wakes us; rows of another (api) are found so: 0.1 ms of work each time
_SETTLE_S = 0.5  # rows sent leave with the next commit or after this: one commit less for each ticket
_STORE_RETRY_DELAY_S = 1.0  # the store has already been patient for its own limit

_log = logging.getLogger(__name__)


class Outbox:
    """The only sender of the outbox.

    Args:
        store: Open.
        root: The topics' root.
        node: This node, named in alerts.
        touched: Called with each room of which a ticket was sent or refused.
    """

    def __init__(self, store: Storage, *, root: str, node: int, touched: Callable[[str], None]) -> None:
        self._store = store
        self._root = root
        self._node = node
        self._touched = touched
        self._alerts: dict[str, int | None] = {}
        self._parked_since: float | None = None
        self._sent: list[int] = []

    async def run(self, client: AckClient, alerts: Iterable[str]) -> NoReturn:
        """Send until cancelled.

        Args:
            client: Connected, its tickets read back.
            alerts: The rooms with an alert at the broker that tickets are refused.

        Raises:
            aiomqtt.MqttError: the connection broke; whatever was not confirmed is sent again on the next.
        """
        self._alerts = dict.fromkeys(alerts)
        self._sent = []  # confirmed on another connection, by a broker that may have forgotten since: sent again
        self._parked_since = float("-inf")  # what an earlier connection was refused is tried again on this one
        while True:
            self._store.outbox_ready.clear()
            try:
                await self._unpark_when_due()
                await self._drain(client)
                await self._update_alerts(client)
            except StorageUnavailableError:
                await asyncio.sleep(_STORE_RETRY_DELAY_S)
                continue
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_SETTLE_S if self._sent else _POLL_S):
                    await self._store.outbox_ready.wait()

    async def _unpark_when_due(self) -> None:
        if self._parked_since is None or asyncio.get_running_loop().time() < self._parked_since + PARKED_RETRY_S:
            return
        await self._store.write(lambda uow: uow.outbox.release_quarantined())
        self._parked_since = None

    async def _drain(self, client: AckClient) -> None:
        """Send until nothing waits; the rows sent last leave with the next commit."""
        more = True
        while more:
            rows = await self._next()
            await self._send(client, rows)
            more = len(rows) == _BATCH

    async def _next(self) -> list[OutboxRow]:
        sent, self._sent = self._sent, []
        return await self._store.write(lambda uow: uow.outbox.advance(sent, _BATCH))

    async def _send(self, client: AckClient, rows: Sequence[OutboxRow]) -> None:
        refused: set[str] = set()
        for row in rows:
            if row.number in refused:
                continue
            try:
                await client.put(topics.under(self._root, row.topic), row.payload)
                self._sent.append(row.id)
            except PublishRejectedError as refusal:
                refused.add(row.number)
                await self._park(row, refusal)
            if row.topic.startswith(topics.ROOMS):
                self._touched(row.room)

    async def _park(self, row: OutboxRow, refusal: PublishRejectedError) -> None:
        if row.room not in self._alerts:
            _log.error("%s; tried again every %.0f s, the other tickets go on", refusal, PARKED_RETRY_S)
        await self._store.write(lambda uow: uow.outbox.quarantine(number=row.number))
        if self._parked_since is None:
            self._parked_since = asyncio.get_running_loop().time()

    async def _update_alerts(self, client: AckClient) -> None:
        """Make the alerts at the broker those of the rooms that have refused tickets now."""
        if self._parked_since is None and not self._alerts:
            return
        parked = await self._store.read(lambda uow: uow.outbox.quarantined_by_room())
        for room in sorted({*self._alerts, *parked}):
            if room not in parked:
                _log.warning("the broker takes the tickets of %s again", room)
                await self._alert(client, room, None)
                del self._alerts[room]
            elif self._alerts.get(room) != parked[room]:
                await self._alert(client, room, parked[room])
                self._alerts[room] = parked[room]

    async def _alert(self, client: AckClient, room: str, count: int | None) -> None:
        what = {
            "room": room,
            "waiting": count,
            "what": "the broker refuses to take tickets of this room",
            "remedy": "see the broker's log and its acl; they are tried again by themselves",
        }
        payload = None if count is None else cloud_event("alert.parked", what, node=self._node, subject=room)
        try:
            await client.put(topics.under(self._root, topics.alert(topics.PARKED, room)), payload)
        except PublishRejectedError as refusal:
            _log.error("%s", refusal)
