"""Stops a stack, or one part, without cutting calls: new ones are refused, and those going on may end."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from router.errors import UserError
from warroom.config.asterisk.config_files import AsteriskError
from warroom.services.supervision.drain import Drain
from warroom.services.supervision.unsupervised import Unsupervised

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from warroom.services.supervision.parts import Supervisor

COUNT_INTERVAL_S: Final = 1.0
"""Between two counts of the calls."""
_POLL_INTERVAL_S: Final = 0.1
_UNKNOWN: Final = -1


class DrainUndoneError(UserError):
    """Somebody has calls taken again while we waited for the last one."""

    def __init__(self) -> None:
        super().__init__("not stopped: somebody has new calls taken again (warroom drain --undo)")


class Draining:
    """New calls are refused until the last one has ended, or an admin interrupts the wait.

    Args:
        data: The data directory.
        say: Told in one line, whenever the number of calls has changed.
        hurry: How calls are cut off, for that line.
    """

    def __init__(self, data: Path, say: Callable[[str], None], hurry: str) -> None:
        self._drain = Drain(data)
        self._say = say
        self._hurry = hurry
        self._calls: int | None = None
        self._next_count = 0.0

    def begin(self) -> None:
        """Refuse new calls."""
        self._drain.begin()

    def over(self) -> bool:
        """Tell whether no call is going on any more; counts them once a second at most.

        Raises:
            DrainUndoneError: New calls are taken again.
        """
        now = time.monotonic()
        if now >= self._next_count:
            self._next_count = now + COUNT_INTERVAL_S
            if not self._drain.on:
                raise DrainUndoneError
            self._tell(self._count())
        return self._calls == 0

    def _count(self) -> int:
        try:
            return self._drain.calls()
        except AsteriskError:
            return _UNKNOWN

    def _tell(self, calls: int) -> None:
        if calls and calls != self._calls:
            what = {_UNKNOWN: "Asterisk does not say how many calls are going on", 1: "1 call is going on"}
            said = what.get(calls, f"{calls} calls are going on")
            self._say(f"{said}; new ones are refused. {self._hurry}")
        self._calls = calls

    def wait(self, hurried: Callable[[], bool]) -> None:
        """Return when no call is going on any more, or an admin interrupts the wait; raises as `over`."""
        while not hurried() and not self.over():
            time.sleep(_POLL_INTERVAL_S)


def stop_all(data: Path, supervisor: Supervisor) -> None:
    """End all parts, the supervisor, and what an earlier supervisor has left.

    New calls are refused meanwhile, by which a `warroom up` sees that the end is meant.

    Raises:
        SupervisionError: Something goes on; the text names it.
    """
    drain = Drain(data)
    drain.begin()
    supervisor.stop()
    Unsupervised(data).stop()
    drain.end()
