"""Which caller each operator is talking to: from app_queue's events, and after a restart from the callers' channels."""

from __future__ import annotations

import asyncio
import logging
import time
from functools import partial
from typing import TYPE_CHECKING, Final

from agi.ami.channels import endpoint_name
from agi.ami.connection import variables_of
from agi.ami.errors import AmiError
from agi.dialplan import CONTEXT_BRIDGE_HELD, MEMBERINTERFACE, OPERATOR_PREFIX, QEHOLDTIME, QUEUE, QUEUED
from router.retry import retry

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Mapping
    from typing import Any

    from agi.ami.connection import AmiConnection
    from agi.queues.schema import Operators

RETRY_DELAY_S: Final = 5.0
"""Before Asterisk is asked again, when it did not list its bridges."""

_PREFIX: Final = f"PJSIP/{OPERATOR_PREFIX}"
_READ: Final = (QUEUE, QUEUED, QEHOLDTIME, MEMBERINTERFACE)
"""Variables of a caller's channel; the last two are set on answer (setqueueentryvar, setinterfacevar)."""

_log = logging.getLogger(__name__)


class OperatorCallTracker:
    """Follows AgentConnect and AgentComplete, and reads the live calls after each connect.

    Args:
        link: The link to Asterisk.
        tell: Called with an operator's id and the current call, None when there is none (any more). The call:
            ``uniqueid`` of the caller, ``helpline``, ``caller`` (as signalled), ``queue``, ``waited_s``,
            ``since`` (seconds since 1970), ``held``: whether the caller is on hold.
        show: Called with the unique id of a caller who speaks, on hold no more.
        moved: Called with the unique ids of calls whose parties have changed.
        operators: Returns the operators in force.
    """

    def __init__(
        self,
        link: AmiConnection,
        tell: Callable[[str, Mapping[str, object] | None], None],
        operators: Callable[[], Awaitable[Operators]],
        show: Callable[[str], None],
        moved: Callable[[set[str]], None],
    ) -> None:
        self._link = link
        self._tell = tell
        self._show = show
        self._moved = moved
        self._operators = operators
        self._callers: dict[str, str] = {}
        self._ended: set[str] = set()  # callers whose end is reported during a poll
        self._was_connected = False
        self._looking: asyncio.Task[None] | None = None

    def listen(self) -> None:
        """Register for the events; before the link runs."""
        self._link.on_event("AgentConnect", self._connect)
        self._link.on_event("AgentComplete", self._complete)
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

    def _connect(self, event: Mapping[str, object]) -> None:
        operator = _operator(event.get("Interface"))
        self._callers[operator] = str(event.get("Uniqueid"))
        self._tell(operator, _call(event, event.get("Queue"), _whole(event.get("HoldTime")), round(time.time())))

    def _complete(self, event: Mapping[str, object]) -> None:
        operator, uniqueid = _operator(event.get("Interface")), str(event.get("Uniqueid"))
        if self._looking is not None and not self._looking.done():
            self._ended.add(uniqueid)
        if self._callers.get(operator, uniqueid) == uniqueid:
            self._callers.pop(operator, None)
            self._tell(operator, None)

    def _party_moved(self, event: Mapping[str, object]) -> None:
        self._moved({str(event.get("Uniqueid")), str(event.get("Linkedid"))})

    def _hung_up(self, event: Mapping[str, object]) -> None:
        """An operator's telephone is in no call any more: no queue tells the end of one that was changed."""
        line = endpoint_name(str(event.get("Channel")))
        if not line.startswith(OPERATOR_PREFIX):
            return
        channels = map(self._link.channels.channel, self._link.channels.alive)
        if not any(one is not None and endpoint_name(one.name) == line for one in channels):
            operator = line.removeprefix(OPERATOR_PREFIX)
            self._callers.pop(operator, None)
            self._tell(operator, None)

    def _changed(self) -> None:
        before, self._was_connected = self._was_connected, self._link.connected
        if self._link.connected and not before:
            if self._looking is not None:
                self._looking.cancel()
            self._looking = asyncio.create_task(self._look())

    async def _look(self) -> None:
        """Report calls that began or ended while events were missed; events that arrive meanwhile are newer and win."""
        before, self._callers = self._callers, {}
        self._ended.clear()
        listed = await self._listed()
        there = {one.id for one in (await self._operators()).operator}
        found = {operator: call for operator, call in self._found(listed) if call["uniqueid"] not in self._ended}
        for operator in (there | before.keys() | found.keys()) - self._callers.keys():
            call = found.get(operator)
            if call is not None:
                self._callers[operator] = call["uniqueid"]
            if call is None or before.get(operator) != call["uniqueid"]:
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
            if QEHOLDTIME not in said or MEMBERINTERFACE not in said:
                continue
            operator, waited = _operator(said[MEMBERINTERFACE]), _whole(said[QEHOLDTIME])
            lines = {endpoint_name(one.name) for one in self._link.channels.call_of(str(status.get("Uniqueid")))}
            if f"{OPERATOR_PREFIX}{operator}" in lines:
                yield operator, _call(status, said.get(QUEUE, ""), waited, _whole(said.get(QUEUED)) + waited)


def _call(channel: Mapping[str, object], queue: object, waited_s: int, since: int) -> dict[str, Any]:
    return {
        "uniqueid": str(channel.get("Uniqueid")),
        "helpline": channel.get("AccountCode") or "",
        "caller": channel.get("CallerIDNum") or "",
        "queue": queue,
        "waited_s": waited_s,
        "since": since,
        "held": channel.get("Context") == CONTEXT_BRIDGE_HELD,
    }


def _operator(interface: object) -> str:
    return str(interface).removeprefix(_PREFIX)


def _whole(text: object) -> int:
    return int(text) if isinstance(text, str) and text.isdecimal() else 0
