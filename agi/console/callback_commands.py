"""The actions ``take-callback``, ``drop-callback`` and ``callbacks``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from agi.call_control.commands import Name  # noqa: TC001  (pydantic reads it)
from agi.console.errors import refusal
from agi.queues.telephones import TelephoneStatus
from router.mqtt.operator_messages import OperatorCommand

if TYPE_CHECKING:
    from collections.abc import Callable

    from agi.console.attended_callbacks import AttendedCallbacks
    from router.mqtt.commands.operator_commands import OperatorCommands


class TakeCallbackCommand(OperatorCommand):
    """Call a citizen back: the operator's own telephone rings first."""

    action: Literal["take-callback"]
    callback: Name
    """As in ``callbacks/<callback>``."""


class DropCallbackCommand(OperatorCommand):
    """Take a citizen off the list without a call."""

    action: Literal["drop-callback"]
    callback: Name


class ListCallbacksCommand(OperatorCommand):
    """List the citizens to be called back, the longest waiting first."""

    action: Literal["callbacks"]


class CallbackCommands:
    """Does the actions.

    Args:
        callbacks: The list.
        telephone: Tells how an operator's telephone is.
    """

    def __init__(self, callbacks: AttendedCallbacks, telephone: Callable[[str], TelephoneStatus]) -> None:
        self._callbacks = callbacks
        self._telephone = telephone

    def register(self, commands: OperatorCommands) -> None:
        """Have the actions done."""
        commands.on("take-callback", TakeCallbackCommand, self._take)
        commands.on("drop-callback", DropCallbackCommand, self._drop)
        commands.on("callbacks", ListCallbacksCommand, self._list, asks=True)

    async def _take(self, operator: str, command: TakeCallbackCommand) -> dict[str, Any]:
        if self._telephone(operator) is not TelephoneStatus.REGISTERED:
            raise refusal("no-telephone", name=operator)
        return (await self._callbacks.take(operator, command.callback)).model_dump(mode="json")

    async def _drop(self, operator: str, command: DropCallbackCommand) -> dict[str, Any]:
        await self._callbacks.drop(operator, command.callback)
        return {"callback": command.callback}

    async def _list(self, _operator: str, _command: ListCallbacksCommand) -> dict[str, Any]:
        return {"callbacks": [one.model_dump(mode="json") for one in await self._callbacks.list_open()]}
