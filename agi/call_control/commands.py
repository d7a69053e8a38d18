"""Call control commands of operators and the war room."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from agi.call_control.errors import refusal
from router.mqtt.commands.operator_commands import WARROOM_OPERATOR, OperatorCommands
from router.mqtt.operator_messages import OperatorCommand

if TYPE_CHECKING:
    from agi.call_control.service import CallControlService

Name = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9._ -]+$")]


class _CallCommand(OperatorCommand):
    call: Name
    """A channel's unique id, or the number of the ticket the call is about."""


class ConsultCommand(_CallCommand):
    """Speak to a destination first, while the citizen waits."""

    action: Literal["consult"]
    destination: Name
    leg: Name | None = None
    """The leg to act on. Defaults to the operator's own leg; for the war room, to the party talking to the citizen."""


class ConferenceCommand(_CallCommand):
    """Bring the citizen into the consultation."""

    action: Literal["conference"]


class CompleteTransferCommand(_CallCommand):
    """Leave the call; the others go on."""

    action: Literal["complete"]
    leg: Name | None = None


class BlindTransferCommand(_CallCommand):
    """Transfer the citizen to a destination without consulting it."""

    action: Literal["blind-transfer"]
    destination: Name
    leg: Name | None = None


class MergeCommand(_CallCommand):
    """Merge two calls into one conference; for the war room."""

    action: Literal["merge"]
    other: Name


class InviteCommand(_CallCommand):
    """Call a destination, which joins the call when it answers."""

    action: Literal["invite"]
    destination: Name


class DropCommand(_CallCommand):
    """Hang up one leg."""

    action: Literal["drop"]
    leg: Name


class HoldCommand(_CallCommand):
    """Have the citizen hear music; the operator hears nothing, the others of a conference speak on."""

    action: Literal["hold"]


class ResumeCommand(_CallCommand):
    """Bring the citizen back from hold."""

    action: Literal["resume"]


class HangUpCommand(_CallCommand):
    """End a call of two: the citizen's leg and the operator's."""

    action: Literal["hang-up"]


class ListCallsCommand(OperatorCommand):
    """List the calls in progress."""

    action: Literal["calls"]


class CallControlCommands:
    """Handles the commands. An operator acts on calls that their own telephone is in, the war room on all.

    Args:
        bridging: Carries out the commands.
    """

    def __init__(self, bridging: CallControlService) -> None:
        self._bridging = bridging

    def register(self, commands: OperatorCommands) -> None:
        """Register the actions."""
        commands.on("consult", ConsultCommand, self._consult)
        commands.on("conference", ConferenceCommand, self._conference)
        commands.on("complete", CompleteTransferCommand, self._complete_transfer)
        commands.on("blind-transfer", BlindTransferCommand, self._blind_transfer)
        commands.on("merge", MergeCommand, self._merge)
        commands.on("invite", InviteCommand, self._invite)
        commands.on("drop", DropCommand, self._drop)
        commands.on("hold", HoldCommand, self._hold)
        commands.on("resume", ResumeCommand, self._resume)
        commands.on("hang-up", HangUpCommand, self._hang_up)
        commands.on("calls", ListCallsCommand, self._calls, asks=True)

    async def _consult(self, operator: str, command: ConsultCommand) -> dict[str, Any]:
        call, own = await self._own(operator, command.call)
        return await self._bridging.consult(call, command.destination, command.leg or own)

    async def _conference(self, operator: str, command: ConferenceCommand) -> dict[str, Any]:
        call, _ = await self._own(operator, command.call)
        return await self._bridging.conference(call)

    async def _complete_transfer(self, operator: str, command: CompleteTransferCommand) -> dict[str, Any]:
        call, own = await self._own(operator, command.call)
        return await self._bridging.complete_transfer(call, command.leg or own)

    async def _blind_transfer(self, operator: str, command: BlindTransferCommand) -> dict[str, Any]:
        call, own = await self._own(operator, command.call)
        return await self._bridging.blind_transfer(call, command.destination, command.leg or own)

    async def _merge(self, operator: str, command: MergeCommand) -> dict[str, Any]:
        if operator != WARROOM_OPERATOR:
            raise refusal("warroom-only")
        return await self._bridging.merge(command.call, command.other)

    async def _invite(self, operator: str, command: InviteCommand) -> dict[str, Any]:
        call, _ = await self._own(operator, command.call)
        return await self._bridging.invite(call, command.destination)

    async def _drop(self, operator: str, command: DropCommand) -> dict[str, Any]:
        call, _ = await self._own(operator, command.call)
        return await self._bridging.drop(call, command.leg)

    async def _hold(self, operator: str, command: HoldCommand) -> dict[str, Any]:
        call, own = await self._own(operator, command.call)
        return await self._bridging.hold(call, own)

    async def _resume(self, operator: str, command: ResumeCommand) -> dict[str, Any]:
        call, _ = await self._own(operator, command.call)
        return await self._bridging.resume(call)

    async def _hang_up(self, operator: str, command: HangUpCommand) -> dict[str, Any]:
        call = await self._bridging.directory.uniqueid(command.call)
        if not await self._bridging.waits_for(operator, call):
            call, own = await self._own(operator, call)
            return await self._bridging.hang_up(call, own)
        return await self._bridging.hang_up(call)

    async def _calls(self, operator: str, _: ListCallsCommand) -> dict[str, Any]:
        found = await self._bridging.directory.calls()
        own = [call for call in found if self._bridging.directory.in_call(operator, call["call"])]
        return {"calls": found if operator == WARROOM_OPERATOR else own}

    async def channel_of(self, operator: str, call: str) -> str:
        """Return the unique id of a channel of a call that an operator may act on. Raises CommandRefusedError."""
        return (await self._own(operator, call))[0]

    async def _own(self, operator: str, call: str) -> tuple[str, str]:
        """The call's unique id, and the operator's own leg in it ("" for the war room)."""
        uniqueid = await self._bridging.directory.uniqueid(call)
        if operator == WARROOM_OPERATOR:
            return uniqueid, ""
        own = self._bridging.directory.in_call(operator, uniqueid)
        if not own:
            raise refusal("not-yours")
        return uniqueid, own
