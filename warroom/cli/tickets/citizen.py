"""`warroom citizen show | forget NUMBER`: shows or removes what is stored about a person."""

from __future__ import annotations

import asyncio
import re
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from router.digits import plain
from router.validation_messages import TICKET_PATTERN
from warroom.cli.calls import signalling
from warroom.cli.common import CommandError, DryRun, Json, console, data_of, open_storage, print_json
from warroom.cli.values import telephone_number
from warroom.config.folders import ASTERISK_USER, SERVICE_USER
from warroom.config.paths import acting_as
from warroom.config.settings import load_settings
from warroom.services.maintenance.citizen_data import (
    find_citizen,
    forget_in_books,
    save_broker,
    telephone_of_ticket,
)
from warroom.services.maintenance.citizen_data import forget as take_away
from warroom.services.supervision.find import is_running

if TYPE_CHECKING:
    from pathlib import Path

    from warroom.services.maintenance.citizen_data import CitizenRecord

app = typer.Typer(no_args_is_help=True)

Telephone = Annotated[
    str,
    typer.Argument(metavar="NUMBER", help="Telephone number, in any form; or a ticket's number, where none is known."),
]


@app.command()
def show(context: typer.Context, number: Telephone, *, as_json: Json = False) -> None:
    """Show the data stored about a telephone number: tickets, recordings, calls and every other row."""
    data = data_of(context)
    found = _known(data, _telephone(data, number))
    _print(found, as_json=as_json)


@app.command()
def forget(
    context: typer.Context,
    number: Telephone,
    *,
    dry_run: DryRun = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask for confirmation.")] = False,
    as_json: Json = False,
) -> None:
    """Erase a person for good: tickets lose name, number and text, and recordings are deleted."""
    data = data_of(context)
    phone = _telephone(data, number)
    found = _known(data, phone)
    if dry_run or not found.anything:
        _print(found, as_json=as_json)
        return
    if not yes:
        if found.open:
            console.print(f"{len(found.open)} of the tickets are open: their rooms cannot call the citizen any more")
        typer.confirm(f"forget {phone}: {len(found.tickets)} tickets, {len(found.recordings)} recordings?", abort=True)
    _print(_forget(data, phone), as_json=as_json)


def _telephone(data: Path, typed: str) -> str:
    """Return a telephone number, or that of a ticket's person; their contact where nobody knows one."""
    number = plain(typed).strip()
    if re.fullmatch(TICKET_PATTERN, number) is None:
        return telephone_number(typed)

    async def look() -> str | None:
        async with open_storage(data) as store:
            return await telephone_of_ticket(store, number)

    with acting_as(SERVICE_USER):
        found = asyncio.run(look())
    if found is None:
        raise CommandError(f"{number}: no ticket has this number, or it has no person (any more)")
    return found


def _known(data: Path, phone: str) -> CitizenRecord:
    async def look() -> CitizenRecord:
        async with open_storage(data) as store:
            return await find_citizen(data, store, phone)

    with acting_as(SERVICE_USER):
        return asyncio.run(look())


def _forget(data: Path, phone: str) -> CitizenRecord:
    """Each part as its owner: root follows no name in a folder that a service owns."""
    settings, running = load_settings(data), is_running(data)

    async def take() -> CitizenRecord:
        async with open_storage(data) as store:
            return await take_away(data, settings, store, phone, imports=running)

    places = 0
    if phone.startswith("+"):
        with acting_as(ASTERISK_USER):  # first: what is imported from now on has no number
            places = forget_in_books(data, phone)
    with acting_as(SERVICE_USER):
        was = asyncio.run(take())
    was.book_places = places
    if phone.startswith("+"):
        signalling.forget(data, phone)
    save_broker(data, settings)
    return was


def _print(found: CitizenRecord, *, as_json: bool) -> None:
    if as_json:
        print_json(asdict(found))
        return
    if not found.anything:
        console.print(f"nothing is kept under {found.phone}", highlight=False)
        return
    rows: dict[str, Any] = {
        "tickets": ", ".join(found.tickets) or "none",
        "of them open": ", ".join(found.open) or "none",
        "recordings": ", ".join(found.recordings) or "none",
        "photographs": found.pictures,
        "calls": found.calls,
        "rows of the store": ", ".join(f"{table} {count}" for table, count in found.rows.items()) or "none",
        "places in CDR and CEL": found.book_places,
    }
    for name, value in rows.items():
        console.print(f"{name}: {value}", markup=False, highlight=False, soft_wrap=True)
    for line in found.left:
        console.print(f"left to do: {line}", markup=False, highlight=False, soft_wrap=True)
