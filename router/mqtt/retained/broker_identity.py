"""The identity of the store to which the broker's retained messages belong, and whether it is ours.

Before anything retained is put right, the store must be the one it came from, and not older: else the broker has the
last copy, and clearing it as stray would lose it.
"""

from __future__ import annotations

import logging
import re
from functools import partial
from typing import TYPE_CHECKING, NoReturn

from pydantic import ValidationError

from router.errors import UserError
from router.mqtt import topics
from router.mqtt.cloudevents import EventError, cloud_event, parse
from router.polling import poll_forever
from router.storage.errors import StorageUnavailableError
from router.storage.repositories.identity_repository import StoreIdentity

if TYPE_CHECKING:
    from pathlib import Path

    from router.mqtt.client import AckClient
    from router.storage.engine import Storage

REMEDY = "put back the store that belongs here, or take over what is left: warroom recover"
"""What an admin does about a store that is not the one."""

_POLL_INTERVAL_S = 1.0
"""Numbers given out in the last second before a loss are unknown: `recover` leaves a gap for them."""
_HEAD = re.compile(
    rb'\{"specversion":"1\.0","id":"([a-z0-9-]{1,200})-(\d{1,9})","source":"/(?:nodes/\d|alerts)","type":"warroom\.'
)

_log = logging.getLogger(__name__)


class BrokerIdentityError(UserError):
    """The store is not the one that something remembers; nothing was changed.

    Args:
        location: Where the store is.
        who: The place that has another mark.
        lacks: The missing part.
    """

    def __init__(self, location: Path | str, who: str, lacks: str) -> None:
        super().__init__(
            f"store: {location} is not the one that {who} belongs to: {lacks}; nothing was cleared. {REMEDY}"
        )


def version_of(payload: object) -> tuple[str, int] | None:
    """Return the name and version in an event's id, ``<name>-<version>``; None when it is none of ours."""
    found = _HEAD.match(payload) if isinstance(payload, bytes) else None
    return (found[1].decode(), int(found[2])) if found else None


def mark_in(payload: object) -> StoreIdentity | None:
    """Return the mark that an event carries, None when it carries none."""
    if not isinstance(payload, bytes):
        return None
    try:
        return StoreIdentity.model_validate(parse(payload).data)
    except (EventError, ValidationError):
        return None


class MarkTeller:
    """Keeps the store's mark at the broker, at most a second behind.

    Args:
        store: Open.
        root: The topics' root.
        node: This node.
    """

    def __init__(self, store: Storage, *, root: str, node: int) -> None:
        self._store = store
        self._topic = topics.under(root, topics.store_mark(node))
        self._node = node
        self._told: StoreIdentity | None = None

    async def run(self, client: AckClient) -> NoReturn:
        """Publish each change, until cancelled.

        Raises:
            aiomqtt.MqttError: the connection broke.
            PublishRejectedError: the account may not write there.
        """
        self._told = None  # a broker that was killed may have forgotten it
        await poll_forever(partial(self.tell, client), every_s=_POLL_INTERVAL_S)

    async def tell(self, client: AckClient) -> None:
        """Tell the mark, if it has changed."""
        try:
            mark = await self._store.read(lambda uow: uow.identity.of_store(node=self._node))
        except StorageUnavailableError as trouble:
            _log.debug("the store's mark waits: %s", trouble)
            return
        if mark != self._told:
            await client.put(
                self._topic, cloud_event("store", mark.model_dump(), node=self._node, subject=str(self._node))
            )
            self._told = mark
