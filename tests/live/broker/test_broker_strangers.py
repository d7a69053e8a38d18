"""What an account may not do to others at the broker, what it may leave there, and the admin's own listener."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

import aiomqtt
import pytest

from router.mqtt.client import create_client
from router.mqtt.mosquitto import quotas
from router.mqtt.mosquitto.quotas import Quotas
from router.stock.items import load_items
from tests.support.brokers import ACCOUNTS, NOBODY, PASSWORDS, Broker, next_message, until
from tests.support.ports import free_ports
from tests.support.stores import places

if TYPE_CHECKING:
    from router.mqtt.connection import MqttConnection
    from router.storage.engine import Storage

ROOM = "district-bhopal"
BRANCH = f"warroom/1/rooms/{ROOM}"
ONLINE = '{"state": "online", "human": true}'
SOON_S = 30.0
"""Who says nothing is put out after 90 s by itself."""
OFFLINE = '{"state": "offline", "human": true}'


@pytest.fixture
async def watched(broker: Broker, link: MqttConnection, store: Storage, monkeypatch: pytest.MonkeyPatch) -> Quotas:
    monkeypatch.setattr(quotas, "CLIENTS", 5)
    watching = Quotas(link.inbox, store, rooms=ACCOUNTS, items=load_items(places().needs).by_id)
    watching.listen()
    await broker.stop()  # the link subscribes to all that is asked for after its next connect
    await broker.start()
    await link.wait_connected()
    return watching


async def test_our_own_clients_of_a_room_have_ids_that_nobody_can_name(broker: Broker) -> None:
    ids = [create_client(broker.settings, ROOM, PASSWORDS[ROOM], f"{ROOM}-watch").identifier for _ in range(2)]
    assert ids[0] != ids[1]
    assert all(len(one) >= len(f"{ROOM}-watch-") + 32 for one in ids)


async def test_presence_beyond_a_rooms_due_is_emptied_and_told(broker: Broker, watched: Quotas, store: Storage) -> None:
    async with broker.client(ROOM) as room:
        for name, said in [("gone", OFFLINE), *((f"desk-{one}", ONLINE) for one in range(5))]:
            await room.publish(f"{BRANCH}/presence/{name}", said, qos=1, retain=True)
        await until(lambda: lying(broker, {f"desk-{one}" for one in range(5)}))  # who is offline goes first
        for one in range(20):
            await room.publish(f"{BRANCH}/presence/more {one}", ONLINE, qos=1, retain=True)
        await room.publish(f"{BRANCH}/presence/desk-0", ONLINE + " " * 5000, qos=1, retain=True)
        await until(lambda: lying(broker, {f"desk-{one}" for one in range(1, 5)}))
        await watched.tell()
    (alert,) = await store.read(lambda uow: uow.alerts.active())
    assert (alert.kind, alert.room) == ("room-quota", ROOM)
    for _ in range(quotas.CALM_POLLS):
        await watched.tell()
    assert not await store.read(lambda uow: uow.alerts.active())


async def test_stock_of_no_item_and_of_any_size_is_emptied(broker: Broker, watched: Quotas) -> None:
    async with broker.client(ROOM) as room:
        await room.publish(f"{BRANCH}/stock/wheat", '{"quantity": 1}', qos=1, retain=True)
        for item, said in (("unicorns", "1"), ("rice", "x" * 100_000)):
            await room.publish(f"{BRANCH}/stock/{item}", said, qos=1, retain=True)

        async def left() -> bool:
            return set(await broker.retained(f"rooms/{ROOM}/stock/+")) == {f"rooms/{ROOM}/stock/wheat"}

        await until(left)


async def lying(broker: Broker, wanted: set[str]) -> bool:
    return {topic.rpartition("/")[2] for topic in await broker.retained(f"rooms/{ROOM}/presence/+")} == wanted


@pytest.fixture
async def own_listener(broker: Broker) -> int:
    """A broker with a websocket listener in the admin's own file; its port."""
    (port,) = free_ports(1)
    local = broker.directory / "local"
    (local / "screens.conf").write_text(
        f"listener {port} 127.0.0.1\nprotocol websockets\nallow_anonymous false\n"
        f"password_file {broker.directory}/passwd\nacl_file {broker.directory}/acl\n"
    )
    if os.geteuid() == 0:
        os.chown(local / "screens.conf", NOBODY, NOBODY)
    await broker.start()
    return port


async def test_admins_own_listener_speaks_websockets_with_our_accounts(broker: Broker, own_listener: int) -> None:
    async with broker.client(ROOM) as room:
        await room.publish(f"{BRANCH}/presence/desk", ONLINE, qos=1, retain=True)
    options = {"transport": "websockets", "username": ROOM, "identifier": "browser"}
    async with aiomqtt.Client("127.0.0.1", own_listener, password=PASSWORDS[ROOM], **options) as screen:  # type: ignore[arg-type]
        await screen.subscribe("warroom/1/rooms/#", qos=1)
        assert (await next_message(screen)).payload == ONLINE.encode()
    with pytest.raises(aiomqtt.MqttError):
        async with aiomqtt.Client("127.0.0.1", own_listener, password="guessed", **options):  # type: ignore[arg-type]
            pass


async def test_beyond_the_most_connections_one_more_is_closed_and_those_in_stay(broker: Broker) -> None:
    broker.write(
        **{"mosquitto.conf": broker.text("mosquitto.conf").replace("max_connections 20000", "max_connections 3")}
    )
    await broker.start()
    async with broker.client(ROOM) as room:
        # Mosquitto 2.0.11 looks how many are there before it counts a new one: one more than the limit is let in
        idle = [await asyncio.open_connection("127.0.0.1", broker.settings.port) for _ in range(3)]
        reader, writer = await asyncio.open_connection("127.0.0.1", broker.settings.port)
        async with asyncio.timeout(SOON_S):
            assert await reader.read() == b""
        await room.publish(f"{BRANCH}/presence/desk", ONLINE, qos=1)
    for _, line in [*idle, (reader, writer)]:
        line.close()
