"""Who may sign in, and what a room may read and write."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aiomqtt
import pytest
from aiomqtt.exceptions import MqttConnectError

from router.mqtt.client import AckClient, PublishRejectedError
from router.mqtt.mosquitto.config import BOARD_ACCOUNT, broker_files
from tests.support.brokers import PASSWORDS, expected, next_message, sent
from tests.support.stores import BHOPAL, report

if TYPE_CHECKING:
    from router.mqtt.connection import MqttConnection
    from router.storage.engine import Storage
    from router.tickets.service import TicketService
    from tests.support.brokers import Broker

BHOPAL_ROOM = "district-bhopal"
ROOT = "warroom/1"


def room_client(broker: Broker, room: str = BHOPAL_ROOM) -> AckClient:
    settings = broker.settings
    return AckClient(settings.host, settings.port, username=room, password=PASSWORDS[room], identifier=f"{room}-writer")


@pytest.mark.parametrize(
    "account", [("router", "wrong"), ("district-bhopal", "secret of district-indore"), ("stranger", "x"), (None, None)]
)
async def test_broker_refuses_who_has_no_right_password(broker: Broker, account: tuple[str | None, str | None]) -> None:
    await broker.start()
    name, password = account
    client = aiomqtt.Client(
        broker.settings.host, broker.settings.port, username=name, password=password, identifier="x"
    )
    with pytest.raises(MqttConnectError):
        await client.__aenter__()


async def test_files_show_no_password_and_differ_each_time(broker: Broker) -> None:
    assert not [name for name in PASSWORDS.values() if any(name in broker.text(file) for file in ("passwd", "acl"))]
    again = broker_files(broker.settings, broker.directory, passwords=PASSWORDS, rooms=[BHOPAL_ROOM])
    assert again["passwd"].splitlines()[0] != broker.text("passwd").splitlines()[0]  # salted


async def test_room_receives_its_own_tickets_only(
    broker: Broker, link: MqttConnection, desk: TicketService, store: Storage
) -> None:
    ours = await desk.open(BHOPAL)
    await desk.open(report("2/1", district="indore"))
    await sent(store)
    async with broker.client(BHOPAL_ROOM) as room:
        for topics in ("#", f"{ROOT}/#", f"{ROOT}/rooms/+/tickets/#", f"{ROOT}/rooms/district-indore/#"):
            await room.subscribe(topics, qos=1)
        await room.subscribe(f"{ROOT}/rooms/{BHOPAL_ROOM}/presence/end", qos=1)
        await room.publish(f"{ROOT}/rooms/{BHOPAL_ROOM}/presence/end", "online", qos=1)
        seen: dict[str, str] = {}
        while (topic := str((message := await next_message(room)).topic)).endswith("/end") is False:
            seen[topic] = bytes(message.payload).decode()
            if "/tickets/" in topic:
                properties: Any = message.properties
                assert properties.ContentType == "application/cloudevents+json"
    common = (f"{ROOT}/schema/", f"{ROOT}/catalogue/", f"{ROOT}/nodes/")
    assert [topic for topic in seen if not topic.startswith((f"{ROOT}/rooms/{BHOPAL_ROOM}/", *common))] == []
    assert expected(ours).items() <= {topic.removeprefix(f"{ROOT}/"): text for topic, text in seen.items()}.items()


async def test_room_of_mqtt_311_receives_the_same(
    broker: Broker, link: MqttConnection, desk: TicketService, store: Storage
) -> None:
    ticket = await desk.open(BHOPAL)
    await sent(store)
    async with broker.client(BHOPAL_ROOM, protocol=aiomqtt.ProtocolVersion.V311) as room:
        await room.subscribe(f"{ROOT}/rooms/{BHOPAL_ROOM}/tickets/#", qos=1)
        message = await next_message(room)
    assert bytes(message.payload).decode() in expected(ticket).values()


async def test_room_that_writes_tickets_changes_nothing(
    broker: Broker, link: MqttConnection, desk: TicketService, store: Storage
) -> None:
    ours = await desk.open(BHOPAL)
    theirs = await desk.open(report("2/1", district="indore"))
    await sent(store)
    targets = [*expected(ours, theirs), f"rooms/{BHOPAL_ROOM}/tickets/food/100000090"]
    targets += [f"rooms/{BHOPAL_ROOM}/summary", f"rooms/{BHOPAL_ROOM}/replies", "nodes/1", "alerts/parked/state"]
    async with room_client(broker) as room:
        for topic in targets:
            for payload in ("forged", None):
                with pytest.raises(PublishRejectedError, match="Not authorized"):
                    await room.put(f"{ROOT}/{topic}", payload)
    async with broker.client(BHOPAL_ROOM, protocol=aiomqtt.ProtocolVersion.V311) as old_room:
        for topic in targets:
            await old_room.publish(f"{ROOT}/{topic}", "forged", qos=1, retain=True)  # looks like success
    assert await broker.retained() == expected(ours, theirs)
    assert "forged" not in (await broker.retained("#")).values()


async def test_room_writes_what_is_its_own_to_say(broker: Broker) -> None:
    await broker.start()
    async with room_client(broker) as room:
        for topic in ("commands", "presence/console-1", "stock/wheat"):
            await room.put(f"{ROOT}/rooms/{BHOPAL_ROOM}/{topic}", "{}")
            with pytest.raises(PublishRejectedError):
                await room.put(f"{ROOT}/rooms/district-indore/{topic}", "{}")


async def test_screens_say_what_rooms_and_operators_may_say_and_nothing_of_the_war_rooms(broker: Broker) -> None:
    await broker.start()
    allowed = (f"rooms/{BHOPAL_ROOM}/commands", "rooms/state/stock/wheat", "operators/101/commands", "board/mark")
    forged = (
        f"rooms/{BHOPAL_ROOM}/tickets/food/100000090", f"rooms/{BHOPAL_ROOM}/summary", f"rooms/{BHOPAL_ROOM}/replies",
        f"rooms/{BHOPAL_ROOM}/tasks/1-1", "operators/101/calls", "operators/101/state", "operators/101/replies",
        "alerts/parked/state", "nodes/1", "catalogue/rooms", "schema/ticket", "queues/health-hi", "callbacks/1",
        "trunks/a",
    )  # fmt: skip
    async with room_client(broker, BOARD_ACCOUNT) as screens:
        for topic in allowed:
            await screens.put(f"{ROOT}/{topic}", "{}", retain=False)
        for topic in forged:
            with pytest.raises(PublishRejectedError, match="Not authorized"):
                await screens.put(f"{ROOT}/{topic}", "forged")
