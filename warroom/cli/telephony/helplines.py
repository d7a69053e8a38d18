"""`warroom helplines list`: greeting, hours and destinations of each helpline."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from agi.calls.flows import load_flows
from agi.destinations.loader import read_helplines
from agi.destinations.resolver import EMERGENCY, LINE
from agi.destinations.schema import LINES, PURPOSES
from agi.ivr.menus import spoken_menus
from agi.prompts.catalog import prompt_names
from agi.trunks.outbound_routes import list_destinations
from router.geo import load_places
from warroom.cli.common import Json, data_of, show
from warroom.config.apply.trunks import applied_trunks
from warroom.config.paths import DataDirectory
from warroom.config.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

    from agi.destinations.schema import Helpline

app = typer.Typer(no_args_is_help=True)

_COLUMNS: Final = {"id": "Helpline", "numbers": "Numbers"} | {purpose: purpose.capitalize() for purpose in PURPOSES}


@app.callback()
def _group() -> None:
    """The helplines."""


@app.command("list")
def list_(
    context: typer.Context,
    *,
    every: Annotated[bool, typer.Option("--all", help="Also districts without a number or a telephone.")] = False,
    as_json: Json = False,
) -> None:
    """List the helplines with their numbers and destinations. In brackets: cannot be dialled now."""
    rows = list(_rows(data_of(context), every=every or as_json))
    if not as_json:
        for row in rows:
            row.update({key: ", ".join(value) for key, value in row.items() if isinstance(value, list)})
    show(rows, _COLUMNS, as_json=as_json, empty="no helplines")


def _rows(data: Path, *, every: bool) -> Iterator[dict[str, Any]]:
    places = load_places()
    prompts = prompt_names(places, spoken_menus())
    helplines = read_helplines(DataDirectory(data).helplines, places, prompts=prompts)
    load_flows(prompts, places.needs.keys(), helplines.starts)  # or a first step that is none would look well here
    trunks = applied_trunks(data)
    there = list_destinations(trunks, load_settings(data).calls, helplines.rooms)
    for helpline in helplines.by_id.values():
        numbers = [did for did, line in trunks.dids.items() if line == helpline.id]
        if every or numbers or helpline.district is None or helpline.id in helplines.rooms:
            yield _row(helpline, numbers, there)


def _row(helpline: Helpline, numbers: list[str], there: Collection[str]) -> dict[str, Any]:
    chains: dict[str, list[str]] = {purpose: [] for purpose in PURPOSES}
    dialled = {EMERGENCY, *(f"{LINE}{line}" for line in LINES)}
    for purpose, members in helpline.chains.items():
        chains[purpose] = [f"({one})" if one in dialled and one not in there else one for one in members]
    return {
        "id": helpline.id,
        "numbers": numbers,
        "greeting": list(helpline.greeting),
        "start": helpline.start,
    } | chains
