"""Receives operators' commands, runs each once by the handler registered for it, and replies."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from pydantic import ConfigDict, ValidationError

from router.model.rooms.decided_command import Decided, digest
from router.mqtt import topics
from router.mqtt.cloudevents import operator_reply_event
from router.mqtt.commands.replies import MAX_PAYLOAD_BYTES, answer, id_in
from router.mqtt.operator_messages import OperatorCommand, OperatorReply, refusal
from router.storage.errors import StorageUnavailableError
from router.strict_json import validate_json
from router.tickets.errors import CommandRefusedError
from router.validation_messages import too_large, what_is_wrong

if TYPE_CHECKING:
    from paho.mqtt.properties import Properties

    from router.mqtt.inbox import Inbox
    from router.storage.engine import Storage
    from router.storage.unit_of_work import UnitOfWork

MAX_PENDING = 20
"""Commands of one operator that may wait for each other: nobody presses faster, and a mad client is held back."""
HISTORY_SIZE = 2_000
"""Replies kept in memory too: an operator must be able to act, once, while the store is away."""

WARROOM_OPERATOR = topics.WARROOM_OPERATOR
"""The id of the war room in the place of an operator: it may do more than operators."""

C = TypeVar("C", bound=OperatorCommand)
Done = Mapping[str, Any]
"""The result, as JSON can hold it."""

_log = logging.getLogger(__name__)


class _Handler(NamedTuple):
    model: type[OperatorCommand]
    take: Callable[[str, Any], Awaitable[Done]]
    asks: bool


class _Head(OperatorCommand):
    model_config = ConfigDict(extra="ignore")


class OperatorCommands:
    """Takes the commands of all operators; one operator's are done one after the other.

    A command that was done gets the same reply for ever; it is kept in the store, beside those of the rooms. A service
    that dies between the deed and its row does it again when it is repeated: handlers must bear that.

    Args:
        store: Where replies are kept.
        inbox: Where commands come in and replies go out.
        node: This node.
        known: Tells whether an operator has this id; the war room's own always counts.
    """

    def __init__(
        self, store: Storage, inbox: Inbox, *, node: int, known: Callable[[str], bool] = lambda _: False
    ) -> None:
        self._store = store
        self._inbox = inbox
        self._node = node
        self._known = known
        self._handlers: dict[str, _Handler] = {}
        self._turns: dict[str, asyncio.Lock] = {}
        self._waiting: dict[str, set[asyncio.Task[None]]] = {}
        self._memory: OrderedDict[tuple[str, str], Decided] = OrderedDict()

    def on(self, action: str, model: type[C], take: Callable[[str, C], Awaitable[Done]], *, asks: bool = False) -> None:
        """Have an action done.

        Args:
            action: Its name.
            model: The model of its payload.
            take: Gets the operator's id and the command; returns the data of the reply. Raises `CommandRefusedError`;
                after a `StorageUnavailableError` the same command may come again.
            asks: It changes nothing: asked again it is answered anew, and nothing is kept.
        """
        self._handlers[action] = _Handler(model, take, asks)

    @property
    def models(self) -> Mapping[str, type[OperatorCommand]]:
        """The model of each action's payload, by action."""
        return {action: handler.model for action, handler in sorted(self._handlers.items())}

    def listen(self) -> None:
        """Ask the inbox for the commands; before the link is started."""
        self._inbox.on(topics.ALL_OPERATOR_COMMANDS, self.take)

    async def close(self) -> None:
        """Let commands in progress finish, in the caller's time limit."""
        tasks = [task for waiting in self._waiting.values() for task in waiting]
        await asyncio.gather(*tasks, return_exceptions=True)

    async def take(self, topic: str, payload: bytes, properties: Properties | None) -> None:
        """Begin one command: operations on calls may take seconds, and other messages do not wait for them."""
        operator = topic.split("/")[1]
        if operator != topics.WARROOM_OPERATOR and not self._known(operator):
            _log.warning("a command for %r, who is no operator: ignored", operator)
            return
        waiting = self._waiting.setdefault(operator, set())
        if len(waiting) >= MAX_PENDING:
            await self._refuse(operator, payload, refusal("too-many", count=MAX_PENDING), properties)
            return
        task = asyncio.create_task(self._in_turn(operator, payload, properties), name=f"command of {operator}")
        waiting.add(task)
        task.add_done_callback(waiting.discard)

    async def _in_turn(self, operator: str, payload: bytes, properties: Properties | None) -> None:
        async with self._turns.setdefault(operator, asyncio.Lock()):
            try:
                handler, command = self._read(payload)
            except CommandRefusedError as why:
                await self._refuse(operator, payload, why, properties)
                return
            try:
                reply = await self._reply(operator, handler, command)
            except StorageUnavailableError as trouble:
                _log.warning("command %s of operator %s not done: %s", command.command_id, operator, trouble)
                reply = _refused(operator, command.command_id, command.action, refusal("store-away"))
            except Exception:  # noqa: BLE001  (one command's trouble must not keep the others from being answered)
                _log.exception("command %s of operator %s failed", command.command_id, operator)
                reply = _refused(operator, command.command_id, command.action, refusal("fault"))
            if not reply.accepted:
                _log.info("command %s of operator %s refused: %s", reply.command_id, operator, reply.code)
            await self._answer(reply, properties)

    async def _reply(self, operator: str, handler: _Handler, command: OperatorCommand) -> OperatorReply:
        if handler.asks:
            return await _do(operator, handler, command)
        sender = topics.operator(operator)
        content = digest(command.model_dump_json(exclude_unset=True))
        before = await self._decided(sender, command.command_id)
        if before is None:
            reply = await _do(operator, handler, command)
            await self._keep(sender, command.command_id, Decided(content, reply.model_dump_json()))
            return reply
        if before.content != content:
            return _refused(operator, command.command_id, command.action, CommandRefusedError("id-reused"))
        return OperatorReply.model_validate_json(before.reply)

    async def _decided(self, sender: str, command_id: str) -> Decided | None:
        known = self._memory.get((sender, command_id))
        if known is not None:
            return known
        try:
            return await self._store.read(lambda uow: uow.commands.find(sender, command_id))
        except StorageUnavailableError as trouble:
            _log.warning("command %s of %s taken for a new one: %s", command_id, sender, trouble)
            return None

    async def _keep(self, sender: str, command_id: str, decided: Decided) -> None:
        self._memory[sender, command_id] = decided
        while len(self._memory) > HISTORY_SIZE:
            self._memory.popitem(last=False)

        def keep(uow: UnitOfWork) -> None:
            if uow.commands.find(sender, command_id) is None:
                uow.commands.add(sender, command_id, decided)

        try:
            await self._store.write(keep)
        except StorageUnavailableError as trouble:
            _log.warning("the reply to command %s of %s is kept in memory only: %s", command_id, sender, trouble)

    def _read(self, payload: bytes) -> tuple[_Handler, OperatorCommand]:
        """Read a command. Raises CommandRefusedError, whose words never repeat its content."""
        if len(payload) > MAX_PAYLOAD_BYTES:
            raise CommandRefusedError("malformed", wrong=too_large(len(payload), MAX_PAYLOAD_BYTES))
        try:
            action = validate_json(_Head, payload).action
            handler = self._handlers.get(action)
            if handler is None:
                raise refusal("action-unknown", name=action, known=", ".join(sorted(self._handlers)))
            return handler, validate_json(handler.model, payload)
        except ValidationError as error:
            raise CommandRefusedError("malformed", wrong=what_is_wrong(error)) from None

    async def _refuse(
        self, operator: str, payload: bytes, why: CommandRefusedError, properties: Properties | None
    ) -> None:
        command_id = id_in(payload)
        if command_id is None:
            _log.warning("a command of operator %s without a command_id, %d bytes: %s", operator, len(payload), why)
            return
        await self._answer(_refused(operator, command_id, "", why), properties)

    async def _answer(self, reply: OperatorReply, properties: Properties | None) -> None:
        event = operator_reply_event(reply, node=self._node)
        await answer(self._inbox, topics.operator_replies(reply.operator), event, properties)


async def _do(operator: str, handler: _Handler, command: OperatorCommand) -> OperatorReply:
    try:
        data = await handler.take(operator, command)
    except CommandRefusedError as why:
        return _refused(operator, command.command_id, command.action, why)
    return OperatorReply(
        command_id=command.command_id,
        operator=operator,
        action=command.action,
        accepted=True,
        data=dict(data),
        at=datetime.now(UTC),
    )


def _refused(operator: str, command_id: str, action: str, why: CommandRefusedError) -> OperatorReply:
    return OperatorReply(
        command_id=command_id,
        operator=operator,
        action=action,
        accepted=False,
        code=why.code,
        reason=why.reason,
        reason_hi=why.reason_hi,
        at=datetime.now(UTC),
    )
