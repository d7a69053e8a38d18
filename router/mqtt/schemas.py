"""JSON Schemas of all payloads, generated from the models and retained at the broker."""

from __future__ import annotations

import json
import logging
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, Union

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, create_model

from router.model.calls.attended_callback import AttendedCallback
from router.model.notice import PublicNotice
from router.model.rooms.task import Part
from router.model.ticket import Ticket
from router.mqtt import topics
from router.mqtt.client import PublishRejectedError
from router.mqtt.cloudevents import Event
from router.mqtt.operator_messages import OperatorReply, QueueState, TrunkState
from router.mqtt.retained.summaries import Summary
from router.stock.stock_report import StockReport
from router.tasks.command import TaskCommand
from router.tickets.command import Command, CommandReply

if TYPE_CHECKING:
    from collections.abc import Mapping

    from router.mqtt.client import AckClient
    from router.mqtt.operator_messages import OperatorCommand

_DIALECT = "https://json-schema.org/draft/2020-12/schema"

_log = logging.getLogger(__name__)


class PresenceSchema(BaseModel):
    """Whether a client of a room is there: published retained when it connects, and set as its last will."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    state: Literal["online", "offline"]
    human: bool = True
    """Whether a person sits before it: a room is online while any such client is. A program says false."""
    since: str = Field(default="", max_length=64)
    """When it connected, or anything else that is new with each connection: so is told what a broker that died had
    kept from what was said since."""


FROM_ROOMS: Mapping[str, type[BaseModel]] = MappingProxyType(
    {"command": Command, "presence": PresenceSchema, "stock": StockReport, "task-command": TaskCommand}
)
"""What rooms publish, as plain JSON."""

FROM_ROUTER: Mapping[str, type[BaseModel]] = MappingProxyType(
    {
        "ticket": Ticket,
        "reply": CommandReply,
        "operator-reply": OperatorReply,
        "summary": Summary,
        "task": Part,
        "notice": PublicNotice,
        "queue": QueueState,
        "trunk": TrunkState,
        "callback": AttendedCallback,
    }
)
"""The router's messages: the ``data`` of a CloudEvent."""


def schemas(actions: Mapping[str, type[OperatorCommand]] = MappingProxyType({})) -> dict[str, dict[str, Any]]:
    """Return the JSON Schema of every payload by its name.

    Args:
        actions: The models of operators' commands, by action; without them there is no ``operator-command``.
    """
    said = {name: model.model_json_schema(mode="validation") for name, model in FROM_ROOMS.items()}
    for name, model in FROM_ROUTER.items():
        kind: Any = Literal[f"warroom.{name}.v1"]
        event = create_model(
            f"{name.title().replace('-', '')}Event", __base__=Event, type=(kind, ...), data=(model, ...)
        )
        said[name] = event.model_json_schema(mode="serialization")
    if actions:
        commands: Any = Union[tuple(actions.values())]  # noqa: UP007  (as many as there are)
        said["operator-command"] = TypeAdapter(commands).json_schema(mode="validation")
    return {name: {"$schema": _DIALECT, **schema} for name, schema in sorted(said.items())}


async def publish_schemas(client: AckClient, root: str, actions: Mapping[str, type[OperatorCommand]]) -> None:
    """Lay every schema on its topic, retained; once after each connect.

    Raises:
        aiomqtt.MqttError: the connection broke.
    """
    for name, schema in schemas(actions).items():
        try:
            await client.put(topics.under(root, topics.schema(name)), json.dumps(schema, ensure_ascii=False))
        except PublishRejectedError as refusal:
            _log.error("%s", refusal)
