"""The actions ``supervise`` and ``take-over``: a supervisor listens to an operator, or takes the call in hand."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any, Final, Literal

from agi.call_control.commands import Name  # noqa: TC001  (pydantic reads it)
from agi.console.errors import refusal
from agi.dialplan import FOR, OPERATOR_PREFIX, SPY
from agi.queues.asterisk_config import SPYING
from agi.queues.telephones import TelephoneStatus
from router.mqtt.operator_messages import OperatorCommand
from router.tickets.errors import CommandRefusedError

if TYPE_CHECKING:
    from agi.ami.connection import AmiConnection
    from agi.call_control.service import CallControlService
    from agi.console.own_calls import OwnCalls
    from agi.console.telephone import ConsoleCall, OperatorTelephone
    from agi.queues.component import QueuesComponent
    from router.mqtt.commands.operator_commands import OperatorCommands

MODES: Final = {"listen": SPYING["*1"], "whisper": SPYING["*2"], "join": SPYING["*3"]}
"""Options of ChanSpy, as when a supervisor dials."""
LIFT_LIMIT_S: Final = 60.0
"""For the supervisor's telephone to ring and be lifted."""

_log = logging.getLogger(__name__)


class SuperviseCommand(OperatorCommand):
    """Have the supervisor's own telephone ring and hear an operator's call."""

    action: Literal["supervise"]
    operator: Name
    """The id of the operator to hear."""
    mode: Literal["listen", "whisper", "join"]
    """Nobody hears the supervisor; the operator does; both do."""


class TakeOverCommand(OperatorCommand):
    """Have the supervisor's own telephone ring and take the citizen; the operator is let go."""

    action: Literal["take-over"]
    operator: Name


class SupervisionCommands:
    """Does the actions, for supervisors alone.

    Args:
        link: Knows the live channels.
        queues: Knows the operators, and shows their calls.
        calls: Changes calls.
        telephone: Rings the supervisor.
        own: Is told that the supervisor speaks in the call.
    """

    def __init__(
        self,
        link: AmiConnection,
        queues: QueuesComponent,
        calls: CallControlService,
        telephone: OperatorTelephone,
        own: OwnCalls,
    ) -> None:
        self._link = link
        self._queues = queues
        self._calls = calls
        self._telephone = telephone
        self._own = own
        self._tasks: set[asyncio.Task[None]] = set()

    def register(self, commands: OperatorCommands) -> None:
        """Have the actions done."""
        commands.on("supervise", SuperviseCommand, self._supervise)
        commands.on("take-over", TakeOverCommand, self._take_over)

    async def close(self) -> None:
        """Wait for nobody any more."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _supervise(self, operator: str, command: SuperviseCommand) -> dict[str, Any]:
        self._check(operator, command.operator)
        with self._telephone.new_call() as call:
            values = {FOR: command.operator, SPY: MODES[command.mode]}
            await self._telephone.ring(call, operator, "supervise", **values)
        return {"operator": command.operator, "mode": command.mode}

    async def _take_over(self, operator: str, command: TakeOverCommand) -> dict[str, Any]:
        leg = self._check(operator, command.operator)
        task = asyncio.create_task(self._wait_and_take(operator, command.operator, leg), name=f"take-over {operator}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return {"operator": command.operator, "call": self._calls.directory.citizen_of(leg)}

    async def _wait_and_take(self, supervisor: str, operator: str, leg: str) -> None:
        try:
            with self._telephone.new_call() as call:
                await self._telephone.ring(call, supervisor, "take-over", **{FOR: operator})
                if not (own := await self._lifted(call)):
                    _log.info("supervisor %s did not lift: operator %s keeps the call", supervisor, operator)
                    return
                shown = self._queues.shown_calls.shown_to(operator)
                citizen = await self._calls.take_over(leg, own)
            self._own.took(supervisor, citizen)
            if shown is not None:
                self._queues.shown_calls.tell(supervisor, {**shown, "held": False})
        except CommandRefusedError as why:
            _log.info("supervisor %s could not take operator %s's call: %s", supervisor, operator, why)
        except TimeoutError:
            _log.info("supervisor %s was not reached", supervisor)

    async def _lifted(self, call: ConsoleCall) -> str:
        """The unique id of the supervisor's leg; "" when nobody lifted."""
        async with asyncio.timeout(LIFT_LIMIT_S):
            news = await call.news.get()
        return news.uniqueid if news.said == "lifted" else ""

    def _check(self, supervisor: str, operator: str) -> str:
        """Make sure that this may be done now; return the unique id of the operator's leg."""
        if not self._queues.is_supervisor(supervisor):
            raise refusal("supervisors-only")
        if self._queues.telephone_of(supervisor) is not TelephoneStatus.REGISTERED:
            raise refusal("no-telephone", name=supervisor)
        self._telephone.check_free(supervisor)
        wanted = f"PJSIP/{OPERATOR_PREFIX}{operator}-"
        leg = next((one for one in self._link.channels.bridged() if one.name.startswith(wanted)), None)
        if leg is None:
            raise refusal("not-speaking-operator", name=operator)
        return leg.uniqueid
