"""Receives rooms' commands, has the ticket service decide them, and replies."""

from __future__ import annotations

import logging
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pydantic import ValidationError

from router.mqtt import topics
from router.mqtt.cloudevents import EventError, parse, reply_event
from router.mqtt.commands.replies import MAX_PAYLOAD_BYTES, answer, id_in
from router.strict_json import validate_json
from router.tasks.command import TaskCommand
from router.tickets import ticket_number as numbers
from router.tickets.command import Command
from router.tickets.command_handler import refusal_reply
from router.tickets.errors import CommandRefusedError
from router.tickets.workflow import actor_of_room
from router.validation_messages import too_large, what_is_wrong

if TYPE_CHECKING:
    from collections.abc import Iterable

    from paho.mqtt.properties import Properties

    from router.mqtt.inbox import Inbox
    from router.tasks.service import TaskService
    from router.tickets.command import CommandReply
    from router.tickets.service import TicketService

_OF_TASK = re.compile(rb'"action"\s*:\s*"(acknowledge|finish)-task"')  # within a JSON text quotes are escaped

_log = logging.getLogger(__name__)


class Commands:
    """Takes the commands of all rooms.

    Args:
        desk: Decides commands about tickets.
        tasks: Decides commands about tasks.
        inbox: Where they come in and replies go out.
        rooms: The ids of all rooms; topics of other names are ignored.
        node: This node: a command on another node's ticket is left to that one while it is online.
    """

    def __init__(
        self, desk: TicketService, tasks: TaskService, inbox: Inbox, *, rooms: Iterable[str], node: int
    ) -> None:
        self._desk = desk
        self._tasks = tasks
        self._inbox = inbox
        self._rooms = frozenset(rooms)
        self._node = node
        self._others: dict[str, bool] = {}

    def listen(self) -> None:
        """Ask the inbox for the commands, and for how other nodes are; before the link is started."""
        self._inbox.on(topics.ALL_NODES, self._hear_of_node)
        self._inbox.on(topics.ALL_COMMANDS, self.take)

    async def take(self, topic: str, payload: bytes, properties: Properties | None) -> None:
        """Decide one command and answer it; without an answer the room says it again.

        Raises:
            StorageUnavailableError: it was not decided.
        """
        room = topic.split("/")[1]
        if room not in self._rooms:
            _log.warning("a command for %r, which is no room: ignored", room)
            return
        reply = await self._reply(room, payload)
        if reply is None:
            return
        if not reply.accepted:
            _log.info("command %s of %s refused: %s", reply.command_id, room, reply.code)
        await answer(self._inbox, topics.replies(room), reply_event(reply, node=self._node), properties)

    async def _reply(self, room: str, payload: bytes) -> CommandReply | None:
        number = ""
        try:
            command = _read(payload)
            number = "" if isinstance(command, TaskCommand) else command.ticket
            if isinstance(command, TaskCommand):
                if self._left_to_another(command.task, command.node):
                    return None
                return await self._tasks.command(room, command)
            if numbers.valid(command.ticket) and self._left_to_another(command.ticket, numbers.node_of(command.ticket)):
                return None
        except CommandRefusedError as refusal:
            command_id = id_in(payload)
            if command_id is None:
                _log.warning("a command of %s without a command_id, %d bytes: %s", room, len(payload), refusal)
                return None
            return refusal_reply(command_id, number, actor_of_room(room), refusal, datetime.now(UTC))
        return await self._desk.command(command, actor=actor_of_room(room))

    def _left_to_another(self, number: str, node: int) -> bool:
        """Tell whether a ticket or task is of another node, which is online and answers.

        Raises:
            CommandRefusedError: it is of a node that is away, or that has never been. This is not kept: the same
                command may be said again.
        """
        if node == self._node:
            return False
        online = self._others.get(str(node))
        if not online:
            raise CommandRefusedError("unknown" if online is None else "node-away", number=number, node=node)
        return True

    async def _hear_of_node(self, topic: str, payload: bytes, _properties: Properties | None) -> None:
        node = topic.rpartition("/")[2]
        if not payload:
            self._others.pop(node, None)
            return
        try:
            self._others[node] = parse(payload).data.get("state") == "online"
        except EventError as wrong:
            _log.warning("the status of node %s cannot be read: %s", node, wrong)


def _read(payload: bytes) -> Command | TaskCommand:
    """Read a command.

    Raises:
        CommandRefusedError: it is none. Its words name fields, and never repeat their values.
    """
    if len(payload) > MAX_PAYLOAD_BYTES:
        raise CommandRefusedError("malformed", wrong=too_large(len(payload), MAX_PAYLOAD_BYTES))
    try:
        model: type[Command | TaskCommand] = TaskCommand if _OF_TASK.search(payload) else Command
        return validate_json(model, payload)
    except ValidationError as error:
        raise CommandRefusedError("malformed", wrong=what_is_wrong(error)) from None
