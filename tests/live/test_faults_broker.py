"""The broker is away, forgets, or is spoken to by those who may not: callers notice nothing, rooms get every ticket."""

from __future__ import annotations

import asyncio
import signal

import aiomqtt
import pytest
from aiomqtt.exceptions import MqttConnectError

from router.mqtt.commands.room_client import watch_room
from tests.live.conftest import LiveStack
from tests.support.citizen import answer
from tests.support.faults import TO_THE_NUMBER, as_router, node_says, settled, tickets_of
from warroom.config.secrets import mqtt_room, read_secret

MET_NO_BROKER = "9811420001"


@pytest.mark.long
async def test_broker_absent_at_the_start_of_a_call_then_killed_and_forgetful(own_stack: LiveStack) -> None:
    stack = own_stack
    stack.processes.stop("broker")
    async with stack.call(caller=MET_NO_BROKER) as call:
        await answer(call, TO_THE_NUMBER)
        await call.hear("hi/number-is")
    stack.processes.start("broker")
    async with stack.room() as room:
        first = await room.ticket(phone=f"+91{MET_NO_BROKER}")
    await settled(stack)

    stack.processes.stop("broker", signal.SIGKILL)
    for memory in stack.layout.broker.glob("mosquitto.db*"):
        memory.unlink()
    stack.processes.start("broker")
    async with stack.room(client="after") as room:
        again = await room.ticket(phone=f"+91{MET_NO_BROKER}")
    assert again == first
    assert len(tickets_of(stack, MET_NO_BROKER)) == 1


async def test_broker_refuses_a_room_with_a_wrong_password(stack: LiveStack) -> None:
    watch = watch_room(stack.settings.router.broker, "district-bhopal", "wrong", client="thief")
    with pytest.raises(MqttConnectError):
        await asyncio.wait_for(anext(watch), 10)


@pytest.mark.parametrize("room", ["district-bhopal", "district-indore"])
async def test_broker_lets_no_room_write_tickets(stack: LiveStack, room: str) -> None:
    """Neither its own nor another's, neither a new one nor an empty one in the place of a real one."""
    broker = stack.settings.router.broker
    real = f"{broker.topic_root}/rooms/{room}/tickets/food/100000029"
    false = f"{broker.topic_root}/rooms/{room}/tickets/food/100000037"
    mark = f"{broker.topic_root}/rooms/district-bhopal/commands"
    async with as_router(stack) as router:
        await router.publish(real, b"real", qos=1, retain=True)
        try:
            async with aiomqtt.Client(
                broker.host,
                broker.port,
                username="district-bhopal",
                password=read_secret(stack.data, mqtt_room("district-bhopal")),
                identifier="district-bhopal-test-writer",
            ) as writer:
                await router.subscribe(f"{broker.topic_root}/rooms/district-bhopal/commands", qos=1)
                await writer.publish(real, b"", qos=1, retain=True)
                await writer.publish(false, b"false", qos=1, retain=True)
                await writer.publish(mark, b"allowed", qos=1)
                assert (await anext(aiter(router.messages))).payload == b"allowed"  # so all before it was judged
            await router.unsubscribe(mark)
            await router.subscribe(f"{broker.topic_root}/rooms/{room}/tickets/food/#", qos=1)
            await router.subscribe(f"{broker.topic_root}/nodes/1", qos=1)  # its retained message comes last
            found = {}
            async for message in router.messages:
                if str(message.topic).endswith("nodes/1"):
                    break
                found[str(message.topic)] = message.payload
            assert found[real] == b"real"
            assert false not in found
        finally:
            await router.publish(real, b"", qos=1, retain=True)
    await node_says(stack, asterisk=True)
