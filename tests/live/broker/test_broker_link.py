"""The link: connecting, reading back, and what a broker that goes away does to the tickets: nothing."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
from typing import TYPE_CHECKING

import aiomqtt
import pytest
import sqlalchemy as sa

from router.model.deadline import Deadline
from router.mqtt.client import AckClient, create_client
from router.mqtt.cloudevents import parse
from router.mqtt.mosquitto import config
from router.mqtt.retained.messages import RetainedMessages
from router.storage.unit_of_work import UnitOfWork
from tests.support.brokers import PASSWORDS, ROOMS, expected, next_message, opened_link, sent, until
from tests.support.stores import BHOPAL, PHONE, places, report

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from router.model.ticket import Ticket
    from router.mqtt.connection import MqttConnection
    from router.storage.engine import Storage
    from router.tickets.service import TicketService
    from tests.support.brokers import Broker

    Worse = Callable[[Broker], contextlib.AbstractAsyncContextManager[asyncio.Semaphore]]

ROOT = "warroom/1"


def secret_client(broker: Broker, **options: object) -> AckClient:
    """Another client of the router's account, as a forger with its password would be."""
    settings = broker.settings
    options.setdefault("identifier", "forger")
    return AckClient(settings.host, settings.port, username="router", password=PASSWORDS["router"], **options)


async def test_ticket_reaches_the_broker_at_once(
    broker: Broker, link: MqttConnection, desk: TicketService, store: Storage
) -> None:
    async with broker.client("district-bhopal") as room:
        await room.subscribe(f"{ROOT}/rooms/district-bhopal/tickets/#", qos=1)
        ticket = await desk.open(BHOPAL)
        message = await next_message(room, seconds=2)
    assert {str(message.topic).removeprefix(f"{ROOT}/"): bytes(message.payload).decode()} == expected(ticket)
    await sent(store)


async def test_broker_absent_at_start_gets_all_when_it_comes(
    broker: Broker, desk: TicketService, store: Storage
) -> None:
    async with opened_link(broker, store) as link:
        tickets = [await desk.open(report(f"{i}")) for i in range(10)]
        assert not link.connected
        await broker.start()
        await sent(store)
        assert link.connected
    assert await broker.retained() == expected(*tickets)


async def test_newer_version_takes_the_place_of_one_that_waits(
    broker: Broker, desk: TicketService, store: Storage
) -> None:
    ticket = await desk.open(BHOPAL)
    other = await desk.open(report("2/1"))
    for i in range(3):
        ticket = await desk.attach(ticket.number, recordings=(f"{i}.wav",))
    await broker.start()
    async with broker.client("district-bhopal") as room:
        await room.subscribe(f"{ROOT}/rooms/district-bhopal/tickets/#", qos=1)
        async with opened_link(broker, store):
            await sent(store)
        seen = [parse(bytes((await next_message(room)).payload)).id for _ in range(2)]
        assert sorted(seen) == sorted([f"{ticket.number}-4", f"{other.number}-1"])
        assert len(room.messages) == 0


async def test_broker_killed_right_after_a_puback_is_made_whole(
    broker: Broker, link: MqttConnection, desk: TicketService, store: Storage, caplog: pytest.LogCaptureFixture
) -> None:
    tickets = [await desk.open(report(f"{i}")) for i in range(20)]
    await sent(store)  # every one of them had its PUBACK
    await broker.kill()
    await until(lambda: not link.connected)
    await broker.start()
    await until(lambda: link.connected)
    await sent(store)
    assert await broker.retained() == expected(*tickets)
    assert "read back from the broker: 20 tickets missing" in caplog.text


async def test_broker_restarted_under_load_holds_every_last_version(
    broker: Broker, link: MqttConnection, desk: TicketService, store: Storage
) -> None:
    districts = list(places().districts)
    going = asyncio.Event()

    async def one(i: int) -> Ticket:
        ticket = await desk.open(report(f"{i}", district=districts[i % len(districts)]))
        if i == 100:
            going.set()
        if i % 3 == 0:
            ticket = await desk.attach(ticket.number, recordings=("later.wav",))
        return ticket

    async def all_of_them() -> list[Ticket]:
        tickets = []
        for start in range(0, 500, 10):
            tickets += await asyncio.gather(*(one(i) for i in range(start, start + 10)))
        return tickets

    load = asyncio.create_task(all_of_them())
    await going.wait()
    await broker.kill()
    await broker.start()
    await broker.stop()
    await broker.start()
    tickets = await load
    await sent(store)
    held = await broker.retained()
    assert len(held) == 500
    assert held == expected(*tickets)


async def test_put_cancelled_together_with_its_answer_ends(broker: Broker, monkeypatch: pytest.MonkeyPatch) -> None:
    await broker.start()
    async with secret_client(broker) as client:
        going_on = asyncio.create_task(client.put(f"{ROOT}/x", "x"))
        answered = client._on_publish

        def answer_and_cancel(*args: object) -> None:
            answered(*args)  # type: ignore[arg-type]
            going_on.cancel()

        monkeypatch.setattr(client._client, "on_publish", answer_and_cancel)
        with pytest.raises(asyncio.CancelledError):
            await going_on


async def test_broker_that_dies_in_the_middle_of_connecting_is_tried_again_at_once(
    broker: Broker, store: Storage
) -> None:
    async with dying(broker) as came, opened_link(broker, store), asyncio.timeout(5):  # half of what an answer may take
        for _ in range(3):
            await came.acquire()


@contextlib.asynccontextmanager
async def dying(broker: Broker) -> AsyncIterator[asyncio.Semaphore]:
    """In the broker's place one that dies whenever a client has begun to speak; the semaphore counts them."""
    came = asyncio.Semaphore(0)

    async def take_and_die(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        came.release()
        writer.close()

    async with await asyncio.start_server(take_and_die, broker.settings.host, broker.settings.port):
        yield came


@contextlib.asynccontextmanager
async def silent(broker: Broker) -> AsyncIterator[asyncio.Semaphore]:
    """In the broker's place one that answers nobody; the semaphore counts who came."""
    came = asyncio.Semaphore(0)
    left = []

    async def take_and_wait(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        left.append(writer)
        came.release()

    async with await asyncio.start_server(take_and_wait, broker.settings.host, broker.settings.port):
        yield came
        for writer in left:
            writer.close()


@pytest.mark.parametrize("worse", [dying, silent])
async def test_link_that_broke_outlives_a_broker_that_lets_nobody_in(
    broker: Broker, desk: TicketService, store: Storage, worse: Worse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two troubles one after the other: the second meets the task that the first one has been through."""
    monkeypatch.setattr("router.mqtt.connection._ANSWER_S", 0.5)
    await broker.start()
    async with opened_link(broker, store) as link:
        await until(lambda: link.connected)
        await broker.kill()
        await until(lambda: not link.connected)
        async with worse(broker) as came, asyncio.timeout(20):
            for _ in range(2):
                await came.acquire()
        await broker.start()
        ticket = await desk.open(BHOPAL)
        await sent(store)
    assert await broker.retained() == expected(ticket)


async def test_program_whose_broker_goes_as_it_lets_it_in_is_told_so_and_nothing_else(
    broker: Broker, caplog: pytest.LogCaptureFixture
) -> None:
    async def welcome_and_die(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"\x20\x03\x00\x00\x00")  # CONNACK, success (MQTT 5, 3.2)
        writer.close()

    async with await asyncio.start_server(welcome_and_die, broker.settings.host, broker.settings.port):
        for _ in range(20):
            with pytest.raises(aiomqtt.MqttError):
                async with create_client(broker.settings, "state", "secret", "test") as client:
                    await client.subscribe("x")
    assert [record for record in caplog.records if record.name == "asyncio"] == []


async def test_put_ends_when_the_connection_breaks(broker: Broker) -> None:
    await broker.start()
    async with contextlib.AsyncExitStack() as stack:
        stack.enter_context(contextlib.suppress(aiomqtt.MqttError))
        client = await stack.enter_async_context(secret_client(broker, timeout=60))
        broker.signal(signal.SIGSTOP)
        put = asyncio.create_task(client.put(f"{ROOT}/x", "1"))
        await asyncio.sleep(0)
        await broker.kill()
        async with asyncio.timeout(10):
            with pytest.raises(aiomqtt.MqttError, match="broke"):
                await put


async def test_broker_that_hangs_is_left_and_found_again(
    broker: Broker, desk: TicketService, store: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("router.mqtt.connection._ANSWER_S", 1.0)
    await broker.start()
    async with opened_link(broker, store) as link:
        await until(lambda: link.connected)
        broker.signal(signal.SIGSTOP)
        ticket = await desk.open(BHOPAL)  # callers notice nothing
        await until(lambda: not link.connected)
        broker.signal(signal.SIGCONT)
        await sent(store)
    assert await broker.retained() == expected(ticket)


async def test_wrong_password_says_so_and_keeps_trying(
    broker: Broker,
    desk: TicketService,
    store: Storage,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr("router.mqtt.connection.REJECTED_RETRY_DELAY_S", 0.1)
    await broker.start()
    ticket = await desk.open(BHOPAL)
    async with opened_link(broker, store, password="a new secret") as link:
        await until(lambda: "refuses the account 'router'" in caplog.text)
        assert not link.connected
        assert "a new secret" not in caplog.text
        assert "warroom up" in caplog.text
        broker.write(passwd=f"router:{config.hashed('a new secret')}\nrouter2:{config.hashed('x')}\n")
        broker.signal(signal.SIGHUP)
        await sent(store)
    broker.write(passwd=f"router:{config.hashed(PASSWORDS['router'])}\n")
    broker.signal(signal.SIGHUP)
    assert await broker.retained() == expected(ticket)


async def test_refused_room_is_parked_with_an_alert_and_the_others_go_on(
    broker: Broker,
    desk: TicketService,
    store: Storage,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr("router.mqtt.publisher.PARKED_RETRY_S", 0.5)
    monkeypatch.setattr("router.mqtt.publisher._POLL_S", 0.2)
    acl = broker.text("acl")
    deny = f"user router\ntopic deny {ROOT}/rooms/district-bhopal/tickets/#\n"
    broker.write(acl=acl.replace("user router\n", deny))
    await broker.start()
    async with opened_link(broker, store):
        refused = [await desk.open(report(f"b{i}")) for i in range(3)]
        taken = [await desk.open(report(f"i{i}", district="indore")) for i in range(3)]
        async with broker.client("router") as watcher:
            await watcher.subscribe(f"{ROOT}/alerts/parked/+", qos=1)
            message = await next_message(watcher)
            while parse(bytes(message.payload)).data["waiting"] != 3:
                message = await next_message(watcher)
            assert str(message.topic) == f"{ROOT}/alerts/parked/district-bhopal"
            assert await broker.retained() == expected(*taken)
            assert await store.read(lambda uow: uow.outbox.quarantined_by_room()) == {"district-bhopal": 3}
            broker.write(acl=acl)
            broker.signal(signal.SIGHUP)
            while message.payload:
                message = await next_message(watcher)
        await sent(store)
        assert await broker.retained("alerts/#") == {}
    assert await broker.retained() == expected(*refused, *taken)
    assert PHONE not in caplog.text
    assert "district-bhopal again" in caplog.text


async def test_parked_tickets_are_tried_on_the_next_connect(
    broker: Broker, desk: TicketService, store: Storage
) -> None:
    acl = broker.text("acl")
    broker.write(acl=acl.replace("user router\n", f"user router\ntopic deny {ROOT}/rooms/state/tickets/#\n"))
    await broker.start()
    async with opened_link(broker, store):
        ticket = await desk.open(report("1", district=None))

        async def parked() -> bool:
            return bool(await store.read(lambda uow: uow.outbox.quarantined_by_room())) and bool(
                await broker.retained("alerts/#")
            )

        await until(parked)
        broker.write(acl=acl)
        await broker.stop()
        await broker.start()
        await sent(store)

        async def quiet() -> bool:
            return await broker.retained("alerts/#") == {}

        await until(quiet)
    assert await broker.retained() == expected(ticket)


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

        async with opened_link(broker, store) as link:
            assert await state() == {"state": "online"}
            link.set_node_status({"version": "0.1.0", "calls": {"181": 2}})
            assert await state() == {"state": "online", "version": "0.1.0", "calls": {"181": 2}}
            async with secret_client(broker, identifier=link._client_id()):  # throws the link out without a goodbye
                assert await state() == {"state": "offline"}
            assert await state() == {"state": "online", "version": "0.1.0", "calls": {"181": 2}}
        assert await state() == {"state": "offline"}  # a clean goodbye


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


async def test_nothing_in_the_log_tells_who_called(
    broker: Broker, desk: TicketService, store: Storage, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    await broker.start()
    with contextlib.suppress(TimeoutError):
        async with opened_link(broker, store):
            await desk.open(report("1", description="a word of the citizen"))
            await sent(store)
            await broker.kill()
            await broker.start()
            await sent(store)
    await store.read(lambda uow: uow.tickets.last_place(phone=PHONE))
    assert PHONE not in caplog.text
    assert "a word of the citizen" not in caplog.text
    assert PASSWORDS["router"] not in caplog.text
