"""`GET /api/calls…`: calls that go on, and what is known of one."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Final

from fastapi import APIRouter, HTTPException, Path, Request

from board.accounts.permissions import Action
from router.clock import MICROSECONDS
from router.storage.repositories.calls.call_log_repository import CallFilter

if TYPE_CHECKING:
    from board.history.access import Access
    from router.storage.engine import Storage
    from router.storage.unit_of_work import UnitOfWork

MAX_CALLS: Final = 1000
"""Calls listed; the exchange is built for some hundred at once."""
LONGEST_S: Final = 4 * 3600
"""A call that arrived earlier and has no end has lost it."""

Uniqueid = Annotated[str, Path(max_length=150)]


class CallRoutes:
    """Serves calls.

    Args:
        access: Tells who asks.
        store: Open.
    """

    def __init__(self, access: Access, store: Storage) -> None:
        self._access = access
        self._store = store

    def router(self) -> APIRouter:
        """Return the paths."""
        router = APIRouter(prefix="/api/calls")
        router.add_api_route("", self.calls, methods=["GET"])
        router.add_api_route("/{uniqueid}", self.call, methods=["GET"])
        return router

    async def calls(self, request: Request) -> Any:
        """Send the calls that go on, newest first."""
        identity = await self._access.require(request, Action.VIEW, "calls")
        since = int((time.time() - LONGEST_S) * MICROSECONDS)
        found = await self._store.read(lambda uow: uow.call_log.find(CallFilter(since=since), MAX_CALLS))
        live = [one for one in found if one.ended is None and not one.result]
        await self._access.audit.note(identity, "view", target="calls", fields=("caller",))
        return {"calls": [one._asdict() for one in live]}

    async def call(self, request: Request, uniqueid: Uniqueid) -> Any:
        """Send what is known of a call: its row, what happened in it, its tickets."""
        identity = await self._access.require(request, Action.VIEW, "calls")
        found = await self._store.read(partial(_gather, uniqueid=uniqueid))
        if found is None:
            raise HTTPException(404, "there is no such call")
        await self._access.audit.note(
            identity, "view", target=f"call {uniqueid}", tickets=found["tickets"], fields=("caller",)
        )
        return found


def _gather(uow: UnitOfWork, *, uniqueid: str) -> dict[str, Any] | None:
    calls = uow.call_log.by_uniqueids([uniqueid])
    if not calls:
        return None
    events = [{"at": one.at, "kind": one.kind, **one.data} for one in uow.call_log.events_of(uniqueid)]
    tickets = [ticket.number for ticket in uow.tickets.of_call(uniqueid)]
    return {**calls[0]._asdict(), "state": calls[0].state, "events": events, "tickets": tickets}
