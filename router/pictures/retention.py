"""Deletes the files of photographs that were removed from their tickets, and files that no ticket has got."""

from __future__ import annotations

import asyncio
import time
from functools import partial
from typing import TYPE_CHECKING, Final

from router.model.picture import source_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from router.model.picture import Picture
    from router.pictures.files import PictureFiles
    from router.storage.engine import Storage
    from router.storage.unit_of_work import UnitOfWork

_STEP: Final = 200  # files in one go: the writer is held for some milliseconds
ORPHAN_AGE_S: Final = 24 * 3600.0
"""A file gets its row within seconds; one that has none after a day was written just before a crash."""


async def delete_removed(store: Storage, files: PictureFiles) -> int:
    """Delete the files of removed photographs: first the file, then its row says so. Returns how many.

    Raises:
        StorageUnavailableError: what is left is deleted the next time.
        OSError: a file cannot be deleted.
    """
    total = 0
    while removed := await store.read(partial(_removed, count=_STEP)):
        await asyncio.to_thread(files.delete, [one.file for one in removed])
        await store.write(partial(_deleted, ids=[one.id for one in removed]))
        total += len(removed)
    return total


async def delete_orphans(store: Storage, files: PictureFiles) -> int:
    """Delete files older than `ORPHAN_AGE_S` that no row knows. Returns how many. Raises as `delete_removed`."""
    names = await asyncio.to_thread(files.names_before, time.time() - ORPHAN_AGE_S)
    total = 0
    for start in range(0, len(names), _STEP):
        some = names[start : start + _STEP]
        known = await store.read(partial(_known, names=some))
        orphans = [name for name in some if name not in known]
        await asyncio.to_thread(files.delete, orphans)
        total += len(orphans)
    return total


def _removed(uow: UnitOfWork, *, count: int) -> list[Picture]:
    return uow.pictures.removed(count)


def _deleted(uow: UnitOfWork, *, ids: Sequence[int]) -> None:
    uow.pictures.mark_deleted(ids)


def _known(uow: UnitOfWork, *, names: Sequence[str]) -> set[str]:
    return {one.file for one in uow.pictures.with_files([source_of(name) for name in names])}
