"""Who listens to what recording, so that it is noted once and not for each piece that a player fetches."""

from __future__ import annotations

import time
from collections import OrderedDict
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

LISTENING_S: Final = 600.0
"""A player fetches the pieces of a recording while it plays; whoever fetches one later listens once more."""
MAX_KEPT: Final = 10_000
"""Listenings that are remembered, 3 MB; of more the oldest are forgotten, and noted once more."""


class Listening:
    """Remembers the listenings that were noted.

    Args:
        now: Steady seconds.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._noted: OrderedDict[tuple[str, str], float] = OrderedDict()

    def begins(self, session: str, recording: str) -> bool:
        """Tell whether a request for a recording, or for any piece of it, is to be noted.

        Args:
            session: Of the person.
            recording: Its name.
        """
        key, now = (session, recording), self._now()
        if now - self._noted.get(key, float("-inf")) < LISTENING_S:
            return False
        self._noted[key] = now
        self._noted.move_to_end(key)
        if len(self._noted) > MAX_KEPT:
            self._noted.popitem(last=False)
        return True
