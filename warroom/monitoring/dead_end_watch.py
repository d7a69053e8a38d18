"""Alerts the state room while something that callers are offered leads nowhere: key 9, 104, a person."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final, NoReturn

from agi.destinations.loader import HelplinesError
from agi.queues.loader import OperatorsError
from agi.trunks.loader import TrunksError
from router.geo import STATE_ROOM
from router.polling import poll_forever
from router.storage.errors import StorageUnavailableError
from warroom.config.apply.dead_ends import dead_ends
from warroom.config.apply.trunks import applied_trunks
from warroom.config.paths import DataDirectory

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from agi.settings import CallSettings
    from router.storage.engine import Storage

KIND: Final = "unreachable"
"""The alert's kind; it goes to the state room."""
POLL_INTERVAL_S: Final = 2.0
"""Between two looks at the times of a few files: an admin who has mended it looks at the alerts some seconds later."""

_log = logging.getLogger(__name__)


class DeadEndWatch:
    """Looks again whenever the helplines, or the trunks or operators in force, change.

    Args:
        store: For the alert.
        data: The data directory.
        settings: Returns the settings of calls in force.
    """

    def __init__(self, store: Storage, data: Path, settings: Callable[[], CallSettings]) -> None:
        self._store = store
        self._layout = DataDirectory(data)
        self._settings = settings
        self._seen: object = None

    async def run(self) -> NoReturn:
        """Watch until cancelled."""
        await poll_forever(
            self.look,
            every_s=POLL_INTERVAL_S,
            troubles=(HelplinesError, OperatorsError, TrunksError, StorageUnavailableError),
            tell=lambda trouble: _log.warning("dead ends are not watched for the moment: %s", trouble),
        )

    async def look(self) -> None:
        """Poll once, and raise or end the alert.

        Raises:
            ConfigError: A file cannot be read.
            StorageUnavailableError: The next poll reports it.
        """
        now = await asyncio.to_thread(self._marks)
        if now == self._seen:
            return
        found = await asyncio.to_thread(self._found)
        told: Mapping[str, Mapping[str, object]] = {STATE_ROOM: found} if found else {}
        if found:
            _log.warning("leads nowhere: %s", found["what"])
        await self._store.write(lambda uow: uow.alerts.replace_active(kind=KIND, told=told), outbox=True)
        self._seen = now

    def _marks(self) -> tuple[object, ...]:
        layout = self._layout
        paths = (layout.helplines, layout.trunks_in_force, layout.operators_in_force)
        return (self._settings(), *(path.stat().st_mtime_ns if path.exists() else 0 for path in paths))

    def _found(self) -> dict[str, object]:
        found = dead_ends(self._layout.data, self._settings(), applied_trunks(self._layout.data))
        if not found:
            return {}
        return {
            "what": "; ".join(one.what for one in found),
            "what_hi": "; ".join(one.what_hi for one in found),
            "remedy": "; ".join(one.mend for one in found),
        }
