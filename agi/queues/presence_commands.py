"""Commands of an operator's console about the operator's own work: log in, log out, pause; and its state."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any, Final

from pydantic import Field

from router.localized import LocalizedMessage
from router.mqtt.commands.operator_commands import WARROOM_OPERATOR
from router.mqtt.operator_messages import OperatorCommand
from router.tickets.errors import CommandRefusedError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agi.queues.member_sync import QueueMemberSync
    from agi.queues.schema import Operator
    from router.mqtt.commands.operator_commands import OperatorCommands
    from router.tickets.operator_presence import OperatorPresence

REASONS: Final[Mapping[str, LocalizedMessage]] = MappingProxyType(
    {
        "operator-unknown": LocalizedMessage("there is no operator {name!r}", "{name!r} नाम का कोई ऑपरेटर नहीं है"),
        "not-at-work": LocalizedMessage("{name} is not at work: log in first", "{name} काम पर नहीं है: पहले लॉगिन कीजिए"),
    }
)


class _Presence(OperatorCommand):
    operator: str = ""
    """The operator a command of the war room or a supervisor is about; others act only for themselves."""


class _Pause(_Presence):
    reason: Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[^\x00-\x1f\x7f]+$")]


class OperatorPresenceCommands:
    """Does the actions ``login``, ``logout``, ``pause``, ``unpause``, ``state``; each may be done twice.

    Args:
        attendance: Where it is written.
        members: Knows the operators.
    """

    def __init__(self, attendance: OperatorPresence, members: QueueMemberSync) -> None:
        self._attendance = attendance
        self._members = members

    def register(self, commands: OperatorCommands) -> None:
        """Have the actions done."""
        commands.on("login", _Presence, self._login)
        commands.on("logout", _Presence, self._logout)
        commands.on("pause", _Pause, self._pause)
        commands.on("unpause", _Presence, self._unpause)
        commands.on("state", _Presence, self._state, asks=True)

    async def _login(self, operator: str, command: _Presence) -> Mapping[str, Any]:
        await self._attendance.login(self._about(operator, command).id)
        return await self._state(operator, command)

    async def _logout(self, operator: str, command: _Presence) -> Mapping[str, Any]:
        await self._attendance.logout(self._about(operator, command).id)
        return await self._state(operator, command)

    async def _pause(self, operator: str, command: _Pause) -> Mapping[str, Any]:
        return await self._paused(operator, command, command.reason)

    async def _unpause(self, operator: str, command: _Presence) -> Mapping[str, Any]:
        return await self._paused(operator, command, "")

    async def _paused(self, operator: str, command: _Presence, why: str) -> Mapping[str, Any]:
        about = self._about(operator, command).id
        if not await self._attendance.pause(about, why):
            raise _refusal("not-at-work", name=about)
        return await self._state(operator, command)

    async def _state(self, operator: str, command: _Presence) -> Mapping[str, Any]:
        known = self._about(operator, command)
        presence = (await self._attendance.all()).get(known.id)
        return self._members.state(known, presence)

    def _about(self, operator: str, command: _Presence) -> Operator:
        by = self._members.operators.named(operator)
        for_others = operator == WARROOM_OPERATOR or (by is not None and by.supervisor and command.operator != "")
        about = command.operator if for_others else operator
        known = self._members.operators.named(about)
        if known is None:
            raise _refusal("operator-unknown", name=about)
        return known


def _refusal(code: str, **values: object) -> CommandRefusedError:
    return CommandRefusedError(code, words=REASONS[code], **values)
