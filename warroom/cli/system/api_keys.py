"""`warroom api-keys add | list | remove`: which programs may file, and which may read personal data."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from router.india import short
from router.intake.api_keys import FILE, READ_PERSONAL, RIGHTS, ApiKeyStore
from warroom.cli.common import Json, data_of, errors, open_storage, show

app = typer.Typer(no_args_is_help=True)
T = TypeVar("T")


@app.command()
def add(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Name of the program, such as portal-181.")],
    may: Annotated[str, typer.Option(help=f"Permissions, separated by commas: {', '.join(RIGHTS)}.")] = FILE,
) -> None:
    """Make a key and print it once; only its digest is stored."""
    rights = [right.strip() for right in may.split(",") if right.strip()]
    typer.echo(_run(data_of(context), lambda keys: keys.make(name, rights)))
    errors.print("Hand it over now: it cannot be shown again.")


@app.command("list")
def list_(context: typer.Context, *, as_json: Json = False) -> None:
    """List the keys without their secrets."""
    rows = [asdict(key) for key in _run(data_of(context), lambda keys: keys.listing())]
    if not as_json:
        for row in rows:
            given = {FILE: row["may_file"], READ_PERSONAL: row["may_read_personal"]}
            row["may"] = ", ".join(right for right, yes in given.items() if yes)
            row["made"] = short(datetime.fromisoformat(row["made"]))
    show(rows, {"name": "Key", "may": "May", "made": "Made (IST)"}, as_json=as_json, empty="no keys")


@app.command()
def remove(context: typer.Context, name: str) -> None:
    """Revoke a key; takes effect at once."""
    _run(data_of(context), lambda keys: keys.remove(name))


def _run(data: Path, work: Callable[[ApiKeyStore], Awaitable[T]]) -> T:
    async def worked() -> T:
        async with open_storage(data) as store:
            return await work(ApiKeyStore(store))

    return asyncio.run(worked())
