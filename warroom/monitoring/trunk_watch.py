"""The trunks in force as the service sees them, reloaded after ``warroom apply``."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final, NoReturn

from agi.trunks.loader import TrunksError
from agi.trunks.outbound_routes import list_destinations
from router.polling import poll_forever
from warroom.config.apply.trunks import applied_trunks
from warroom.config.paths import DataDirectory

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from agi.settings import CallSettings
    from agi.trunks.schema import Trunks

POLL_INTERVAL_S: Final = 0.5
"""Between two looks at the file's time: sooner than an admin can type what needs the new trunks."""

_log = logging.getLogger(__name__)


class TrunkWatch:
    """Knows which trunks are in force. Blocks while it is made.

    Args:
        data: The data directory.
        settings: The emergency numbers.
        rooms: How control rooms are rung, by room.

    Attributes:
        settings: Those of calls in force.
        dids: Helpline by dialled number, in every form of it; always the same mapping object, which others may keep.
        destinations: Names of the destinations that can be dialled, except queues.

    Raises:
        TrunksError: The copy was spoilt.
    """

    def __init__(self, data: Path, settings: CallSettings, rooms: Mapping[str, str]) -> None:
        self._data = data
        self.settings = settings
        self._rooms = rooms
        self._seen = self._time()
        self.dids: dict[str, str] = {}
        self.destinations: set[str] = set()
        self._take(applied_trunks(data))

    async def run(self) -> NoReturn:
        """Poll until cancelled; a file that cannot be read leaves the earlier state in force."""
        await poll_forever(self._look, every_s=POLL_INTERVAL_S)

    async def _look(self) -> None:
        trunks = await asyncio.to_thread(self._changed)
        if trunks is not None:
            self._take(trunks)
            _log.info("trunks: %s in force", ", ".join(trunk.name for trunk in trunks.trunk))

    async def take(self, settings: CallSettings, rooms: Mapping[str, str]) -> None:
        """Take other settings and telephones of rooms, and the trunks in force now.

        Raises:
            TrunksError: The copy was spoilt; the earlier state stays in force.
        """
        trunks = await asyncio.to_thread(applied_trunks, self._data)
        self.settings, self._rooms = settings, rooms
        self._take(trunks)

    def _changed(self) -> Trunks | None:
        now = self._time()
        if now == self._seen:
            return None
        self._seen = now
        try:
            return applied_trunks(self._data)
        except TrunksError as error:
            _log.error("trunks: what was in force before is still taken for it: %s", error)
            return None

    def _time(self) -> int:
        try:
            return DataDirectory(self._data).trunks_in_force.stat().st_mtime_ns
        except OSError:
            return 0

    def _take(self, trunks: Trunks) -> None:
        forms = trunks.all_forms
        for did in self.dids.keys() - forms.keys():
            del self.dids[did]
        self.dids.update(forms)
        self.destinations = list_destinations(trunks, self.settings, self._rooms)
