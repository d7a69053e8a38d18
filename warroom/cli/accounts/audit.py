"""`warroom audit list | export | verify`: who saw or did what at the screens."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from board.accounts.audit import entries_of
from board.accounts.audit_check import find_faults
from router.clock import sortable
from router.india import local, short
from router.model.accounts.audit_entry import AuditChain, ChainedEntry
from router.outside_text import clean
from router.storage.engine import Storage
from warroom.cli.accounts.console import console_identity
from warroom.cli.common import FAILED, CommandError, Json, data_of, errors, open_storage, print_json, show
from warroom.cli.values import TIMES, moment

app = typer.Typer(no_args_is_help=True)

_IN_ONE_READ: Final = 2000
_HEAD: Final = re.compile(r"(\d{1,18}):([0-9a-f]{64})", re.ASCII)
Since = Annotated[
    datetime | None, typer.Option(formats=TIMES, callback=moment, help="From this time on; India's without a zone.")
]


@app.command("list")
def list_(
    context: typer.Context,
    user: Annotated[str, typer.Option(help="Only of this user.")] = "",
    action: Annotated[str, typer.Option(help="Only this, such as sign-in or export.")] = "",
    ticket: Annotated[str, typer.Option(help="Only where this ticket was seen or changed.")] = "",
    since: Since = None,
    count: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many, the newest.")] = 50,
    *,
    as_json: Json = False,
) -> None:
    """List the newest entries."""
    begin = _begin(since)

    async def listed() -> list[ChainedEntry]:
        async with open_storage(data_of(context)) as storage:
            return await storage.read(
                lambda uow: uow.audit.list_newest(count, user=user, action=action, ticket=ticket, since=begin)
            )

    rows = [_row(one) for one in asyncio.run(listed())]
    if not as_json:
        rows = [
            {
                **row,
                "at": short(datetime.fromisoformat(row["at"])),
                "tickets": _some(row["tickets"]),
                "fields": ", ".join(row["fields"]),
                "reason": clean(row["reason"]),
            }
            for row in rows
        ]
    columns = {
        "id": "No",
        "at": "At (IST)",
        "user": "Who",
        "role": "As",
        "address": "From",
        "action": "What",
        "target": "Of",
        "tickets": "Tickets",
        "fields": "Fields",
        "reason": "Why",
    }
    show(rows, columns, as_json=as_json, empty="no entries")


@app.command()
def export(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="Made anew; one JSON object a line.")],
    since: Since = None,
    reason: Annotated[str, typer.Option(help="Why; stands in the log.")] = "",
) -> None:
    """Write the log into a file, and print its newest hash: `verify --expect` finds by it a log that was made anew."""
    begin = _begin(since)

    async def exported() -> AuditChain:
        async with open_storage(data_of(context)) as storage:
            entries = entries_of(console_identity(), "export", target="audit", reason=reason)
            await storage.write(lambda uow: uow.audit.append(entries))  # before anything is taken away
            with _new_file(file) as out:
                async for some in _entries(storage, begin):
                    out.writelines(f"{json.dumps(_row(one), ensure_ascii=False)}\n" for one in some)
            return await storage.read(lambda uow: uow.audit.chain())

    chain = asyncio.run(exported())
    typer.echo(f"{chain.last_id}:{chain.last_hash}")


@app.command()
def verify(
    context: typer.Context,
    expect: Annotated[str, typer.Option(help="A line that `export` has printed: this entry must be there.")] = "",
    *,
    as_json: Json = False,
) -> None:
    """Find entries that were changed or removed; exit code 1: there are."""

    async def verified() -> tuple[int, AuditChain, list[str]]:
        async with open_storage(data_of(context)) as storage:
            count, chain, faults = await find_faults(storage)
            return count, chain, [*faults, *await _unexpected(storage, chain, expect)]

    count, chain, faults = asyncio.run(verified())
    if as_json:
        print_json({"entries": count, "faults": faults, **asdict(chain)})
    elif not faults:
        typer.echo(f"{count} entries, none changed, none removed; the newest: {chain.last_id}:{chain.last_hash}")
    for fault in faults if not as_json else ():
        errors.print(fault)
    if faults:
        raise typer.Exit(FAILED)


async def _unexpected(storage: Storage, chain: AuditChain, expect: str) -> list[str]:
    if not expect:
        return []
    said = _HEAD.fullmatch(expect)
    if said is None:
        raise CommandError(f"--expect: {expect!r} is no line of `warroom audit export`: a number, a colon, 64 digits")
    number, expected = int(said[1]), said[2]
    if number <= chain.removed_id:
        return []  # retention has removed it since
    found = await storage.read(lambda uow: uow.audit.list_after(number - 1, 1))
    same = any(one.id == number and one.hash == expected for one in found)
    return [] if same else [f"entry {number} is not the one that was exported: the log was made anew"]


async def _entries(storage: Storage, since: str) -> AsyncIterator[list[ChainedEntry]]:
    number = 0
    while True:
        after = number
        some = await storage.read(lambda uow: uow.audit.list_after(after, _IN_ONE_READ, since=since))  # noqa: B023
        if not some:
            return
        yield some
        number = some[-1].id


def _new_file(path: Path) -> Any:
    try:
        return path.open("x", encoding="utf-8")
    except FileExistsError:
        raise CommandError(f"{path}: is there already; choose another name") from None


def _begin(since: datetime | None) -> str:
    return sortable(local(since)) if since else ""


def _row(one: ChainedEntry) -> dict[str, Any]:
    return {"id": one.id, **asdict(one.entry), "previous": one.previous, "hash": one.hash}


def _some(tickets: tuple[str, ...]) -> str:
    return f"{tickets[0]} and {len(tickets) - 1} more" if len(tickets) > 1 else "".join(tickets)
