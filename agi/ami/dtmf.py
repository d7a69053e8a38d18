"""Feeds the keys of all calls from AMI events to `agi.fastagi.dtmf`: DTMFBegin and DTMFEnd are not part of FastAGI."""

from __future__ import annotations

import logging
from collections import defaultdict
from typing import TYPE_CHECKING, Final

from agi.fastagi.dtmf import DtmfDeduplicator

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from agi.ami.connection import AmiConnection
    from agi.fastagi.request import AgiRequest

TWICE: Final = (
    "{line}: keys come twice, as events and by INFO (or as tones): each counts once, but whom the call is put through "
    'to gets both; have one of them turned off at the far end, or set dtmf = "info" in trunks.toml'
)
_PLACED: Final = "Local/"
"""Prefix of the names of channels over which we talk in a call that we placed."""

_log = logging.getLogger(__name__)


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
        """Return the keys of a call; None while the manager reports none."""
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
