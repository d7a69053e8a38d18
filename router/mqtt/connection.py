"""The connection to the broker: reconnects, reconciles retained messages, then publishes."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
from typing import TYPE_CHECKING

import aiomqtt
from aiomqtt.exceptions import MqttConnectError

from router.mqtt import topics
from router.mqtt.catalogue import catalogue, publish_catalogue
from router.mqtt.client import AckClient, PublishRejectedError
from router.mqtt.inbox import Inbox
from router.mqtt.keyed_topics import KeyedTopics
from router.mqtt.mosquitto.config import ROUTER_ACCOUNT
from router.mqtt.node_status import NodeStatus
from router.mqtt.presence import RoomPresence
from router.mqtt.publisher import Outbox
from router.mqtt.retained.broker_identity import BrokerIdentityError, MarkTeller
from router.mqtt.retained.reconciliation import read_back
from router.mqtt.retained.summaries import Summaries
from router.mqtt.schemas import publish_schemas
from router.retry import Backoff
from router.storage.errors import StorageUnavailableError
from router.task_group import run_together

if TYPE_CHECKING:
    from collections.abc import Mapping

    from router.geo import Places
    from router.mqtt.operator_messages import OperatorCommand
    from router.settings import BrokerSettings
    from router.storage.engine import Storage

_ANSWER_S = 10.0  # a broker on this machine answers in milliseconds; when it does not, the connection is dead
_KEEPALIVE_S = 20  # a broker that hangs is noticed within half a minute; its own last will for us as soon
_GOODBYE_S = 2.0  # when the service ends, the broker gets a DISCONNECT if it still listens
INITIAL_BACKOFF_S = 0.25  # a broker that restarts is back within a second
MAX_BACKOFF_S = 15.0  # one that is away for long is found within this time of its return
REJECTED_RETRY_DELAY_S = 30.0  # a wrong password is mended by an admin: slowly, so that it does not look like an attack

_log = logging.getLogger(__name__)


class MqttConnection:
    """Keeps the broker's retained messages equal to the store, and publishes this node's status.

    After each connect the retained tickets are read back and compared with the store; only then does the outbox
    drain. Nothing here can fail for good: what goes wrong is logged and tried again.

    Args:
        settings: Where the broker is.
        node: This node, 1 to 9; last will and status lie on ``nodes/<node>``.
        password: Of the account ``router``.
        store: Open.
        places: Rooms, districts and needs.

    Attributes:
        inbox: What rooms say; asked for before ``start``.
        presence: Rooms with at least one client online.
        operator_calls: The call in each operator's hand.
        operator_states: How each operator stands: at work, paused and why.
        queues: Callers waiting in each queue, and its members.
        trunks: Each trunk's channels in use.
        callbacks: Citizens to be called back by an operator, by the call they had nobody in.
        operator_actions: The models of operators' commands, whose schema is published; before ``start``.
    """

    def __init__(self, settings: BrokerSettings, *, node: int, password: str, store: Storage, places: Places) -> None:
        self._settings = settings
        self._node = node
        self._password = password
        self._store = store
        root, rooms = settings.topic_root, tuple(room.id for room in places.rooms)
        self._summaries = Summaries(store, root=root, node=node, rooms=rooms)
        self._outbox = Outbox(store, root=root, node=node, touched=self._summaries.touch)
        self._mark = MarkTeller(store, root=root, node=node)
        self._catalogue = catalogue(places)
        self._status = NodeStatus(root=root, node=node)
        self.inbox = Inbox(root=root)
        self.operator_calls = KeyedTopics("call", topics.operator_calls, root=root, node=node)
        self.operator_states = KeyedTopics("state", topics.operator_state, root=root, node=node)
        self.queues = KeyedTopics("queue", topics.queue, root=root, node=node)
        self.queues.empty_unknown(self.inbox, topics.ALL_QUEUES)
        self.trunks = KeyedTopics("trunk", topics.trunk, root=root, node=node)
        self.trunks.empty_unknown(self.inbox, topics.ALL_TRUNKS)
        self.callbacks = KeyedTopics("callback", topics.callback, root=root, node=node)
        self.callbacks.empty_unknown(self.inbox, topics.ALL_CALLBACKS)
        self.operator_actions: Mapping[str, type[OperatorCommand]] = {}
        self.presence = RoomPresence(root=root, rooms=rooms)
        self.presence.listen(self.inbox)
        self._task: asyncio.Task[None] | None = None
        self._connected = asyncio.Event()
        self._backoff = Backoff(INITIAL_BACKOFF_S, MAX_BACKOFF_S, jitter=0.25)

    @property
    def connected(self) -> bool:
        """Whether the broker is connected and its tickets have been read back."""
        return self._connected.is_set()

    async def wait_connected(self) -> None:
        """Wait until ``connected``."""
        await self._connected.wait()

    def set_node_status(self, status: Mapping[str, object]) -> None:
        """Publish what this node says of itself (version, live calls by helpline); returns at once."""
        self._status.set(status)

    def start(self) -> None:
        """Begin to connect, in the background."""
        self._task = asyncio.create_task(self._run(), name="broker-link")

    async def run(self) -> None:
        """Wait for the end of what ``start`` began.

        Raises:
            BrokerIdentityError: the broker's memory belongs to another store; nothing at the broker was changed.
        """
        if self._task:
            await asyncio.shield(self._task)

    async def close(self) -> None:
        """Say goodbye and end; what still waits in the outbox is sent after the next start."""
        while self._task and not self._task.done():
            # again if need be: a broker that does not listen holds up the goodbye
            self._task.cancel()
            await asyncio.wait([self._task], timeout=2 * _GOODBYE_S)

    async def _run(self) -> None:
        while True:
            try:
                await self._one_connection()
            except BrokerIdentityError:
                raise
            except Exception as error:  # noqa: BLE001  (the only sender must outlive a fault of its own)
                self._log(error)
                refused = isinstance(error, MqttConnectError | PublishRejectedError)
                pause_s = self._backoff.next_s()
                await asyncio.sleep(self._backoff.spread(REJECTED_RETRY_DELAY_S) if refused else pause_s)

    async def _one_connection(self) -> None:
        """Connect, read back, then send until the connection breaks.

        Raises:
            aiomqtt.MqttError: the connection broke, or never came about.
        """
        root = self._settings.topic_root
        async with AckClient(
            self._settings.host,
            self._settings.port,
            username=ROUTER_ACCOUNT,
            password=self._password,
            identifier=self._client_id(),
            will=self._status.will(),
            keepalive=_KEEPALIVE_S,
            timeout=_ANSWER_S,
        ) as client:
            try:
                retained = await read_back(client, self._store, root=root, node=self._node)
                self.presence.connected(wills_lost=retained.wills_lost)
                await self.inbox.subscribe(client)
                self.presence.subscribed()
                _log.info("connected to the broker at %s:%d", self._settings.host, self._settings.port)
                self._connected.set()
                self._backoff.reset()
                await run_together(
                    self.inbox.run(client),
                    self._mark.run(client),
                    self._status.run(client),
                    self._outbox.run(client, retained.parked),
                    self._summaries.run(client),
                    publish_schemas(client, root, self.operator_actions),
                    publish_catalogue(client, root, self._catalogue, node=self._node),
                    self.presence.run(client),
                    self.operator_calls.run(client),
                    self.operator_states.run(client),
                    self.queues.run(client),
                    self.trunks.run(client),
                    self.callbacks.run(client),
                )
            except asyncio.CancelledError:
                with contextlib.suppress(aiomqtt.MqttError, PublishRejectedError, TimeoutError):
                    async with asyncio.timeout(_GOODBYE_S):
                        if self._connected.is_set():
                            await self._mark.tell(client)
                        await self._status.leave(client)
                raise
            finally:
                self._connected.clear()
                self.presence.disconnected()

    def _client_id(self) -> str:
        """A fixed id, so that the broker drops a dead connection of ours when the next one comes.

        Part of it comes from the password: whoever knows a client id can throw that client out by using it.
        """
        mark = hashlib.blake2b(self._password.encode(), digest_size=8, person=b"client-id").hexdigest()
        return f"router-{self._node}-{mark}"

    def _log(self, cause: Exception) -> None:
        at = f"{self._settings.host}:{self._settings.port}"
        if isinstance(cause, MqttConnectError):
            _log.error(
                "the broker at %s refuses the account %r (%s): its password here and in the broker's passwd differ, "
                "or passwd was not read again; `warroom up` writes both. Tried again every %.0f s",
                at,
                ROUTER_ACCOUNT,
                cause,
                REJECTED_RETRY_DELAY_S,
            )
        elif isinstance(cause, PublishRejectedError):
            _log.error("%s: see the acl of the broker at %s", cause, at)
        elif isinstance(cause, aiomqtt.MqttError | StorageUnavailableError):
            _log.warning("no link to the broker at %s (%s); tickets wait in the outbox", at, cause)
        else:
            _log.error("the link to the broker at %s failed; it starts again", at, exc_info=cause)
