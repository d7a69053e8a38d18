"""`warroom blocklist add | list | remove`: numbers that get urgent help only."""

from __future__ import annotations

import asyncio
import getpass
import os
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from router import phone_numbers
from router.bounds import MAX_HOURS
from router.india import short
from router.tickets.blocklist import BlockList
from warroom.cli.common import CommandError, Json, console, data_of, open_storage, show
from warroom.cli.values import line

app = typer.Typer(no_args_is_help=True)

T = TypeVar("T")

_COLUMNS = {
    "phone": "Telephone",
    "why": "Why",
    "by": "By",
    "since": "Since (IST)",
    "until": "Until (IST)",
    "active": "In force",
}


@app.command()
def add(
    context: typer.Context,
    number: str,
    why: Annotated[str, typer.Option(callback=line, help="Reason, shown in the list.")],
    hours: Annotated[
        float | None, typer.Option(min=0.1, max=MAX_HOURS, help="Duration in hours; default: until removed.")
    ] = None,
) -> None:
    """Block a number. It can still report danger to life, and request medical help once a day."""
    phone = _known(number)
    length = timedelta(hours=hours) if hours else None
    by = os.environ.get("SUDO_USER") or getpass.getuser()
    block = asyncio.run(_with_list(data_of(context), lambda blocks: blocks.add(phone, why, by=by, length=length)))
    until = f"until {short(block.until)} IST" if block.until else "until: warroom blocklist remove"
    console.print(f"{phone} gets urgent help only, {until}", highlight=False)


@app.command("list")
def list_(context: typer.Context, *, as_json: Json = False) -> None:
    """List blocked numbers, newest first."""
    blocks = asyncio.run(_with_list(data_of(context), lambda blocks: blocks.all()))
    now = datetime.now(UTC)
    rows = [{**block._asdict(), "active": block.until is None or block.until > now} for block in blocks]
    if not as_json:
        for row, block in zip(rows, blocks, strict=True):
            row["since"] = short(block.since)
            row["until"] = short(block.until) if block.until else "it is removed"
            row["active"] = "yes" if row["active"] else "no"
    show(rows, _COLUMNS, as_json=as_json, empty="no number is blocked")


@app.command()
def remove(context: typer.Context, number: str) -> None:
    """Unblock a number."""
    phone = _known(number)
    if not asyncio.run(_with_list(data_of(context), lambda blocks: blocks.remove(phone))):
        raise CommandError(f"{phone} is not blocked; see: warroom blocklist list")
    console.print(f"{phone} is no longer blocked", highlight=False)


def _known(number: str) -> str:
    try:
        return str(phone_numbers.read(number).e164)
    except phone_numbers.PhoneNumberError as error:
        raise CommandError(f"{number}: no telephone number: {error}") from None


async def _with_list(data: Path, do: Callable[[BlockList], Awaitable[T]]) -> T:
    async with open_storage(data) as store:
        return await do(BlockList(store))
