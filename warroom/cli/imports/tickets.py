"""`warroom import tickets FILE`: a list of requests, each line a ticket."""

from __future__ import annotations

import asyncio
from collections import Counter
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from router.geo import load_places
from router.geo.csv_sheet import opened
from router.intake.csv_list import COLUMNS, BadLine, read_requests
from router.tickets.opening.idempotency import IdempotencyConflictError
from warroom.cli.common import FAILED, CommandError, Json, console, data_of, open_storage, print_json
from warroom.config.settings import load_settings
from warroom.services.intake_channels import make_text_intake
from warroom.services.ticket_service_factory import make_rules, make_ticket_service

if TYPE_CHECKING:
    from typing import TextIO

    from router.intake.base import Submission
    from router.intake.service import IntakeService

_BATCH_SIZE = 50  # requests at a time: they share commits, and callers are not held up
_MAX_LISTED = 1_000  # bad lines named one by one; a file with more has one fault in all of them


def import_tickets(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help=f"CSV with key and others of {', '.join(COLUMNS)}.")],
    name: Annotated[str, typer.Option(help="Name of the list; default: the file's name.")] = "",
    *,
    as_json: Json = False,
) -> None:
    """Open a ticket for each line of a list, or add the line to the open ticket about the same problem.

    What ``text`` says fills cells that are empty. A line that was imported before, by the list's name and the line's
    key, changes nothing, so that a mended file can be imported again. Bad lines are listed (then the exit code is 1).
    """
    try:
        with opened(file) as lines:
            counts, bad = asyncio.run(_import(data_of(context), lines, name or file.stem))
    except OSError as error:
        raise CommandError(f"{file}: cannot be read: {error.strerror}") from None
    if as_json:
        print_json({**counts, "bad": len(bad), "lines": [one._asdict() for one in bad[:_MAX_LISTED]]})
    else:
        for one in bad[:_MAX_LISTED]:
            console.print(f"{file.name} line {one.line}: {one.reason}", soft_wrap=True)
        if len(bad) > _MAX_LISTED:
            console.print(f"… and {len(bad) - _MAX_LISTED} more")
        told = ", ".join(f"{count} {outcome}" for outcome, count in counts.items())
        console.print(f"{told}, {len(bad)} lines not taken")
    if bad:
        raise typer.Exit(FAILED)


async def _import(data: Path, lines: TextIO, name: str) -> tuple[dict[str, int], list[BadLine]]:
    """Return how many lines opened, joined and were known, and those that were not taken."""
    places, counts, bad = load_places(), Counter[str](), list[BadLine]()
    async with open_storage(data) as store:
        tickets = make_ticket_service(data, load_settings(data), store, places, make_rules(data, places))
        intake = make_text_intake(tickets, places)
        rows = read_requests(lines, places, name=name)
        try:
            while batch := list(islice(rows, _BATCH_SIZE)):
                done = await asyncio.gather(*(_submit(intake, *row) for row in batch if not isinstance(row, BadLine)))
                bad += [row for row in (*batch, *done) if isinstance(row, BadLine)]
                counts.update(outcome for outcome in done if isinstance(outcome, str))
        finally:
            await tickets.close()
    return {outcome: counts[outcome] for outcome in ("opened", "joined", "known")}, sorted(bad)


async def _submit(intake: IntakeService, line: int, submission: Submission) -> str | BadLine:
    try:
        return (await intake.submit(submission)).outcome
    except IdempotencyConflictError:
        what = "was imported before and said something else; give what is new a key of its own"
        return BadLine(line, f"key: {submission.source_key!r} {what}")
