"""`warroom facilities list`: shops, kitchens, chemists and pumps."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from router.digits import pin_code
from router.geo import load_places
from router.geo.facilities import ServingPlace
from router.storage.unit_of_work import UnitOfWork
from warroom.cli.common import CommandError, Json, data_of, open_storage, show
from warroom.cli.names import known_name
from warroom.cli.values import Limit

if TYPE_CHECKING:
    from collections.abc import Callable


app = typer.Typer(no_args_is_help=True)

_COLUMNS = {
    "kind": "Kind",
    "code": "Code",
    "name": "Name",
    "district": "District",
    "zipcode": "PIN",
    "phone": "Telephone",
    "hours": "Open",
}


@app.command("list")
def list_(
    context: typer.Context,
    kind: Annotated[str | None, typer.Option(help="Only of this kind.")] = None,
    district: Annotated[str | None, typer.Option(help="Only in this district.")] = None,
    pin: Annotated[str | None, typer.Option(help="Only in this PIN code.")] = None,
    *,
    limit: Limit = 100,
    as_json: Json = False,
) -> None:
    """List facilities by kind, district and PIN code."""
    places = load_places()
    if kind is not None:
        known_name("--kind", kind, places.kinds)
    if district is not None:
        known_name("--district", district, places.districts, see="warroom rooms list")
    zipcode = pin_code(pin) if pin is not None else None
    if pin is not None and zipcode is None:
        raise CommandError(f"--pin: {pin!r} is not a PIN code of six digits")

    def query(uow: UnitOfWork) -> list[ServingPlace]:
        return uow.facilities.list_facilities(kind=kind, district=district, zipcode=zipcode, limit=limit)

    found = asyncio.run(_read(data_of(context), query))
    show(
        [place.model_dump() for place in found],
        _COLUMNS,
        as_json=as_json,
        empty="no places; see: warroom import facilities",
    )


async def _read(data: Path, query: Callable[[UnitOfWork], list[ServingPlace]]) -> list[ServingPlace]:
    async with open_storage(data) as store:
        return await store.read(query)
