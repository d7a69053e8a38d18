"""Keeps the collections of the state wall and of the war room's desk up to date."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Final, NoReturn

from board.live.collection import Collection
from board.state.alerts import alert_figures, shortage_figures
from board.state.districts import district_figures
from board.state.lines import line_figures
from board.state.stranded import by_home, by_state
from router.component import Component
from router.debounce import Debouncer
from router.geo.model import STATE_ROOM
from router.polling import log_trouble, poll_forever
from router.storage.errors import StorageUnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from board.accounts.identity import Identity
    from board.live.component import LiveComponent
    from board.live.picture import Entry
    from board.state.daily import DailyFigures
    from board.state.districts import Alerts
    from router.component import Work

_GATHER_S: Final = 1.0  # people read the figures; with 500 calls they change many times a second
_TICK_S: Final = 60.0  # days left go by without news
_DAILY_S: Final = 10.0  # a wall is read, not watched: the day's counts may be so old
_FIGURES: Final = (
    "districts",
    "lines",
    "alerts",
    "shortages",
    "outside",
    "inbound",
    "homes",
    "totals",
    "transcription",
    "nodes",
)
_OF_NODE: Final = ("state", "asterisk", "version", "rejected")

_log = logging.getLogger(__name__)


class StateBoard(Component):
    """The collections of the views ``state``, ``wall/<name>`` and ``warroom``.

    Figures are made again at most once a second; those of a district only when a ticket or alert of it has changed.

    Args:
        live: Follows the broker, and has the views.
        daily: Counts in storage.
        rooms: The districts' rooms, a tile each.
    """

    name = "state board"

    def __init__(self, live: LiveComponent, daily: DailyFigures, *, rooms: Iterable[str]) -> None:
        self._daily = daily
        self._rooms = frozenset(rooms)
        self._tickets: dict[str, dict[str, Mapping[str, Any]]] = {}
        self._topics: dict[str, tuple[str, ...]] = {}
        self._alerts: Alerts = {}
        self._now: dict[str, dict[str, Any]] = {"nodes": {}, "queues": {}, "trunks": {}}
        self._changed = set(self._rooms)
        self._news = Debouncer(_GATHER_S, at_once=True, poll_s=_TICK_S)
        self._figures = {name: Collection(name) for name in _FIGURES}
        self._proposals = Collection("proposals")
        self._state = (*self._figures.values(), live.queues, live.trunks, live.notices)
        own = live.rooms.one(STATE_ROOM, "tickets")
        self._warroom = (*self._state, own, self._proposals, live.all_tasks, live.all_stock)
        live.picture.on("rooms/+/tickets/+/+", self._take_ticket)
        live.picture.on("alerts/+/+", self._take_alert)
        for kind in self._now:
            live.picture.on(f"{kind}/+", self._take_status)
        live.views.add("state", self._view_state)
        live.views.add("wall", self._view_state)
        live.views.add("warroom", self._view_warroom)

    def background(self) -> Iterable[Work]:
        """Return the work: making the figures anew, and counting in storage."""
        self._news.touch()
        return (self._news.run(self._update_always), self._count_days())

    async def update(self) -> None:
        """Make the figures anew of what has changed."""
        changed, self._changed = self._changed & self._rooms, set()
        for room in sorted(changed):
            figures = district_figures(room, self._tickets.get(room, {}).values(), self._alerts)
            self._figures["districts"].put(room, figures)
        nodes, queues, trunks = (list(self._now[kind].values()) for kind in ("nodes", "queues", "trunks"))
        self._figures["nodes"].replace({node: _shown(data) for node, data in self._now["nodes"].items()})
        self._figures["lines"].replace(line_figures(nodes, queues, trunks))
        self._figures["alerts"].replace(alert_figures(self._alerts))
        self._figures["shortages"].replace(shortage_figures(self._alerts, datetime.now(UTC)))

    async def _update_always(self) -> None:
        try:
            await self.update()
        except Exception:  # noqa: BLE001  (what one message says wrongly must not end the screens of all rooms)
            _log.exception("the figures of the state are old")

    async def count(self) -> None:
        """Count the day's calls and tickets, messages without text, stranded people. Raises StorageUnavailableError."""
        self._figures["totals"].put("totals", await self._daily.totals(datetime.now(UTC)))
        self._figures["transcription"].put("backlog", await self._daily.transcription())
        counts = await self._daily.stranded()
        self._figures["outside"].replace(by_state(counts, "outbound"))
        self._figures["inbound"].replace(by_state(counts, "inbound"))
        self._figures["homes"].replace(by_home(counts))

    async def _count_days(self) -> NoReturn:
        tell = partial(log_trouble, _log, "the counts of the day are old")
        await poll_forever(self.count, every_s=_DAILY_S, troubles=(StorageUnavailableError,), tell=tell)

    def _take_ticket(self, levels: tuple[str, ...], entry: Entry | None) -> None:
        """A ticket that is moved lies on two topics for a moment: the one that came last counts."""
        room, number = levels[1], levels[4]
        before = self._topics.get(number)
        if entry is not None:
            if before and before[1] != room:
                self._forget(before[1], number)
            self._topics[number] = levels
            self._tickets.setdefault(room, {})[number] = entry.data
            if entry.data.get("proposed_rejection"):
                self._proposals.put_text(number, entry.text)
            else:
                self._proposals.remove(number)
            self._touch(room)
        elif before == levels:
            del self._topics[number]
            self._proposals.remove(number)
            self._forget(room, number)

    def _forget(self, room: str, number: str) -> None:
        self._tickets[room].pop(number, None)
        self._touch(room)

    def _take_alert(self, levels: tuple[str, ...], entry: Entry | None) -> None:
        _, kind, room = levels
        if entry is None:
            self._alerts.pop((kind, room), None)
        else:
            self._alerts[kind, room] = entry.data
        self._touch(room)

    def _take_status(self, levels: tuple[str, ...], entry: Entry | None) -> None:
        kind, name = levels
        if entry is None:
            self._now[kind].pop(name, None)
        else:
            self._now[kind][name] = entry.data
        self._news.touch()

    def _touch(self, room: str) -> None:
        self._changed.add(room)
        self._news.touch()

    def _view_state(self, _name: str, _: Identity) -> Sequence[Collection]:
        return self._state

    def _view_warroom(self, _name: str, _: Identity) -> Sequence[Collection]:
        return self._warroom


def _shown(node: Mapping[str, Any]) -> dict[str, object]:
    return {name: node[name] for name in _OF_NODE if name in node}
