"""`warroom stranded list | show | states | export | lists | set`."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from router.geo import load_places
from router.india import local
from router.model.stranded_group import ANSWERED_HELP, HELP_STATES, Direction, StrandedGroup
from router.spreadsheet import SpreadsheetWriter
from router.stranded.lists import HEADINGS, ListName, list_rows
from router.stranded.service import StrandedService
from warroom.cli.common import CommandError, Json, console, data_of, open_storage, print_json, show
from warroom.cli.names import known_name
from warroom.cli.values import Limit
from warroom.config.settings import load_settings
from warroom.services.ticket_service_factory import make_rules, make_ticket_service

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from router.storage.unit_of_work import UnitOfWork

T = TypeVar("T")

app = typer.Typer(no_args_is_help=True)

State = Annotated[str, typer.Option(help="The other state's id, such as kerala.")]
Here = Annotated[bool, typer.Option("--here", help="People of that state who are stranded here.")]

_COLUMNS = {
    "id": "Group",
    "direction": "Direction",
    "state": "State",
    "people": "People",
    "help": "Help",
    "home_district": "Home district",
    "district": "District",
    "place": "Place",
    "phone": "Telephone",
    "since": "Since",
}
_COUNT_COLUMNS = {
    "direction": "Direction",
    "state": "State",
    "home_district": "Home district",
    "help": "Help",
    "groups": "Groups",
    "people": "People",
}
_LIST_COLUMNS = {"list": "List", "made": "Made (IST)", "groups": "Groups"}


@app.command("list")
def list_(
    context: typer.Context,
    state: Annotated[str | None, typer.Option(help="Only of this other state.")] = None,
    home: Annotated[str | None, typer.Option(help="Only with this home district.")] = None,
    help_: Annotated[str | None, typer.Option("--help-state", help=f"One of: {', '.join(HELP_STATES)}.")] = None,
    *,
    here: Here = False,
    everyone: Annotated[bool, typer.Option("--all", help="With those who are home.")] = False,
    limit: Limit = 100,
    as_json: Json = False,
) -> None:
    """List groups of stranded people: ours in other states, or with --here those of other states."""
    places = load_places()
    if state is not None:
        known_name("--state", state, places.states)
    if home is not None:
        known_name("--home", home, places.districts, see="warroom rooms list")
    if help_ is not None:
        known_name("--help-state", help_, HELP_STATES)
    query = partial(
        _groups,
        direction=_direction(here=here),
        state=state,
        home_district=home,
        help=help_,
        everyone=everyone,
        limit=limit,
    )
    groups = _read(data_of(context), query)
    show([_shown(group, as_json=as_json) for group in groups], _COLUMNS, as_json=as_json, empty="nobody is stranded")


@app.command("show")
def show_(
    context: typer.Context, group: Annotated[int, typer.Argument(help="The group's number.")], *, as_json: Json = False
) -> None:
    """Show one group with its tickets."""
    found = _read(data_of(context), lambda uow: (uow.stranded.by_id(group), uow.stranded.tickets_of([group])[group]))
    one = _there(group, found[0])
    _show_one(one, found[1], as_json=as_json)


@app.command("counts")
def counts(context: typer.Context, *, as_json: Json = False) -> None:
    """Count who is stranded, by state, home district and state of help."""
    rows = [count._asdict() for count in _read(data_of(context), lambda uow: uow.stranded.counts())]
    show(rows, _COUNT_COLUMNS, as_json=as_json, empty="nobody is stranded")


@app.command("lists")
def lists(context: typer.Context, state: State, *, here: Here = False, as_json: Json = False) -> None:
    """List the lists that were made for a state's officers."""
    known_name("--state", state, load_places().states)
    direction = _direction(here=here)
    rows = [
        {
            "list": str(ListName(direction, state, one.number)),
            "made": _made(one.made, as_json=as_json),
            "groups": one.groups,
        }
        for one in _read(data_of(context), lambda uow: uow.stranded.lists(direction, state))
    ]
    show(rows, _LIST_COLUMNS, as_json=as_json, empty="no list has been made")


def _made(made: str, *, as_json: bool) -> str:
    """Return a time for a person, in India's; for a program as it is kept."""
    return made if as_json else f"{local(datetime.fromisoformat(made)):%d %b %Y %H:%M}"


@app.command("export")
def export(
    context: typer.Context,
    state: State,
    number: Annotated[int | None, typer.Option("--list", help="Write this list again, with what is known now.")] = None,
    *,
    here: Here = False,
    as_json: Json = False,
) -> None:
    """Write a list for a state's officers to standard output (CSV): what has changed since their last one.

    It has telephones and places: give it to those officers alone. Their answers come back with: warroom import stranded
    """
    places, direction = load_places(), _direction(here=here)
    known_name("--state", state, places.states)
    name, groups, tickets = asyncio.run(_export(data_of(context), direction, state, number))
    rows = list_rows(name, groups, tickets, places)
    if as_json:
        print_json([dict(zip(HEADINGS, row, strict=True)) for row in rows])
        return
    sys.stdout.reconfigure(encoding="utf-8", newline="")  # type: ignore[union-attr]
    sheet = SpreadsheetWriter(sys.stdout)
    sheet.row(HEADINGS)
    for row in rows:
        sheet.row(row)


@app.command("set")
def set_(
    context: typer.Context,
    group: Annotated[int, typer.Argument(help="The group's number.")],
    help_: Annotated[str, typer.Argument(metavar="STATE_OF_HELP", help=f"One of: {', '.join(ANSWERED_HELP)}.")],
    note: Annotated[str, typer.Option(help="A remark.")] = "",
    by: Annotated[str, typer.Option(help="Your name, for the tickets' notes.")] = "war room",
    *,
    as_json: Json = False,
) -> None:
    """Set a group's state of help. Helped or home: its tickets are resolved, and the citizen is asked."""
    known_name("state of help", help_, ANSWERED_HELP)
    one, numbers = asyncio.run(_set(data_of(context), group, help_, note, by))
    _show_one(_there(group, one), numbers, as_json=as_json)


async def _set(data: Path, group: int, help_: str, note: str, by: str) -> tuple[StrandedGroup | None, list[str]]:
    settings, places = load_settings(data), load_places()
    async with open_storage(data) as store:
        desk = make_ticket_service(data, settings, store, places, make_rules(data, places))
        try:
            known = next(state for state in ANSWERED_HELP if state == help_)
            one = await StrandedService(store, desk).set_help(group, known, note=note, by=by)
        finally:
            await desk.close()
        return one, await store.read(lambda uow: uow.stranded.tickets_of([group])[group])


async def _export(
    data: Path, direction: Direction, state: str, number: int | None
) -> tuple[ListName, list[StrandedGroup], dict[int, list[str]]]:
    async with open_storage(data) as store:
        if number is None:
            made = await store.write(
                lambda uow: uow.stranded.make_list(direction, state, datetime.now(UTC).isoformat())
            )
            if made is None:
                raise CommandError(f"{state}: nothing has changed since the last list; see: warroom stranded lists")
            number, groups = made[0].number, made[1]
        else:
            wanted = number
            found = await store.read(lambda uow: uow.stranded.rows_of_list(direction, state, wanted))
            if found is None:
                raise CommandError(f"{state} has no list {number}; see: warroom stranded lists --state {state}")
            groups = found
        tickets = await store.read(lambda uow: uow.stranded.tickets_of([group.id for group in groups]))
    return ListName(direction, state, number), groups, tickets


def _groups(uow: UnitOfWork, **wanted: Any) -> list[StrandedGroup]:
    return uow.stranded.list_groups(**wanted)


def _read(data: Path, query: Callable[[UnitOfWork], T]) -> T:
    async def read() -> T:
        async with open_storage(data) as store:
            return await store.read(query)

    return asyncio.run(read())


def _direction(*, here: bool) -> Direction:
    return "inbound" if here else "outbound"


def _there(number: int, group: StrandedGroup | None) -> StrandedGroup:
    if group is None:
        raise CommandError(f"no group has the number {number}; see: warroom stranded list")
    return group


def _shown(group: StrandedGroup, *, as_json: bool) -> dict[str, Any]:
    row = asdict(group)
    return row if as_json else row | {"since": f"{local(datetime.fromisoformat(group.since)):%d.%m.%Y %H:%M}"}


def _show_one(group: StrandedGroup, tickets: list[str], *, as_json: bool) -> None:
    row = _shown(group, as_json=as_json) | {"tickets": tickets}
    if as_json:
        print_json(row)
        return
    for name, value in row.items():
        text = ", ".join(value) if isinstance(value, list | tuple) else "" if value is None else str(value)
        console.print(f"{name:<14} {text}")
