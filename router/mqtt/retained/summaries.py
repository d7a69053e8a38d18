"""Publishes the list of each room's open tickets, by which a client finds missing and outdated ones."""

from __future__ import annotations

import logging
from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, NoReturn

from pydantic import BaseModel, ConfigDict

from router.debounce import Debouncer
from router.mqtt import topics
from router.mqtt.client import PublishRejectedError
from router.mqtt.cloudevents import cloud_event
from router.storage.errors import StorageUnavailableError
from router.tickets.opening.deduplication import CLUSTER_FROM

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from router.model.ticket_views import OpenTicket
    from router.mqtt.client import AckClient
    from router.storage.engine import Storage

_DEBOUNCE_S = 1.0  # a client lives with a list a second old; a busy room changes many times in one

_log = logging.getLogger(__name__)


class Summaries:
    """Publishes the summary of each room that changed, at most once a second.

    Args:
        store: Open.
        root: The topics' root.
        node: This node.
        rooms: All rooms; each has a summary, an empty one too.
    """

    def __init__(self, store: Storage, *, root: str, node: int, rooms: Iterable[str]) -> None:
        self._store = store
        self._root = root
        self._node = node
        self._rooms = frozenset(rooms)
        self._changed: set[str] = set()
        self._news = Debouncer(_DEBOUNCE_S, at_once=True)

    def touch(self, room: str) -> None:
        """Note that a room's tickets have changed."""
        self._changed.add(room)
        self._news.touch()

    async def run(self, client: AckClient) -> NoReturn:
        """Publish all summaries, then those that change, until cancelled.

        Raises:
            aiomqtt.MqttError: the connection broke.
        """
        self._changed |= self._rooms
        self._news.touch()
        await self._news.run(partial(self._publish_changed, client))

    async def _publish_changed(self, client: AckClient) -> None:
        rooms, self._changed = self._changed & self._rooms, set()
        for room in sorted(rooms):
            await self._publish(client, room)

    async def _publish(self, client: AckClient, room: str) -> None:
        try:
            tickets = await self._store.read(lambda uow: uow.tickets.open_of_room(room=room))
            copies = await self._store.read(lambda uow: uow.tickets.copies_of_room(room=room))
            payload = cloud_event("summary", summary(room, tickets, copies).model_dump(), node=self._node, subject=room)
            await client.put(topics.under(self._root, topics.summary(room)), payload)
        except StorageUnavailableError as trouble:
            _log.warning("the summary of %s waits: %s", room, trouble)
            self.touch(room)
        except PublishRejectedError as refusal:
            _log.error("%s", refusal)


class ClusterCount(BaseModel):
    """Many citizens with the same need in the same PIN code: one cause, most likely, and one thing to do."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    cluster: str
    """As in each of its tickets."""
    service_code: str
    zipcode: str
    open: int


class Summary(BaseModel):
    """The tickets a room should have: a client with others drops them, one that lacks some asks the broker again."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    room: str
    tickets: dict[str, int]
    """Number to version of every open ticket."""
    open: int
    by_stage: dict[str, int]
    by_desk: dict[str, int]
    by_need: dict[str, int]
    by_priority: dict[str, int]
    clusters: list[ClusterCount]
    """Biggest first."""
    proposals: list[str]
    """Numbers of the tickets that the room proposes to reject: the war room decides."""
    copies: dict[str, int] = {}
    """Number to version of every open ticket of another room that lies with this one as a copy."""


def summary(room: str, tickets: Sequence[OpenTicket], copies: Mapping[str, int]) -> Summary:
    """Return a room's summary."""
    alike = Counter((ticket.service_code, ticket.zipcode) for ticket in tickets if ticket.zipcode)
    return Summary(
        room=room,
        tickets={ticket.number: ticket.version for ticket in tickets},
        open=len(tickets),
        by_stage=Counter(ticket.stage for ticket in tickets),
        by_desk=Counter(ticket.desk for ticket in tickets),
        by_need=Counter(ticket.service_code for ticket in tickets),
        by_priority=Counter(str(ticket.priority) for ticket in tickets),
        clusters=[
            ClusterCount(cluster=f"{need}-{pin}", service_code=need, zipcode=pin, open=count)
            for (need, pin), count in alike.most_common()
            if count >= CLUSTER_FROM
        ],
        proposals=[ticket.number for ticket in tickets if ticket.proposed],
        copies=dict(copies),
    )
