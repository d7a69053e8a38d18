"""Alerts of a whole stack, as an admin lists them."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import aiomqtt

from tests.support.brokers import until
from tests.support.commands import warroom
from tests.support.faults import alerts_of
from tests.support.stores import opened_desk, report
from warroom.cli.common import open_storage
from warroom.config.secrets import mqtt_room, read_secret

if TYPE_CHECKING:
    from tests.live.conftest import House

ROOM = "district-alirajpur"  # no other test signs in here


def standing(house: House) -> bool:
    return bool(alerts_of(house, "room-offline", ROOM))


async def told(house: House) -> list[str]:
    ended = await warroom(house.data, "alerts", "list", "--kind", "room-offline", "--room", ROOM, "--json")
    return [alert["room"] for alert in json.loads(ended.out)]


async def test_room_nobody_is_in_is_told_until_somebody_signs_in(house: House) -> None:
    """At once: somebody in danger waits there."""
    async with open_storage(house.data) as store, opened_desk(store) as desk:
        await desk.open(report("alirajpur/1", need="danger", district="alirajpur", phone=None))
    broker = house.settings.router.broker
    topic = f"{broker.topic_root}/rooms/{ROOM}/presence/desk"
    async with asyncio.timeout(60):
        await until(lambda: standing(house), seconds=60)
        assert await told(house) == [ROOM]
        async with aiomqtt.Client(
            broker.host,
            broker.port,
            username=ROOM,
            password=read_secret(house.data, mqtt_room(ROOM)),
            identifier=f"{ROOM}-desk",
            will=aiomqtt.Will(topic, '{"state": "offline"}', qos=1, retain=True),
        ) as room:
            await room.publish(topic, '{"state": "online"}', qos=1, retain=True)
            await until(lambda: not standing(house), seconds=60)
            assert await told(house) == []
            await room.publish(topic, '{"state": "offline"}', qos=1, retain=True)
        await until(lambda: standing(house), seconds=60)
