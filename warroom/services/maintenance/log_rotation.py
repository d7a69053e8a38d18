"""Log rotation: strangers must not be able to fill the disk that citizens' messages need.

Asterisk writes its logs as fast as somebody sends it something wrong. A large one is moved aside, in the place of the
one before, and Asterisk is told to begin another. What our own processes print, where it goes into files of
``<data>/log/``, is copied and cut: whoever writes there goes on at the file's end.
"""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
from typing import TYPE_CHECKING, Final, NoReturn

from router.polling import poll_forever
from warroom.config.asterisk.config_files import AsteriskError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from warroom.config.paths import DataDirectory

LARGE: Final = 64 * 1024 * 1024
"""Bytes of a log; with the one before it twice as much, and the growth during `LOOK_S`: some 80 MB of a flood."""
POLL_INTERVAL_S: Final = 5.0
ASTERISK_LOGS: Final = ("messages", "security")
"""As logger.conf names them."""
REOPEN: Final = "logger reload"

_log = logging.getLogger(__name__)


class LogRotation:
    """Rotates the logs of one data directory.

    Args:
        layout: Of the data directory.
        ask: Asterisk's console; blocks.
        large: Bytes from which a log is begun anew.
    """

    def __init__(self, layout: DataDirectory, ask: Callable[[str], object], large: int = LARGE) -> None:
        self._layout = layout
        self._ask = ask
        self._large = large

    async def run(self) -> NoReturn:
        """Rotate the logs until cancelled."""
        await poll_forever(
            lambda: asyncio.to_thread(self.look),
            every_s=POLL_INTERVAL_S,
            troubles=(AsteriskError, OSError),
            tell=lambda trouble: _log.warning("a log was not begun anew yet: %s", trouble),
        )

    def look(self) -> None:
        """Rotate large logs. Blocks.

        Raises:
            AsteriskError: Asterisk did not reopen its log; the next poll asks again.
            OSError: a log cannot be moved or copied.
        """
        for path in (self._layout.data / "log").glob("*.log"):
            if _size(path) >= self._large and os.access(path, os.W_OK):
                shutil.copyfile(path, rotated_path(path))
                os.truncate(path, 0)
        logs = [self._layout.asterisk_log / name for name in ASTERISK_LOGS]
        for path in logs:
            if _size(path) >= self._large:
                path.replace(rotated_path(path))
        if any(rotated_path(path).exists() and not path.exists() for path in logs):
            self._ask(REOPEN)


def rotated_path(log: Path) -> Path:
    """Where a log goes when the next one is begun."""
    return log.with_name(f"{log.name}.1")


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
