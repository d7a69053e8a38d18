"""Client of an operator or the war room: sends a call control command and waits for its reply."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING

from router.mqtt import topics
from router.mqtt.client import create_client
from router.mqtt.commands.rpc import call
from router.mqtt.operator_messages import OperatorReply

if TYPE_CHECKING:
    from collections.abc import Mapping

    from router.settings import BrokerSettings


async def command_as_operator(
    broker: BrokerSettings,
    account: str,
    password: str,
    words: Mapping[str, object],
    *,
    operator: str = topics.WARROOM_OPERATOR,
    client: str,
    limit_s: float,
) -> OperatorReply:
    """Say a command, again and again until it is answered, and return the reply.

    Args:
        broker: Where the broker is.
        account: An operator's own, ``topics.operator(id)``; the router's for the war room.
        password: The account's password.
        words: The command; without a ``command_id`` one is drawn here.
        operator: The operator's id.
        client: Distinguishes this client from the account's others.
        limit_s: Seconds after which the waiting ends; the command may still be done.

    Raises:
        TimeoutError: nobody answered.
        aiomqtt.MqttError: the broker is not there, or refuses the account.
    """
    command_id = str(words.get("command_id") or uuid.uuid4().hex)
    data = await call(
        create_client(broker, account, password, f"{operator}-{client}"),
        json.dumps({"command_id": command_id, **words}),
        command_id=command_id,
        to=topics.under(broker.topic_root, topics.operator_commands(operator)),
        answer=f"{topics.under(broker.topic_root, topics.operator_replies(operator))}/{client}",
        limit_s=limit_s,
    )
    return OperatorReply.model_validate(data)
