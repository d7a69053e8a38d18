"""`warroom tickets show`: one ticket as a person reads it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from agi.call_details.detail import find_calls
from router.clock import MICROSECONDS
from router.geo import load_places
from router.india import local
from warroom.cli.common import CommandError, Json, console, data_of, open_storage, print_json
from warroom.cli.ticket_number import plain_number

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from router.model.ticket import Ticket
    from router.storage.repositories.calls.call_log_repository import LoggedCall
    from router.storage.unit_of_work import UnitOfWork

_MAX_OTHERS = 10
"""Other tickets of the same telephone that are named."""


def show(
    context: typer.Context,
    number: Annotated[str, typer.Argument(help="The nine digits, with or without gaps.")],
    *,
    as_json: Json = False,
) -> None:
    """Show one ticket with its citizen's calls and other tickets; with --json all of it as it is kept."""
    found = asyncio.run(_read(data_of(context), plain_number(number)))
    if found is None:
        raise CommandError(f"no ticket {number}; see: warroom tickets list")
    ticket, calls, others = found
    if as_json:
        print_json(ticket.model_dump(mode="json"))
        return
    for line in (*_head(ticket), *_said(ticket), *_calls(calls), *_others(others)):
        console.print(line, soft_wrap=True)


async def _read(data: Path, number: str) -> tuple[Ticket, list[LoggedCall], list[Ticket]] | None:
    def read(uow: UnitOfWork) -> tuple[Ticket, list[LoggedCall], list[Ticket]] | None:
        ticket = uow.tickets.by_number(number)
        if ticket is None:
            return None
        others = uow.tickets.all_of_phone(ticket.phone, _MAX_OTHERS + 1) if ticket.phone else []
        return ticket, find_calls(uow, number, None), [one for one in others if one.number != number]

    async with open_storage(data) as store:
        return await store.read(read)


def _head(ticket: Ticket) -> Iterator[str]:
    places = load_places()
    need, district = places.needs.get(ticket.service_code), places.districts.get(ticket.district or "")
    room = next((one for one in places.rooms if one.id == ticket.room), None)
    yield f"ticket {ticket.number}: {ticket.stage}, {ticket.status}, priority {ticket.priority}, level {ticket.level}"
    yield f"  need       {ticket.service_code}{f' ({need.name}, {need.name_hi})' if need else ''}"
    state = places.states.get(ticket.state or "")
    where = next((f"{one.name} ({one.name_hi})" for one in (district, state) if one), "district unknown")
    point = f"{ticket.lat} {ticket.long}" if ticket.lat is not None else ""
    yield f"  where      {', '.join(filter(None, (where, ticket.zipcode, ticket.address, ticket.landmark, point)))}"
    yield f"  room       {ticket.room}{f' ({room.name_hi})' if room else ''}, desk {ticket.desk}"
    yield f"  citizen    {', '.join(filter(None, (ticket.name, ticket.phone or 'no telephone', ticket.language)))}"
    if ticket.people or ticket.quantity:
        yield f"  for        {ticket.people or '-'} people {ticket.quantity}".rstrip()
    yield f"  requested  {_clock(ticket.requested_datetime)} by {ticket.channel}"
    if ticket.expected_datetime:
        yield f"  promised   {_clock(ticket.expected_datetime)}"
    yield f"  changed    {_clock(ticket.updated_datetime)}, version {ticket.version}: warroom tickets history"
    if ticket.merged_into:
        yield f"  merged into {ticket.merged_into}"


def _said(ticket: Ticket) -> Iterator[str]:
    if ticket.description:
        yield f"  said       {ticket.description}"
    if ticket.transcript:
        sure = f" ({ticket.transcript_confidence:.0%} sure)" if ticket.transcript_confidence is not None else ""
        yield f"  heard      {ticket.transcript}{sure}"
    for note in (*filter(None, ticket.status_notes.split("; ")), *ticket.notes):
        yield f"  note       {note}"
    if ticket.pictures:
        yield f"  pictures   {ticket.pictures}, on the screens"
    for recording in ticket.recordings:
        yield f"  recording  {recording}: warroom recordings play {recording}"


def _calls(calls: list[LoggedCall]) -> Iterator[str]:
    for call in reversed(calls):
        at = datetime.fromtimestamp(call.arrived / MICROSECONDS, UTC)
        yield f"  call       {_clock(at)} {call.state}: warroom calls show {call.uniqueid}"


def _others(others: list[Ticket]) -> Iterator[str]:
    for one in others:
        yield f"  also       {one.number}: {one.service_code}, {one.stage}, {_clock(one.requested_datetime)}"


def _clock(moment: datetime) -> str:
    return f"{local(moment):%d %b %Y %H:%M IST}"
