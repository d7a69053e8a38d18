"""The parts of a stack that run while nobody supervises them: their supervisor was killed."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from typing import TYPE_CHECKING, Final

from warroom.services.supervision.parts import PartStatus, SupervisionError, is_ready, started_at
from warroom.services.supervision.plan import NAMES, NotStartedError, read_plan

if TYPE_CHECKING:
    from pathlib import Path

TERM_TIMEOUT_S: Final = 15.0
"""As supervisord waits for a part before it kills it."""
_POLL_INTERVAL_S: Final = 0.1


class Unsupervised:
    """The parts of one data directory without a supervisor.

    Args:
        data: The data directory.
    """

    name = "nobody (its supervisor was killed; `warroom up` takes over what runs)"

    def __init__(self, data: Path) -> None:
        self._data = data

    def pids(self) -> dict[str, int]:
        """Return the processes that run, by part."""
        try:
            found = read_plan(self._data).pids()
        except NotStartedError:
            return {}
        return {name: found[name] for name in NAMES if name in found}

    def parts(self) -> list[PartStatus]:
        """Return what each part does."""
        pids, plan = self.pids(), read_plan(self._data)
        return [
            PartStatus(
                name,
                "running" if name in pids else "stopped",
                is_ready(self._data, plan, name, pids.get(name)),
                started_at(pids[name]) if name in pids else None,
                pids.get(name),
                0,
            )
            for name in NAMES
        ]

    def restart(self, part: str) -> None:
        """Refuse: nobody would start it again."""
        raise SupervisionError(f"{part}: nobody supervises this stack now; `warroom up` takes over what still runs")

    def stop(self) -> None:
        """End what runs, the last started first; what does not go is killed."""
        pids = self.pids()
        for number in (signal.SIGTERM, signal.SIGKILL):
            for pid in reversed(pids.values()):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, number)
            until = time.monotonic() + TERM_TIMEOUT_S
            while pids and time.monotonic() < until:
                time.sleep(_POLL_INTERVAL_S)
                pids = self.pids()
        if pids:
            raise SupervisionError(f"these do not end: {', '.join(f'{name} {pid}' for name, pid in pids.items())}")
