"""Presence at a real broker: who is online, who is gone, and what a broker that died says of both."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiomqtt
import pytest

from router.mqtt import presence
from router.mqtt.connection import MqttConnection
from router.mqtt.mosquitto.connections import Came, Went, read_line
from router.storage.engine import Storage
from tests.support.brokers import Broker, next_message, opened_link, until

ROOT = "warroom/1"
ROOM = "district-bhopal"
TOPIC = f"{ROOT}/rooms/{ROOM}/presence"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presence, "SETTLE_S", 0.2)
    monkeypatch.setattr(presence, "CONFIRM_S", 0.8)


@asynccontextmanager
async def screen(broker: Broker, name: str) -> AsyncIterator[aiomqtt.Client]:
    """A client as the page for rooms asks for it: says that it is there, and says it again when told that it is not."""
    async with broker.client(ROOM, name=name, will=will(name)) as client:
        await client.subscribe(f"{TOPIC}/{name}", qos=1)

        async def say() -> None:
            await client.publish(f"{TOPIC}/{name}", said("online"), qos=1, retain=True)
            async for message in client.messages:
                if b"offline" in bytes(message.payload):
                    await client.publish(f"{TOPIC}/{name}", said("online"), qos=1, retain=True)

        saying = asyncio.create_task(say())
        try:
            yield client
        finally:
            saying.cancel()
            await asyncio.gather(saying, return_exceptions=True)


def said(state: str, since: int = 0) -> str:
    return json.dumps({"state": state, "human": True, "since": str(since)})


def will(client: str) -> aiomqtt.Will:
    return aiomqtt.Will(f"{TOPIC}/{client}", said("offline"), qos=1, retain=True)


def empty(link: MqttConnection, room: str = ROOM) -> bool | None:
    offline = link.presence.offline()
    return None if offline is None else room in offline


@pytest.mark.parametrize(
    ("payload", "there"),
    [
        (b'{"state": "online", "human": true}', True),
        (b'{"state": "online", "human": true, "since": "2020-04-02T06:00:00Z"}', True),
        (b'{"state": "online"}', True),
        (b"online", False),
        (b'{"state": "online", "human": false}', False),
        (b'{"state": "offline", "human": true, "state": "online"}', False),
        (b"offline", False),
        (b"", False),
        (b'{"state": ["online"], "human": true}', False),
        (b'{"state": "offline", "human": true}', False),
        (b"[1]", False),
        (b"\xff", False),
        (b'{"state": "online", "human": true' + b" " * 5000 + b"}", False),
    ],
)
def test_presence_human_online(payload: bytes, there: bool) -> None:
    known = presence.RoomPresence(root=ROOT, rooms=[ROOM])
    known._note(f"rooms/{ROOM}/presence/a", payload)
    assert bool(known._clients[ROOM]) is there


async def test_room_is_online_while_any_human_client_is(broker: Broker, link: MqttConnection) -> None:
    await until(lambda: empty(link) is True)
    async with broker.client(ROOM, name="a", will=will("a")) as one:
        await one.publish(f"{TOPIC}/a", said("online"), qos=1, retain=True)
        await until(lambda: empty(link) is False)
        async with broker.client(ROOM, name="b", will=will("b")) as other:
            await other.publish(f"{TOPIC}/b", said("online"), qos=1, retain=True)
            await other.publish(f"{TOPIC}/robot", '{"state": "online", "human": false}', qos=1, retain=True)
            await one.publish(f"{TOPIC}/a", said("offline"), qos=1, retain=True)
            await until(lambda: set(link.presence._clients[ROOM]) == {"b"})
            assert empty(link) is False
            async with broker.client(ROOM, name="b"):  # the line of b is cut: the broker tells its last will
                await until(lambda: empty(link) is True)
    assert empty(link, "district-indore") is True


async def test_presence_is_known_again_after_a_restart_of_the_service(broker: Broker, store: Storage) -> None:
    await broker.start()
    async with broker.client(ROOM, name="a", will=will("a")) as room:
        await room.publish(f"{TOPIC}/a", said("online"), qos=1, retain=True)
        for _ in range(2):
            async with opened_link(broker, store) as link:
                assert link.presence.offline() is None
                await until(lambda: empty(link) is False)


async def test_client_that_a_dead_broker_left_behind_is_offline_unless_it_comes_back(
    broker: Broker, link: MqttConnection
) -> None:
    conf = broker.text("mosquitto.conf")
    broker.write(**{"mosquitto.conf": conf.replace("autosave_interval 60", "autosave_interval 1")})
    await broker.stop()
    await broker.start()
    await link.wait_connected()
    held = [broker.client(ROOM, name=name, will=will(name)) for name in ("gone", "back")]  # until the broker dies
    for name, client in zip(("gone", "back"), held, strict=True):
        room = await client.__aenter__()
        await room.publish(f"{TOPIC}/{name}", said("online"), qos=1, retain=True)
    await until(lambda: set(link.presence._clients[ROOM]) == {"gone", "back"})

    async def saved() -> bool:
        return b"presence/back" in (broker.directory / "mosquitto.db").read_bytes()

    await until(saved)
    await broker.kill()
    await until(lambda: link.presence.offline() is None)
    await broker.start()
    async with broker.client("router", name="watch") as watcher:
        await watcher.subscribe(f"{TOPIC}/gone", qos=1)
        assert (await next_message(watcher)).payload == said("online").encode()  # as it was saved
        async with broker.client(ROOM, name="back", will=will("back")) as room:
            await room.publish(f"{TOPIC}/back", said("online", since=1), qos=1, retain=True)  # before or after the link
            assert b"offline" in (await next_message(watcher)).payload
            await until(lambda: set(link.presence._clients[ROOM]) == {"back"})
            assert empty(link) is False
            assert not link.presence._unconfirmed - {f"rooms/{ROOM}/presence/gone"}


@pytest.mark.parametrize(
    "protocol", [aiomqtt.ProtocolVersion.V31, aiomqtt.ProtocolVersion.V311, aiomqtt.ProtocolVersion.V5]
)
async def test_client_that_says_goodbye_without_a_word_is_not_there(
    broker: Broker, link: MqttConnection, protocol: aiomqtt.ProtocolVersion
) -> None:
    await until(lambda: empty(link) is True)
    async with broker.client(ROOM, name="a", will=will("a"), protocol=protocol) as room:
        await room.publish(f"{TOPIC}/a", said("online"), qos=1, retain=True)
        await room.publish(f"{TOPIC}/robot", '{"state": "online", "human": false}', qos=1, retain=True)
        await until(lambda: empty(link) is False)
    await until(lambda: empty(link) is True)

    async def told() -> bool:
        return all("offline" in word for word in (await broker.retained("rooms/+/presence/#")).values())

    await until(told)  # for those who watch the room as well


async def test_word_of_a_program_that_ends_at_once_is_nobodys(broker: Broker, link: MqttConnection) -> None:
    await until(lambda: empty(link) is True)
    async with broker.client("state", name="watch") as watcher:
        await watcher.subscribe(f"{TOPIC}/desk", qos=1)
        for since in range(5):
            async with broker.client(ROOM, name="pub") as once:
                await once.publish(f"{TOPIC}/desk", said("online", since), qos=1, retain=True)
            assert (await next_message(watcher)).payload == said("online", since).encode()
            assert b"offline" in bytes((await next_message(watcher)).payload)
    assert empty(link) is True


async def test_room_stays_there_when_another_of_its_clients_goes(broker: Broker, link: MqttConnection) -> None:
    """Also one that never reads its own topic: a connection that came after its word cannot have said it."""
    await until(lambda: empty(link) is True)
    async with broker.client(ROOM, name="first"), broker.client(ROOM, name="mute", will=will("mute")) as mute:
        await mute.publish(f"{TOPIC}/mute", said("online"), qos=1, retain=True)
        await until(lambda: empty(link) is False)
        for _ in range(3):
            async with broker.client(ROOM, name="cli"):
                pass
        await until(lambda: "mute" in link.presence._clients[ROOM])
        async with screen(broker, "heedful"):
            await until(lambda: set(link.presence._clients[ROOM]) == {"mute", "heedful"})
            async with broker.client(ROOM, name="program") as program:
                await program.publish(f"{TOPIC}/program", said("online"), qos=1, retain=True)
                await until(lambda: "program" in link.presence._clients[ROOM])
            await until(lambda: "program" not in link.presence._clients[ROOM])
            await until(lambda: "heedful" in link.presence._clients[ROOM])


async def test_client_that_went_while_the_router_was_away_is_not_there(
    broker: Broker, store: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(presence, "ASK_S", 0.5)
    await broker.start()
    async with screen(broker, "stays"):
        async with broker.client(ROOM, name="goes", will=will("goes")) as room:
            await room.publish(f"{TOPIC}/goes", said("online"), qos=1, retain=True)
        async with opened_link(broker, store) as link:
            await until(lambda: set(link.presence._clients[ROOM]) == {"stays", "goes"})
            await until(lambda: set(link.presence._clients[ROOM]) == {"stays"})
            async with broker.client("router", name="watch") as watcher:
                await watcher.publish(f"{TOPIC}/stays", said("offline"), qos=1, retain=True)
            await until(lambda: set(link.presence._clients[ROOM]) == {"stays"})
    async with opened_link(broker, store) as link:
        await until(lambda: empty(link) is True)


async def test_two_clients_of_one_name_that_throw_each_other_out_leave_the_room_there(
    broker: Broker, link: MqttConnection
) -> None:
    await until(lambda: empty(link) is True)
    held = [broker.client(ROOM, name="same", will=will("same")) for _ in range(5)]
    for since, one in enumerate(held):
        client = await one.__aenter__()
        await client.publish(f"{TOPIC}/same", said("online", since), qos=1, retain=True)
        await until(lambda now=since: link.presence._clients[ROOM].get("same") == said("online", now).encode())
    assert empty(link) is False


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("New client connected from 127.0.0.1:41234 as a (p2, c1, k60, u'district-bhopal').", Came("a", ROOM)),
        ("New client connected from ::1:41234 as a b (p5, c0, k60, u'district-bhopal').", Came("a b", ROOM)),
        ("New client connected from 127.0.0.1:41234 as a (p2, c1, k60).", Came("a", "")),
        (
            "New client connected from 127.0.0.1:1 as x (p2, c1, k60, u'state'). (p2, c1, k60, u'district-bhopal').",
            Came("x (p2, c1, k60, u'state').", ROOM),
        ),
        ("Client a disconnected.", Went("a")),
        ("1796023902: Client a disconnected.", Went("a")),
        (
            "1796023902: New client connected from 127.0.0.1:60554 as 5: b (p2, c1, k60, u'state').",
            Came("5: b", "state"),
        ),
        ("Client a closed its connection.", Went("a")),
        ("Client a has exceeded timeout, disconnecting.", Went("a")),
        ("Client a disconnected: Keep alive timeout.", Went("a")),
        ("Client a disconnected due to oversize packet.", Went("a")),
        ("Client a been disconnected by administrative action.", Went("a")),
        ("Bad socket read/write on client a: Invalid arguments provided.", Went("a")),
        ("Client a disconnected: x disconnected.", Went("a disconnected: x")),
        ("Client a already connected, closing old connection.", None),
        ("Client a\nClient b disconnected.", Went("a\nClient b")),
        ("Socket error on listener", None),
        ("", None),
    ],
)
def test_connection_lines_of_the_broker(line: str, told: Came | Went | None) -> None:
    assert read_line(line) == told
