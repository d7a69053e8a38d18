"""`GET /api/duplicates`: open tickets that may be the one that is being typed, from the picture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final, NamedTuple

from fastapi import APIRouter, HTTPException, Query, Request

from board.accounts.permissions import Action, may
from board.history.access import may_open
from router.digits import plain
from router.geo.names import folded
from router.model.stages import CLOSED
from router.model.ticket import Ticket
from router.phone_numbers import normalise

if TYPE_CHECKING:
    from collections.abc import Iterator

    from board.history.access import Access
    from board.live.picture import Entry, Picture

MAX_FOUND: Final = 8
"""Tickets shown beside a form."""
_SAME_PHONE, _SAME_LANDMARK, _SAME_PIN, _SAME_DISTRICT = 8, 4, 2, 1
_CLOSED: Final = frozenset(CLOSED)
_Short = Annotated[str, Query(max_length=200)]


class _Held(NamedTuple):
    entry: Entry
    places: tuple[str, ...]


class DuplicateRoutes:
    """Finds open tickets that are like what is typed.

    Args:
        access: Tells who asks.
        picture: Of all tickets.
    """

    def __init__(self, access: Access, picture: Picture) -> None:
        self._access = access
        self._by_place: dict[str, dict[str, Entry]] = {}
        self._held: dict[str, _Held] = {}
        picture.on("rooms/+/tickets/+/+", self._take)

    def router(self) -> APIRouter:
        """Return the path."""
        router = APIRouter(prefix="/api")
        router.add_api_route("/duplicates", self.duplicates, methods=["GET"])
        return router

    async def duplicates(
        self,
        request: Request,
        phone: _Short = "",
        need: _Short = "",
        zipcode: _Short = "",
        district: _Short = "",
        landmark: _Short = "",
    ) -> Any:
        """Send open tickets alike, the most alike first: of the same number, or for the same need in the same place."""
        identity = await self._access.identify(request)
        own = identity.room or ""
        if not may(identity, Action.SEARCH, "tickets") and not (own and may(identity, Action.SEARCH, f"room/{own}")):
            raise HTTPException(403, "not allowed")
        e164 = normalise(phone).e164 if phone else None
        found = self.find(phone=e164, need=need, zipcode=plain(zipcode), district=district, landmark=landmark)
        tickets = [ticket for ticket in found if may_open(identity, ticket)][:MAX_FOUND]
        return {"tickets": await self._access.show(identity, "duplicates", tickets)}

    def find(self, *, phone: str | None, need: str, zipcode: str, district: str, landmark: str) -> list[Ticket]:
        """Return open tickets, the most alike first.

        Args:
            phone: E.164.
            need: Its id; without one every need counts.
            zipcode: Six digits.
            district: Its id.
            landmark: Part of a place's name, in any spelling of case.
        """
        ranked: list[tuple[int, str, Ticket]] = []
        wanted = folded(landmark)
        for entry in self._candidates(phone, zipcode, district):
            data = entry.data
            rank = _SAME_PHONE * (phone is not None and data["phone"] == phone)
            if not rank and need and data["service_code"] != need:
                continue
            rank += _SAME_PIN * (bool(zipcode) and data["zipcode"] == zipcode)
            rank += _SAME_DISTRICT * (bool(district) and data["district"] == district)
            rank += _SAME_LANDMARK * (len(wanted) > 1 and wanted in folded(f"{data['landmark']} {data['address']}"))
            if rank > _SAME_DISTRICT:
                ranked.append((rank, data["requested_datetime"], Ticket.model_validate(data)))
        ranked.sort(key=lambda one: (one[0], one[1]), reverse=True)
        return [ticket for _, _, ticket in ranked]

    def _candidates(self, phone: str | None, zipcode: str, district: str) -> Iterator[Entry]:
        seen: set[str] = set()
        for place in (f"phone {phone}", f"pin {zipcode}", f"district {district}"):
            for number, entry in self._by_place.get(place, {}).items():
                if number not in seen:
                    seen.add(number)
                    yield entry

    def _take(self, levels: tuple[str, ...], entry: Entry | None) -> None:
        number = levels[-1]
        held = self._held.get(number)
        if entry is None and held is not None and held.entry.levels != levels:
            return  # it has moved to another desk
        if held is not None:
            del self._held[number]
            for place in held.places:
                entries = self._by_place[place]
                del entries[number]
                if not entries:
                    del self._by_place[place]
        if entry is None or entry.data["stage"] in _CLOSED:
            return
        data = entry.data
        pairs = (("phone", data["phone"]), ("pin", data["zipcode"]), ("district", data["district"]))
        places = tuple(f"{kind} {value}" for kind, value in pairs if value)
        self._held[number] = _Held(entry, places)
        for place in places:
            self._by_place.setdefault(place, {})[number] = entry
