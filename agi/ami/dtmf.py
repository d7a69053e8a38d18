"""Which keys a caller has really pressed, where a gateway sends each one twice: as an RFC 4733 event and by SIP INFO.

Asterisk takes keys every way they come, whatever a trunk's ``dtmf`` says, and counts both. Its manager tells them
apart: an event (or a tone) has a beginning, DTMFBegin, and an end; a key by INFO has an end, DTMFEnd, alone. The same
key by the other way within `SECOND_WAY_S` is the same press; the same way again is another one. An end tells for how
long the key was held, so that a key held for seconds and told by INFO at once is one press too.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from agi.ami.connection import AmiConnection
    from agi.fastagi.request import AgiRequest

SAME_PRESS_S: Final = 0.3
"""For the manager to tell of a key that Asterisk has answered us with: both leave it in the same moment."""
SECOND_WAY_S: Final = 0.7
"""For a key to come by its second way too: gateways send the INFO with the event, or when the key is let go."""


TWICE: Final = (
    "{line}: keys come twice, as events and by INFO (or as tones): each counts once, but whom the call is put through "
    'to gets both; have one of them turned off at the far end, or set dtmf = "info" in trunks.toml'
)
_PLACED: Final = "Local/"
"""What the name of a channel begins with over which we talk in a call that we placed."""

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Press:
    """A key, when it was last told of, by which way first, and whether it has come by the other way too."""

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
        """The keys, in the order in which they were pressed; what stands there stays."""
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
        ):  # where keys come twice, an end alone is Asterisk's, told again when it puts it off
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


class CallDtmf:
    """The keys of all calls.

    A call that we placed is talked with over a Local channel, which hands every key on with a beginning: there an event
    and an INFO look alike. So the keys of such a call are those of the citizen's own channel, whose linked id is the
    Local channel's.

    Args:
        link: The link to Asterisk; not yet running, for events are registered here.
    """

    def __init__(self, link: AmiConnection) -> None:
        self._link = link
        self._calls: dict[str, DtmfDeduplicator] = defaultdict(DtmfDeduplicator)
        self._placed: set[str] = set()
        self._warned: set[str] = set()
        link.on_event("DTMFBegin", self._begin)
        link.on_event("DTMFEnd", self._end)
        link.on_event("Hangup", self._hangup)

    def of(self, call: AgiRequest) -> DtmfDeduplicator | None:
        """Return the keys of a call; None while the manager tells of none."""
        if call.channel.startswith(_PLACED):
            self._placed.add(call.uniqueid)
        return self._calls[call.uniqueid] if self._link.connected else None

    def _begin(self, event: Mapping[str, object]) -> None:
        for presses in self._told_of(event):
            presses.begin(str(event.get("Digit")))

    def _end(self, event: Mapping[str, object]) -> None:
        held_ms = str(event.get("DurationMs"))
        for presses in self._told_of(event):
            presses.end(str(event.get("Digit")), int(held_ms) / 1000 if held_ms.isdecimal() else 0.0)
            if presses.twice:
                self._warn(str(event.get("Channel")))

    def _told_of(self, event: Mapping[str, object]) -> Iterator[DtmfDeduplicator]:
        """Whose key it is: the channel's own, and that of the call we placed to it."""
        if event.get("Direction") != "Received" or str(event.get("Channel")).startswith(_PLACED):
            return
        yield self._calls[str(event.get("Uniqueid"))]
        if (linked := str(event.get("Linkedid"))) in self._placed:
            yield self._calls[linked]

    def _warn(self, channel: str) -> None:
        """Once for each trunk, and telephone: in a conversation it does no harm, but who is put through hears both."""
        line = channel.partition("/")[2].rpartition("-")[0]
        if line not in self._warned:
            self._warned.add(line)
            _log.warning("%s", TWICE.format(line=line))

    def _hangup(self, event: Mapping[str, object]) -> None:
        self._calls.pop(str(event.get("Uniqueid")), None)
        self._placed.discard(str(event.get("Uniqueid")))
