"""`GET /api/catalogue` and `/api/postal-codes/{pin}`: the ids and names there are."""

from __future__ import annotations

import asyncio
import hashlib
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, HTTPException, Request, Response

from board.accounts.permissions import Action
from board.live.collection import to_json
from router.geo import DESKS
from router.stock.items import load_items

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from board.history.access import Access
    from router.geo import Places


class CatalogueRoutes:
    """Serves what pages name things by; made once, when it is first asked for: it changes with the program alone.

    Args:
        access: Tells who asks.
        places: Districts, needs, rooms, states.
        spellings: Returns other names of districts in both scripts, by id. Blocks for a moment.
    """

    def __init__(self, access: Access, places: Places, spellings: Callable[[], Mapping[str, Iterable[str]]]) -> None:
        self._access = access
        self._places = places
        self._spellings = spellings
        self._made: tuple[str, str] | None = None

    def router(self) -> APIRouter:
        """Return the paths."""
        router = APIRouter(prefix="/api")
        router.add_api_route("/catalogue", self.catalogue, methods=["GET"])
        router.add_api_route("/postal-codes/{pin}", self.postal_code, methods=["GET"])
        return router

    async def catalogue(self, request: Request) -> Response:
        """Send all lists; a browser that has them is told so."""
        await self._access.require(request, Action.VIEW, "catalogue")
        if self._made is None:
            self._made = await asyncio.to_thread(self._make)
        text, etag = self._made
        headers = {"ETag": etag, "Cache-Control": "private, no-cache"}
        if request.headers.get("if-none-match") == etag:
            return Response(status_code=304, headers=headers)
        return Response(text, media_type="application/json", headers=headers)

    def _make(self) -> tuple[str, str]:
        text = to_json(catalogue(self._places, self._spellings()))
        return text, f'"{hashlib.sha256(text.encode()).hexdigest()[:16]}"'

    async def postal_code(self, request: Request, pin: str) -> Any:
        """Send the districts of a PIN code, and the state for one outside ours."""
        await self._access.require(request, Action.VIEW, "catalogue")
        districts, state = self._places.by_pin(pin), self._places.state_of_pin(pin)
        if not districts and state is None:
            raise HTTPException(404, "there is no such PIN code")
        return {"pin": pin, "districts": [one.id for one in districts], "state": state.id if state else None}


def catalogue(places: Places, spellings: Mapping[str, Iterable[str]]) -> dict[str, list[dict[str, Any]]]:
    """Return all lists by name."""
    needs = list(places.needs.values())
    return {
        "needs": [
            {
                **_named(one),
                "group": one.group,
                "desk": one.desk,
                "priority": one.priority,
                "private": one.private,
                "question": one.question,
                "question_hi": one.question_hi,
            }
            for one in needs
        ],
        "districts": [
            {
                **_named(one),
                "division": one.division,
                "room": one.room,
                "spellings": sorted(spellings.get(one.id, ())),
                "tile": [one.tile_row, one.tile_col],
            }
            for one in places.districts.values()
        ],
        "rooms": [{**_named(one), "level": one.level} for one in (*places.rooms, *places.overseers)],
        "desks": [{"id": desk, "needs": [one.id for one in needs if one.desk == desk]} for desk in DESKS],
        "items": [
            {**_named(one), "unit": one.unit} for one in load_items(places.needs.keys()).by_id.values()
        ],
        "states": [_named(one) for one in places.states.values()],
    }  # fmt: skip


def _named(one: Any) -> dict[str, Any]:
    return {"id": one.id, "name": one.name, "name_hi": one.name_hi}
