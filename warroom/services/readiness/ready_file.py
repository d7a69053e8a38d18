"""The file in which a service of ours says that it is ready: its process id, in the file that READY_FILE names."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from router.errors import UserError
from warroom.config.folders import read_file

if TYPE_CHECKING:
    from collections.abc import Callable

READY_FILE: Final = "READY_FILE"
"""The variable of the environment that names the file."""
POLL_INTERVAL_S: Final = 0.05


def write_ready_file() -> None:
    """Report that this process is ready, if its parent asked for a file. One short write, once in its life."""
    if path := os.environ.get(READY_FILE):
        Path(path).write_text(f"{os.getpid()}\n", "ascii")


class ReadyFile:
    """The file of one service, as the process sees it that starts the service.

    Args:
        path: See `warroom.config.paths.DataDirectory.ready`.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def clear(self) -> None:
        """Forget what an earlier process said."""
        self._path.unlink(missing_ok=True)

    def pid(self) -> int | None:
        """Return the process id of the service that said last that it is ready; None when there is none."""
        try:
            return int(read_file(self._path))
        except (OSError, ValueError, UserError):
            return None

    def wait(self, limit_s: float, alive: Callable[[], bool]) -> bool:
        """Return True once a service said that it is ready, False after the limit or when `alive` says no."""
        until = time.monotonic() + limit_s
        while alive() and time.monotonic() < until:
            if self.pid() is not None:
                return True
            time.sleep(POLL_INTERVAL_S)
        return False
