"""`warroom places import | list`: shops, kitchens, chemists and pumps."""

from __future__ import annotations

import asyncio
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from router.places import load_places
from router.places.rows import COLUMNS, BadRow, read_rows
from router.places.serving import ServingPlace
from router.store import serving_rows
from warroom.commands.common import (
    FAILED,
    CommandProblem,
    Json,
    Steps,
    console,
    data_of,
    opened_store,
    print_json,
    show,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TextIO

    from router.store.store import Store

app = typer.Typer(no_args_is_help=True)

_BATCH = 500  # rows in one transaction: some 10 ms, so that callers are not held up
_NAMED = 1_000  # bad rows named one by one; a file with more has one fault in all of them

_COLUMNS = {
    "kind": "Kind",
    "code": "Code",
    "name": "Name",
    "district": "District",
    "zipcode": "PIN",
    "phone": "Telephone",
    "hours": "Open",
}


@app.command("import")
def import_(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help=f"CSV in UTF-8 with the columns {', '.join(COLUMNS)} (name_hi too).")],
    *,
    as_json: Json = False,
) -> None:
    """Take places from a file; good rows are taken, bad ones listed with line and reason (then the exit code is 1).

    A place with a kind and code that is there already is replaced, so that the same file can be imported again.
    """
    try:
        with file.open(encoding="utf-8", errors="surrogateescape", newline="\n") as lines:
            taken, bad, named = asyncio.run(_import(data_of(context), lines, file.stat().st_size, quiet=as_json))
    except OSError as error:
        raise CommandProblem(f"{file}: cannot be read: {error.strerror}") from None
    if as_json:
        print_json({"taken": taken, "bad": bad, "rows": [row._asdict() for row in named]})
    else:
        for row in named:
            console.print(f"{file.name} line {row.line}: {row.reason}", markup=False, highlight=False, soft_wrap=True)
        if bad > len(named):
            console.print(f"… and {bad - len(named)} more bad rows")
        console.print(f"{taken} places taken, {bad} rows not taken")
    if bad:
        raise typer.Exit(FAILED)


@app.command("list")
def list_(
    context: typer.Context,
    kind: Annotated[str | None, typer.Option(help="Only of this kind.")] = None,
    district: Annotated[str | None, typer.Option(help="Only in this district.")] = None,
    pin: Annotated[str | None, typer.Option(help="Only in this PIN code.")] = None,
    *,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 100,
    as_json: Json = False,
) -> None:
    """List places that serve, by kind, district and PIN code."""
    places = load_places()
    if kind is not None and kind not in places.kinds:
        raise CommandProblem(f"no kind {kind!r} (known: {', '.join(places.kinds)})")
    if district is not None and district not in places.districts:
        raise CommandProblem(f"no district {district!r}; see: warroom rooms list")
    query = partial(serving_rows.listing, kind=kind, district=district, zipcode=pin, limit=limit)
    found = asyncio.run(_read(data_of(context), query))
    show(
        [place.model_dump() for place in found],
        _COLUMNS,
        as_json=as_json,
        empty="no places; see: warroom places import",
    )


async def _read(data: Path, query: Callable[..., list[ServingPlace]]) -> list[ServingPlace]:
    async with opened_store(data) as store:
        return await store.read(query)


async def _import(data: Path, lines: TextIO, size: int, *, quiet: bool) -> tuple[int, int, list[BadRow]]:
    """Return how many rows were taken, how many not, and those that are named."""
    counted = _Counted(lines)
    rows = read_rows(counted, load_places())
    async with opened_store(data) as store:
        if quiet:
            return await _take(store, rows, lambda: None)
        with Steps() as progress:
            return await _take(store, rows, lambda: progress("bytes", min(counted.bytes, size), size))


async def _take(
    store: Store, rows: Iterator[ServingPlace | BadRow], progress: Callable[[], None]
) -> tuple[int, int, list[BadRow]]:
    taken = bad = 0
    named: list[BadRow] = []
    while batch := list(islice(rows, _BATCH)):
        good = [row for row in batch if isinstance(row, ServingPlace)]
        wrong = [row for row in batch if isinstance(row, BadRow)]
        await store.write(partial(serving_rows.put, some=good))
        taken, bad = taken + len(good), bad + len(wrong)
        named += wrong[: _NAMED - len(named)]
        progress()
    return taken, bad, named


class _Counted:
    """The lines of a file, and how many bytes of it they were."""

    def __init__(self, lines: TextIO) -> None:
        self._lines = lines
        self.bytes = 0

    def __iter__(self) -> Iterator[str]:
        for line in self._lines:
            self.bytes += len(line.encode(errors="surrogateescape"))
            yield line
