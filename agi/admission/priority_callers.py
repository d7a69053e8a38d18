"""Numbers that wait for urgent or medical help, one file each, so that the dialplan can check them without Python.

When lines run short, the dialplan checks whether there is a file named by the caller's ten digits (``STAT``). That
needs no service, no lock, and the disk only the first time; a list in AstDB would share a lock and commits with SIP.
The files outlive both programs and are corrected every few seconds.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final, NoReturn

from agi.admission.caller_limits import MEDICAL
from router.polling import poll_forever
from router.storage.errors import StorageUnavailableError

if TYPE_CHECKING:
    from pathlib import Path

    from router.storage.engine import Storage
    from router.storage.unit_of_work import UnitOfWork

_POLL_INTERVAL_S: Final = 10.0  # a caller who has just asked for a doctor seldom calls again sooner
_HOME: Final = "+91"

_log = logging.getLogger(__name__)


class PriorityCallerFiles:
    """Keeps the files of priority callers in step with the open tickets.

    Args:
        store: Open.
        folder: Of the files; ours alone.
    """

    def __init__(self, store: Storage, folder: Path) -> None:
        self._store = store
        self._folder = folder

    async def run(self) -> NoReturn:
        """Update the folder in a loop, until cancelled."""
        await poll_forever(
            self.look,
            every_s=_POLL_INTERVAL_S,
            troubles=(StorageUnavailableError, OSError),
            tell=lambda trouble: _log.warning("who waits for urgent help is noted for the lines later: %s", trouble),
        )

    async def look(self) -> None:
        """Make the files those of the telephones that have an open ticket that is urgent or for medical help.

        Raises:
            StorageUnavailableError: it cannot be read.
            OSError: a file cannot be made.
        """
        wanted = await self._store.read(_wanted)
        numbers = {phone.removeprefix(_HOME) for phone in wanted if phone.startswith(_HOME) and phone[1:].isdecimal()}
        await asyncio.to_thread(self._put_right, numbers)

    def _put_right(self, numbers: set[str]) -> None:
        there = {path.name for path in self._folder.iterdir()}
        for gone in there - numbers:
            (self._folder / gone).unlink(missing_ok=True)
        for new in numbers - there:
            (self._folder / new).touch(mode=0o640)


def _wanted(uow: UnitOfWork) -> set[str]:
    return uow.tickets.urgent_phones().union(*(uow.tickets.open_phones(need) for need in MEDICAL))
