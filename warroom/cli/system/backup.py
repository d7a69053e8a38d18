"""`warroom backup` and `warroom restore`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from warroom.cli.common import Json, console, data_of, print_json
from warroom.config.settings import load_settings
from warroom.services.maintenance.backup import SKIPPED_SERIALS, make_backup, restore_backup

_MIB = 1 << 20


def backup(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="The file to write, such as /backup/warroom.tar.gz.")],
    *,
    recordings: Annotated[
        bool, typer.Option("--recordings", help="Also recordings and photographs, which are large.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Write tickets, settings and secrets into one file, while calls go on. Keep it as secret as the data directory."""
    data = data_of(context)
    made = make_backup(data, load_settings(data), file.absolute(), recordings=recordings)
    if as_json:
        print_json({"file": str(made.path), "bytes": made.size, "store": made.store})
        return
    console.print(f"{made.path}: {made.size / _MIB:.1f} MiB, read back")
    if not made.store:
        console.print("the tickets lie in PostgreSQL: back them up by pg_dump")


def restore(context: typer.Context, file: Annotated[Path, typer.Argument(help="A file of `warroom backup`.")]) -> None:
    """Put a backup into an empty data directory. Ticket numbers go on with a gap, so that none is given out twice."""
    data = data_of(context)
    restore_backup(data, file.absolute())
    console.print(f"{data}: put back; {SKIPPED_SERIALS:,} ticket numbers are left out. Start: warroom up")
