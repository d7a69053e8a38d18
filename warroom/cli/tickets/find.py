"""`warroom tickets list`: tickets filtered and sorted, danger to life on top."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from router.geo import load_places
from router.india import short
from router.model.stages import CLOSED, Stage
from router.model.ticket_search import URGENT, TicketOrder, TicketSearch
from warroom.cli.common import CommandError, Json, data_of, open_storage, show
from warroom.cli.names import known_name, known_room
from warroom.cli.values import Limit, telephone_number

if TYPE_CHECKING:
    from pathlib import Path

    from router.model.ticket_search import FoundTicket

_COLUMNS = {
    "mark": "!",
    "service_request_id": "Number",
    "stage": "Stage",
    "service_code": "Need",
    "room": "Room",
    "priority": "Priority",
    "phone": "Telephone",
    "since": "Since (IST)",
}
_AGE: Final = re.compile(r"(?P<count>[0-9]{1,5})(?P<unit>[mhd])", re.ASCII)
_UNITS: Final = {"m": "minutes", "h": "hours", "d": "days"}


def list_(
    context: typer.Context,
    phone: Annotated[str | None, typer.Option(help="The citizen's telephone, in any form.")] = None,
    need: Annotated[str | None, typer.Option(help="Such as ration.")] = None,
    district: Annotated[str | None, typer.Option(help="Where help is needed, such as bhopal.")] = None,
    room: Annotated[str | None, typer.Option(help="Only those of this room, such as district-bhopal.")] = None,
    stage: Annotated[str | None, typer.Option(help=f"One of {', '.join(Stage)}.")] = None,
    priority: Annotated[int | None, typer.Option(min=1, max=4, help="1 danger to life to 4 low.")] = None,
    older_than: Annotated[str | None, typer.Option(metavar="AGE", help="Such as 90m, 6h, 2d.")] = None,
    text: Annotated[str | None, typer.Option(help="Words in what was said or noted.")] = None,
    sort: Annotated[TicketOrder, typer.Option(help="Below open tickets of danger to life.")] = TicketOrder.NEWEST,
    *,
    overdue: Annotated[bool, typer.Option("--overdue", help="Only those whose room is late.")] = False,
    closed: Annotated[bool, typer.Option("--all", help="Also closed ones.")] = False,
    limit: Limit = 100,
    as_json: Json = False,
) -> None:
    """List tickets, open ones of danger to life first; `!` marks danger and what is late."""
    places = load_places()
    wanted = TicketSearch(
        is_open=not closed and not (stage and known_name("--stage", stage, Stage) in CLOSED),
        phone=telephone_number(phone, "--phone") if phone else None,
        need=known_name("--need", need, places.needs, see="warroom routes explain --help") if need else None,
        district=known_name("--district", district, places.districts, see="warroom rooms list") if district else None,
        room=known_room(room) if room else None,
        stage=stage,
        priority=priority,
        late=overdue,
        before=datetime.now(UTC) - _age(older_than) if older_than else None,
        text=text,
    )
    found = asyncio.run(_find(data_of(context), wanted, sort, limit))
    show([_row(one) for one in found], _COLUMNS, as_json=as_json, empty="no such tickets")


def _age(text: str) -> timedelta:
    found = _AGE.fullmatch(text)
    if not found:
        raise CommandError(f"--older-than: {text!r} is no age; write minutes, hours or days such as 90m, 6h, 2d")
    return timedelta(**{_UNITS[found["unit"]]: int(found["count"])})


async def _find(data: Path, wanted: TicketSearch, order: TicketOrder, limit: int) -> list[FoundTicket]:
    async with open_storage(data) as store:
        return await store.read(lambda uow: uow.ticket_search.find(wanted, order, limit))


def _row(found: FoundTicket) -> dict[str, Any]:
    ticket = found.ticket
    danger = ticket.is_open and ticket.priority == URGENT
    return {
        **ticket.model_dump(mode="json"),
        "late": found.late,
        "mark": " ".join(["DANGER"] * danger + ["late"] * found.late),
        "phone": ticket.phone or "-",
        "since": short(ticket.requested_datetime),
    }
