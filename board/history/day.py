"""`/room/<room>/print`: a room's day on paper: what waits, what is in work, what was done."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Final

from fastapi import APIRouter, HTTPException, Query, Request, Response

from board.accounts.audit import AuditUnavailableError
from board.accounts.permissions import Action, may
from board.history.access import PERSONAL
from board.pages import language_of, to_sign_in
from router.clock import utc_now
from router.india import INDIA, local
from router.model.stages import NAMES_HI, Stage

if TYPE_CHECKING:
    from collections.abc import Mapping

    from board.accounts.audit import Audit
    from board.accounts.sessions import Sessions
    from board.live.picture import Picture
    from board.pages import Templates
    from router.geo import Places
    from router.model.ticket import Ticket
    from router.storage.engine import Storage

_WAITING: Final = frozenset({Stage.TRIAGE, Stage.ROUTED, Stage.REOPENED})
_IN_WORK: Final = frozenset({Stage.ACKNOWLEDGED, Stage.IN_PROGRESS})
_ONE_DAY: Final = timedelta(days=1)
_Day = Annotated[date | None, Query(ge=date(2000, 1, 1), le=date(2999, 12, 31))]  # further days have no day after


class DayRoutes:
    """Serves the page of a day; it needs no script, and prints as it is.

    Args:
        sessions: Tells who asks.
        audit: Is told what was shown.
        store: Open.
        picture: Has tasks and stock.
        places: Names of needs and rooms.
        templates: Of all pages.
    """

    def __init__(
        self,
        sessions: Sessions,
        audit: Audit,
        store: Storage,
        picture: Picture,
        places: Places,
        templates: Templates,
    ) -> None:
        self._sessions = sessions
        self._audit = audit
        self._store = store
        self._picture = picture
        self._needs = places.needs
        self._rooms = {room.id: room for room in places.rooms}
        self._templates = templates

    def router(self) -> APIRouter:
        """Return the path."""
        router = APIRouter(include_in_schema=False)
        router.add_api_route("/room/{room}/print", self.day, methods=["GET"])
        return router

    async def day(self, request: Request, room: str, day: _Day = None) -> Response:
        """Show a day of a room, today unless told."""
        identity = await self._sessions.identify(request)
        if identity is None:
            return to_sign_in(request)
        if room not in self._rooms:
            raise HTTPException(404)
        if not may(identity, Action.EXPORT, f"room/{room}"):
            raise HTTPException(403)
        now = local(utc_now())
        day = day or now.date()
        since = datetime.combine(day, time(), INDIA)
        read = partial(_read, room=room, since=since, until=since + _ONE_DAY)
        tickets = await self._store.read(read)
        numbers = tuple(ticket.number for ticket in tickets)
        try:
            await self._audit.record(identity, "print", target=f"room/{room} {day}", tickets=numbers, fields=PERSONAL)
        except AuditUnavailableError as error:
            raise HTTPException(503, str(error)) from None
        hindi = language_of(request) == "hi"
        parts = _parts(tickets)
        return self._templates.page(
            request,
            "room_day.html",
            day=f"{day:%d.%m.%Y}",
            printed=f"{now:%d.%m.%Y %H:%M}",
            by=identity.name,
            room=self._rooms[room].name_hi if hindi else self._rooms[room].name,
            parts=[(name, [self._row(ticket, hindi=hindi) for ticket in some]) for name, some in parts.items()],
            tasks=[entry.data for entry in self._picture.entries(f"rooms/{room}/tasks/+")],
            stock=sorted((entry.levels[-1], entry.data) for entry in self._picture.entries(f"rooms/{room}/stock/+")),
        )

    def _row(self, ticket: Ticket, *, hindi: bool) -> Mapping[str, Any]:
        need = self._needs.get(ticket.service_code)
        name = ticket.service_code if need is None else need.name_hi if hindi else need.name
        return {
            "number": ticket.number,
            "opened": f"{local(ticket.requested_datetime):%d.%m. %H:%M}",
            "changed": f"{local(ticket.updated_datetime):%d.%m. %H:%M}",
            "priority": ticket.priority,
            "need": name,
            "stage": NAMES_HI[ticket.stage] if hindi else ticket.stage.value.replace("_", " "),
            "who": [one for one in (ticket.name, ticket.phone) if one],
            "where": [one for one in (ticket.address, ticket.landmark, ticket.zipcode) if one],
            "what": [one for one in (ticket.quantity, ticket.description or ticket.transcript) if one],
            "people": ticket.people,
            "notes": ticket.notes[-2:],
        }


def _parts(tickets: list[Ticket]) -> dict[str, list[Ticket]]:
    by_urgency = sorted(tickets, key=lambda one: (one.priority, one.requested_datetime))
    return {
        "waiting": [one for one in by_urgency if one.stage in _WAITING],
        "in_work": [one for one in by_urgency if one.stage in _IN_WORK],
        "done": [one for one in by_urgency if one.stage not in _WAITING | _IN_WORK],
    }


def _read(uow: Any, *, room: str, since: datetime, until: datetime) -> list[Ticket]:
    found: list[Ticket] = uow.ticket_search.of_day(room, since, until)
    return found
