"""`warroom import tickets FILE`: a list of requests, each row a ticket."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from contextlib import contextmanager, nullcontext
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from router.geo import load_places
from router.intake.lists import BadCell, ListRow, NoListError, list_name, read_list, write_rejected
from router.sheets import cell_name, read_sheets
from router.tickets.opening.idempotency import IdempotencyConflictError
from warroom.cli.common import FAILED, CommandError, Json, ProgressBar, console, data_of, open_storage, print_json
from warroom.config.settings import load_settings
from warroom.services.intake_channels import make_text_intake, make_understanding
from warroom.services.ticket_service_factory import make_rules, make_ticket_service

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TextIO

    from router.intake.base import Receipt
    from router.intake.lists import RequestList
    from router.intake.service import IntakeService

_BATCH_SIZE = 50  # requests at a time: they share commits, and callers are not held up
_MAX_LISTED = 1_000  # bad cells named one by one; a file with more has one fault in all of them
_OUTCOMES = ("opened", "joined", "known")


class _Taken(NamedTuple):
    """What became of a list.

    Attributes:
        counts: Rows by outcome.
        rejected: The rows that were not taken.
        named: What was left out of rows that were taken, and rows that are no requests.
        closed: Tickets of known rows that are closed by now.
    """

    counts: Counter[str]
    rejected: list[ListRow]
    named: list[ListRow]
    closed: list[str]


def import_tickets(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="CSV or XLSX; a row within the first 20 names the columns.")],
    name: Annotated[str, typer.Option(help="Name of the list; default: the file's name.")] = "",
    rejected: Annotated[
        Path | None,
        typer.Option(help="Write the rows that were not taken into this new CSV file, to be mended and imported."),
    ] = None,
    *,
    as_json: Json = False,
) -> None:
    """Open a ticket for each row of a list, or add the row to the open ticket about the same problem.

    The columns may stand in any order, with Hindi or English names (docs/lists.md). A row that was imported before
    under the list's name changes nothing: a mended file can be imported again. Rows that cannot be taken are listed by
    the names of their cells; then the exit code is 1.
    """
    try:
        sheets = read_sheets(file)
    except OSError as error:
        raise CommandError(f"{file}: cannot be read: {error.strerror}") from None
    places, name = load_places(), list_name(name or file.stem)
    try:
        found = read_list(sheets, places, make_understanding(places), name=name)
    except NoListError as error:
        raise CommandError(f"{file}: {error}") from None
    with _new_file(rejected) if rejected else nullcontext() as out:
        taken = asyncio.run(_import(data_of(context), found, quiet=as_json))
        if out is not None:
            write_rejected(out, taken.rejected)
    if as_json:
        print_json(_as_json(found, taken))
    else:
        _print(found, taken, file, rejected)
    if taken.rejected or any(one.submission for one in taken.named):
        raise typer.Exit(FAILED)


async def _import(data: Path, found: RequestList, *, quiet: bool) -> _Taken:
    taken, places = _Taken(Counter(), [], [], []), load_places()
    async with open_storage(data) as store:
        tickets = make_ticket_service(data, load_settings(data), store, places, make_rules(data, places))
        intake = make_text_intake(tickets, places)
        try:
            with nullcontext() if quiet else ProgressBar() as progress:
                done = 0
                while batch := list(islice(found.rows, _BATCH_SIZE)):
                    await _take(intake, batch, taken)
                    done += len(batch)
                    if progress is not None:
                        progress("rows", done, found.total)
        finally:
            await tickets.close()
    return taken


async def _take(intake: IntakeService, batch: list[ListRow], taken: _Taken) -> None:
    """Submit some rows, and note what became of each in the order of the list."""
    done = await asyncio.gather(*(_submit(intake, row) for row in batch))
    for row, receipt in zip(batch, done, strict=True):
        if isinstance(receipt, BadCell):
            taken.rejected.append(row._replace(submission=None, bad=(receipt,)))
            continue
        if row.bad:
            taken.rejected.append(row)
        elif row.left_out:
            taken.named.append(row)
        if receipt is not None:
            taken.counts[receipt.outcome] += 1
            if receipt.outcome == "known" and not receipt.ticket.is_open:
                taken.closed.append(receipt.number)


async def _submit(intake: IntakeService, row: ListRow) -> Receipt | BadCell | None:
    if row.submission is None:
        return None
    try:
        return await intake.submit(row.submission)
    except IdempotencyConflictError:
        place = row.heading.columns.index("key") if "key" in row.heading.columns else 0
        what = (
            "a row with this number was imported before and said something else; give what is new a number of its own"
        )
        return BadCell(cell_name(place, row.row.number), what)


@contextmanager
def _new_file(path: Path) -> Iterator[TextIO]:
    """Open a file that must not be there yet: it may be the one that somebody has just mended."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise CommandError(
            f"{path}: is there already; name another file, or import it first if you have mended it"
        ) from None
    except OSError as error:
        raise CommandError(f"{path}: cannot be written: {error.strerror}") from None
    with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
        yield file


def _as_json(found: RequestList, taken: _Taken) -> dict[str, Any]:
    return {
        "list": found.name,
        **{outcome: taken.counts[outcome] for outcome in _OUTCOMES},
        "rejected": len(taken.rejected),
        "cells": [
            {"sheet": one.sheet, "row": one.row.number, **bad._asdict(), "taken": one.submission is not None}
            for one in (*taken.rejected, *taken.named)
            for bad in (*one.bad, *one.left_out)
        ][:_MAX_LISTED],
        "closed": taken.closed,
        "remarks": found.remarks,
    }


def _print(found: RequestList, taken: _Taken, file: Path, rejected: Path | None) -> None:
    named = [
        f"{file.name} {f'{one.sheet} ' if one.sheet else ''}{bad.cell}: {bad.reason}"
        for one in sorted((*taken.rejected, *taken.named), key=lambda one: (one.sheet, one.row.number))
        for bad in (*one.bad, *one.left_out)
    ]
    lines = [*found.remarks, *named[:_MAX_LISTED]]
    if len(named) > _MAX_LISTED:
        lines.append(f"… and {len(named) - _MAX_LISTED} more")
    if taken.closed:
        shown = ", ".join(taken.closed[:10]) + ("…" if len(taken.closed) > 10 else "")  # noqa: PLR2004
        lines.append(
            f"{len(taken.closed)} rows were imported before and their tickets are closed: {shown}. If they are new "
            "requests, import the list under another --name"
        )
    told = ", ".join(f"{taken.counts[outcome]} {outcome}" for outcome in _OUTCOMES)
    lines.append(f"{told}, {len(taken.rejected)} rows not taken")
    if rejected and taken.rejected:
        lines.append(f"mend {rejected}, then: warroom import tickets {rejected} --name '{found.name}'")
    for line in lines:
        console.print(line, soft_wrap=True)
