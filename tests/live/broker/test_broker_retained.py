"""What lies at the broker: read back after each connect, tickets that move, the node's state, summaries."""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import TYPE_CHECKING

import sqlalchemy as sa

from router.model.deadline import Deadline
from router.mqtt.client import AckClient
from router.mqtt.cloudevents import parse
from router.mqtt.node_status import HEARTBEAT_S, NodeStatus
from router.mqtt.retained.messages import RetainedMessages
from router.storage.unit_of_work import UnitOfWork
from tests.support.brokers import PASSWORDS, ROOMS, expected, next_message, opened_link, sent, until
from tests.support.stores import BHOPAL, report

if TYPE_CHECKING:
    from collections.abc import Callable

    from router.mqtt.connection import MqttConnection
    from router.storage.engine import Storage
    from router.tickets.service import TicketService
    from tests.support.brokers import Broker

    Worse = Callable[[Broker], contextlib.AbstractAsyncContextManager[asyncio.Semaphore]]

from tests.live.broker.test_broker_link import ROOT, secret_client


async def test_read_back_clears_what_is_stray_and_mends_what_was_changed(
    broker: Broker, desk: TicketService, store: Storage
) -> None:
    await broker.start()
    tickets = [await desk.open(report(f"{i}")) for i in range(3)]
    others = "rooms/state/tickets/triage/200000026"  # a valid number of another node
    wrong_room = f"rooms/district-indore/tickets/food/{tickets[0].number}"
    async with opened_link(broker, store):
        await sent(store)
    async with secret_client(broker) as forger:
        for topic in (
            others,
            wrong_room,
            "rooms/district-bhopal/tickets/food/100000090",
            "rooms/district-bhopal/tickets/food/no-number",
            "rooms/atlantis/tickets/a/b/c",
            "rooms/state/tickets",
            next(iter(expected(tickets[1]))),
        ):
            await forger.put(f"{ROOT}/{topic}", "forged")
        await forger.put(f"{ROOT}/{next(iter(expected(tickets[2])))}", None)
    async with opened_link(broker, store) as link:
        await link.wait_connected()
        await sent(store)
    assert await broker.retained() == {others: "forged", **expected(*tickets)}


async def test_read_back_leaves_what_the_store_cannot_read_and_mends_the_others(
    broker: Broker, desk: TicketService, store: Storage
) -> None:
    await broker.start()
    tickets = [await desk.open(report(f"{i}")) for i in range(3)]
    async with opened_link(broker, store):
        await sent(store)
    spoilt = "UPDATE tickets SET document = json_set(document, '$.stage', 'unheard of') WHERE number = :number"
    await store.write(lambda uow: uow.connection.execute(sa.text(spoilt), {"number": tickets[1].number}))
    async with secret_client(broker) as forger:
        await forger.put(f"{ROOT}/{next(iter(expected(tickets[2])))}", None)
    async with opened_link(broker, store) as link:
        await link.wait_connected()
        await sent(store)
    assert await broker.retained() == expected(*tickets)
    assert await desk.tickets(open_only=True, room=None, limit=9) == [tickets[2], tickets[0]]


async def test_move_to_another_room_is_never_in_none(
    broker: Broker, link: MqttConnection, desk: TicketService, store: Storage
) -> None:
    ticket = await desk.open(BHOPAL)
    await sent(store)
    moved = ticket.model_copy(update={"room": "district-indore", "district": "indore", "version": 2})

    def move(uow: UnitOfWork) -> None:
        old = RetainedMessages().of_ticket(ticket, ticket.model_dump_json())
        document = moved.model_dump_json()
        uow.tickets.update(moved, document, Deadline(), by="test", what="moved")
        assert old
        uow.outbox.replace(ticket.number, RetainedMessages().of_ticket(moved, document), [old.place])

    async with broker.client("router") as watcher:
        await watcher.subscribe(f"{ROOT}/rooms/+/tickets/#", qos=1)
        await next_message(watcher)  # as it lies there
        await store.write(move, outbox=True)
        first, second = await next_message(watcher), await next_message(watcher)
    assert f"{ROOT}/{next(iter(expected(moved)))}" == str(first.topic)
    assert f"{ROOT}/{next(iter(expected(ticket)))}" == str(second.topic)
    assert second.payload == b""
    assert await broker.retained() == expected(moved)


async def test_node_says_what_it_is_and_the_broker_says_when_it_is_gone(
    broker: Broker, desk: TicketService, store: Storage
) -> None:
    await broker.start()
    async with broker.client("router") as watcher:
        await watcher.subscribe(f"{ROOT}/nodes/1", qos=1)

        async def state() -> dict[str, object]:
            return parse(bytes((await next_message(watcher)).payload)).data

        online = {"state": "online", "heartbeat_s": HEARTBEAT_S}
        async with opened_link(broker, store) as link:
            assert await state() == online
            link.set_node_status({"version": "0.1.0", "calls": {"181": 2}})
            assert await state() == {**online, "version": "0.1.0", "calls": {"181": 2}}
            async with secret_client(broker, identifier=link._client_id()):  # throws the link out without a goodbye
                assert await state() == {"state": "offline"}
            assert await state() == {**online, "version": "0.1.0", "calls": {"181": 2}}
        assert await state() == {"state": "offline"}  # a clean goodbye


async def test_node_status_comes_again_as_a_heartbeat(broker: Broker) -> None:
    await broker.start()
    status = NodeStatus(root=ROOT, node=1, heartbeat_s=0.05)
    client = AckClient(
        broker.settings.host, broker.settings.port, username="router", password=PASSWORDS["router"], identifier="beats"
    )
    async with broker.client("district-bhopal", name="hears") as room, client:
        await room.subscribe(f"{ROOT}/nodes/1", qos=1)
        beating = asyncio.create_task(status.run(client))
        ids = [parse(bytes((await next_message(room)).payload)).id for _ in range(3)]
        beating.cancel()
    assert len(set(ids)) == 3


async def test_summary_lists_every_open_ticket_and_is_sent_once_a_second(
    broker: Broker, link: MqttConnection, desk: TicketService, store: Storage
) -> None:
    async with broker.client("district-bhopal") as room:
        await room.subscribe(f"{ROOT}/rooms/district-bhopal/summary", qos=1)
        assert parse(bytes((await next_message(room)).payload)).data["tickets"] == {}
        tickets = await asyncio.gather(*(desk.open(report(f"{i}")) for i in range(200)))
        messages = 1
        while len((data := parse(bytes((await next_message(room)).payload)).data)["tickets"]) < 200:
            messages += 1
        assert messages <= 3  # not one for each ticket
    assert data == {
        "room": "district-bhopal",
        "tickets": {ticket.number: 1 for ticket in tickets},
        "open": 200,
        "by_stage": {"routed": 200},
        "by_desk": {"food": 200},
        "by_need": {"ration": 200},
        "by_priority": {str(tickets[0].priority): 200},
        "clusters": [{"cluster": "ration-462001", "service_code": "ration", "zipcode": "462001", "open": 200}],
        "proposals": [],
        "copies": {},
    }
    assert set(await broker.retained("rooms/+/summary")) == {f"rooms/{room}/summary" for room in ROOMS}


async def test_room_whose_queue_ran_over_sees_in_the_summary_what_it_lacks(
    broker: Broker, desk: TicketService, store: Storage
) -> None:
    conf = broker.text("mosquitto.conf")
    broker.write(**{"mosquitto.conf": conf.replace("max_queued_messages 100000", "max_queued_messages 5")})
    await broker.start()
    topic = f"{ROOT}/rooms/district-bhopal"
    slow = {"clean_start": False, "properties": _kept_session()}
    async with broker.client("district-bhopal", name="slow", **slow) as room:
        await room.subscribe(f"{topic}/tickets/#", qos=1)
    async with opened_link(broker, store):
        tickets = [await desk.open(report(f"{i}")) for i in range(60)]
        await sent(store)

        async def complete() -> bool:
            text = (await broker.retained("rooms/district-bhopal/summary"))["rooms/district-bhopal/summary"]
            return len(json.loads(text)["data"]["tickets"]) == 60

        await until(complete)
        async with broker.client("district-bhopal", name="slow", **slow) as room:
            await room.subscribe(f"{topic}/summary", qos=1)
            seen: set[str] = set()
            while not str((message := await next_message(room)).topic).endswith("/summary"):
                seen.add(str(message.topic).rpartition("/")[2])
            listed = set(parse(bytes(message.payload)).data["tickets"])
    assert listed == {ticket.number for ticket in tickets}
    assert seen < listed  # the broker dropped the rest without a word


def _kept_session() -> object:
    from paho.mqtt.packettypes import PacketTypes
    from paho.mqtt.properties import Properties

    properties = Properties(PacketTypes.CONNECT)
    properties.SessionExpiryInterval = 3600
    return properties
