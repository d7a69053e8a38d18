"""Draining: new calls are refused, and those that are going on may end.

A file says so. Asterisk looks for it at each new call (``[admission]`` in asterisk_conf/extensions_admission.conf), so
that it counts at once, without the service, and after a restart of either; the service places no calls meanwhile
(`warroom.monitoring.drain_watch`).
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from warroom.config.asterisk.config_files import AsteriskError
from warroom.config.asterisk.console import AsteriskConsole
from warroom.config.folders import SERVICE_USER, replace_file
from warroom.config.paths import DataDirectory

if TYPE_CHECKING:
    from pathlib import Path

_COUNT: Final = re.compile(r"^(\d+) active channels?$", re.MULTILINE)
_CALLS: Final = re.compile(r"^(\d+)(?: of \d+ max)? active calls?\b", re.MULTILINE)


class Drain:
    """Whether the stack of a data directory takes new calls, and how many are going on.

    Args:
        data: The data directory.
    """

    def __init__(self, data: Path) -> None:
        self._layout = DataDirectory(data)

    @property
    def on(self) -> bool:
        """Whether new calls are refused."""
        return self._layout.draining.exists()

    def begin(self) -> None:
        """Refuse new calls from now on."""
        replace_file(self._layout.draining, f"{datetime.now(UTC).isoformat(timespec='seconds')}\n", SERVICE_USER)

    def end(self) -> None:
        """Take calls again."""
        self._layout.draining.unlink(missing_ok=True)

    def calls(self) -> int:
        """Return how many calls are going on, each telephone that is in one alone counted as one; 0 without Asterisk.

        Raises:
            AsteriskError: Asterisk does not let us ask.
        """
        console = AsteriskConsole(self._layout)
        if not console.runs:
            return 0
        said = console.ask("core show channels count")
        calls, channels = _CALLS.search(said), _COUNT.search(said)
        if calls is None or channels is None:
            raise AsteriskError("asterisk: its console does not say how many calls are going on")
        return max(int(calls[1]), 1 if int(channels[1]) else 0)
