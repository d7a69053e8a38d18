"""Client of a room: connects as the room, reads its tickets, sends commands."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import TYPE_CHECKING, Any, NamedTuple

import aiomqtt
from aiomqtt.exceptions import MqttConnectError

from router.mqtt import topics
from router.mqtt.client import create_client
from router.mqtt.commands.rpc import call
from router.tickets.command import CommandReply

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from router.settings import BrokerSettings
    from router.tasks.command import TaskCommand
    from router.tickets.command import Command

_RETRY_S = 2.0  # a room that lost the broker asks again this often; retained tickets wait for it

_log = logging.getLogger(__name__)


class RoomTicket(NamedTuple):
    """One ticket as the room received it.

    Attributes:
        number: The ticket's number.
        event: The whole CloudEvent, or None when the ticket is no longer this room's.
        retained: Whether the broker had kept it, so that it is not news.
        is_task: Whether it is a task of the war room, and its id the number.
    """

    number: str
    event: dict[str, Any] | None
    retained: bool
    is_task: bool = False


async def watch_room(
    broker: BrokerSettings,
    room: str,
    password: str,
    *,
    client: str,
    connected: asyncio.Event | None = None,
    tasks: bool = False,
) -> AsyncIterator[RoomTicket]:
    """Yield the room's tickets, the retained ones first, then each change, until closed; reconnects by itself.

    Args:
        broker: Where the broker is.
        room: The room's id, which is its account's name too.
        password: The account's password.
        client: Distinguishes this client of the room from its others.
        connected: Set once the subscription stands.
        tasks: Whether to yield the room's tasks of the war room too.

    Raises:
        MqttConnectError: The broker refuses the account.
    """
    kinds = ("tickets", "tasks") if tasks else ("tickets",)
    wanted = [(f"{broker.topic_root}/rooms/{room}/{kind}/#", 1) for kind in kinds]
    while True:
        try:
            async with create_client(broker, room, password, f"{room}-{client}") as link:
                await link.subscribe(wanted)
                if connected is not None:
                    connected.set()
                async for message in link.messages:
                    *_, kind, number = str(message.topic).split("/")
                    payload = message.payload
                    event = json.loads(payload) if isinstance(payload, bytes) and payload else None
                    yield RoomTicket(number, event, bool(message.retain), is_task=kind == "tasks")
        except MqttConnectError:
            raise
        except aiomqtt.MqttError as error:
            if (task := asyncio.current_task()) and task.cancelling():  # ended by us: the goodbye alone went wrong
                raise asyncio.CancelledError from error
            _log.warning("broker lost (%s), trying again in %.0f s", error, _RETRY_S)
            await asyncio.sleep(_RETRY_S)


async def command_as_room(
    broker: BrokerSettings, room: str, password: str, command: Command | TaskCommand, *, client: str, limit_s: float
) -> CommandReply:
    """Say a command as a room, again and again until it is answered, and return the reply.

    Args:
        broker: Where the broker is.
        room: The room's id.
        password: The account's password.
        command: The command; its id makes repetitions harmless.
        client: Distinguishes this client of the room from its others.
        limit_s: Seconds after which the waiting ends; the command may still be done.

    Raises:
        TimeoutError: nobody answered.
        aiomqtt.MqttError: the broker is not there, or refuses the account.
    """
    data = await call(
        create_client(broker, room, password, f"{room}-{client}"),
        command.model_dump_json(exclude_unset=True),
        command_id=command.command_id,
        to=topics.under(broker.topic_root, topics.commands(room)),
        answer=f"{topics.under(broker.topic_root, topics.replies(room))}/{client}",
        limit_s=limit_s,
    )
    return CommandReply.model_validate(data)
