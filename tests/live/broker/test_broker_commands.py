"""Rooms that command through a real broker: answered once and the same, whatever they send and whoever goes away."""

from __future__ import annotations

import asyncio
import json
import logging
import uuid
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import aiomqtt
import pytest
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from router.model.stages import Stage
from router.mqtt.client import TCP_NODELAY_OPTION
from router.mqtt.cloudevents import cloud_event
from router.mqtt.commands.replies import MAX_PAYLOAD_BYTES
from router.mqtt.node_status import NodeStatus
from router.tickets.ticket_number import issue
from tests.support.brokers import ROOMS, Broker, next_message, opened_link, sent, until
from tests.support.stores import BHOPAL, report

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from router.model.ticket import Ticket
    from router.mqtt.connection import MqttConnection
    from router.storage.engine import Storage
    from router.tickets.service import TicketService

ROOT = "warroom/1"
ROOM = "district-bhopal"
REPLIES = f"{ROOT}/rooms/{ROOM}/replies"
COMMANDS = f"{ROOT}/rooms/{ROOM}/commands"


@asynccontextmanager
async def room_client(broker: Broker, room: str = ROOM) -> AsyncIterator[aiomqtt.Client]:
    async with broker.client(room, timeout=2, socket_options=TCP_NODELAY_OPTION) as client:
        await client.subscribe(f"{ROOT}/rooms/{room}/replies/#", qos=1)
        yield client


def command(action: str, ticket: Ticket | str, **more: object) -> dict[str, Any]:
    number = ticket if isinstance(ticket, str) else ticket.number
    return {"command_id": uuid.uuid4().hex, "ticket": number, "action": action, **more}


async def told_on(client: aiomqtt.Client, topic: str) -> dict[str, Any]:
    """The next message on one topic, whatever comes on others before it."""
    while not (message := await next_message(client)).topic.matches(topic):
        pass
    return json.loads(bytes(message.payload))  # type: ignore[arg-type,no-any-return]


async def ask(client: aiomqtt.Client, what: dict[str, Any] | bytes, room: str = ROOM) -> dict[str, Any]:
    """Send a command and return its whole reply."""
    payload = what if isinstance(what, bytes) else json.dumps(what).encode()
    await client.publish(f"{ROOT}/rooms/{room}/commands", payload, qos=1)
    return await told_on(client, f"{ROOT}/rooms/{room}/replies/#")


async def test_room_takes_a_ticket_and_hears_of_it(
    broker: Broker, link: MqttConnection, desk: TicketService, store: Storage
) -> None:
    ticket = await desk.open(BHOPAL)
    async with room_client(broker) as room:
        what = command("acknowledge", ticket, if_version=1, by="पहली मेज़")
        reply = await ask(room, what)
        assert (reply["type"], reply["subject"], reply["source"]) == ("warroom.reply.v1", ticket.number, "/nodes/1")
        assert reply["data"] | {"at": ""} == {
            "command_id": what["command_id"],
            "room": ROOM,
            "ticket": ticket.number,
            "task": "",
            "accepted": True,
            "version": 2,
            "stage": "acknowledged",
            "others": 0,
            "code": "",
            "reason": "",
            "reason_hi": "",
            "at": "",
        }
        assert await ask(room, what) == reply  # the whole event, its id too
    await sent(store)
    (lying,) = (await broker.retained(f"rooms/{ROOM}/tickets/#")).values()
    assert json.loads(lying)["data"]["stage"] == "acknowledged"
    assert [line.by for line in await desk.history(ticket.number)] == ["phone", f"{ROOM}: पहली मेज़"]


async def test_reply_goes_where_it_is_wanted_within_the_rooms_branch(
    broker: Broker, link: MqttConnection, desk: TicketService
) -> None:
    ticket = await desk.open(BHOPAL)
    wanted = {
        f"{REPLIES}/screen-7": f"{REPLIES}/screen-7",
        REPLIES: REPLIES,
        f"{ROOT}/rooms/district-indore/replies": REPLIES,
        f"{ROOT}/rooms/{ROOM}/tickets/food/{ticket.number}": REPLIES,
        f"{ROOT}/rooms/{ROOM}/replies-x": REPLIES,
        "replies": REPLIES,
    }
    async with room_client(broker) as room:
        for number, (asked, where) in enumerate(wanted.items()):
            properties = Properties(PacketTypes.PUBLISH)
            properties.ResponseTopic = asked
            properties.CorrelationData = str(number).encode()
            await room.publish(COMMANDS, json.dumps(command("note", ticket, note=asked)), qos=1, properties=properties)
            message = await next_message(room)
            assert str(message.topic) == where
            answered: Any = message.properties
            assert answered.CorrelationData == str(number).encode()
            assert answered.ContentType == "application/cloudevents+json"
    assert not await broker.retained("rooms/+/replies/#")


async def test_what_is_no_command_is_refused_or_logged(
    broker: Broker, link: MqttConnection, desk: TicketService, caplog: pytest.LogCaptureFixture
) -> None:
    ticket = await desk.open(BHOPAL)
    good = command("acknowledge", ticket, command_id="broken-1")
    text = json.dumps(good)
    broken = [
        text.encode()[:-1],
        text.replace("acknowledge", "no-such-action").encode(),
        text.replace('"acknowledge"', "3").encode(),
        text.encode()[:-1] + b', "by": "\xff\xfe"}',
        json.dumps(good | {"note": "x" * MAX_PAYLOAD_BYTES}).encode(),
        b'{"command_id": "broken-1", "x": ' + b"[" * 20_000 + b"]" * 20_000 + b"}",
        json.dumps(good | {"phone": "+919812343210"}).encode(),
        text.encode()[:-1] + b', "action": "resolve"}',
        text.encode()[:-1] + b', "\\u0061ction": "resolve"}',
        text.encode()[:-1] + b', "command_id": "broken-2"}',
        json.dumps(good | {"changes": {}}).replace("{}", '{"people": 1, "people": 2}').encode(),
        json.dumps(good | {"action": "note", "note": "\u200b\u2060 \u200d\ufeff\u202e"}).encode(),
    ]
    async with room_client(broker) as room:
        for payload in broken:
            data = (await ask(room, payload))["data"]
            assert (data["accepted"], data["code"], data["command_id"]) == (False, "malformed", "broken-1")
            assert "98123" not in data["reason"]
        silent = [
            b"",
            b"\xff\xfe\x00",
            b"[]",
            b"null",
            b'{"action": "start"}',
            b'{"command_id": "\\u0000"}',
            b"9" * 5000,
        ]
        for payload in silent:
            await room.publish(COMMANDS, payload, qos=1)
        assert (await ask(room, good))["data"]["accepted"]  # nothing ended, and no broken one used the id up
    assert sum("without a command_id" in record.message for record in caplog.records) == len(silent)
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


@pytest.mark.parametrize(
    ("changes", "kept"),
    [
        ({"phone": "09812 345670", "zipcode": "462 001"}, {"phone": "+919812345670", "zipcode": "462001"}),
        ({"phone": "९८१२३४५६७०", "zipcode": "४६२००१"}, {"phone": "+919812345670", "zipcode": "462001"}),
        ({"phone": "+9109812345670"}, {"phone": "+919812345670"}),
        ({"phone": "(0755) 255\u201312\u00a034"}, {"phone": "+917552551234"}),
        ({"phone": None, "zipcode": ""}, {"phone": None, "zipcode": ""}),
    ],
    ids=["blanks", "devanagari", "country-and-0", "fixed", "none"],
)
async def test_room_puts_a_number_right_as_people_write_it(
    broker: Broker, link: MqttConnection, desk: TicketService, changes: dict[str, Any], kept: dict[str, Any]
) -> None:
    ticket = await desk.open(BHOPAL)
    async with room_client(broker) as room:
        assert (await ask(room, command("correct", ticket, changes=changes)))["data"]["accepted"]
    after = await desk.ticket(ticket.number)
    assert after is not None
    assert after.model_dump(include=set(kept)) == kept


@pytest.mark.parametrize(
    "changes",
    [
        {"phone": "+91981234567"},
        {"phone": "7.55E+09"},
        {"phone": ""},
        {"phone": "2551234"},
        {"zipcode": "62001"},
        {"people": 10**30},
        {"expected_datetime": "0001-01-01T00:00:00+05:30"},
        {"expected_datetime": "9999-12-31T23:59:59-12:00"},
        {"expected_datetime": "2099-01-01T00:00:00Z"},
        {"expected_datetime": "1999-12-31T23:59:59Z"},
    ],
    ids=str,
)
async def test_room_is_told_which_value_is_out_of_bounds(
    broker: Broker, link: MqttConnection, desk: TicketService, changes: dict[str, Any]
) -> None:
    ticket = await desk.open(BHOPAL)
    async with room_client(broker) as room:
        reply = (await ask(room, command("acknowledge", ticket, changes=changes)))["data"]
    assert (reply["accepted"], reply["code"]) == (False, "malformed")
    assert f"changes.{next(iter(changes))}: " in reply["reason"]
    assert await desk.ticket(ticket.number) == ticket


async def test_room_cannot_command_what_is_not_its_own(
    broker: Broker, link: MqttConnection, desk: TicketService
) -> None:
    ours, theirs = await desk.open(BHOPAL), await desk.open(report("2/1", district="indore"))
    async with room_client(broker) as bhopal, room_client(broker, "district-indore") as indore:
        foreign = (await ask(bhopal, command("note", theirs, note="x")))["data"]
        none = (await ask(bhopal, command("note", issue(1, 77), note="x")))["data"]
        assert (foreign["code"], none["code"]) == ("not-yours", "not-yours")
        assert foreign["version"] is None
        what = command("reroute", ours, room="district-indore")
        assert (await ask(bhopal, what))["data"]["accepted"]
        assert (await ask(bhopal, command("start", ours)))["data"]["code"] == "not-yours"
        assert (await ask(bhopal, what))["data"]["accepted"]  # repeated late: the same reply, nothing done again
        assert (await ask(indore, command("start", ours), "district-indore"))["data"]["accepted"]


async def test_command_about_any_number_is_answered(broker: Broker, link: MqttConnection, desk: TicketService) -> None:
    async def said_of(room: aiomqtt.Client, number: str) -> tuple[str, str]:
        reply = (await ask(room, command("start", number)))["data"]
        return reply["ticket"], reply["code"]

    other = command("start", issue(2, 1))
    async with room_client(broker) as room, broker.client("router", name="node-2") as node:
        assert await said_of(room, "200000014") == ("200000014", "not-yours")  # a wrong check digit: no node's
        assert await said_of(room, "999999999") == ("999999999", "unknown")
        assert await said_of(room, issue(1, 77)) == (issue(1, 77), "not-yours")
        assert (await ask(room, other))["data"]["code"] == "unknown"
        task = {"command_id": "t", "action": "finish-task", "task": "2-1"}
        assert (await ask(room, task))["data"]["code"] == "unknown"
        status = NodeStatus(root=ROOT, node=2)
        await node.publish(f"{ROOT}/nodes/2", status.will().payload, qos=1, retain=True)
        await until(lambda: answered(room, other, "node-away"))
        online = cloud_event("node", {"state": "online"}, node=2, subject="2")
        await node.publish(f"{ROOT}/nodes/2", online, qos=1, retain=True)
        await room.publish(COMMANDS, json.dumps(other), qos=1)  # left to that node
        assert await said_of(room, issue(1, 78)) == (issue(1, 78), "not-yours")


async def answered(room: aiomqtt.Client, what: dict[str, Any], code: str) -> bool:
    return bool((await ask(room, what))["data"]["code"] == code)


async def test_war_room_judges_a_proposal_it_can_read(
    broker: Broker, link: MqttConnection, desk: TicketService, store: Storage
) -> None:
    ticket = await desk.open(BHOPAL)
    async with room_client(broker) as room, room_client(broker, "state") as state:
        await ask(room, command("propose-reject", ticket, note="दूसरे राज्य का पता"))
        await sent(store)
        await state.subscribe(f"{ROOT}/rooms/{ROOM}/summary", qos=1)
        while not (proposals := (await told_on(state, f"{ROOT}/rooms/{ROOM}/summary"))["data"]["proposals"]):
            pass
        assert proposals == [ticket.number]
        place = f"{ROOT}/rooms/{ROOM}/tickets/{ticket.desk}/{ticket.number}"
        await state.subscribe(place, qos=1)
        assert (await told_on(state, place))["data"]["proposed_rejection"] == "दूसरे राज्य का पता"
        await state.unsubscribe([f"{ROOT}/rooms/{ROOM}/summary", place])
        assert (await ask(room, command("accept-reject", ticket)))["data"]["code"] == "not-allowed"
        reply = await ask(state, command("accept-reject", ticket, note="सहमत"), "state")
        assert reply["data"]["stage"] == "rejected"
    await sent(store)
    assert not await broker.retained(f"rooms/{ROOM}/tickets/#")


async def test_command_resent_until_answered_is_done_once(broker: Broker, store: Storage, desk: TicketService) -> None:
    ticket = await desk.open(BHOPAL)
    what = command("resolve", ticket, note="पहुँचा दिया")
    await broker.start()

    async def persistent_room() -> int:
        """Send every fifth of a second until a reply comes, whatever breaks; return how often it was sent."""
        times = 0
        while True:
            try:
                async with room_client(broker) as room:
                    while True:
                        times += 1
                        try:
                            async with asyncio.timeout(0.2):
                                reply = await ask(room, what)
                        except TimeoutError:
                            continue
                        assert reply["data"]["accepted"]
                        return times
            except aiomqtt.MqttError:
                await until(lambda: broker.running)

    task = asyncio.create_task(persistent_room())
    await asyncio.sleep(0)
    await broker.kill()
    await broker.start()
    async with opened_link(broker, store, desk=desk):
        assert await asyncio.wait_for(task, 20) >= 1
        await sent(store)
    after = await desk.ticket(ticket.number)
    assert after
    assert (after.version, after.stage) == (2, Stage.RESOLVED)


async def test_commands_from_all_rooms_at_once_are_each_answered(
    broker: Broker, link: MqttConnection, desk: TicketService
) -> None:
    rooms = [room for room in ROOMS if room.startswith("district-")]
    opened = {
        room: [await desk.open(report(f"{room}/{i}", district=room.removeprefix("district-"))) for i in range(2)]
        for room in rooms
    }

    async def work(room: str) -> None:
        async with room_client(broker, room) as client:
            for action in ("acknowledge", "start", "resolve"):
                for ticket in opened[room]:
                    assert (await ask(client, command(action, ticket), room))["data"]["accepted"]

    async with asyncio.timeout(60):
        await asyncio.gather(*(work(room) for room in rooms))
    assert {ticket.stage for ticket in await desk.tickets(limit=1000)} == {Stage.RESOLVED}
