"""The live part of the screens as a component: picture, views, pages, commands, presence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from board.accounts.identity import Role
from board.live.audited import LiveAudit
from board.live.broker import BrokerLink
from board.live.commands import Commands
from board.live.hub import Hub
from board.live.of_topics import RoomCollections, collect
from board.live.operators import OperatorCollections
from board.live.picture import Picture
from board.live.presence import RoomsWithPeople
from board.live.views import Views
from board.live.websocket import Live
from router.component import Component
from router.mqtt import topics

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from board.accounts.audit import Audit
    from board.accounts.identity import Identity
    from board.accounts.sessions import Sessions
    from board.live.collection import Collection
    from board.settings import BoardSettings
    from router.component import Work
    from router.settings import BrokerSettings


class LiveComponent(Component):
    """Follows the broker and keeps all open pages up to date.

    Args:
        broker: Where the broker is.
        settings: Limits.
        password: Of the account ``board``.
        node: This node.
        rooms: The ids of all rooms.
        sessions: Tells who opens a page.
        audit: Is told what pages are shown and send.
        build: The version of the screens.

    Attributes:
        picture: Whoever shows what lies on topics asks it, before the link is started.
        views: The kinds of views; more may be added before the first page comes.
        link: A component of its own, to be started before this one.
        endpoint: Serves ``/live``.
    """

    name = "live"

    def __init__(
        self,
        broker: BrokerSettings,
        settings: BoardSettings,
        password: str,
        *,
        node: int,
        rooms: Iterable[str],
        sessions: Sessions,
        audit: Audit,
        build: str,
    ) -> None:
        self.picture = Picture()
        self.link = BrokerLink(broker, password, node, self.picture)
        self.views = Views()
        self.rooms = RoomCollections(self.picture, rooms)
        self.operators = OperatorCollections(self.picture)
        self.nodes = collect(self.picture, "nodes", topics.ALL_NODES)
        self.queues = collect(self.picture, "queues", "queues/+")
        self.callbacks = collect(self.picture, "callbacks", "callbacks/+")
        self.trunks = collect(self.picture, "trunks", "trunks/+")
        self.all_tasks = collect(self.picture, "tasks", topics.ALL_TASKS, (3, 1))
        self.all_stock = collect(self.picture, "stock", topics.ALL_STOCK, (1, 3))
        self.notices = collect(self.picture, "notices", topics.ALL_NOTICES)
        self.presence = RoomsWithPeople(self.link, self.picture)
        self._audited = LiveAudit(audit)
        self.hub = Hub(self.views, sessions, self.link, self._audited, build=build, people=self.presence.look)
        self.commands = Commands(self.link, self._audited)
        self.endpoint = Live(
            sessions,
            self.hub,
            self.commands,
            self.link,
            origins=settings.origins,
            tabs_per_user=settings.tabs_per_user,
        )
        self.views.add("room", self._room)
        self.views.add("operator", self._operator)
        self.link.on_reply = self.commands.reply
        self.link.on_connect = self.presence.connected
        self.link.on_state = self.hub.beat

    def background(self) -> Iterable[Work]:
        """Send heartbeats, commands again, and presence; note what pages were shown."""
        return (self.hub.run(), self.commands.run(), self.presence.run(), self._audited.run())

    def _room(self, room: str, _: Identity) -> Sequence[Collection] | None:
        found = self.rooms.of(room)
        return (*found, self.notices, self.nodes) if found else None

    def _operator(self, operator: str, identity: Identity) -> Sequence[Collection] | None:
        own = self.operators.of(operator)
        supervises = identity.role in (Role.SUPERVISOR, Role.WARROOM)
        everybody = (self.operators.all,) if supervises else ()
        return (
            own.call,
            own.state,
            own.caller_tickets,
            self.callbacks,
            self.queues,
            *everybody,
            self.notices,
            self.nodes,
        )
