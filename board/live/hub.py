"""The hub: all open pages, what each shows, the heartbeat, and the end of pages whose session has ended."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter, defaultdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, Protocol

from board.accounts.permissions import Action, may
from board.live.collection import to_json
from board.live.tab import SIGNED_OUT
from board.live.views import View

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import NoReturn

    from board.accounts.identity import Identity
    from board.live.audited import LiveAudit
    from board.live.collection import Collection
    from board.live.tab import Tab
    from board.live.views import Views

BEAT_S: Final = 5.0
"""From one heartbeat to the next; a page that misses two says that it is stale."""
MAX_VIEWS: Final = 20
"""Views of one page; ours show two."""

_log = logging.getLogger(__name__)


class ChecksSessions(Protocol):
    """Knows which sessions hold."""

    async def valid(self, identity: Identity) -> bool:
        """Tell whether the session holds still."""
        ...


class Freshness(Protocol):
    """Knows how fresh the picture is."""

    @property
    def broker(self) -> bool:
        """Whether the broker is connected and everything retained has come."""
        ...

    @property
    def serve(self) -> bool:
        """Whether the service that takes commands is there."""
        ...

    @property
    def as_of(self) -> str:
        """Until when the picture is known to be true."""
        ...


class Hub:
    """All open pages.

    Args:
        views: What may be shown.
        sessions: Asked with each heartbeat.
        freshness: Told with each heartbeat.
        audit: Notes what is shown.
        build: The version of the screens.
        people: Called when somebody begins or ceases to show a view: who signed in is there.
    """

    def __init__(
        self,
        views: Views,
        sessions: ChecksSessions,
        freshness: Freshness,
        audit: LiveAudit,
        *,
        build: str,
        people: Callable[[Iterable[Tab]], None] = lambda _: None,
    ) -> None:
        self._views = views
        self._audit = audit
        self._sessions = sessions
        self._freshness = freshness
        self._build = build
        self._people = people
        self._tabs: set[Tab] = set()
        self._open: dict[tuple[str, tuple[Collection, ...]], View] = {}
        self._showing: dict[View, set[Tab]] = defaultdict(set)
        self._resyncs = 0

    @property
    def tabs(self) -> frozenset[Tab]:
        """Return all open pages."""
        return frozenset(self._tabs)

    @property
    def resyncs(self) -> int:
        """Return how often a page read so slowly that it was sent all anew."""
        return self._resyncs + sum(tab.resyncs for tab in self._tabs)

    def of_user(self, user: str) -> int:
        """Return how many pages a user has open."""
        return Counter(tab.identity.user for tab in self._tabs)[user]

    def join(self, tab: Tab) -> None:
        """Take a page in, and greet it."""
        self._tabs.add(tab)
        hello = {"build": self._build, "user": tab.identity.user, "heartbeat_s": BEAT_S, "now": now()}
        tab.answer(to_json({"type": "hello", **hello}))
        tab.beat(self._beat())

    def leave(self, tab: Tab) -> None:
        """Let a page go."""
        self._tabs.discard(tab)
        self._resyncs += tab.resyncs
        for name in tuple(tab.views):
            self.hide(tab, name)
        self._people(self._tabs)

    def show(self, tab: Tab, name: str) -> None:
        """Have a page shown a view, or told why not."""
        if name in tab.views:
            tab.show(tab.views[name])  # it asks for everything anew
            return
        if not may(tab.identity, Action.VIEW, name):
            self._refuse(tab, name, "not-allowed")
            return
        collections = self._views.collections(name, tab.identity)
        if collections is None or len(tab.views) >= MAX_VIEWS:
            self._refuse(tab, name, "unknown" if collections is None else "too-many")
            return
        view = self._open.get((name, collections))
        if view is None:
            view = self._open[name, collections] = View(name, collections, self._changed)
        self._showing[view].add(tab)
        tab.show(view)
        self._audit.opened(tab, view)
        self._people(self._tabs)

    def hide(self, tab: Tab, name: str) -> None:
        """Have a page shown a view no longer."""
        view = tab.hide(name)
        if view is None:
            return
        self._audit.closed(tab, view)
        self._showing[view].discard(tab)
        if not self._showing[view]:
            del self._showing[view]
            del self._open[view.name, view.collections]
            view.close()
        self._people(self._tabs)

    async def run(self) -> NoReturn:
        """Send the heartbeat until cancelled."""
        while True:
            await asyncio.sleep(BEAT_S)
            self.beat()
            await self.check_sessions()

    def beat(self) -> None:
        """Tell all pages how things are; at once when the broker or the service has come or gone."""
        beat = self._beat()
        for tab in self._tabs:
            tab.beat(beat)

    async def check_sessions(self) -> None:
        """Close the pages of sessions that have ended. While sessions cannot be read, pages stay as they are."""
        by_session = {tab.identity.session: tab.identity for tab in self._tabs}
        for session, identity in by_session.items():
            try:
                holds = await self._sessions.valid(identity)
            except Exception as error:  # noqa: BLE001 - the store is away for a moment
                _log.warning("sessions are not looked at: %s", error)
                return
            if not holds:
                for tab in self._tabs:
                    if tab.identity.session == session:
                        tab.close(SIGNED_OUT)

    def _changed(self, view: View, frame: str, collection: str, key: str) -> None:
        for tab in self._showing[view]:
            tab.change(view, frame)
            self._audit.changed(tab, view, collection, key)

    def _beat(self) -> str:
        fresh = self._freshness
        said = {"now": now(), "as_of": fresh.as_of, "broker": fresh.broker, "serve": fresh.serve}
        return to_json({"type": "beat", **said, "build": self._build})

    @staticmethod
    def _refuse(tab: Tab, view: str, code: str) -> None:
        tab.answer(to_json({"type": "refused", "view": view[:120], "code": code}))


def now() -> str:
    """Return the time, UTC."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")
