"""Writes down the photographs of a store that was lost: their files lie in folders named by their tickets."""

from __future__ import annotations

import asyncio
import hashlib
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from router.model.picture import NewPicture, PictureRefusedError
from router.pictures.header import read_header

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from router.model.ticket import Ticket
    from router.pictures.files import PictureFiles
    from router.storage.engine import Storage
    from router.storage.unit_of_work import UnitOfWork


async def take_over(store: Storage, files: PictureFiles) -> int:
    """Give tickets the photographs whose rows are lost; return how many. Again it changes nothing.

    Captions are lost with the rows, and which way a photograph came: it is said to be its ticket's.

    Raises:
        StorageUnavailableError: some may be taken over; the same may be done again.
    """
    total = 0
    for number, paths in (await asyncio.to_thread(files.by_ticket)).items():
        ticket = await store.read(partial(_ticket, number=number))
        if ticket is None:
            continue  # of another store, or closed and not at the broker any more: a backup may know it
        found = await asyncio.to_thread(_described, paths, ticket)
        total += await store.write(partial(_add, number=number, found=found))
    return total


def _ticket(uow: UnitOfWork, *, number: str) -> Ticket | None:
    return uow.tickets.by_number(number)


def _add(uow: UnitOfWork, *, number: str, found: Sequence[NewPicture]) -> int:
    new = [one for one in found if uow.pictures.by_source(one.source) is None]
    for one in new:
        uow.pictures.add(number, one)
    return len(new)


def _described(paths: Sequence[Path], ticket: Ticket) -> list[NewPicture]:
    """Return what files say of themselves; those that are no photographs of ours are left."""
    found = []
    for path in paths:
        data = path.read_bytes()
        try:
            header, source = read_header(data), bytes.fromhex(path.stem)
        except (PictureRefusedError, ValueError):
            continue
        received = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        found.append(
            NewPicture(
                channel=ticket.channel,
                source=source,
                media_type=header.media_type,
                size=len(data),
                width=header.width,
                height=header.height,
                sha256=hashlib.sha256(data).digest(),
                caption="",
                received=received,
            )
        )
    return found
