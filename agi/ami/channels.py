"""Registry of live channels: which exist, which belong to callers, and at which stage of their call."""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from agi.dialplan import SYNTHETIC

UNKNOWN: Final = "unknown"
"""Helpline of a caller whose number is none of ours and whom no session has claimed yet."""
ARRIVED: Final = "arrived"
"""Stage of a caller whom no session has claimed yet."""
MAX_CLAIMS: Final = 2000
"""Maximum number of claims for channels that Asterisk has not announced yet: twice the maximum number of callers."""
LOCAL: Final = "Local/"
"""Prefixes of the names of channels that join a dialled leg to the dialplan."""
CONFBRIDGE: Final = "ConfBridge"
"""The application that holds conferences, and makes their bridges."""
ANNOUNCER: Final = "CBAnn/"
"""Prefixes of the names of channels by which a conference would play announcements; they belong to nobody."""

Event = Mapping[str, object]


def endpoint_name(channel: str) -> str:
    """Return whose channel it is: ``bsnl`` of ``PJSIP/bsnl-0000002a``; ``local`` of one that dials for a call-back.

    Never a telephone number: a Local channel's name has one.
    """
    kind, _, name = channel.partition("/")
    return name.rpartition("-")[0] if kind == "PJSIP" else kind.lower()


@dataclass(slots=True)
class LiveChannel:
    """A channel of Asterisk.

    Attributes:
        uniqueid: Asterisk's id of it.
        name: Its name now, such as ``PJSIP/loopback-00000001``.
        caller: Whether it is an inbound call; otherwise it is a leg we dialled.
        helpline: Of a caller: ``181``, ``104``, ``warroom`` or ``unknown``.
        stage: Of a caller: where in the call.
        linkedid: Unique id of the channel that the whole call began with.
        bridge: Id of the bridge it is in; empty when it is in none.
        conference: The conference's name, when that bridge is one's.
    """

    uniqueid: str
    name: str
    caller: bool
    helpline: str = UNKNOWN
    stage: str = ARRIVED
    linkedid: str = ""
    bridge: str = ""
    conference: str = ""


class ChannelRegistry:
    """Channels by unique id, updated by events and rebuilt from Asterisk's own list after each connect.

    Args:
        dids: Helpline by dialled number.
        changed: Called whenever something changed.
    """

    def __init__(self, dids: Mapping[str, str], changed: Callable[[], None]) -> None:
        self._dids = dids  # not a copy: `apply` may change them
        self._changed = changed
        self._channels: dict[str, LiveChannel] = {}
        self._claims: OrderedDict[str, tuple[str, str]] = OrderedDict()
        self._came: set[str] | None = None  # during a rebuild: channels that appeared or ended meanwhile
        self._went: set[str] = set()
        self._moved: set[str] = set()  # and whose bridge changed meanwhile

    @property
    def alive(self) -> frozenset[str]:
        """Unique ids of all channels. Out of date while the link is not connected."""
        return frozenset(self._channels)

    def channel(self, uniqueid: str) -> LiveChannel | None:
        """A channel, or None if it is gone."""
        return self._channels.get(uniqueid)

    def call_of(self, uniqueid: str) -> list[LiveChannel]:
        """All channels of the call that a channel belongs to: begun by it, or speaking with it; empty when it is gone.

        The two halves of a Local channel belong together, and so do the channels they join.
        """
        start = self._channels.get(uniqueid)
        return _spread(start, self._by_mark()) if start is not None else []

    def bridged_calls(self) -> list[list[LiveChannel]]:
        """All channels of each call in which at least two parties speak with each other."""
        by_mark, seen, found = self._by_mark(), set[str](), []
        for channel in self.bridged():
            if channel.uniqueid not in seen:
                found.append(_spread(channel, by_mark))
                seen.update(one.uniqueid for one in found[-1])
        return found

    def in_bridge(self, bridge: str) -> list[LiveChannel]:
        """The channels that are in a bridge now."""
        return [channel for channel in self._channels.values() if channel.bridge == bridge]

    def bridged(self) -> list[LiveChannel]:
        """The channels that are in any bridge now."""
        return [channel for channel in self._channels.values() if channel.bridge]

    def _counted(self) -> list[LiveChannel]:
        """The channels, without that of a synthetic call: it is nobody's."""
        return [one for one in self._channels.values() if endpoint_name(one.name) != SYNTHETIC]

    def calls_by_helpline(self) -> dict[str, int]:
        """Number of callers by helpline; helplines without callers are not there."""
        return dict(Counter(channel.helpline for channel in self._counted() if channel.caller))

    def calls_by_stage(self) -> dict[str, dict[str, int]]:
        """Number of callers by helpline and stage."""
        found: dict[str, Counter[str]] = {}
        for channel in self._counted():
            if channel.caller:
                found.setdefault(channel.helpline, Counter())[channel.stage] += 1
        return {helpline: dict(stages) for helpline, stages in found.items()}

    def by_line(self) -> dict[str, dict[str, int]]:
        """Channels and callers by trunk or telephone: a caller put through is one caller and two channels."""
        found: dict[str, Counter[str]] = {}
        for channel in self._counted():
            counts = found.setdefault(endpoint_name(channel.name), Counter(channels=0, callers=0))
            counts["channels"] += 1
            counts["callers"] += channel.caller
        return {line: dict(counts) for line, counts in found.items()}

    def assign(self, uniqueid: str, helpline: str, stage: str) -> None:
        """Tell where a caller is; a session knows better than the dialled number.

        Args:
            uniqueid: The caller's channel; it need not be known yet, events may be behind.
            helpline: ``181``, ``104`` or ``warroom``.
            stage: A word of the conversation's, such as ``menu`` or ``operator``.
        """
        channel = self._channels.get(uniqueid)
        if channel is None:
            self._claims[uniqueid] = (helpline, stage)
            self._claims.move_to_end(uniqueid)
            if len(self._claims) > MAX_CLAIMS:
                self._claims.popitem(last=False)
        elif (channel.caller, channel.helpline, channel.stage) != (True, helpline, stage):
            channel.caller, channel.helpline, channel.stage = True, helpline, stage
            self._changed()

    def newchannel(self, event: Event) -> None:
        """Take in the event Newchannel."""
        uniqueid = _text(event, "Uniqueid")
        if not uniqueid or _text(event, "Channel").startswith(ANNOUNCER):
            return
        self._channels[uniqueid] = self._read(uniqueid, event)
        if self._came is not None:
            self._came.add(uniqueid)
        self._changed()

    def rename(self, event: Event) -> None:
        """Take in the event Rename."""
        channel = self._channels.get(_text(event, "Uniqueid"))
        if channel is not None:
            channel.name = _text(event, "Newname") or channel.name

    def bridge_enter(self, event: Event) -> None:
        """Handle the event BridgeEnter. Joined calls continue under one linked id, which this event reports first."""
        channel = self._channels.get(_text(event, "Uniqueid"))
        if channel is not None:
            channel.bridge = _text(event, "BridgeUniqueid")
            channel.conference = _text(event, "BridgeName") if _text(event, "BridgeCreator") == CONFBRIDGE else ""
            channel.linkedid = _text(event, "Linkedid") or channel.linkedid
            self._moved.add(channel.uniqueid)

    def bridge_leave(self, event: Event) -> None:
        """Take in the event BridgeLeave."""
        channel = self._channels.get(_text(event, "Uniqueid"))
        if channel is not None and channel.bridge == _text(event, "BridgeUniqueid"):
            channel.bridge = channel.conference = ""
            self._moved.add(channel.uniqueid)

    def hangup(self, event: Event) -> None:
        """Take in the event Hangup."""
        uniqueid = _text(event, "Uniqueid")
        self._claims.pop(uniqueid, None)
        if self._came is not None:
            self._came.discard(uniqueid)
            self._went.add(uniqueid)
        if self._channels.pop(uniqueid, None) is not None:
            self._changed()

    def start_rebuild(self) -> None:
        """Asterisk is about to be asked for its list: from now on record channels that appear or end."""
        self._came, self._went = set(), set()
        self._moved.clear()

    def rebuild(self, listed: Iterable[Event]) -> None:
        """Rebuild the registry.

        Args:
            listed: The events CoreShowChannel. Channels that came or went while the list was on
                its way are taken from their own events; stages that were assigned stay.
        """
        before, came = self._channels, self._came or set()
        self._channels = {uniqueid: before[uniqueid] for uniqueid in came if uniqueid in before}
        for event in listed:
            uniqueid = _text(event, "Uniqueid")
            if not uniqueid or uniqueid in self._went or uniqueid in self._channels:
                continue
            if _text(event, "Channel").startswith(ANNOUNCER):
                continue
            known = before.get(uniqueid)
            if known is not None:
                known.name = _text(event, "Channel") or known.name
                if uniqueid not in self._moved:
                    known.bridge, known.conference = _text(event, "BridgeId"), _conference(event)
                    known.linkedid = _text(event, "Linkedid") or known.linkedid
            # The list shows where a channel is by now, a Newchannel where it came in: that is better.
            self._channels[uniqueid] = known or self._read(uniqueid, event)
        self._came, self._went = None, set()
        self._changed()

    def _by_mark(self) -> Mapping[str, list[LiveChannel]]:
        found: dict[str, list[LiveChannel]] = {}
        for channel in self._channels.values():
            for mark in _marks(channel):
                found.setdefault(mark, []).append(channel)
        return found

    def _read(self, uniqueid: str, event: Event) -> LiveChannel:
        exten = _text(event, "Exten")
        name = _text(event, "Channel")
        # A leg dialled for a call carries the linked id of that call; a call we place begins with a Local channel.
        caller = _text(event, "Linkedid") == uniqueid and bool(exten) and not name.startswith(LOCAL)
        channel = LiveChannel(uniqueid, name, caller, self._dids.get(exten, UNKNOWN))
        channel.linkedid = _text(event, "Linkedid") or uniqueid
        channel.bridge, channel.conference = _text(event, "BridgeId"), _conference(event)
        claim = self._claims.pop(uniqueid, None)
        if claim is not None:
            channel.caller, (channel.helpline, channel.stage) = True, claim
        return channel


def _marks(channel: LiveChannel) -> tuple[str, ...]:
    """What channels of one call have in common."""
    half = channel.name.rpartition(";")[0] if channel.name.startswith(LOCAL) else ""
    return tuple(filter(None, (channel.linkedid, channel.bridge, half)))


def _conference(listed: Event) -> str:
    """The conference that a channel of Asterisk's list is in; its name is the extension there."""
    return _text(listed, "Exten") if _text(listed, "Application") == CONFBRIDGE else ""


def _spread(start: LiveChannel, by_mark: Mapping[str, list[LiveChannel]]) -> list[LiveChannel]:
    """A channel, and all that have something in common with it or with one of those."""
    found = {start.uniqueid: start}
    for channel in (todo := [start]):
        for mark in _marks(channel):
            for one in by_mark[mark]:
                if one.uniqueid not in found:
                    found[one.uniqueid] = one
                    todo.append(one)
    return list(found.values())


def _text(event: Event, key: str) -> str:
    """A field's text; "" if it is missing or came several times."""
    value = event.get(key)
    return value if isinstance(value, str) else ""
