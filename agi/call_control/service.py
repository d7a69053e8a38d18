"""Operations on live calls, one at a time, and what follows when a party answers or leaves."""

from __future__ import annotations

import asyncio
import logging
import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from agi import dialplan
from agi.ami.channels import CONFBRIDGE
from agi.call_control import actions
from agi.call_control.actions import Redirect
from agi.call_control.ami_adapter import AmiCallControl
from agi.call_control.call import MAX_CALL_DURATION_S
from agi.call_control.conversation_log import ConversationLog
from agi.call_control.directory import CallDirectory
from agi.call_control.errors import refusal
from agi.destinations.resolver import QUEUE
from router.clock import utc_now
from router.tickets.errors import CommandRefusedError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Coroutine, Mapping
    from datetime import datetime

    from agi.ami.connection import AmiConnection
    from agi.call_control.actions import Step
    from agi.call_control.bridge_history import BridgeHistory
    from agi.call_control.call import CallLeg, LiveCall
    from router.tickets.service import TicketService

MAX_DURATION_VARIABLE: Final = "TIMEOUT(absolute)"
"""Of the longest call (`CEILING_S`): an added leg gets it once the others are there."""

_TICKET: Final = re.compile(r"[1-9][0-9]{8}", re.ASCII)
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Added:
    """A way that is being called to come to a call."""

    call: str
    destination: str


class CallControlService:
    """Runs the operations, one at a time, since two that overlap would tear a call apart.

    Each reads the call from Asterisk as it is at that moment; nothing is remembered that a restart could lose, but who
    waits for an answer. Only channels that speak or wait are moved, never one in a conversation with our machine: a
    Redirect would cut that off.

    Args:
        link: The link to Asterisk; not yet running, for events are registered here.
        desk: Knows which ticket a call is about; conversations are noted there.
        destinations: Returns the names of all destinations that can be dialled now.
        history: Bridge intervals from the imported CEL.
        held: Called with the unique id of a citizen who has been put on hold.
        now: The clock, UTC.

    Attributes:
        directory: Finds calls.
    """

    def __init__(
        self,
        link: AmiConnection,
        desk: TicketService,
        destinations: Callable[[], Collection[str]],
        *,
        history: BridgeHistory,
        held: Callable[[str], None] = lambda _: None,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._link = link
        self._was_connected = False
        self._channels = link.channels
        self._exchange = AmiCallControl(link)
        self._talks = ConversationLog(link, desk, who=self._exchange.who, history=history, now=now)
        self._desk = desk
        self.directory = CallDirectory(link, desk, self._exchange.who)
        self._destinations = destinations
        self._held = held
        self._turn = asyncio.Lock()
        self._added: dict[str, _Added] = {}
        self._handing: dict[str, str] = {}
        self._coming: dict[str, set[str]] = {}  # by conference: channels sent there that have not joined yet
        self._leaving: dict[str, str] = {}  # by channel: its conference, where Asterisk may list it until it hangs up
        self._tasks: set[asyncio.Task[None]] = set()
        link.on_event("BridgeEnter", self._entered)
        link.on_event("BridgeLeave", self._left)
        link.on_event("OriginateResponse", self._answered)
        link.on_event("Hangup", self._hung_up)
        link.on_change(self._changed)

    async def consult(self, call: str, destination: str, by: str = "") -> dict[str, Any]:
        """One of two speaks to a way first; the other hears that they are being connected."""
        async with self._turn:
            found, leg = await self._find(call, by)
            self._check(destination)
            number = await self._about(found)
            await self._exchange.do(actions.consult(found, leg, destination, number))
            return _describe_call(found, number, destination=destination)

    async def conference(self, call: str) -> dict[str, Any]:
        """Return the waiting citizen to the parties who speak about the call."""
        async with self._turn:
            found, _ = await self._find(call)
            conference = _conference()
            await self._send(actions.conference(found, conference), conference)
            return _describe_call(found, conference=conference)

    async def complete_transfer(self, call: str, by: str = "") -> dict[str, Any]:
        """One goes, the others speak on."""
        async with self._turn:
            found, leg = await self._find(call, by)
            await self._exchange.do(actions.complete_transfer(found, leg))
            return _describe_call(found)

    async def blind_transfer(self, call: str, destination: str, by: str = "") -> dict[str, Any]:
        """One of two hands the other on."""
        async with self._turn:
            found, leg = await self._find(call, by)
            self._check(destination, queues=True)
            number = await self._about(found)
            steps = actions.blind_transfer(found, leg, destination, number)
            handed, hands = actions.speaking_pair(found, leg)
            self._handing[handed.uniqueid] = hands.uniqueid
            try:
                await self._exchange.do(steps)
            except CommandRefusedError:
                self._handing.pop(handed.uniqueid, None)
                raise
            return _describe_call(found, number, destination=destination)

    async def merge(self, call: str, other: str) -> dict[str, Any]:
        """Two calls become one."""
        async with self._turn:
            one, _ = await self._find(call)
            two, _ = await self._find(other)
            conference = one.conference or two.conference or _conference()
            steps = actions.join(one, two, conference)
            number = await self._about(one)
            await self._about(two)
            await self._send(steps, conference)
            return _describe_call(one, number, conference=conference)

    async def invite(self, call: str, destination: str) -> dict[str, Any]:
        """Call a destination; when it answers, it joins the speaking parties."""
        async with self._turn:
            found, _ = await self._find(call)
            self._check(destination)
            actions.check_can_add(found, destination)
            number = await self._about(found)
            conference = found.conference or _conference()
            if conference in self._added:
                raise refusal("consulting")
            caller = found.citizen.variables.get(dialplan.CALLER, "") if found.citizen else ""
            self._added[conference] = _Added(found.legs[0].uniqueid, destination)
            try:
                channel_id = await self._exchange.bring(
                    destination, conference, {dialplan.TICKET: number, dialplan.CALLER: caller}
                )
            except CommandRefusedError:
                del self._added[conference]
                raise
            if number:
                self._talks.belongs([channel_id], number)
            return _describe_call(found, number, destination=destination, leg=channel_id)

    async def drop(self, call: str, leg: str) -> dict[str, Any]:
        """One leg ends without the others."""
        async with self._turn:
            found, which = await self._find(call, leg)
            await self._about(found)
            await self._exchange.do(actions.drop(found, which or found.legs[0]))
            return _describe_call(found)

    async def hold(self, call: str, by: str = "") -> dict[str, Any]:
        """Put the citizen on hold."""
        async with self._turn:
            found, leg = await self._find(call, by)
            number = await self._about(found)
            await self._exchange.do(actions.hold(found, leg))
            described = _describe_call(found, number)
            self._held(described["call"])
            return described

    async def resume(self, call: str) -> dict[str, Any]:
        """Bring the citizen back from hold."""
        async with self._turn:
            found, _ = await self._find(call)
            await self._send(actions.resume(found), found.conference)
            return _describe_call(found)

    async def take_over(self, leaves: str, comes: str) -> str:
        """Put a leg that has just answered in the place of another (unique ids); return the citizen's unique id."""
        async with self._turn:
            found, leg = await self._find(leaves, leaves)
            new = (await self._exchange.call(comes)).leg(comes)
            if leg is None or new is None:
                raise refusal("gone")
            await self._about(found)
            await self._send(actions.take_over(found, leg, new), found.conference)
            return str(_describe_call(found)["call"])

    async def hang_up(self, call: str, by: str = "") -> dict[str, Any]:
        """End a call of two."""
        async with self._turn:
            found, leg = await self._find(call, by)
            number = await self._about(found)
            await self._exchange.do(actions.hang_up(found, leg))
            return _describe_call(found, number)

    async def waits_for(self, operator: str, call: str) -> bool:
        """Whether the citizen of a call waits for an operator whose browser is gone. Raises CommandRefusedError."""
        parked = (await self._exchange.call(call)).parked
        return parked is not None and parked.variables.get(dialplan.LOST) == f"{dialplan.OPERATOR_PREFIX}{operator}"

    def cel_imported(self, began: datetime) -> None:
        """All CDR and CEL written before a moment is in the store."""
        self._talks.cel_imported(began)

    async def run(self) -> None:
        """Note the participants of conversations, until cancelled."""
        await self._talks.run()

    async def close(self) -> None:
        """Let pending follow-up actions finish, before the store is closed."""
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._talks.close()

    async def _find(self, call: str, by: str = "") -> tuple[LiveCall, CallLeg | None]:
        found = await self._exchange.call(await self.directory.uniqueid(call))
        leg = found.leg(by) if by else None
        if by and leg is None:
            raise refusal("no-leg", name=by, known=", ".join(one.who for one in found.legs))
        return found, leg

    def _check(self, destination: str, *, queues: bool = False) -> None:
        known = [name for name in self._destinations() if queues or not name.startswith(QUEUE)]
        if destination not in known:
            raise refusal("no-way", name=destination, known=", ".join(sorted(known)) or "-")

    async def _about(self, call: LiveCall) -> str:
        """The number of the ticket a call is about, "" for none; later conversations in it are noted there."""
        number = await self.directory.ticket([leg.uniqueid for leg in call.legs])
        if number:
            self._talks.belongs([leg.uniqueid for leg in call.legs], number)
        return number

    async def _send(self, steps: list[Step], conference: str) -> None:
        """Do steps that lead into a conference; until all have joined, a single member is not treated as left over."""
        moves = [step for step in steps if isinstance(step, Redirect)]
        coming = {leg.uniqueid for step in moves for leg in (step.leg, step.other) if leg is not None}
        if coming and conference:
            self._coming[conference] = coming
        try:
            await self._exchange.do(steps)
        except CommandRefusedError:
            self._coming.pop(conference, None)
            raise

    # what follows by itself

    def _entered(self, event: Mapping[str, object]) -> None:
        uniqueid, name = str(event.get("Uniqueid")), str(event.get("BridgeName"))
        self._came(name, uniqueid)
        if uniqueid in self._handing:
            self._start(self._release_transferrer(uniqueid, str(event.get("BridgeUniqueid"))))
        if name in self._added and uniqueid == f"bridge.{name}":
            self._start(self._move_others_in(name, uniqueid))
        elif event.get("BridgeCreator") == CONFBRIDGE:
            self._start(self._settle(uniqueid, name))

    def _left(self, event: Mapping[str, object]) -> None:
        if event.get("BridgeCreator") != CONFBRIDGE:
            return
        self._leaving[str(event.get("Uniqueid"))] = str(event.get("BridgeName"))
        rest = self._channels.in_bridge(str(event.get("BridgeUniqueid")))
        if rest:
            self._start(self._settle(rest[0].uniqueid, str(event.get("BridgeName"))))

    def _changed(self) -> None:
        """After a restart, or a lost link."""
        before, self._was_connected = self._was_connected, self._link.connected
        if self._link.connected and not before:
            self._coming.clear()
            self._leaving.clear()
            self._start(self._remember())

    async def _remember(self) -> None:
        """Which calls that go on were changed, and what they are about; then see to those that somebody has left."""
        changed = [leg for leg in await self._exchange.remember() if leg.changed]
        about = {leg.uniqueid: number for leg in changed if (number := await self.directory.ticket([leg.uniqueid]))}
        for citizen, number in about.items():  # first each one's own
            self._talks.belongs([citizen], number)
        for citizen, number in about.items():
            self._talks.belongs([one.uniqueid for one in self._channels.call_of(citizen)], number)
        for conference in {one.conference for one in self._channels.bridged() if one.conference}:
            self._look(conference)

    def _look(self, conference: str) -> None:
        there = next((one for one in self._channels.bridged() if one.conference == conference), None)
        if there is not None:
            self._start(self._settle(there.uniqueid, conference))

    def _came(self, conference: str, uniqueid: str) -> None:
        """Stop waiting for a channel that has joined the conference or hung up on its way there."""
        coming = self._coming.get(conference, set())
        coming.discard(uniqueid)
        if not coming:
            self._coming.pop(conference, None)

    def _hung_up(self, event: Mapping[str, object]) -> None:
        uniqueid = str(event.get("Uniqueid"))
        for conference in [name for name, coming in self._coming.items() if uniqueid in coming]:
            self._came(conference, uniqueid)
            self._look(conference)
        if conference := self._leaving.pop(uniqueid, ""):
            self._look(conference)
        if (hands := self._handing.pop(uniqueid, "")) and self._channels.channel(hands):
            self._start(self._end_transfer_wait(hands))

    def _answered(self, event: Mapping[str, object]) -> None:
        conference = str(event.get("ActionID")).removeprefix("bridge.")
        if event.get("Response") != "Success" and (added := self._added.pop(conference, None)):
            _log.info("%s was to come to call %s and did not answer", added.destination, added.call)
            self._look(conference)  # a member may have left it meanwhile

    async def _release_transferrer(self, handed: str, bridge: str) -> None:
        """The transferred party has been answered: release the transferring party, unless both are together again."""
        hands = self._handing.pop(handed, "")
        channel = self._channels.channel(hands)
        if channel is not None and channel.bridge != bridge:
            await self._end_transfer_wait(hands)

    async def _end_transfer_wait(self, hands: str) -> None:
        async with self._turn:
            leg = (await self._exchange.call(hands)).leg(hands)
            if leg is not None and leg.context == dialplan.CONTEXT_BRIDGE_HANDING and not leg.bridge:
                await self._exchange.end(hands)

    async def _move_others_in(self, conference: str, uniqueid: str) -> None:
        """The way that was called is there: the others come too. If they have gone, it is let go."""
        async with self._turn:
            added = self._added.pop(conference)
            try:
                found = await self._exchange.call(added.call)
                steps = actions.to_conference(found, conference)
                if not found.speaking:
                    raise refusal("gone")
                await self._send(steps, conference)
            except CommandRefusedError:
                await self._exchange.end(uniqueid)
                return
            leg = (await self._exchange.call(uniqueid)).leg(uniqueid)
            if leg is not None:
                await self._exchange.set(leg, MAX_DURATION_VARIABLE, str(MAX_CALL_DURATION_S))

    async def _settle(self, uniqueid: str, conference: str) -> None:
        """Somebody came or left: two are made a pair again, one is not left in silence."""
        async with self._turn:
            if conference in self._added or conference in self._coming or self._channels.channel(uniqueid) is None:
                return
            found = await self._exchange.call(uniqueid)
            if found.conference == conference:
                await self._exchange.do(actions.rebalance(found))

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(_ignore_gone_parties(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def _ignore_gone_parties(work: Coroutine[Any, Any, None]) -> None:
    """Do follow-up work; if a party hung up meanwhile, that is no error."""
    try:
        await work
    except CommandRefusedError as why:
        _log.info("a call took care of itself: %s", why)


def _conference() -> str:
    """A name no conference has had, also before a restart."""
    return str(time.time_ns())


def _describe_call(call: LiveCall, ticket: str = "", **more: str) -> dict[str, Any]:
    return {"call": (call.citizen or call.legs[0]).uniqueid, "ticket": ticket, **more}
