"""What has gone wrong for good within the last hour, for an admin to see to: refused messages, files not fetched."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

LASTS_S: Final = 3600.0
"""How long one is told without another: the next of its subject may be tomorrow's."""


class Refusals:
    """The last of each subject; one of the same subject that goes through ends it.

    Args:
        clock: Seconds that only ever grow.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._last: dict[str, tuple[float, str]] = {}

    def note(self, subject: str, what: str) -> None:
        """Something was refused, and why."""
        self._last[subject] = (self._clock(), f"{subject}: {what}")

    def went_through(self, subject: str) -> None:
        """Something of this subject went through."""
        self._last.pop(subject, None)

    @property
    def lasting(self) -> tuple[str, ...]:
        """What was refused, without repetition."""
        since = self._clock() - LASTS_S
        return tuple(sorted(what for at, what in self._last.values() if at >= since))
