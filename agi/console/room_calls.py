"""Calls of rooms to citizens: a room has said so on its screen, and its own telephone rings.

Durable work of the kind ``room-call``, asked for in the transaction of the room's command. A person has pressed a
button and waits: the call is placed at once or, when the service or Asterisk is away for long, not at all, and the
ticket says so. A service that dies in between places it no second time.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Final, NoReturn

from agi.ami.errors import AmiError
from agi.channel_ids import ROOM_CALL_CHANNEL
from agi.ivr.room_calls import describe_outcome
from router.clock import utc_now
from router.india import local
from router.masking import mask
from router.model.job import ROOM_CALL
from router.phone_numbers import normalise
from router.polling import poll_forever
from router.storage.errors import StorageUnavailableError
from router.storage.jobs import JobQueue
from router.tickets.service import UnknownTicketError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from agi.ami.connection import AmiConnection
    from agi.ami.originator import Originator
    from agi.core import Core
    from router.model.job import Job

POLL_INTERVAL_S: Final = 0.5
"""Somebody waits beside the telephone; a look costs one indexed read."""
LEASE_S: Final = 60.0
"""From taking a row to marking it are two reads and a commit."""
CALL_TIMEOUT_S: Final = 3600.0
"""No room speaks longer with a citizen."""
GAVE_UP: Final = "टेलीफ़ोन सेवा बंद थी, फ़ोन नहीं किया गया / the exchange was away; not called"
NO_TELEPHONE: Final = "कक्ष का फ़ोन तय नहीं है / no telephone of the room is set (helplines.toml)"
ROOM_ABSENT: Final = "कक्ष में किसी ने फ़ोन नहीं उठाया / the room's own telephone was not answered"
WAIT_S: Final = 120.0
"""A room that pressed the button so long ago is not beside the telephone any more."""

_log = logging.getLogger(__name__)


class RoomCallWorker:
    """Places the calls.

    Args:
        core: The tickets, and the work.
        link: The link to Asterisk; not yet running, for events are registered here.
        telephone: Places calls.
        destinations: Returns the names of all destinations that can be dialled now.
    """

    def __init__(
        self,
        core: Core,
        link: AmiConnection,
        telephone: Originator,
        destinations: Callable[[], Collection[str]],
    ) -> None:
        self._desk = core.desk
        self._store = core.store
        self._work = JobQueue(core.store, ROOM_CALL, lease_s=LEASE_S)
        self._telephone = telephone
        self._destinations = destinations
        self._ended: dict[str, tuple[str, str]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        link.on_event("UserEvent", self._told)

    async def run(self) -> NoReturn:
        """Place what is asked for, until cancelled."""
        tell = partial(_log.warning, "rooms' calls are not placed just now: %s")
        try:
            await poll_forever(self._look, every_s=POLL_INTERVAL_S, troubles=(StorageUnavailableError,), tell=tell)
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _look(self) -> None:
        while (work := await self._work.take()) is not None:
            task = asyncio.create_task(self._see_to(work), name=f"room call {work.id}")
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _see_to(self, work: Job) -> None:
        try:
            said = await self._call(work)
            at = f"{local(utc_now()):%d.%m.%Y %H:%M}"
            who = f"{work.payload['room']}: {work.payload['by']}" if work.payload["by"] else work.payload["room"]
            await self._desk.note(work.payload["ticket"], f"{at} {said}", by=who, key=f"{ROOM_CALL}/{work.id}")
            await self._work.finish(work, said)
        except (StorageUnavailableError, UnknownTicketError) as error:
            _log.warning("room call %d: noted later: %s", work.id, error)
        except Exception:  # noqa: BLE001 - one call's trouble must not keep the others
            _log.exception("room call %d failed", work.id)

    async def _call(self, work: Job) -> str:
        """Place the call, once; return what became of it."""
        ticket = await self._desk.ticket(work.payload["ticket"])
        number = normalise((ticket.phone if ticket else None) or "")
        late = utc_now() - datetime.fromisoformat(work.payload["at"]) > timedelta(seconds=WAIT_S)
        if late or work.checkpoint or ticket is None or not number.callable:
            return GAVE_UP  # or an earlier service has placed it, or was about to
        destination = f"room-{work.payload['room']}"
        if destination not in self._destinations():
            return NO_TELEPHONE
        channel_id = f"{ROOM_CALL_CHANNEL}.{ticket.number}.{work.id}.{work.claims}"
        await self._work.checkpoint(work, channel_id, hold_s=CALL_TIMEOUT_S + LEASE_S)
        await self._store.write(lambda uow: uow.callbacks.note(number.e164 or "", utc_now()))
        _log.info("%s calls %s about ticket %s", work.payload["room"], mask(number.e164), ticket.number)
        try:
            async with asyncio.timeout(WAIT_S):
                while not self._telephone.connected:  # noqa: ASYNC110 - the link tells nobody in particular
                    await asyncio.sleep(POLL_INTERVAL_S)
            why = await self._telephone.call_for_room(
                destination, number.national, ticket.number, channel_id, limit_s=CALL_TIMEOUT_S
            )
        except (AmiError, TimeoutError) as error:
            _log.warning("room call %d: %s", work.id, error)
            return GAVE_UP
        status, seconds = self._ended.pop(channel_id, ("", ""))
        return ROOM_ABSENT if why else describe_outcome(status, seconds)

    def _told(self, event: Mapping[str, object]) -> None:
        if event.get("UserEvent") == "WrRoomCall":
            self._ended[str(event.get("Call"))] = str(event.get("Status")), str(event.get("Seconds") or "")
