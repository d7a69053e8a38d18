"""Keeps queue members in Asterisk equal to the operators who are logged in.

The attendance list is authoritative: after a restart of Asterisk, a lost connection or a change of the list, members
are added, removed and paused until they agree with it. Asterisk itself stores no members and pauses nobody; an operator
an operator who does not answer is paused here, in the list.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final, NoReturn, Protocol

from agi.ami.errors import AmiError, AmiRefusedError
from agi.queues.operator_work import OperatorWork
from agi.queues.schema import Operators
from agi.queues.unanswered import UnansweredOffers
from router.debounce import Debouncer
from router.retry import retry
from router.storage.errors import StorageUnavailableError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Mapping

    from agi.ami.connection import AmiConnection
    from agi.queues.schema import Operator
    from agi.queues.telephones import OperatorTelephones
    from router.tickets.operator_presence import OperatorAttendance

POLL_INTERVAL_S: Final = 1.0
"""How often the attendance list is read: an operator who logs in is in the queue before reaching the telephone."""
PARKED: Final = "parked"
"""Why Asterisk offers an operator nobody while a caller waits for this one; the list knows nothing of it."""
RECONCILE_INTERVAL_S: Final = 30.0
"""Between two comparisons with Asterisk when nothing has changed: an admin may have used its console."""
_log = logging.getLogger(__name__)


class AttendanceSource(Protocol):
    """Source of the operators who are logged in: see `router.tickets.operator_presence.OperatorPresence`."""

    async def all(self) -> dict[str, OperatorAttendance]:
        """Return all operators who have ever logged in, by id."""
        ...

    async def pause(self, operator_id: str, why: str) -> bool:
        """Somebody takes no calls for a while."""
        ...


@dataclass(frozen=True, slots=True)
class QueueMember:
    """One operator in one queue; ``paused`` is the reason, "" when the operator takes calls."""

    penalty: int
    paused: str


class QueueMemberSync:
    """Compares the members of the queues with the operators, and corrects the difference.

    Args:
        link: The link to Asterisk; not yet running, for events are registered here.
        attendance: Which operators are logged in.
        read: Returns the operators in force now.
        telephones: Knows whether each operator's telephone is there.
        parked: The operators for whom a caller waits whose call broke; no other caller is offered to them.
        tell: Called with an operator's id and state (`state_of`), at the start and after each change.

    Attributes:
        operators: The operators in force when looked last.
    """

    def __init__(
        self,
        link: AmiConnection,
        attendance: AttendanceSource,
        read: Callable[[], Awaitable[Operators]],
        telephones: OperatorTelephones,
        parked: Collection[str],
        tell: Callable[[str, Mapping[str, object]], None],
    ) -> None:
        self._link = link
        self._attendance = attendance
        self._read = read
        self._telephones = telephones
        self._parked = parked
        self._tell = tell
        self.operators = Operators()
        self._present: dict[str, OperatorAttendance] = {}
        self._news = Debouncer(0, at_once=True, poll_s=POLL_INTERVAL_S)
        self._unanswered = UnansweredOffers(link, lambda: self.operators.queue.ring_s, self._news.touch)
        self._told: dict[str, Mapping[str, object]] = {}
        self._agreed: object = None
        self._checked = 0.0
        link.on_change(self._changed)
        telephones.on_change(lambda _: self._news.touch())
        self._work = OperatorWork(link, lambda: self.operators.queue)
        self._work.on_change(self._news.touch)

    @property
    def staffed(self) -> set[str]:
        """The queues with at least one member, according to the attendance list."""
        there = (self.operators.named(one.id) for one in self._present.values() if one.present and not one.paused)
        return {queue for operator in there if operator is not None for queue in operator.queues}

    async def run(self) -> NoReturn:
        """Poll until cancelled, at once for the first time."""
        tell = partial(_log.warning, "queues: members not seen to just now: %s")
        troubles = (StorageUnavailableError, AmiError)
        self._news.touch()
        await self._news.run(partial(retry, self._poll, delay_s=POLL_INTERVAL_S, troubles=troubles, tell=tell))

    async def _poll(self) -> None:
        await self._note_unanswered()
        await self.read_operators()
        self._present = await self._attendance.all()
        self._report_changes()
        wanted, now = self._desired_members(), asyncio.get_running_loop().time()
        if self._link.connected and (wanted != self._agreed or now - self._checked > RECONCILE_INTERVAL_S):
            await self._agree(wanted)
            self._agreed, self._checked = wanted, now

    async def read_operators(self) -> None:
        """Read the operators in force again."""
        self.operators = await self._read()

    def state(self, operator: Operator, presence: OperatorAttendance | None) -> dict[str, object]:
        """How an operator stands, and the operator's telephone: see `state_of` and `OperatorTelephones.state`."""
        return {
            **state_of(operator, presence, self._unanswered.refused[operator.id]),
            **self._telephones.state(operator),
            **self._work.state(operator),
        }

    def _report_changes(self) -> None:
        for operator in self.operators.operator:
            presence = self._present.get(operator.id)
            if presence is None or not presence.present:
                self._unanswered.forget(operator.id)
            state = self.state(operator, presence)
            if state != self._told.get(operator.id):
                self._told[operator.id] = state
                self._tell(operator.id, state)

    def _desired_members(self) -> dict[tuple[str, str], QueueMember]:
        """Members by (queue, interface)."""
        wanted: dict[tuple[str, str], QueueMember] = {}
        for operator in self.operators.operator:
            presence = self._present.get(operator.id)
            if presence is not None and presence.present:
                for queue in operator.queues:
                    paused = presence.paused or (PARKED if operator.id in self._parked else "")
                    wanted[queue, operator.interface] = QueueMember(operator.penalty, paused)
        return wanted

    async def _agree(self, wanted: Mapping[tuple[str, str], QueueMember]) -> None:
        """Make Asterisk's members those; a queue it does not know yet is left to the next look."""
        names = {one.interface: one.endpoint for one in self.operators.operator}
        there = await members_at(self._link)
        for queue, interface in there.keys() - wanted.keys():
            await self._do("QueueRemove", Queue=queue, Interface=interface)
        added = {interface for _, interface in wanted.keys() - there.keys()}
        for (queue, interface), member in wanted.items():
            present = there.get((queue, interface))
            if present is None:
                paused = {"Paused": "true", "Reason": member.paused} if member.paused else {}
                await self._do(
                    "QueueAdd",
                    Queue=queue,
                    Interface=interface,
                    Penalty=str(member.penalty),
                    MemberName=names[interface],
                    **paused,
                )
            else:
                if bool(present.paused) != bool(member.paused):
                    state = "true" if member.paused else "false"
                    await self._do("QueuePause", Queue=queue, Interface=interface, Paused=state, Reason=member.paused)
                if present.penalty != member.penalty:
                    await self._do("QueuePenalty", Queue=queue, Interface=interface, Penalty=str(member.penalty))
        for interface in sorted(added):
            # An Asterisk that has just started asks each telephone whether it is there in the course of a minute only,
            # and rings none before.
            await self._do("PJSIPQualify", Endpoint=names[interface])

    async def _do(self, action: str, **values: str) -> None:
        try:
            await self._link.action({"Action": action, **values})
        except AmiRefusedError as error:
            _log.warning("queues: %s refused: %s", action, error)

    async def _note_unanswered(self) -> None:
        """Store the operators paused for not taking calls; a failed write is tried again."""
        for operator, why in list(self._unanswered.to_pause.items()):
            if await self._attendance.pause(operator, why):
                _log.info("operator %s takes no calls (%s): paused", operator, why)
            self._unanswered.forget(operator)
            del self._unanswered.to_pause[operator]

    def _changed(self) -> None:
        """A new link may be one to an Asterisk that has just started, with empty queues."""
        if not self._link.connected:
            self._agreed = None


def state_of(operator: Operator, presence: OperatorAttendance | None, refused: int) -> dict[str, object]:
    """Return how an operator stands, for the operator's console.

    Returns:
        ``operator``, ``name``, ``present``, ``paused`` ("" or why), ``since`` (ISO 8601), ``queues``, and ``refused``:
        calls in a row that the telephone has refused; after some it is paused.
    """
    present = presence is not None and presence.present
    return {
        "operator": operator.id,
        "name": operator.name,
        "present": present,
        "paused": presence.paused if presence is not None and present else "",
        "since": presence.since.isoformat() if presence is not None else None,
        "queues": list(operator.queues),
        "refused": refused,
    }


async def members_at(link: AmiConnection) -> dict[tuple[str, str], QueueMember]:
    """Return the members Asterisk has, by (queue, interface). Raises AmiError."""
    return {
        (str(event["Queue"]), str(event["Location"])): QueueMember(
            int(event["Penalty"]), (event["PausedReason"] or "paused") if event["Paused"] == "1" else ""
        )
        for event in await link.list({"Action": "QueueStatus"})
        if event.get("Event") == "QueueMember"
    }
