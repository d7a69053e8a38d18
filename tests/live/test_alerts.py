"""Alerts of a whole stack, as an admin lists them."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import aiomqtt
import pytest

from tests.support.brokers import until
from tests.support.commands import warroom
from tests.support.faults import alerts_of
from tests.support.stores import opened_desk, report
from warroom.cli.common import open_storage
from warroom.config.secrets import mqtt_room, read_secret

if TYPE_CHECKING:
    from tests.live.conftest import LiveStack

ROOM = "district-alirajpur"  # no other test signs in here


def standing(stack: LiveStack) -> bool:
    return bool(alerts_of(stack, "room-offline", ROOM))


async def told(stack: LiveStack) -> list[str]:
    ended = await warroom(stack.data, "alerts", "list", "--kind", "room-offline", "--room", ROOM, "--json")
    return [alert["room"] for alert in json.loads(ended.out)]


@pytest.mark.long
async def test_room_nobody_is_in_is_told_until_somebody_signs_in(stack: LiveStack) -> None:
    """At once: somebody in danger waits there."""
    async with open_storage(stack.data) as store, opened_desk(store) as desk:
        await desk.open(report("alirajpur/1", need="danger", district="alirajpur", phone=None))
    broker = stack.settings.router.broker
    topic = f"{broker.topic_root}/rooms/{ROOM}/presence/desk"
    async with asyncio.timeout(60):
        await until(lambda: standing(stack), seconds=60)
        assert await told(stack) == [ROOM]
        async with aiomqtt.Client(
            broker.host,
            broker.port,
            username=ROOM,
            password=read_secret(stack.data, mqtt_room(ROOM)),
            identifier=f"{ROOM}-desk",
            will=aiomqtt.Will(topic, '{"state": "offline"}', qos=1, retain=True),
        ) as room:
            await room.publish(topic, '{"state": "online"}', qos=1, retain=True)
            await until(lambda: not standing(stack), seconds=60)
            assert await told(stack) == []
            await room.publish(topic, '{"state": "offline"}', qos=1, retain=True)
        await until(lambda: standing(stack), seconds=60)
