"""Presence at a real broker: who is online, who is gone, and what a broker that died says of both."""

from __future__ import annotations

import json

import aiomqtt
import pytest

from router.broker import presence
from router.broker.link import BrokerLink
from router.broker.presence import human_online
from router.store.store import Store
from tests.brokers import Broker, next_message, opened_link, until

ROOT = "warroom/1"
ROOM = "district-bhopal"
TOPIC = f"{ROOT}/rooms/{ROOM}/presence"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presence, "SETTLE_S", 0.2)
    monkeypatch.setattr(presence, "CONFIRM_S", 0.8)


def said(state: str, since: int = 0) -> str:
    return json.dumps({"state": state, "human": True, "since": str(since)})


def will(client: str) -> aiomqtt.Will:
    return aiomqtt.Will(f"{TOPIC}/{client}", said("offline"), qos=1, retain=True)


def empty(link: BrokerLink, room: str = ROOM) -> bool | None:
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
    assert human_online(payload) is there


async def test_room_is_online_while_any_human_client_is(broker: Broker, link: BrokerLink) -> None:
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


async def test_presence_is_known_again_after_a_restart_of_the_service(broker: Broker, store: Store) -> None:
    await broker.start()
    async with broker.client(ROOM, name="a", will=will("a")) as room:
        await room.publish(f"{TOPIC}/a", said("online"), qos=1, retain=True)
        for _ in range(2):
            async with opened_link(broker, store) as link:
                assert link.presence.offline() is None
                await until(lambda: empty(link) is False)
                assert not link.presence._unconfirmed


async def test_client_that_a_dead_broker_left_behind_is_offline_unless_it_comes_back(
    broker: Broker, link: BrokerLink
) -> None:
    conf = broker.text("mosquitto.conf")
    broker.write(**{"mosquitto.conf": conf.replace("autosave_interval 60", "autosave_interval 1")})
    await broker.stop()
    await broker.start()
    await link.wait_connected()
    for name in ("gone", "back"):
        client = broker.client(ROOM, name=name, will=will(name))
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
