"""Alerts at the broker: kept until they end, and put right after the broker has forgotten or somebody has meddled."""

from __future__ import annotations

import asyncio

import pytest

from router import clock
from router.mqtt.cloudevents import parse
from router.mqtt.connection import MqttConnection
from router.storage.engine import Storage
from router.tickets.command import Command
from router.tickets.service import TicketService
from router.tickets.sla.monitor import SlaMonitor
from router.tickets.workflow import WARROOM, actor_of_room
from tests.support.brokers import WAIT_S, Broker, next_message, opened_link, sent, until
from tests.support.stores import places, report

ROOM = "district-bhopal"


async def tell(store: Storage, room: str, **data: object) -> None:
    await store.write(lambda uow: uow.alerts.raise_alert(kind="overdue", room=room, data=data), outbox=True)


async def end(store: Storage, room: str) -> None:
    await store.write(lambda uow: uow.alerts.end_alert(kind="overdue", room=room), outbox=True)


async def test_alert_is_kept_until_it_ends(broker: Broker, link: MqttConnection, store: Storage) -> None:
    await tell(store, ROOM, tickets=["1"])
    await sent(store)
    held = await broker.retained("alerts/#")
    assert parse(held[f"alerts/overdue/{ROOM}"]).data["tickets"] == ["1"]
    await end(store, ROOM)
    await sent(store)
    assert await broker.retained("alerts/#") == {}


async def test_alerts_are_read_back_and_put_right_after_a_kill(
    broker: Broker, link: MqttConnection, store: Storage
) -> None:
    await tell(store, ROOM, n=1)
    await tell(store, "state", n=1)
    await sent(store)
    held = await broker.retained("alerts/#")
    await broker.kill()  # it forgets both
    await until(lambda: not link.connected)
    await end(store, "state")
    await broker.start()
    await link.wait_connected()
    await sent(store)
    assert await broker.retained("alerts/#") == {f"alerts/overdue/{ROOM}": held[f"alerts/overdue/{ROOM}"]}


async def test_alert_nobody_raised_is_cleared_on_the_next_connect(broker: Broker, store: Storage) -> None:
    await broker.start()
    await tell(store, ROOM, n=1)
    async with broker.client("router") as forger:
        for topic in ("alerts/overdue/state", "alerts/nonsense/a/b", f"alerts/overdue/{ROOM}", "alerts"):
            await forger.publish(f"warroom/1/{topic}", "forged", qos=1, retain=True)
    async with opened_link(broker, store) as link, asyncio.timeout(WAIT_S):
        await link.wait_connected()
        await sent(store)
    held = await broker.retained("alerts/#")
    assert list(held) == [f"alerts/overdue/{ROOM}"]
    assert parse(held[f"alerts/overdue/{ROOM}"]).data["n"] == 1


async def test_ticket_that_is_late_is_told_to_each_level_at_its_own_topic(
    broker: Broker, link: MqttConnection, desk: TicketService, store: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticket = await desk.open(report("1", need="danger"))
    monitor = SlaMonitor(store, desk, places(), offline=link.presence.offline)
    now = clock.read_clocks()
    monkeypatch.setattr(clock, "read_clocks", lambda: now._replace(since_boot=now.since_boot + 301))
    async with broker.client("division-bhopal") as division:
        await division.subscribe("warroom/1/alerts/#", qos=1)
        await monitor.tick()
        told = {}
        while len(told) < 2:
            message = await next_message(division)
            told[str(message.topic)] = parse(bytes(message.payload)).data["tickets"][0]["ticket"]
        assert told == {
            f"warroom/1/alerts/unacknowledged/{ROOM}": ticket.number,
            "warroom/1/alerts/unacknowledged/division-bhopal": ticket.number,
        }
        command = Command(command_id="taken-it", ticket=ticket.number, action="acknowledge")
        await desk.command(command, actor=actor_of_room(ROOM))
        await monitor.tick()
        assert [(await next_message(division)).payload for _ in range(2)] == [b"", b""]
    await sent(store)
    assert await broker.retained("alerts/#") == {}


async def test_room_reads_its_own_alerts_and_those_it_oversees(
    broker: Broker, link: MqttConnection, store: Storage
) -> None:
    for room in (ROOM, "district-indore", "division-bhopal", "division-indore", "secretary"):
        await tell(store, room, n=1)
    await sent(store)
    seen = {}
    for account in (ROOM, "division-bhopal", "state", "secretary"):
        async with broker.client(account) as client:
            await client.subscribe("warroom/1/alerts/#", qos=1)
            await client.subscribe(f"warroom/1/rooms/{account}/presence/end", qos=1)
            await client.publish(f"warroom/1/rooms/{account}/presence/end", "offline", qos=1)
            seen[account] = set()
            while not (topic := str((await next_message(client)).topic)).endswith("/end"):
                seen[account].add(topic.rpartition("/")[2])
    everyone = {ROOM, "district-indore", "division-bhopal", "division-indore", "secretary"}
    assert seen == {
        ROOM: {ROOM},
        "division-bhopal": {ROOM, "division-bhopal"},
        "state": everyone,
        "secretary": everyone,
    }


async def test_copy_lies_beside_the_ticket_until_it_closes_and_is_read_back(
    broker: Broker, link: MqttConnection, desk: TicketService, store: Storage
) -> None:
    ticket = await desk.open(report("1", need="danger"))
    await sent(store)
    own, copy = f"rooms/{ROOM}/tickets/health/{ticket.number}", f"rooms/state/copies/health/{ticket.number}"
    held = await broker.retained("rooms/#")
    assert held[own] == held[copy]

    async def summarised() -> dict[str, int]:
        lies = await broker.retained("rooms/state/summary")
        return dict(parse(lies["rooms/state/summary"]).data["copies"]) if lies else {}

    async def informed() -> bool:
        return await summarised() == {ticket.number: ticket.version}

    async def informed_no_more() -> bool:
        return await summarised() == {}

    await until(informed)
    await broker.kill()
    await until(lambda: not link.connected)
    await broker.start()
    await link.wait_connected()
    await sent(store)
    assert (await broker.retained("rooms/#"))[copy] == held[copy]
    command = Command(command_id="not-needed", ticket=ticket.number, action="withdraw")
    assert (await desk.command(command, actor=WARROOM)).accepted
    await sent(store)
    assert not {own, copy} & set(await broker.retained("rooms/#"))
    await until(informed_no_more)
