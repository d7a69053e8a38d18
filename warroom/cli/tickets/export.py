"""`warroom tickets export`: tickets as a stream, for a spreadsheet or a script."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import Progress, TextColumn, TimeElapsedColumn

from router.geo import load_places
from router.india import local
from router.tickets.export import Form, Sheet, exported
from warroom.cli.common import CommandError, Json, data_of, errors, open_storage
from warroom.cli.names import known_name
from warroom.cli.values import TIMES, moment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_FORMS = "csv: for programs. spreadsheet: CSV that Excel and Calc show and save unharmed. json: one object per line."
_PROGRESS_ROWS = 100  # tickets; a bar that is drawn for each costs more than the export


def export(
    context: typer.Context,
    since: Annotated[datetime, typer.Option(formats=TIMES, callback=moment, help="Requested at or after this time.")],
    until: Annotated[
        datetime | None,
        typer.Option(formats=TIMES, callback=moment, help="Requested before this time.", show_default="now"),
    ] = None,
    room: Annotated[str | None, typer.Option(help="Only those of this room, such as district-bhopal.")] = None,
    form: Annotated[Form, typer.Option("--format", help=_FORMS)] = "csv",
    *,
    personal: Annotated[
        bool, typer.Option("--personal", help="Include telephone numbers, names, addresses and transcripts.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Write tickets to standard output, oldest first. Days and times without a zone are India's."""
    span = local(since), local(until) if until else datetime.now(UTC)
    if span[0] > span[1]:
        raise CommandError(f"--since {since:%Y-%m-%dT%H:%M} is later than {'--until' if until else 'now'}")
    rooms = {one.id: one.name_hi for one in load_places().rooms}
    if room:
        known_name("--room", room, rooms, see="warroom rooms list")
    sys.stdout.reconfigure(encoding="utf-8", newline="")  # type: ignore[union-attr]
    try:
        make = partial(Sheet, sys.stdout, "json" if as_json else form, personal=personal, rooms=rooms)
        asyncio.run(_export(data_of(context), *span, room, make))
        sys.stdout.flush()
    except BrokenPipeError:  # the reader has closed the pipe
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what Python still flushes at its end


async def _export(data: Path, since: datetime, until: datetime, room: str | None, make: Callable[[], Sheet]) -> None:
    async with open_storage(data) as store:
        sheet = make()  # its heading is written by now
        with _counter() as progress:
            count = 0
            async for ticket in exported(store, since, until, room=room):
                sheet.write(ticket)
                count += 1
                if count % _PROGRESS_ROWS == 0:
                    progress.update(progress.task_ids[0], completed=count)
            progress.update(progress.task_ids[0], completed=count)


@contextlib.contextmanager
def _counter() -> Iterator[Progress]:
    """Count on standard error when a person looks there and the tickets go elsewhere."""
    seen = errors.is_terminal and not sys.stdout.isatty()
    columns = (TextColumn("{task.completed:.0f} tickets"), TimeElapsedColumn())
    with Progress(*columns, console=errors, disable=not seen) as progress:
        progress.add_task("export", total=None)
        yield progress
