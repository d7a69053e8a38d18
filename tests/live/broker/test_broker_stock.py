"""Rooms report stock and answer tasks over MQTT; alerts and tasks lie retained until they end."""

from __future__ import annotations

import asyncio
import contextlib
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from router.mqtt.cloudevents import parse
from router.mqtt.retained.messages import RetainedMessages
from router.mqtt.schemas import schemas
from router.stock.items import load_items
from router.stock.monitor import ShortageWatch
from router.storage.engine import Storage
from router.tasks.service import TaskService
from tests.support.brokers import Broker, next_message, opened_link, sent, until
from tests.support.stores import places

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import aiomqtt

    from router.mqtt.connection import MqttConnection
    from router.tickets.service import TicketService

ROOM = "district-bhopal"
BRANCH = f"warroom/1/rooms/{ROOM}"


@pytest.fixture
async def watched(broker: Broker, store: Storage, desk: TicketService) -> AsyncIterator[MqttConnection]:
    """A running broker, a link that takes commands and reports of stock, and the watch on shortage."""
    await broker.start()
    watch = ShortageWatch(store, places(), load_items(places().needs))
    task = asyncio.create_task(watch.run())
    async with opened_link(broker, store, desk=desk, watch=watch) as link, asyncio.timeout(60):
        await link.wait_connected()
        yield link
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


def stock(quantity: float, **changes: object) -> str:
    said = {"quantity": quantity, "unit": "kg", "daily_use": 100, "as_of": datetime.now(UTC).isoformat(), **changes}
    return json.dumps(said)


async def answer(client: aiomqtt.Client) -> dict[str, Any]:
    message = await next_message(client)
    return parse(bytes(message.payload)).data  # type: ignore[arg-type]


async def test_report_of_little_stock_raises_an_alert_and_of_enough_ends_it(
    broker: Broker, watched: MqttConnection, store: Storage
) -> None:
    async def alerts() -> dict[str, str]:
        return await broker.retained("alerts/shortage/+")

    async with broker.client(ROOM) as room:
        await room.subscribe(f"{BRANCH}/replies", qos=1)
        await room.publish(f"{BRANCH}/stock/wheat", stock(200), qos=1, retain=True)
        assert (await answer(room))["accepted"]
        await until(alerts)
        (topic, payload), *others = (await alerts()).items()
        assert (topic, others) == (f"alerts/shortage/{ROOM}", [])
        data = parse(payload).data
        assert (data["level"], data["items"][0]["item"], data["items"][0]["quantity"]) == ("alert", "wheat", 200)
        await room.publish(f"{BRANCH}/stock/wheat", stock(9000), qos=1, retain=True)

        async def gone() -> bool:
            return not await alerts()

        await until(gone)
        await room.publish(f"{BRANCH}/stock/wheat", None, qos=1, retain=True)

        async def withdrawn() -> bool:
            return not await store.read(lambda uow: uow.stock.list_stock())

        await until(withdrawn)


@pytest.mark.parametrize(
    ("item", "payload", "code"),
    [
        ("unicorns", stock(1), "stock-item"),
        ("wheat", stock(1, unit="ton"), "stock-unit"),
        ("wheat", stock(1, as_of="2999-01-01T00:00:00Z"), "stock-time"),
        ("wheat", stock(1, as_of="9999-12-31T23:59:59-12:00"), "stock-time"),
        ("wheat", stock(1, as_of="0001-01-01T00:00:00+05:30"), "stock-malformed"),
        ("wheat", stock(-1), "stock-malformed"),
        ("wheat", stock(1).replace("1,", "NaN,", 1), "stock-malformed"),
        ("wheat", "{" * 5000, "stock-malformed"),
        ("wheat", stock(1)[:-1] + ', "quantity": 9}', "stock-malformed"),
    ],
    ids=["item", "unit", "future", "last-day", "first-day", "negative", "not-a-number", "braces", "twice"],
)
async def test_report_that_cannot_be_is_answered(
    broker: Broker, watched: MqttConnection, store: Storage, item: str, payload: str, code: str
) -> None:
    async with broker.client(ROOM) as room:
        await room.subscribe(f"{BRANCH}/replies", qos=1)
        await room.publish(f"{BRANCH}/stock/{item}", payload, qos=1)
        reply = await answer(room)
        assert (reply["accepted"], reply["code"]) == (False, code)
        assert await store.read(lambda uow: uow.stock.list_stock()) == []


async def test_task_given_by_another_process_reaches_the_room_and_is_done(
    broker: Broker, watched: MqttConnection, store: Storage
) -> None:
    other = Storage(store.location, RetainedMessages())
    await other.open()
    task = await TaskService(other, places(), node=1).give("मास्क गिनिए", [ROOM], datetime.now(UTC) + timedelta(hours=6))
    await other.close()
    async with broker.client(ROOM) as room:
        await room.subscribe(f"{BRANCH}/tasks/+", qos=1)
        assert (await answer(room))["text"] == "मास्क गिनिए"
        await broker.kill()  # it forgets the task
    await until(lambda: not watched.connected)
    await broker.start()
    await watched.wait_connected()
    await sent(store)
    async with broker.client(ROOM) as room:
        await room.subscribe(f"{BRANCH}/tasks/+", qos=1)
        message = await next_message(room)
        event = json.loads(bytes(message.payload))  # type: ignore[arg-type]
        assert event["subject"] == event["data"]["id"] == task.id
        Draft202012Validator(schemas()["task"]).validate(event)
        await room.subscribe(f"{BRANCH}/replies", qos=1)
        for number, action in enumerate(("acknowledge-task", "finish-task")):
            command = {"command_id": str(number), "action": action, "task": task.id, "by": "night desk"}
            await room.publish(f"{BRANCH}/commands", json.dumps(command), qos=1)
            while "accepted" not in (reply := await answer(room)):
                pass  # the task's own new version comes on the same line
            assert (reply["accepted"], reply["task"]) == (True, task.id)
            if action == "acknowledge-task":
                continue
            await sent(store)
        assert await broker.retained("rooms/+/tasks/+") == {}
