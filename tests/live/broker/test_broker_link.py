"""The link: connecting, reading back, and what a broker that goes away does to the tickets: nothing."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from typing import TYPE_CHECKING

import aiomqtt
import pytest

from router.mqtt.client import AckClient, create_client
from router.mqtt.cloudevents import parse
from router.mqtt.mosquitto import config
from tests.support.brokers import PASSWORDS, WAIT_S, expected, next_message, opened_link, sent, until
from tests.support.stores import BHOPAL, PHONE, new_recordings, places, report

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
        ticket = await desk.attach(ticket.number, recordings=new_recordings(f"{i}.wav"))
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
            ticket = await desk.attach(ticket.number, recordings=new_recordings("later.wav"))
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
    broker: Broker, store: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("router.mqtt.connection._ANSWER_S", 2 * WAIT_S)
    async with dying(broker) as came, opened_link(broker, store), asyncio.timeout(WAIT_S):
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


@pytest.mark.long
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
        async with worse(broker) as came, asyncio.timeout(WAIT_S):
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
        client = await stack.enter_async_context(secret_client(broker, timeout=2 * WAIT_S))
        broker.signal(signal.SIGSTOP)
        put = asyncio.create_task(client.put(f"{ROOT}/x", "1"))
        await asyncio.sleep(0)
        await broker.kill()
        async with asyncio.timeout(WAIT_S):
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
