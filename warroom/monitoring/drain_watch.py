"""Sees whether an admin has the stack drain (`warroom drain`, `warroom stop`), so that the service places no calls."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final, NoReturn

from router.polling import poll_forever

if TYPE_CHECKING:
    from pathlib import Path

POLL_INTERVAL_S: Final = 2.0
"""A call that is placed within it delays the end by itself."""

_log = logging.getLogger(__name__)


class DrainWatch:
    """Looks for the file that says it.

    Args:
        path: The file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._on = False

    def draining(self) -> bool:
        """Tell whether no calls are to be placed."""
        return self._on

    async def run(self) -> NoReturn:
        """Poll until cancelled."""
        await poll_forever(
            self.look,
            every_s=POLL_INTERVAL_S,
            troubles=(OSError,),
            tell=lambda trouble: _log.warning("cannot see whether calls may be placed: %s", trouble),
        )

    async def look(self) -> None:
        """Look once.

        Raises:
            OSError: The folder cannot be read; the last known state holds.
        """
        was, self._on = self._on, await asyncio.to_thread(self._path.exists)
        if was != self._on:
            _log.info("draining: no calls are placed" if self._on else "calls are placed again")
