"""Which keys a caller has really pressed, where a gateway sends each one twice: as an RFC 4733 event and by SIP INFO.

Asterisk takes keys every way they come, whatever a trunk's ``dtmf`` says, and counts both. Its manager tells them
apart: an event (or a tone) has a beginning, DTMFBegin, and an end; a key by INFO has an end, DTMFEnd, alone. The same
key by the other way within `SECOND_WAY_S` is the same press; the same way again is another one.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from agi.ami.link import AmiLink

TOLD_S: Final = 0.3
"""For the manager to tell of a key that Asterisk has answered us with: both leave it in the same moment."""
SECOND_WAY_S: Final = 0.7
"""For a key to come by its second way too: gateways send the INFO with the event, or when the key is let go."""


@dataclass(slots=True)
class _Press:
    """A key, when it was pressed or let go, by which way, and whether it has come by the other way too."""

    key: str
    at: float
    by_event: bool
    paired: bool = False


class Presses:
    """The keys of one call.

    Args:
        clock: Seconds, monotonic.

    Attributes:
        pressed: Every press once.
        ends: How many keys ended, whichever way they came.
        twice: Whether one has come by two ways.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._presses: list[_Press] = []
        self._down = ""
        self._news = asyncio.Event()
        self.ends = 0
        self.twice = False

    @property
    def pressed(self) -> list[str]:
        """The keys, in the order in which they were pressed.

        Where keys come by two ways, an end alone is none: Asterisk tells of an end again when it puts it off.
        """
        return [press.key for press in self._presses if press.by_event or press.paired or not self.twice]

    def begin(self, key: str) -> None:
        """A key with a beginning; while it is down already, the tone of the same press."""
        if key != self._down:
            self._down = key
            self._take(key, by_event=True)

    def end(self, key: str) -> None:
        """A key has ended."""
        self.ends += 1
        if key == self._down:
            self._down = ""
            next(press for press in reversed(self._presses) if press.key == key).at = self._clock()
        else:
            self._take(key, by_event=False)
        self._news.set()

    def _take(self, key: str, *, by_event: bool) -> None:
        now = self._clock()
        for press in self._presses:
            other_way = press.key == key and press.by_event is not by_event and not press.paired
            if other_way and now - press.at <= SECOND_WAY_S:
                press.paired = self.twice = True
                return
        self._presses.append(_Press(key, now, by_event))
        self._news.set()

    async def until_ends(self, count: int, within_s: float) -> None:
        """Wait until so many have ended, or the time is over."""
        await self._until(lambda: self.ends >= count, within_s)

    async def until_pressed(self, count: int, within_s: float) -> bool:
        """Wait until so many have been pressed; False when the time is over."""
        return await self._until(lambda: len(self.pressed) >= count, within_s)

    async def _until(self, reached: Callable[[], bool], within_s: float) -> bool:
        try:
            async with asyncio.timeout(within_s):
                while not reached():
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            return False
        return True


class CallPresses:
    """The keys of all calls.

    Args:
        link: The link to Asterisk; not yet running, for events are registered here.
    """

    def __init__(self, link: AmiLink) -> None:
        self._link = link
        self._calls: dict[str, Presses] = defaultdict(Presses)
        link.on_event("DTMFBegin", self._begin)
        link.on_event("DTMFEnd", self._end)
        link.on_event("Hangup", self._hangup)

    def of(self, uniqueid: str) -> Presses | None:
        """Return the keys of a call; None while the manager tells of none."""
        return self._calls[uniqueid] if self._link.connected else None

    def _begin(self, event: Mapping[str, object]) -> None:
        if event.get("Direction") == "Received":
            self._calls[str(event.get("Uniqueid"))].begin(str(event.get("Digit")))

    def _end(self, event: Mapping[str, object]) -> None:
        if event.get("Direction") == "Received":
            self._calls[str(event.get("Uniqueid"))].end(str(event.get("Digit")))

    def _hangup(self, event: Mapping[str, object]) -> None:
        self._calls.pop(str(event.get("Uniqueid")), None)
