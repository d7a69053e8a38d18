"""Deduplicates keys where a gateway sends each twice: as an RFC 4733 event and by SIP INFO.

Asterisk takes keys every way they come, whatever a trunk's ``dtmf`` says, and counts both. Its manager tells them
apart: an event (or a tone) has a beginning, DTMFBegin, and an end; a key by INFO has an end, DTMFEnd, alone. The same
key by the other way within `SECOND_WAY_S` is the same press; the same way again is another one. An end tells for how
long the key was held, so that a key held for seconds and told by INFO at once is one press too.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

SAME_PRESS_S: Final = 0.3
"""For the manager to report a key that Asterisk has already replied to us with: both leave it in the same moment."""
SECOND_WAY_S: Final = 0.7
"""For a key to come by its second way too: gateways send the INFO with the event, or when the key is let go."""


@dataclass(slots=True)
class _Press:
    """A key: when it was last reported, by which way first, and whether it has come by the other way too."""

    key: str
    at: float
    by_event: bool
    paired: bool = False


class DtmfDeduplicator:
    """The keys of one call.

    Args:
        clock: Seconds, monotonic.

    Attributes:
        pressed: Every press once.
        ends: How many keys ended, whichever way they came.
        twice: Whether a key has arrived by two methods.
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
        """The keys, in the order in which they were pressed."""
        return [press.key for press in self._presses]

    def begin(self, key: str) -> None:
        """A key with a beginning; while it is down already, the tone of the same press."""
        if key != self._down:
            self._down = key
            self._take(key, by_event=True)

    def end(self, key: str, held_s: float) -> None:
        """A key has ended; it says of itself for how long it was held."""
        self.ends += 1
        if key == self._down:
            self._down = ""
            next(press for press in reversed(self._presses) if press.key == key).at = self._clock()
        else:
            self._take(key, held_s, by_event=False)
        self._news.set()

    def _take(self, key: str, held_s: float = 0.0, *, by_event: bool) -> None:
        now = self._clock()
        for press in self._presses:
            other_way = press.key == key and press.by_event is not by_event and not press.paired
            if other_way and now - held_s - press.at <= SECOND_WAY_S:
                press.paired = self.twice = True
                return
        if (
            by_event or not self.twice
        ):  # where keys come twice, an end alone is Asterisk's, reported again when it puts it off
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
