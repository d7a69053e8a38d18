"""Notes on the ticket the participants and length of each conversation that was transferred or became a conference."""

from __future__ import annotations

import logging
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple, NoReturn

from agi.ami.channels import LOCAL
from agi.call_control.call import CITIZEN
from agi.channel_ids import ticket_of_channel
from router.debounce import Debouncer
from router.retry import retry
from router.storage.errors import StorageUnavailableError
from router.storage.repositories.calls.cdr_repository import talk_key
from router.tickets.service import UnknownTicketError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from agi.ami.connection import AmiConnection
    from agi.call_control.bridge_history import BookedTalk, BridgeHistory, BridgeInterval
    from router.tickets.service import TicketService

BY: Final = "telephone"
"""Author of the note on the ticket."""
RETRY_DELAY_S: Final = 5.0
"""Before the store is tried again; notes wait in memory."""
MAX_PENDING: Final = 5_000
"""Notes kept while the store is away: more than the bridged calls of a day."""
CEL_POLL_INTERVAL_S: Final = 2.0
"""Interval of looking into CEL for conversations whose beginning or end was missed."""
BOOKS_LIMIT = timedelta(seconds=60)
"""How long to wait for the CEL record: the log is read every ten seconds. Asterisk writes no end when it is killed."""

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Participant:
    """A participant of a talk: since when, and how many seconds once they have left."""

    who: str
    since: datetime
    seconds: int | None = None


@dataclass(slots=True)
class _Conversation:
    """Present and past members of one bridge, by channel; the tickets it was about; when it was over.

    Where a beginning or an end was missed, its time here is that at which it was noticed.
    """

    bridge: str
    began: datetime
    parts: dict[str, _Participant] = field(default_factory=dict)
    tickets: set[str] = field(default_factory=set)
    missed: bool = False
    over: datetime | None = None


class _Note(NamedTuple):
    """A note for a ticket, and its bridge: a talk is noted once on each ticket."""

    number: str
    text: str
    bridge: str


class ConversationLog:
    """Follows every bridge, and notes the conversations of calls that were transferred or became a conference.

    Two parties put through by the dialplan alone are recorded by it (``agi.call_control.dial_results``). A talk that
    outlives a restart of the service, or a lost link, is noted when it is over, as Asterisk's records have it; so is
    one that was over by then and that nobody has noted.

    Args:
        link: The link to Asterisk; not yet running, for events are registered here.
        desk: Where the notes go.
        who: Returns the party of a channel, by its unique id, without a telephone number.
        history: Bridge intervals from the imported CEL.
        now: The clock, UTC.
    """

    def __init__(
        self,
        link: AmiConnection,
        desk: TicketService,
        *,
        who: Callable[[str], str],
        history: BridgeHistory,
        now: Callable[[], datetime],
    ) -> None:
        self._channels = link.channels
        self._desk = desk
        self._who = who
        self._history = history
        self._now = now
        self._unsure: list[_Conversation] = []
        self._talks: dict[str, _Conversation] = {}
        self._tickets: dict[str, str] = {}
        self._notes: deque[_Note] = deque(maxlen=MAX_PENDING)
        self._news = Debouncer(0, at_once=True, poll_s=CEL_POLL_INTERVAL_S)
        self._link = link
        self._was_connected = False
        self._there_since: datetime | None = None
        self._look_back = False
        link.on_event("BridgeEnter", self._entered)
        link.on_event("BridgeLeave", self._left)
        link.on_event("Hangup", self._gone)
        link.on_change(self._changed)

    def belongs(self, uniqueids: list[str], ticket: str) -> None:
        """Link the calls of these channels to a ticket: conversations in them are noted there from now on."""
        for uniqueid in uniqueids:
            self._tickets.setdefault(uniqueid, ticket)

    def cel_imported(self, began: datetime) -> None:
        """All CEL written before a moment is in the store; after a start, look there for missed conversations.

        A talk is over a while before its call's ticket is there, where that is opened only now.
        """
        if self._there_since is None or began < self._there_since:
            return
        self._look_back = True
        self._news.touch()
        if began > self._there_since + BOOKS_LIMIT:
            self._there_since = None

    async def run(self) -> NoReturn:
        """Write notes until cancelled."""
        tell = partial(_log.warning, "notes on who spoke with whom wait: %s")
        troubles = (StorageUnavailableError,)
        await self._news.run(partial(retry, self._write, delay_s=RETRY_DELAY_S, troubles=troubles, tell=tell))

    async def close(self) -> None:
        """Write pending notes once."""
        try:
            await self._write(last=True)
        except StorageUnavailableError as trouble:
            _log.error("%d notes on who spoke with whom are lost: %s", len(self._notes), trouble)

    async def _write(self, *, last: bool = False) -> None:
        for talk in list(self._unsure):
            if await self._take_from_cel(talk) or last or (talk.over and self._now() > talk.over + BOOKS_LIMIT):
                self._unsure.remove(talk)
                self._note(talk)
        if self._look_back:
            for booked in await self._history.unnoted():
                await self._note_booked(booked)
            self._look_back = False
        while self._notes:
            note = self._notes[0]
            try:
                await self._desk.note(note.number, note.text, by=BY, key=talk_key(note.bridge))
            except UnknownTicketError:
                _log.warning("who spoke with whom cannot be noted: no ticket %s", note.number)
            self._notes.popleft()

    async def _note_booked(self, talk: BookedTalk) -> None:
        """Note a talk that nobody followed, on the ticket of each call that it was part of."""
        if len(talk.parts) > 1:
            text = describe(min(part.began for part in talk.parts), talk.parts)
            numbers = {number for call in talk.calls if (number := await self._ticket(call))}
            self._notes.extend(_Note(number, text, talk.bridge) for number in sorted(numbers))

    async def _ticket(self, call: str) -> str:
        """The number of the ticket a call is about, "" for none."""
        tickets = await self._desk.tickets_of_call(call)
        return ticket_of_channel(call) or (tickets[-1].number if tickets else "")

    async def _take_from_cel(self, talk: _Conversation) -> bool:
        """Take a conversation from CEL, if CEL has all of it."""
        booked = await self._history.talk(talk.bridge)
        found = booked.parts if booked else []
        if not found or talk.parts.keys() - {one.uniqueid for one in found}:
            return False
        known = {uniqueid: part.who for uniqueid, part in talk.parts.items()}
        talk.began = min(one.began for one in found)
        talk.parts = {
            one.uniqueid: _Participant(known.get(one.uniqueid) or one.who, one.began, one.seconds) for one in found
        }
        return True

    def _entered(self, event: Mapping[str, object]) -> None:
        self._enter(str(event.get("BridgeUniqueid")), str(event.get("Uniqueid")))

    def _left(self, event: Mapping[str, object]) -> None:
        self._leave(str(event.get("BridgeUniqueid")), str(event.get("Uniqueid")))

    def _gone(self, event: Mapping[str, object]) -> None:
        self._tickets.pop(str(event.get("Uniqueid")), None)

    def _enter(self, bridge: str, uniqueid: str) -> None:
        channel = self._channels.channel(uniqueid)
        if channel is None or _is_local_half(channel.name):
            return
        talk = self._talks.setdefault(bridge, _Conversation(bridge, self._now()))
        talk.parts[uniqueid] = _Participant(self._who(uniqueid), self._now())
        tickets = [self._tickets[one] for one in talk.parts if one in self._tickets]
        if tickets:
            self.belongs(list(talk.parts), tickets[0])

    def _leave(self, bridge: str, uniqueid: str) -> None:
        talk = self._talks.get(bridge)
        part = talk.parts.get(uniqueid) if talk else None
        if talk is None or part is None or part.seconds is not None:
            return
        talk.tickets |= {ticket for ticket in [self._tickets.get(uniqueid)] if ticket}
        part.seconds = round((self._now() - part.since).total_seconds())
        # parties are named at the end: a leg reports its destination only when it has answered
        part.who = self._who(uniqueid) or part.who
        if all(one.seconds is not None for one in talk.parts.values()):
            del self._talks[bridge]
            talk.over = self._now()
            if talk.missed and talk.tickets:
                self._unsure.append(talk)
                self._news.touch()
            else:
                self._note(talk)

    def _note(self, talk: _Conversation) -> None:
        if len(talk.parts) > 1:
            text = describe(talk.began, talk.parts.values())
            self._notes.extend(_Note(number, text, talk.bridge) for number in sorted(talk.tickets))
            self._news.touch()

    def _changed(self) -> None:
        connected, before = self._link.connected, self._was_connected
        self._was_connected = connected
        if connected and not before:
            self._there_since = self._now()
            self._rebuilt()

    def _rebuilt(self) -> None:
        """Compare with Asterisk's own list: after a lost connection, conversations that were missed ended by now."""
        for bridge, talk in list(self._talks.items()):
            for uniqueid in talk.parts:
                channel = self._channels.channel(uniqueid)
                if channel is None or channel.bridge != bridge:
                    talk.missed = True
                    self._leave(bridge, uniqueid)
        self._tickets = {one: ticket for one, ticket in self._tickets.items() if self._channels.channel(one)}
        for channel in self._channels.bridged():
            known = self._talks.get(channel.bridge)
            if known is None or channel.uniqueid not in known.parts:
                self._enter(channel.bridge, channel.uniqueid)
                if (begun := self._talks.get(channel.bridge)) is not None:
                    begun.missed = True


def describe(began: datetime, those: Iterable[_Participant | BridgeInterval]) -> str:
    """The participants, in the words of a note."""
    parts = sorted(those, key=lambda part: (part.who != CITIZEN, part.who))
    at = began.strftime("%H:%M:%S UTC")
    seconds = {part.seconds for part in parts}
    if len(parts) == 2:  # noqa: PLR2004
        return f"{parts[0].who} and {parts[1].who} spoke for {min(part.seconds or 0 for part in parts)} s from {at}"
    if len(seconds) == 1:
        return f"{', '.join(part.who for part in parts)} spoke together for {seconds.pop()} s from {at}"
    return f"{', '.join(f'{part.who} ({part.seconds} s)' for part in parts)} spoke together from {at}"


def _is_local_half(name: str) -> bool:
    """Whether a channel only joins a Local channel to the party behind it."""
    return name.startswith(LOCAL) and name.endswith(";2")
