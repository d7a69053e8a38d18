"""The action ``danger``: somebody's life is in danger; the emergency service joins the call, and the ticket says so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

from agi.call_control.commands import Name  # noqa: TC001  (pydantic reads it)
from agi.console.filing import DANGER, TOP_PRIORITY, author, source_key
from router.intake.base import Submission
from router.mqtt.operator_messages import OperatorCommand
from router.phone_numbers import UNKNOWN_NUMBER, normalise
from router.tickets.errors import CommandRefusedError
from router.tickets.opening.report import Report

if TYPE_CHECKING:
    from agi.call_control.commands import CallControlCommands
    from agi.call_control.service import CallControlService
    from agi.core import Core
    from router.model.ticket import Ticket
    from router.mqtt.commands.operator_commands import OperatorCommands

EMERGENCY: Final = "emergency"
"""The destination that is invited."""
NOTE: Final = "Danger to life: the emergency service is called into the call."


class DangerCommand(OperatorCommand):
    """Call the emergency service into the call, and raise its ticket to priority 1, or file one."""

    action: Literal["danger"]
    call: Name


class DangerCommands:
    """Does the action; done twice it invites nobody twice.

    Args:
        core: Tickets.
        calls: Invites.
        control: Knows on which calls an operator may act.
    """

    def __init__(self, core: Core, calls: CallControlService, control: CallControlCommands) -> None:
        self._desk = core.desk
        self._intake = core.intake
        self._calls = calls
        self._control = control

    def register(self, commands: OperatorCommands) -> None:
        """Have the action done."""
        commands.on("danger", DangerCommand, self._danger)

    async def _danger(self, operator: str, command: DangerCommand) -> dict[str, Any]:
        channel = await self._control.channel_of(operator, command.call)
        refused: CommandRefusedError | None = None
        try:  # first, since seconds count; and whatever becomes of it, the ticket is written
            about = (await self._calls.invite(channel, EMERGENCY))["call"]
        except CommandRefusedError as why:
            refused, about = why, self._calls.directory.citizen_of(channel)
        ticket = await self._write_down(operator, command, about)
        invited: dict[str, Any] = {"invited": refused is None}
        if refused is not None:
            invited["refused"] = {"code": refused.code, "reason": refused.reason, "reason_hi": refused.reason_hi}
        return {"ticket": ticket.number, "room": ticket.room, "version": ticket.version, **invited}

    async def _write_down(self, operator: str, command: DangerCommand, call: str) -> Ticket:
        """Raise the newest open ticket of the call, or file one with what is known of the caller."""
        key, by = source_key(operator, command.command_id), author(operator, command)
        row = await self._desk.call(call)
        known = [ticket for ticket in await self._desk.tickets_of_call(call) if ticket.is_open]
        if known:
            report = Report(source_key=key, channel="operator", call=call, priority=TOP_PRIORITY)
            return await self._desk.join(known[-1].number, report, note=NOTE, by=by)
        submission = Submission(
            source_key=key,
            channel="operator",
            helpline=row.helpline if row else None,
            language=row.language if row else "hi",
            need=DANGER,
            district=row.district if row else None,
            sender=normalise(row.phone) if row and row.phone else UNKNOWN_NUMBER,
            status_notes=f"{by}: {NOTE}",
            call=call,
            priority=TOP_PRIORITY,
        )
        return (await self._intake.submit(submission)).ticket
