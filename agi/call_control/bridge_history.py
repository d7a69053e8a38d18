"""Participants of a bridge and their times, from CEL: for conversations that were not observed from start to end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Final, NamedTuple

from agi.ami.channels import ANNOUNCER, endpoint_name
from agi.call_control.call import CITIZEN, MAX_CALL_DURATION_S
from agi.channel_ids import ticket_of_channel
from agi.dialplan import (
    CONTEXT_BRIDGE_ADD,
    CONTEXT_BRIDGE_ALONE,
    CONTEXT_BRIDGE_BACK,
    CONTEXT_BRIDGE_BLIND,
    CONTEXT_BRIDGE_CONSULT,
    CONTEXT_BRIDGE_HANDING,
    CONTEXT_BRIDGE_HELD,
    CONTEXT_BRIDGE_HOLD,
    CONTEXT_BRIDGE_HOLDING,
    CONTEXT_BRIDGE_TAKEN,
    CONTEXT_CONFERENCE,
    CONTEXT_CONFERENCE_ADD,
)
from router.clock import MICROSECONDS
from router.storage.repositories.calls import cdr_repository

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from router.storage.engine import Storage
    from router.storage.repositories.calls.cdr_repository import CelRow, InBridges

FAR_HALF: Final = ".out"
"""Suffixes of the unique ids of channels that only join one of our Local channels to the party behind it."""
CHANGED: Final = (
    CONTEXT_CONFERENCE,
    CONTEXT_BRIDGE_HELD,
    CONTEXT_BRIDGE_HOLD,
    CONTEXT_BRIDGE_HOLDING,
    CONTEXT_BRIDGE_HANDING,
    CONTEXT_BRIDGE_CONSULT,
    CONTEXT_BRIDGE_BLIND,
    CONTEXT_BRIDGE_BACK,
    CONTEXT_BRIDGE_TAKEN,
    CONTEXT_BRIDGE_ALONE,
    CONTEXT_BRIDGE_ADD,
    CONTEXT_CONFERENCE_ADD,
)
"""Contexts of parties whose call was changed by an operator or the war room."""
LOOK_BACK: Final = timedelta(days=1)
"""Maximum age of a talk that is still noted: after a longer outage an admin starts the service."""
_BROUGHT: Final = "bridge."
"""How the unique ids begin of the Local channels that bring a way into a conference."""
_ANNOUNCER: Final = endpoint_name(ANNOUNCER)


class BridgeInterval(NamedTuple):
    """The time that one party spent in a bridge.

    Attributes:
        uniqueid: Of the channel.
        who: ``citizen``, or the name of the destination, the trunk or the telephone.
        began: Aware, UTC.
        seconds: How long.
    """

    uniqueid: str
    who: str
    began: datetime
    seconds: int


class BookedTalk(NamedTuple):
    """A conversation that has ended, from CEL.

    Attributes:
        bridge: Its bridge's id.
        parts: Everybody's time in it; one at least.
        calls: The unique ids of the channels, and of those their calls began with.
    """

    bridge: str
    parts: list[BridgeInterval]
    calls: frozenset[str]


class BridgeHistory:
    """Conversations, reconstructed from the CEL rows in the store.

    Args:
        store: Open.
    """

    def __init__(self, store: Storage) -> None:
        self._store = store

    async def talk(self, bridge: str) -> BookedTalk | None:
        """Return the conversation that was in a bridge; None until CEL has all of it.

        Raises:
            StorageUnavailableError: it cannot be read now.
        """
        first = datetime.now(UTC) - timedelta(seconds=MAX_CALL_DURATION_S)  # no bridge is older than the longest call
        return next(iter(await self._talks([bridge], first)), None)

    async def unnoted(self) -> list[BookedTalk]:
        """Return the talks in changed calls that are over and that no ticket has a note of, oldest first.

        Raises:
            StorageUnavailableError: it cannot be read now.
        """
        first = datetime.now(UTC) - LOOK_BACK
        over = await self._store.read(lambda uow: uow.cdr.over_since(CHANGED, first.timestamp()))
        return await self._talks(over, first)

    async def _talks(self, bridges: list[str], first: datetime) -> list[BookedTalk]:
        if not bridges:
            return []
        return talks(await self._store.read(lambda uow: uow.cdr.of_bridges(bridges=bridges, first=first.timestamp())))


def talks(found: InBridges) -> list[BookedTalk]:
    """Return the finished conversations according to CEL, oldest first."""
    destinations = {one.uniqueid: one.note for one in found.destinations}
    # a party brought into a conference is behind a Local channel, with which the call to them began
    destinations |= {one.linkedid: one.note for one in found.destinations if one.linkedid.startswith(_BROUGHT)}
    over = []
    for bridge, group in groupby(sorted(found.events, key=lambda one: (one.bridge, one.at)), lambda one: one.bridge):
        events = list(group)
        if parts := _spells(events, destinations, found.callers):
            calls = frozenset(mark for one in events for mark in (one.uniqueid, one.linkedid))
            over.append(BookedTalk(bridge, parts, calls))
    return sorted(over, key=lambda talk: min(part.began for part in talk.parts))


def _spells(
    events: Iterable[CelRow], destinations: Mapping[str, str], callers: Collection[str]
) -> list[BridgeInterval]:
    """Return every participant's time in a bridge; nothing while anybody is still in it by these events."""
    found = []
    for uniqueid, group in groupby(sorted(events, key=lambda one: (one.uniqueid, one.at)), lambda one: one.uniqueid):
        own = list(group)
        if uniqueid.endswith(FAR_HALF) or own[0].line == _ANNOUNCER:
            continue
        if own[0].event != cdr_repository.ENTERED or own[-1].event != cdr_repository.LEFT:
            return []
        first, last = (datetime.fromtimestamp(one.at / MICROSECONDS, UTC) for one in (own[0], own[-1]))
        first_of_call = own[0].linkedid == uniqueid and not uniqueid.startswith(_BROUGHT)
        citizen = uniqueid in callers or ticket_of_channel(uniqueid) or first_of_call
        who = CITIZEN if citizen else destinations.get(uniqueid) or own[0].line
        found.append(BridgeInterval(uniqueid, who, first, round((last - first).total_seconds())))
    return found
