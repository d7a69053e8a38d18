"""Housekeeping of recordings: gives orphans a ticket, deletes what has expired, reports a full disk."""

from __future__ import annotations

import asyncio
import logging
import shutil
import time
from functools import partial
from typing import TYPE_CHECKING, Final, NoReturn

from recordings import retention
from router.polling import poll_forever
from router.storage.errors import StorageUnavailableError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from pathlib import Path

    from recordings.settings import RecordingSettings
    from recordings.spool import Spool
    from router.storage.engine import Storage

_POLL_INTERVAL_S: Final = 30.0  # 500 callers record 8 MB a second: a disk above its level does not fill up in between
_PURGE_EACH: Final = 120  # looks: retention counts in days, once an hour is plenty
_PLAYED_S: Final = 24 * 3600.0  # a transcoded copy is made again on request
_MEGABYTE: Final = 1_000_000

_log = logging.getLogger(__name__)


class Housekeeping:
    """Housekeeping of one spool; only one may run.

    Args:
        store: Open.
        spool: The recordings.
        kept: Where they lie.
        played: Folder of the copies transcoded for listening.
        settings: Days and levels.
        tell: Called once with the trouble of the disk, and once with None when it is over.
        free: Megabytes free on the spool's disk.
    """

    def __init__(
        self,
        *,
        store: Storage,
        spool: Spool,
        kept: Path,
        played: Path,
        settings: RecordingSettings,
        tell: Callable[[Mapping[str, object] | None], Awaitable[None]],
        free: Callable[[], float] | None = None,
    ) -> None:
        self._store = store
        self._spool = spool
        self._kept = kept
        self._played = played
        self._settings = settings
        self._tell = tell
        self._free = free or (lambda: shutil.disk_usage(kept).free / _MEGABYTE)
        self._told = False
        self._looks = 0

    async def run(self) -> NoReturn:
        """Run until cancelled; failures are tried again at the next poll."""
        troubles = (OSError, StorageUnavailableError)
        tell = partial(_log.warning, "looking after the recordings failed, will be tried again: %s")
        await poll_forever(self._look, every_s=_POLL_INTERVAL_S, troubles=troubles, tell=tell)

    async def _look(self) -> None:
        if self._looks == 0:
            await self.find_lost()
        if self._looks % _PURGE_EACH == 0:
            await self.purge()
        await self.look_at_disk()
        self._looks += 1

    async def find_lost(self) -> int:
        """Give every kept file that no ticket has back to the spool, where it gets one; return how many."""
        names = await asyncio.to_thread(self._spool.kept_names)
        lost = await self._store.read(lambda uow: uow.recordings.unknown(names=names))
        given = await asyncio.to_thread(self._spool.give_back, lost)
        if given:
            _log.warning("%d recordings had no ticket and get one", given)
        return given

    async def purge(self) -> int:
        """Delete expired recordings; return how many."""
        await asyncio.to_thread(_drop_old, self._played)
        gone = await retention.overdue(self._store, self._settings.retention_days)
        await retention.delete(self._store, (self._kept, self._played), gone)
        return len(gone)

    async def look_at_disk(self) -> None:
        """Tell when the disk fills up, and below the least delete the sound that is needed least."""
        free = await asyncio.to_thread(self._free)
        least = self._settings.min_free_mb
        if free < least:
            gone = await retention.least_needed(self._store, megabytes=least - free)
            await retention.delete(self._store, (self._kept, self._played), gone)
            if not gone:
                _log.critical("the disk of %s is full and no transcribed sound is left to delete", self._kept)
        low = free < self._settings.low_space_alert_mb
        if low != self._told:
            await self._tell(self._disk(free) if low else None)
            self._told = low

    def _disk(self, free: float) -> Mapping[str, object]:
        return {
            "what": f"only {free:.0f} MB are free for recordings",
            "remedy": f"free or add space on the disk of {self._kept}; new messages are taken as long as there is any",
        }


def _drop_old(folder: Path) -> None:
    for path in folder.iterdir():
        if time.time() - path.stat().st_mtime > _PLAYED_S:
            path.unlink(missing_ok=True)
