"""The SLA monitor: polls for overdue tickets and absent rooms, and alerts the next level."""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from typing import TYPE_CHECKING, NoReturn

from router import clock
from router.polling import log_trouble, poll_forever
from router.tickets.sla import overdue_alerts
from router.tickets.sla.escalation import BATCH_SIZE

if TYPE_CHECKING:
    from collections.abc import Callable

    from router.geo import Places
    from router.storage.engine import Storage
    from router.storage.unit_of_work import UnitOfWork
    from router.tickets.service import TicketService

TICK_S = 2.0  # the shortest limit is a minute; a room that goes offline raises an alert as soon as this
FIRST_POLL_S = 60.0  # what rooms have said while this service was away is taken before anybody is called late
AWAY_S = 60.0  # a weak line and a screen that starts again are back within it
_CHECKPOINT_INTERVAL_S = 60.0  # seconds of the time before a crash of the machine that may be counted twice
ROOM_OFFLINE = "room-offline"
"""The kind of alert that a room has no human client online."""

_OFFLINE_DATA = {
    "what": "nobody of this room is online",
    "what_hi": "इस कक्ष से कोई ऑनलाइन नहीं है",
}

_log = logging.getLogger(__name__)


class SlaMonitor:
    """Escalates due tickets, and raises and clears the alerts for late tickets and absent rooms.

    A tick without news is four short reads, of which none depends on tickets that are closed or not yet due.

    Args:
        store: Open.
        desk: Takes tickets a level up.
        places: Rooms and their levels.
        offline: Returns the rooms without any human client online, None while that is not known.
    """

    def __init__(
        self, store: Storage, desk: TicketService, places: Places, *, offline: Callable[[], set[str] | None]
    ) -> None:
        self._store = store
        self._desk = desk
        self._places = places
        self._offline = offline
        self._staffed = {room.id for room in places.rooms if room.staffed}
        self._empty_since: dict[str, float] = {}
        self._kept_at: float | None = None

    async def run(self) -> NoReturn:
        """Tick until cancelled; errors are logged and tried again: the monitor must outlive its own faults."""
        first = asyncio.get_running_loop().time() + FIRST_POLL_S
        tell = partial(log_trouble, _log, "the SLA monitor waits")
        await poll_forever(partial(self._check_due, first), every_s=TICK_S, troubles=(Exception,), tell=tell)

    async def _check_due(self, first: float) -> None:
        await self._keep_time()
        await self.tell_offline()
        if asyncio.get_running_loop().time() >= first:
            await self.tick()

    async def tick(self) -> None:
        """Escalate all tickets whose time has come, then bring the alerts on late tickets up to date.

        Raises:
            StorageUnavailableError: something is left for the next tick.
        """
        if await self._store.read(_any_due):
            count = BATCH_SIZE
            while count == BATCH_SIZE:
                count = await self._desk.escalate()
                _log.info("%d tickets were not seen to in time", count)
        wanted = overdue_alerts.wanted(await self._store.read(lambda uow: uow.deadlines.late()), self._places)
        if wanted != await self._store.read(overdue_alerts.active):
            await self._store.write(partial(_replace_alerts, self._places), outbox=True)

    async def tell_offline(self) -> None:
        """Raise or end the alerts on rooms that nobody is in; nothing while that is not known.

        A room is away when nobody has been there for ``AWAY_S``; at once when a caller in danger waits there unseen.
        Rooms that need not always be staffed are reported only while they have an open ticket.

        Raises:
            StorageUnavailableError: something is left for the next tick.
        """
        offline = self._offline()
        if offline is None:
            self._empty_since = {}
            return
        needed = await self._store.read(lambda uow: uow.deadlines.with_open_tickets(rooms=offline - self._staffed))
        empty = (offline & self._staffed) | needed
        now = clock.read_clocks().since_boot
        self._empty_since = {room: self._empty_since.get(room, now) for room in empty}
        told = {alert.room for alert in await self._store.read(lambda uow: uow.alerts.active(kind=ROOM_OFFLINE))}
        away = {room for room, since in self._empty_since.items() if now - since >= AWAY_S} | (told & empty)
        away |= await self._store.read(lambda uow: uow.deadlines.with_danger_unseen(rooms=empty - away))
        if away != told:
            await self._store.write(partial(_write_offline_alerts, away - told, told - away), outbox=True)

    async def _keep_time(self) -> None:
        """Keep the steady time now and then, so that it goes on from there when the machine starts again."""
        now = asyncio.get_running_loop().time()
        if self._kept_at is None or now >= self._kept_at + _CHECKPOINT_INTERVAL_S:
            await self._store.write(lambda uow: uow.clock.checkpoint())
            self._kept_at = now


def _any_due(uow: UnitOfWork) -> bool:
    return bool(uow.deadlines.due(uow.clock.monotonic_now(), 1))


def _replace_alerts(places: Places, uow: UnitOfWork) -> None:
    overdue_alerts.replace_active(uow, overdue_alerts.wanted(uow.deadlines.late(), places))


def _write_offline_alerts(gone: set[str], back: set[str], uow: UnitOfWork) -> None:
    for room in sorted(gone):
        uow.alerts.raise_alert(ROOM_OFFLINE, room, _OFFLINE_DATA)
    for room in sorted(back):
        uow.alerts.end_alert(ROOM_OFFLINE, room)
