"""What is read of tickets and calls, by those who write them and by those who only look."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from router.tickets.opening.deduplication import CLUSTER_FROM

if TYPE_CHECKING:
    from collections.abc import Collection

    from router.geo import Places
    from router.geo.facilities import ServingPlace
    from router.model.calls.call_record import CallRecord
    from router.model.calls.recording_record import RecordingRecord
    from router.model.ticket import Ticket
    from router.model.ticket_views import Cluster, TicketHistoryLine
    from router.storage.engine import Storage

_MAX_LISTED = 200  # tickets in a list, unless told: a screenful and more


class TicketLookups:
    """Finds tickets, calls and their recordings.

    Args:
        store: Open.
        places: Districts, needs and rooms.
    """

    def __init__(self, store: Storage, places: Places) -> None:
        self._store = store
        self._places = places

    async def recording(self, name: str) -> RecordingRecord | None:
        """Return the metadata of a recording, None when no ticket has it."""
        return await self._store.read(lambda uow: uow.recordings.by_name(name))

    async def ticket(self, number: str) -> Ticket | None:
        """Return a ticket's present version, None when no ticket has this number."""
        return await self._store.read(lambda uow: uow.tickets.by_number(number))

    async def tickets(
        self, *, open_only: bool = True, room: str | None = None, limit: int = _MAX_LISTED
    ) -> list[Ticket]:
        """Return tickets, newest first."""
        return await self._store.read(lambda uow: uow.tickets.list_tickets(open_only=open_only, room=room, limit=limit))

    async def tickets_of_call(self, uniqueid: str) -> list[Ticket]:
        """Return the tickets opened in a call, oldest first."""
        return await self._store.read(lambda uow: uow.tickets.of_call(uniqueid))

    async def newest_of_calls(self, uniqueids: Collection[str]) -> dict[str, str]:
        """Return the number of the ticket opened or joined last in each call, by call, for those that have one."""
        found = await self._store.read(lambda uow: [uow.tickets.of_call(one) for one in uniqueids])
        return {call: tickets[-1].number for call, tickets in zip(uniqueids, found, strict=True) if tickets}

    async def tickets_of_phone(self, phone: str, *, open_only: bool = True, limit: int = 10) -> list[Ticket]:
        """Return a telephone's (E.164) tickets, newest first."""
        if open_only:
            found = await self._store.read(lambda uow: uow.tickets.open_of_phone(phone))
            return found[:limit]
        return await self._store.read(lambda uow: uow.tickets.all_of_phone(phone, limit))

    async def clusters(self, room: str | None = None, *, at_least: int = CLUSTER_FROM) -> list[Cluster]:
        """Return where many lack the same thing in the same PIN code, biggest first."""
        rooms = [room] if room else [known.id for known in self._places.rooms]
        return await self._store.read(lambda uow: uow.tickets.clusters(rooms, at_least))

    async def history(self, number: str) -> list[TicketHistoryLine]:
        """Return the history of a ticket, oldest first."""
        return await self._store.read(lambda uow: uow.tickets.history_of(number))

    async def last_place(self, phone: str) -> str | None:
        """Return the district id of the newest ticket of this telephone (E.164) that has one."""
        return await self._store.read(lambda uow: uow.tickets.last_place(phone))

    async def nearest_places(
        self, need: str, district: str, zipcode: str = "", *, count: int = 2
    ) -> list[ServingPlace]:
        """Return the places that serve a need nearest to a citizen, best first, for a caller who wants to hear them.

        Open ones come before closed ones, those of the same PIN code before others of the district.

        Args:
            need: Its id.
            district: Its id.
            zipcode: The caller's PIN code, empty when not known.
            count: How many at most.
        """
        kinds, now = self._places.kinds_serving(need), datetime.now(UTC)
        return await self._store.read(lambda uow: uow.facilities.near(kinds, district, zipcode, now, count))

    async def call(self, uniqueid: str) -> CallRecord | None:
        """Return the stored state of a call."""
        return await self._store.read(lambda uow: uow.calls.by_uniqueid(uniqueid))

    async def unfinished_calls(self) -> list[str]:
        """Return the uniqueids of the calls without an end, oldest first: after a start, those the service died in."""
        return await self._store.read(lambda uow: uow.calls.unfinished())
