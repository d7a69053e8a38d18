"""Deletes the files of photographs that were removed from their tickets."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from router.model.picture import Picture
    from router.pictures.files import PictureFiles
    from router.storage.engine import Storage
    from router.storage.unit_of_work import UnitOfWork

_STEP: Final = 200  # files in one go: the writer is held for some milliseconds


async def delete_removed(store: Storage, files: PictureFiles) -> int:
    """Delete the files of removed photographs: first the file, then its row says so. Returns how many.

    Raises:
        StorageUnavailableError: what is left is deleted the next time.
        OSError: a file cannot be deleted.
    """
    total = 0
    while removed := await store.read(partial(_removed, count=_STEP)):
        await asyncio.to_thread(_delete, files, removed)
        await store.write(partial(_deleted, ids=[one.id for one in removed]))
        total += len(removed)
    return total


def _delete(files: PictureFiles, removed: Sequence[Picture]) -> None:
    for one in removed:
        files.delete(one.ticket, one.file)


def _removed(uow: UnitOfWork, *, count: int) -> list[Picture]:
    return uow.pictures.removed(count)


def _deleted(uow: UnitOfWork, *, ids: Sequence[int]) -> None:
    uow.pictures.mark_deleted(ids)
