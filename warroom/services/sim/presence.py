"""Simulated people in control rooms: each room's own client says that it is there, and what is in store."""

from __future__ import annotations

import asyncio
import contextlib
import json
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Final

import aiomqtt

from router.mqtt import topics
from router.mqtt.client import create_client
from router.retry import retry
from router.stock.items import load_items
from router.task_group import run_together
from warroom.config.secrets import mqtt_room, read_secret

if TYPE_CHECKING:
    from router.mqtt.client import AckClient
    from router.stock.items import Item
    from warroom.services.sim.stage import Stage

AWAY: Final = 4
"""Rooms in which nobody is there."""
ITEMS: Final = 4
"""Items of which each room reports its stock."""
REPORT_EVERY_S: Final = (60.0, 240.0)
DAYS_LEFT: Final = (0.5, 25.0)
CLIENT: Final = "sim"
RETRY_DELAY_S: Final = 5.0


async def people_rooms(stage: Stage) -> None:
    """Have most rooms online, until cancelled; what they said of their stock is taken back then."""
    rooms = [room.id for room in stage.places.rooms]
    there = stage.chance.sample(rooms, max(1, len(rooms) - AWAY))
    items = list(load_items(stage.places.needs).by_id.values())
    await run_together(*(_stay(stage, room, stage.chance.sample(items, min(ITEMS, len(items)))) for room in there))


async def _stay(stage: Stage, room: str, items: list[Item]) -> None:
    await asyncio.sleep(stage.chance.uniform(0, 3))  # not all in one instant
    connect = partial(_one_connection, stage, room, items)
    await retry(connect, delay_s=RETRY_DELAY_S, troubles=(aiomqtt.MqttError,))


async def _one_connection(stage: Stage, room: str, items: list[Item]) -> None:
    broker = stage.settings.router.broker
    password = read_secret(stage.data, mqtt_room(room))
    said = topics.under(broker.topic_root, topics.presence(room, CLIENT))
    async with create_client(broker, room, password, f"{room}-{CLIENT}") as client:
        now = {"state": "online", "since": datetime.now(UTC).isoformat()}
        await client.publish(said, json.dumps(now), qos=1, retain=True)
        try:
            while True:
                for item in items:
                    await _report(stage, client, room, item)
                await asyncio.sleep(stage.chance.uniform(*REPORT_EVERY_S))
        finally:
            with contextlib.suppress(aiomqtt.MqttError):
                for item in items:
                    await client.publish(_topic(stage, room, item), "", qos=1, retain=True)
                await client.publish(said, json.dumps({"state": "offline"}), qos=1, retain=True)


async def _report(stage: Stage, client: AckClient, room: str, item: Item) -> None:
    daily = stage.chance.randint(20, 400)
    report = {
        "quantity": round(daily * stage.chance.uniform(*DAYS_LEFT)),
        "unit": item.unit,
        "daily_use": daily,
        "as_of": datetime.now(UTC).isoformat(),
    }
    await client.publish(_topic(stage, room, item), json.dumps(report), qos=1, retain=True)


def _topic(stage: Stage, room: str, item: Item) -> str:
    return topics.under(stage.settings.router.broker.topic_root, f"rooms/{room}/stock/{item.id}")
