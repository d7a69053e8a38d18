"""Simulated control rooms: they mark the simulation's tickets, and take them from step to step after a while."""

from __future__ import annotations

import asyncio
import json
import logging
import uuid
from typing import TYPE_CHECKING, Any, Final

import aiomqtt

from router.mqtt import topics
from router.mqtt.client import create_client
from router.mqtt.mosquitto.config import ROUTER_ACCOUNT
from router.retry import retry
from warroom.config.secrets import MQTT_ROUTER, read_secret
from warroom.services.sim.stage import BY, MARK

if TYPE_CHECKING:
    from router.mqtt.client import AckClient
    from warroom.services.sim.stage import Stage

AFTER_S: Final = {"acknowledge": (5.0, 60.0), "start": (20.0, 120.0), "resolve": (60.0, 300.0)}
"""How long a room takes for each step."""
NEXT: Final = {
    "routed": "acknowledge",
    "triage": "acknowledge",
    "reopened": "acknowledge",
    "acknowledged": "start",
    "in_progress": "resolve",
}
"""What comes next, by stage."""
LEFT: Final = {"acknowledge": 0.12, "start": 0.1, "resolve": 0.15}
"""Of how many tickets a room does not take that step at all: they become late."""
MAX_PENDING: Final = 2_000
RETRY_DELAY_S: Final = 3.0

_log = logging.getLogger(__name__)


class SimulatedRooms:
    """All rooms at once, by the router's account; only with tickets of the simulation.

    Args:
        stage: The simulation.
    """

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._broker = stage.settings.router.broker
        self._password = read_secret(stage.data, MQTT_ROUTER)
        self._tasks: dict[str, asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Work until cancelled."""
        try:
            await retry(self._watch, delay_s=RETRY_DELAY_S, troubles=(aiomqtt.MqttError,))
        finally:
            for task in self._tasks.values():
                task.cancel()
            await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    async def _watch(self) -> None:
        async with create_client(self._broker, ROUTER_ACCOUNT, self._password, "router-sim") as client:
            await client.subscribe(topics.under(self._broker.topic_root, topics.ALL_TICKETS), qos=1)
            async for message in client.messages:
                if isinstance(message.payload, bytes) and message.payload:
                    self._see(client, json.loads(message.payload)["data"])

    def _see(self, client: AckClient, ticket: dict[str, Any]) -> None:
        number = ticket["service_request_id"]
        ours = ticket["phone"] in self._stage.phones
        if not ours and not ticket["name"].startswith(MARK):
            return
        if (before := self._tasks.pop(number, None)) is not None:
            before.cancel()
        if len(self._tasks) < MAX_PENDING:
            task = asyncio.create_task(self._act(client, ticket))
            self._tasks[number] = task
            task.add_done_callback(lambda _: self._tasks.pop(number, None) if self._tasks.get(number) is task else None)

    async def _act(self, client: AckClient, ticket: dict[str, Any]) -> None:
        """Mark a ticket, or take its next step after a while; its next version brings the step after that."""
        if not ticket["name"].startswith(MARK):
            await self._say(client, ticket, "correct", changes={"name": MARK})
            return
        action, chance = NEXT.get(ticket["stage"]), self._stage.chance
        if action is None or chance.random() < LEFT[action]:
            return
        await asyncio.sleep(chance.uniform(*AFTER_S[action]))
        await self._say(client, ticket, action)

    async def _say(self, client: AckClient, ticket: dict[str, Any], action: str, **words: Any) -> None:
        command = {
            "command_id": uuid.uuid4().hex,
            "ticket": ticket["service_request_id"],
            "action": action,
            "by": BY,
            "if_version": ticket["version"],
            **words,
        }
        self._stage.counts[f"rooms: {action}"] += 1
        topic = topics.under(self._broker.topic_root, topics.commands(ticket["room"]))
        try:
            await client.publish(topic, json.dumps(command, ensure_ascii=False), qos=1)
        except aiomqtt.MqttError as error:
            _log.info("a simulated room said nothing: %s", error)
