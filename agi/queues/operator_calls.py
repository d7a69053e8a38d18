"""Which caller each operator is rung for or talks to: from app_queue's events; after a restart from the channels."""

from __future__ import annotations

import asyncio
import logging
import time
from functools import partial
from typing import TYPE_CHECKING, Final

from agi.ami.channels import endpoint_name
from agi.ami.connection import variables_of
from agi.ami.errors import AmiError
from agi.dialplan import (
    CONTEXT_BRIDGE_HELD,
    CONTEXT_PARKED,
    EVENT_BACK,
    EVENT_PARKED,
    EVENT_UNPARKED,
    LOST,
    MEMBERINTERFACE,
    OPERATOR_PREFIX,
    QEHOLDTIME,
    QUEUE,
    QUEUED,
)
from router.retry import retry

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Mapping
    from typing import Any

    from agi.ami.connection import AmiConnection
    from agi.queues.schema import Operators

RETRY_DELAY_S: Final = 5.0
"""Before Asterisk is asked again, when it did not list its bridges."""

_PREFIX: Final = f"PJSIP/{OPERATOR_PREFIX}"
_READ: Final = (QUEUE, QUEUED, QEHOLDTIME, MEMBERINTERFACE, LOST)
"""Variables of a caller's channel; the third and fourth are set on answer (setqueueentryvar, setinterfacevar)."""

_log = logging.getLogger(__name__)


class OperatorCallTracker:
    """Follows AgentCalled, AgentConnect and AgentComplete, and reads the live calls after each connect.

    A call rings as long as the telephone's leg lives and is not answered, whatever ends it: nobody lifts, the caller
    hangs up, another operator takes it. A call that rings while the link is away is not found again: it comes with its
    answer, or with the next telephone it rings at.

    Args:
        link: The link to Asterisk.
        tell: Called with an operator's id and the current call, None when there is none (any more). The call:
            ``uniqueid`` of the caller, ``helpline``, ``caller`` (as signalled), ``queue``, ``waited_s``,
            ``since`` (seconds since 1970), ``held``: whether the caller is on hold, ``parked``: whether the caller
            waits for this operator, whose browser is gone (``extensions_lost.conf``), ``ringing``: whether the
            operator's telephone rings for it.
        ring: Called with an operator's id and the call that the operator's telephone rings for, None when it rings no
            more.
        show: Called with the unique id of a caller who speaks, on hold no more.
        moved: Called with the unique ids of calls whose parties have changed.
        operators: Returns the operators in force.

    Attributes:
        parked: The caller who waits for each operator whose browser is gone.
    """

    def __init__(
        self,
        link: AmiConnection,
        tell: Callable[[str, Mapping[str, object] | None], None],
        ring: Callable[[str, Mapping[str, object] | None], None],
        operators: Callable[[], Awaitable[Operators]],
        show: Callable[[str], None],
        moved: Callable[[set[str]], None],
    ) -> None:
        self._link = link
        self._tell = tell
        self._ring = ring
        self._show = show
        self._moved = moved
        self._operators = operators
        self.parked: dict[str, dict[str, Any]] = {}
        self._callers: dict[str, str] = {}
        self._rings: dict[str, tuple[str, dict[str, Any]]] = {}  # operator and call by the telephone's leg
        self._given_back: dict[str, str] = {}  # operators by caller: app_queue does not tell when such a call is over
        self._ended: set[str] = set()  # callers whose end is reported during a poll
        self._was_connected = False
        self._looking: asyncio.Task[None] | None = None

    def listen(self) -> None:
        """Register for the events; before the link runs."""
        self._link.on_event("AgentCalled", self._called)
        self._link.on_event("AgentConnect", self._connect)
        self._link.on_event("AgentComplete", self._complete)
        self._link.on_event("UserEvent", self._told)
        self._link.on_event("Hangup", self._hung_up)
        self._link.on_event("BridgeEnter", lambda event: self._show(str(event.get("Uniqueid"))))
        for event in ("Newchannel", "BridgeEnter", "BridgeLeave", "Hangup", "UserEvent"):
            self._link.on_event(event, self._party_moved)
        self._link.on_change(self._changed)

    async def close(self) -> None:
        """End a look that is going on."""
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.wait([self._looking])

    def _called(self, event: Mapping[str, object]) -> None:
        operator, now = _operator(event.get("Interface")), round(time.time())
        call = _call(event, event.get("Queue"), 0, now)
        self._rings[str(event.get("DestUniqueid"))] = operator, {**call, "ringing": True}
        self._ring_first(operator)

    def _ring_first(self, operator: str) -> None:
        """Tell what an operator's telephone rings for: two callers may get to it at once, and one hears "busy"."""
        self._ring(operator, next((call for one, call in self._rings.values() if one == operator), None))

    def _connect(self, event: Mapping[str, object]) -> None:
        operator = _operator(event.get("Interface"))
        self._rings.pop(str(event.get("DestUniqueid")), None)
        self._callers[operator] = str(event.get("Uniqueid"))
        self._tell(operator, _call(event, event.get("Queue"), _whole(event.get("HoldTime")), round(time.time())))
        self._ring_first(operator)

    def _complete(self, event: Mapping[str, object]) -> None:
        operator, uniqueid = _operator(event.get("Interface")), str(event.get("Uniqueid"))
        self._note_end(uniqueid)
        if uniqueid in self._given_back:  # the queue's word may come after the dialplan's
            return
        if self._callers.get(operator, uniqueid) == uniqueid:
            self._callers.pop(operator, None)
            self._tell(operator, None)

    def _party_moved(self, event: Mapping[str, object]) -> None:
        self._moved({str(event.get("Uniqueid")), str(event.get("Linkedid"))})

    def _told(self, event: Mapping[str, object]) -> None:
        operator, uniqueid = str(event.get("Operator")).removeprefix(OPERATOR_PREFIX), str(event.get("Uniqueid"))
        kind = event.get("UserEvent")
        if kind == EVENT_PARKED:
            waited = _whole(event.get("Waited"))
            since = _whole(event.get("Since")) + waited or round(time.time())  # a citizen called back was in no queue
            call = _call(event, event.get("Queue"), waited, since)
            # a leg that we dialled signals nobody's number
            self.parked[operator] = {**call, "caller": event.get("Caller") or call["caller"]}
            self._give(operator, self.parked[operator])
        elif kind == EVENT_BACK and operator in self.parked:
            self._give(operator, self.parked.pop(operator))
        elif kind == EVENT_UNPARKED:
            self._over(operator, uniqueid)

    def _give(self, operator: str, call: dict[str, Any]) -> None:
        self._callers[operator] = call["uniqueid"]
        self._given_back[call["uniqueid"]] = operator
        self._tell(operator, {**call, "parked": operator in self.parked})

    def _hung_up(self, event: Mapping[str, object]) -> None:
        """A caller, or the last leg of an operator's telephone, is gone: no queue tells the end of a changed call."""
        uniqueid, line = str(event.get("Uniqueid")), endpoint_name(str(event.get("Channel")))
        if uniqueid in self._rings:
            rung, _ = self._rings.pop(uniqueid)
            self._ring_first(rung)
        if uniqueid in self._given_back:
            self._over(self._given_back[uniqueid], uniqueid)
        operator = line.removeprefix(OPERATOR_PREFIX)
        if operator == line or operator in self.parked:
            return
        channels = map(self._link.channels.channel, self._link.channels.alive)
        if not any(one is not None and endpoint_name(one.name) == line for one in channels):
            self._callers.pop(operator, None)
            self._tell(operator, None)

    def _over(self, operator: str, uniqueid: str) -> None:
        self._note_end(uniqueid)
        self._given_back.pop(uniqueid, None)
        if self.parked.get(operator, {}).get("uniqueid") == uniqueid:
            del self.parked[operator]
        if self._callers.get(operator) == uniqueid:
            del self._callers[operator]
            self._tell(operator, None)

    def _note_end(self, uniqueid: str) -> None:
        if self._looking is not None and not self._looking.done():
            self._ended.add(uniqueid)

    def _changed(self) -> None:
        before, self._was_connected = self._was_connected, self._link.connected
        if self._link.connected != before:
            self._forget_rings()
        if self._link.connected and not before:
            if self._looking is not None:
                self._looking.cancel()
            self._looking = asyncio.create_task(self._look())

    def _forget_rings(self) -> None:
        """Show no call as ringing whose end may be missed."""
        rung = {operator for operator, _ in self._rings.values()}
        self._rings.clear()
        for operator in rung:
            self._ring_first(operator)

    async def _look(self) -> None:
        """Report calls that began or ended while events were missed; events that arrive meanwhile are newer and win."""
        before, self._callers = self._callers, {}
        self._ended.clear()
        self._given_back.clear()
        self.parked.clear()
        listed = await self._listed()
        there = {one.id for one in (await self._operators()).operator}
        found = {operator: call for operator, call in self._found(listed) if call["uniqueid"] not in self._ended}
        for operator in (there | before.keys() | found.keys()) - self._callers.keys():
            call = found.get(operator)
            if call is not None:
                self._callers[operator] = call["uniqueid"]
                if call["parked"]:
                    self.parked[operator] = call
            if call is None or before.get(operator) != call["uniqueid"] or call["parked"]:
                self._tell(operator, call)

    async def _listed(self) -> list[Mapping[str, Any]]:
        """Every channel; asked for until Asterisk answers, or another connect begins anew."""
        return await retry(
            partial(self._link.list, {"Action": "Status", "Variables": ",".join(_READ)}),
            delay_s=RETRY_DELAY_S,
            troubles=(AmiError,),
            tell=partial(_log.warning, "which operator has which caller is asked again: %s"),
        )

    def _found(self, listed: list[Mapping[str, Any]]) -> Iterator[tuple[str, dict[str, Any]]]:
        """The calls of callers who were answered by an operator, as long as that operator is in their call."""
        for status in listed:
            said = variables_of(status)
            lost = said.get(LOST, "") if status.get("Context") == CONTEXT_PARKED else ""
            if not lost and (QEHOLDTIME not in said or MEMBERINTERFACE not in said):
                continue
            operator = lost.removeprefix(OPERATOR_PREFIX) or _operator(said[MEMBERINTERFACE])
            waited = _whole(said.get(QEHOLDTIME))
            there = f"{OPERATOR_PREFIX}{operator}" in self._lines_of(str(status.get("Uniqueid")))
            if there or lost:
                call = _call(status, said.get(QUEUE, ""), waited, _whole(said.get(QUEUED)) + waited)
                if lost:
                    self._given_back[call["uniqueid"]] = operator
                yield operator, {**call, "parked": not there}

    def _lines_of(self, uniqueid: str) -> set[str]:
        """The trunks and telephones in a call."""
        return {endpoint_name(one.name) for one in self._link.channels.call_of(uniqueid)}


def _call(channel: Mapping[str, object], queue: object, waited_s: int, since: int) -> dict[str, Any]:
    return {
        "uniqueid": str(channel.get("Uniqueid")),
        "helpline": channel.get("AccountCode") or "",
        "caller": channel.get("CallerIDNum") or "",
        "queue": queue,
        "waited_s": waited_s,
        "since": since,
        "held": channel.get("Context") == CONTEXT_BRIDGE_HELD,
        "parked": False,
        "ringing": False,
    }


def _operator(interface: object) -> str:
    return str(interface).removeprefix(_PREFIX)


def _whole(text: object) -> int:
    return int(text) if isinstance(text, str) and text.isdecimal() else 0
