"""Runs supervisord as the parts of a stack need it.

    python -P -m warroom.services.supervision.run_supervisord CONFIG

The lock of the data directory and the claim on its ports for sound come as open descriptors from whoever starts it;
they fall when this process ends, however it ends.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from supervisor import events
from supervisor.options import ServerOptions
from supervisor.states import ProcessStates
from supervisor.supervisord import go

from warroom.config.folders import SERVICE_USER, replace_file
from warroom.config.paths import DataDirectory
from warroom.services.supervision.supervisord_config import MAX_BACKOFF_S


class Options(ServerOptions):  # type: ignore[misc]
    """Options of supervisord, with what our parts need otherwise."""

    def cleanup_fds(self) -> None:
        """Keep all descriptors: two of them are the lock and the claim. The parts inherit none of them."""

    def setpgrp(self) -> None:
        """Give a part a session of its own: the kernel shares out the processor by session (sched(7), autogroup)."""
        os.setsid()

    def setsignals(self) -> None:
        """Listen to the ends of parts too. SIGHUP, at which supervisord stops and starts all, is not taken."""
        super().setsignals()
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        ends = Ends(DataDirectory(Path(self.configfile).parents[1]).part_ends)
        for event in (events.ProcessStateExitedEvent, events.ProcessStateBackoffEvent):
            events.subscribe(event, ends.take)

    def make_logger(self) -> None:
        """Write the zone of the clock as the parts do."""
        super().make_logger()
        for handler in self.logger.handlers:
            handler.setFormat(f"%(asctime)s {time.strftime('%z')} %(levelname)s %(message)s\n")


class Ends:
    """Counts the parts that ended by themselves, and bounds the wait before the next try.

    Args:
        path: Where the counts are kept: by part ``count`` and ``last``, a time in UTC.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._counts: dict[str, dict[str, Any]] = {}
        self._write()

    def take(self, event: Any) -> None:
        """Take note of an end."""
        part = event.process
        if part.state == ProcessStates.BACKOFF and part.backoff > MAX_BACKOFF_S:
            part.backoff, part.delay = MAX_BACKOFF_S, time.time() + MAX_BACKOFF_S
        before = self._counts.get(part.config.name, {"count": 0})
        now = datetime.now(UTC).isoformat(timespec="seconds")
        self._counts[part.config.name] = {"count": before["count"] + 1, "last": now}
        self._write()

    def _write(self) -> None:
        replace_file(self._path, json.dumps(self._counts), SERVICE_USER)


def main() -> None:
    """Run until all is stopped."""
    os.umask(0o027)
    options = Options()
    options.realize(["-c", sys.argv[1]])
    options.first, options.test = True, False
    go(options)
    options.close_httpservers()
    options.close_logger()


if __name__ == "__main__":
    main()
