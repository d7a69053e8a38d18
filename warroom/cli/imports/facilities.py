"""`warroom import facilities FILE`: shops, kitchens, chemists and pumps, as a list of an office."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from router.geo import load_places
from router.geo.columns import COLUMNS
from router.geo.csv_sheet import opened
from router.geo.facilities import ServingPlace
from router.geo.facility_import import BadCell, BadRow, Read, read_facilities
from router.storage.unit_of_work import UnitOfWork
from warroom.cli.common import FAILED, CommandError, Json, ProgressBar, console, data_of, open_storage, print_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TextIO

    from router.storage.engine import Storage

_BATCH = 500  # rows in one transaction: some 10 ms, so that callers are not held up
_MAX_LISTED = 1_000  # bad rows named one by one; a file with more has one fault in all of them


def import_facilities(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help=f"CSV with the columns {', '.join(COLUMNS)} (name_hi too).")],
    *,
    as_json: Json = False,
) -> None:
    """Import facilities from a file; invalid rows are listed with line and reason (exit code 1).

    Invalid telephone numbers or opening hours are left out and listed too; the rest of the row is imported. A facility
    with the same kind and code is replaced, so the same file can be imported again.
    """
    try:
        with opened(file) as lines:
            taken, bad, left_out, named = asyncio.run(
                _import(data_of(context), lines, file.stat().st_size, quiet=as_json)
            )
    except OSError as error:
        raise CommandError(f"{file}: cannot be read: {error.strerror}") from None
    if as_json:
        rows, cells = ([one._asdict() for one in named if isinstance(one, kind)] for kind in (BadRow, BadCell))
        print_json({"taken": taken, "bad": bad, "left_out": left_out, "rows": rows, "cells": cells})
    else:
        for row in named:
            console.print(f"{file.name} line {row.line}: {row.reason}", markup=False, highlight=False, soft_wrap=True)
        if bad + left_out > len(named):
            console.print(f"… and {bad + left_out - len(named)} more")
        without = f", {left_out} cells left out" if left_out else ""
        console.print(f"{taken} places taken, {bad} rows not taken{without}")
    if bad or left_out:
        raise typer.Exit(FAILED)


async def _import(data: Path, lines: TextIO, size: int, *, quiet: bool) -> tuple[int, int, int, list[BadRow | BadCell]]:
    """Return how many rows were taken, how many not, how many cells were left out, and the problems of these."""
    counted = _Counted(lines)
    rows = read_facilities(counted, load_places())
    async with open_storage(data) as store:
        if quiet:
            return await _take(store, rows, lambda: None)
        with ProgressBar() as progress:
            return await _take(store, rows, lambda: progress("bytes", min(counted.bytes, size), size))


async def _take(
    store: Storage, rows: Iterator[Read], progress: Callable[[], None]
) -> tuple[int, int, int, list[BadRow | BadCell]]:
    taken = bad = left_out = 0
    named: list[BadRow | BadCell] = []
    while batch := list(islice(rows, _BATCH)):
        good = [row for row in batch if isinstance(row, ServingPlace)]
        wrong = [row for row in batch if not isinstance(row, ServingPlace)]
        await store.write(partial(_upsert, good))
        rows_not_taken = sum(isinstance(row, BadRow) for row in wrong)
        taken, bad, left_out = taken + len(good), bad + rows_not_taken, left_out + len(wrong) - rows_not_taken
        named += wrong[: _MAX_LISTED - len(named)]
        progress()
    return taken, bad, left_out, named


def _upsert(some: Sequence[ServingPlace], uow: UnitOfWork) -> None:
    uow.facilities.upsert(some)


class _Counted:
    """The lines of a file, and how many bytes of it they were."""

    def __init__(self, lines: TextIO) -> None:
        self._lines = lines
        self.bytes = 0

    def __iter__(self) -> Iterator[str]:
        for line in self._lines:
            self.bytes += len(line.encode(errors="surrogateescape"))
            yield line
