"""Every example of docs/rooms.md is run against a real broker; real payloads fit the schemas that lie there."""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from tests.support.brokers import PASSWORDS, ROOMS, Broker, next_message, sent, until
from tests.support.stores import BHOPAL, places, report
from warroom.config.paths import PROJECT

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from router.mqtt.connection import MqttConnection
    from router.storage.engine import Storage
    from router.tickets.service import TicketService

ROOM = "district-bhopal"
PAGE = (PROJECT / "docs" / "rooms.md").read_text(encoding="utf-8")
SHELL = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
PYTHON = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


@asynccontextmanager
async def example(broker: Broker, code: str, **more: str) -> AsyncIterator[asyncio.StreamReader]:
    """Run an example as it stands on the page; what it prints is read."""
    env = os.environ | {
        "HOST": broker.settings.host,
        "PORT": str(broker.settings.port),
        "ROOM": ROOM,
        "PASSWORD": PASSWORDS[ROOM],
        "SCREEN": "0b7c6d0e-3a55-4a86-9a0f-2b1c51a6f2de",
        **more,
    }
    python = code.startswith(("import ", "from "))
    command = [sys.executable, "-c", code] if python else ["sh", "-c", code if "\nuntil" in code else f"exec {code}"]
    env["PYTHONPATH"] = str(broker.directory / "page")
    (broker.directory / "page").mkdir(exist_ok=True)
    (broker.directory / "page" / "room_client.py").write_text(find(PYTHON, "Connects a room"), encoding="utf-8")
    process = await asyncio.create_subprocess_exec(*command, env=env, stdout=asyncio.subprocess.PIPE, limit=2**20)
    assert process.stdout
    try:
        async with asyncio.timeout(30):
            yield process.stdout
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def line_with(output: asyncio.StreamReader, wanted: str) -> str:
    while line := (await output.readline()).decode():
        if wanted in line:
            return line
    raise AssertionError(f"the example ended without saying {wanted!r}")


def find(examples: list[str], mark: str) -> str:
    (found,) = [code for code in examples if mark in code]
    return found


def test_page_has_no_example_that_is_not_run_here() -> None:
    assert [find(SHELL, mark) for mark in ("/tickets/#", "mosquitto_rr", "/schema/ticket")] == SHELL
    marks = ("Connects a room", "silent", "no longer ours", "lacking", "command_id", "presence/")
    assert [find(PYTHON, mark) for mark in marks] == PYTHON


@pytest.mark.parametrize("code", [find(SHELL, "/tickets/#"), find(PYTHON, "no longer ours")], ids=["shell", "python"])
async def test_page_shows_how_to_see_tickets(
    broker: Broker, link: MqttConnection, desk: TicketService, code: str
) -> None:
    old = await desk.open(BHOPAL)
    async with example(broker, code) as output:
        await line_with(output, old.number)
        new = await desk.open(report("2/1"))
        assert "routed" in await line_with(output, new.number)


async def test_page_shows_how_to_know_that_all_is_there(
    broker: Broker, link: MqttConnection, desk: TicketService, store: Storage
) -> None:
    tickets = [await desk.open(report(f"{i}")) for i in range(20)]
    await sent(store)
    async with example(broker, find(PYTHON, "lacking")) as output:
        await line_with(output, "20 tickets, 0 lacking")
        await asyncio.gather(*(desk.open(report(f"more {i}")) for i in range(5)))
        await line_with(output, "25 tickets, 0 lacking")
        async with broker.client("router", name="forger") as forger:  # a ticket that the summary does not know
            topic = f"warroom/1/rooms/{ROOM}/tickets/food/100000090"
            await forger.publish(topic, json.dumps({"data": {"version": 1}}), qos=1)
        await desk.attach(tickets[0].number, status_notes="one")
        await line_with(output, "26 tickets, 0 lacking")
        await desk.attach(tickets[0].number, status_notes="two")
        await line_with(output, "25 tickets, 0 lacking")


@pytest.mark.long
async def test_every_example_survives_a_restart_of_the_broker(
    broker: Broker, link: MqttConnection, desk: TicketService, store: Storage
) -> None:
    ticket, other = await desk.open(BHOPAL), await desk.open(report("1/2"))
    await sent(store)
    marks = ("no longer ours", "lacking", "presence/", "silent")
    async with AsyncExitStack() as stack:
        shell = await stack.enter_async_context(example(broker, find(SHELL, "/tickets/#")))
        shown, kept, there, heart = [
            await stack.enter_async_context(example(broker, find(PYTHON, mark))) for mark in marks
        ]
        for output, said in ((shell, ticket.number), (shown, ticket.number), (kept, "2 tickets, 0 lacking"),
                             (there, "online"), (heart, "is there")):  # fmt: skip
            await line_with(output, said)
        await broker.kill()
        waits = [
            await stack.enter_async_context(example(broker, code, NUMBER=number))
            for code, number in (
                (find(SHELL, "mosquitto_rr"), ticket.number),
                (find(PYTHON, "command_id"), other.number),
            )
        ]
        new = await desk.open(report("2/1"))
        await broker.start()
        for output, said in ((shell, new.number), (shown, new.number), (kept, "3 tickets, 0 lacking"),
                             (there, "online"), (heart, "is there")):  # fmt: skip
            await line_with(output, said)
        assert '"accepted":true' in (await waits[0].readline()).decode()
        await line_with(waits[1], "accepted")
        await until(lambda: ROOM not in (link.presence.offline() or {ROOM}))


async def test_page_names_the_ids_that_lie_at_the_broker(broker: Broker, link: MqttConnection) -> None:
    await until(lambda: catalogue_lies(broker))
    async with broker.client(ROOM, name="reads") as room:
        await room.subscribe([("warroom/1/catalogue/+", 1), ("warroom/1/nodes/+", 1)])
        events = [json.loads(bytes((await next_message(room)).payload)) for _ in range(6)]  # type: ignore[arg-type]
    lists = {event["subject"]: event["data"] for event in events}
    assert {room["id"] for room in lists["rooms"]["rooms"]} == set(ROOMS)
    assert {need["service_code"] for need in lists["needs"]["needs"]} == set(places().needs)
    assert {item["id"]: item["unit"] for item in lists["items"]["items"]}["wheat"] == "kg"
    assert {desk["id"] for desk in lists["desks"]["desks"]} == {need.desk for need in places().needs.values()}
    assert len(lists["districts"]["districts"]) == len(places().districts)
    assert lists["1"]["state"] == "online"
    for name in sorted(set(lists) - {"1"}):
        assert f"`{name}`" in PAGE


async def catalogue_lies(broker: Broker) -> bool:
    return len(await broker.retained("catalogue/+")) == 5


async def test_page_shows_how_to_command(broker: Broker, link: MqttConnection, desk: TicketService) -> None:
    ticket = await desk.open(BHOPAL)
    async with example(broker, find(SHELL, "mosquitto_rr"), NUMBER=ticket.number) as output:
        reply = json.loads(await output.readline())
        assert (reply["data"]["accepted"], reply["data"]["stage"]) == (True, "acknowledged")
    for said in ("accepted", "refused: the ticket is in_progress"):
        async with example(broker, find(PYTHON, "command_id"), NUMBER=ticket.number) as output:
            await line_with(output, said)
    await check(broker, "reply", [reply])


async def test_page_shows_how_to_be_there(broker: Broker, link: MqttConnection) -> None:
    async with example(broker, find(PYTHON, "presence/")) as output:
        await line_with(output, "online")
        await until(lambda: ROOM not in (link.presence.offline() or {ROOM}))
        async with broker.client("router", name="asks") as router:
            await router.publish(f"warroom/1/rooms/{ROOM}/presence/desk-1", '{"state": "offline"}', qos=1, retain=True)
        await line_with(output, "offline")
        await line_with(output, "online")
    await until(lambda: ROOM in (link.presence.offline() or ()))


async def test_real_payloads_fit_the_schemas_at_the_broker(
    broker: Broker, link: MqttConnection, desk: TicketService, store: Storage
) -> None:
    await asyncio.gather(*(desk.open(report(f"{i}")) for i in range(6)))
    await desk.open(report("unplaced", district=None, zipcode="", phone=None))
    await sent(store)

    async def told() -> bool:
        found = await broker.retained("rooms/+/summary")
        return sum(json.loads(text)["data"]["open"] for text in found.values()) == 7

    await until(told)
    tickets = [json.loads(text) for text in (await broker.retained("rooms/+/tickets/#")).values()]
    summaries = [json.loads(text) for text in (await broker.retained("rooms/+/summary")).values()]
    assert (len(tickets), len(summaries)) == (7, len(ROOMS))
    await check(broker, "ticket", tickets)
    await check(broker, "summary", summaries)
    async with example(broker, find(SHELL, "/schema/ticket")) as output:
        assert json.loads(await output.read())["properties"]["data"]


async def check(broker: Broker, name: str, payloads: list[dict[str, Any]]) -> None:
    """Each payload fits the schema that lies at the broker, and with a field spoilt it does not."""
    schema = json.loads((await broker.retained(f"schema/{name}"))[f"schema/{name}"])
    validator = Draft202012Validator(schema, format_checker=FormatChecker())
    for payload in payloads:
        validator.validate(payload)
        assert not validator.is_valid(payload | {"type": "warroom.other.v1"})
        assert not validator.is_valid(payload | {"data": {}})
