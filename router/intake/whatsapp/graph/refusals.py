"""Messages that Meta refuses for what they say: a paused template, or a mistake of ours. An admin sees to these."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from router.intake.whatsapp.graph.errors import ErrorKind
from router.intake.whatsapp.graph.pace import Trouble

if TYPE_CHECKING:
    from collections.abc import Callable

    from router.model.messaging.outgoing import OutgoingMessage

LASTS_S: Final = 3600.0
"""How long one is told without another: the next message of its kind may be tomorrow's."""


class Refusals:
    """Those of the last hour, the last for each purpose; one of the same purpose that goes through ends it.

    Args:
        clock: Seconds that only ever grow.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._last: dict[tuple[str, str], tuple[float, Trouble]] = {}

    def note(self, account: str, message: OutgoingMessage, what: str) -> None:
        """A message was refused."""
        trouble = Trouble(account, ErrorKind.CONTENT, f"{message.purpose}: {what}")
        self._last[account, message.purpose] = (self._clock(), trouble)

    def went_through(self, account: str, message: OutgoingMessage) -> None:
        """A message was taken."""
        self._last.pop((account, message.purpose), None)

    @property
    def troubles(self) -> tuple[Trouble, ...]:
        """What was refused."""
        since = self._clock() - LASTS_S
        return tuple(trouble for at, trouble in self._last.values() if at >= since)
