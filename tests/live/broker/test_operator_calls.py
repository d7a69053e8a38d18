"""The call in each operator's hand, with its ticket, as the operator's own account reads it at the broker."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from agi.queues import call_publisher
from agi.queues.call_publisher import OperatorCallPublisher
from router.mqtt import topics
from router.storage.errors import StorageUnavailableError
from tests.support.brokers import Broker, next_message, until
from tests.support.stores import report

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import aiomqtt
    import pytest

    from router.mqtt.connection import MqttConnection
    from router.tickets.service import TicketService

CALL = {"uniqueid": "1795561068.1", "caller": "9811600071", "queue": "general-hi", "parties": []}
OTHER = {"uniqueid": "1795561068.5", "caller": "9811600072", "queue": "general-hi", "parties": []}


@asynccontextmanager
async def shown(link: MqttConnection, desk: TicketService) -> AsyncIterator[OperatorCallPublisher]:
    in_hand = OperatorCallPublisher(desk, link.operator_calls.set)
    task = asyncio.create_task(in_hand.run())
    try:
        yield in_hand
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@asynccontextmanager
async def console(broker: Broker, operator: str) -> AsyncIterator[aiomqtt.Client]:
    async with broker.client(topics.operator(operator)) as client:
        await client.subscribe(f"{broker.settings.topic_root}/{topics.operator_calls(operator)}", qos=1)
        yield client


async def in_hand_of(client: aiomqtt.Client) -> dict[str, Any]:
    """What the next message says, empty for no call."""
    payload = bytes((await next_message(client)).payload)  # type: ignore[arg-type]
    return json.loads(payload)["data"] if payload else {}


async def test_ticket_opened_or_joined_later_in_a_call_reaches_the_console_of_its_operator(
    broker: Broker, link: MqttConnection, desk: TicketService
) -> None:
    async with shown(link, desk) as in_hand, console(broker, "asha") as asha, console(broker, "ravi") as ravi:
        in_hand.tell("asha", CALL)
        in_hand.tell("ravi", OTHER)
        assert (await in_hand_of(asha), await in_hand_of(ravi)) == (CALL, OTHER)
        first = await desk.open(report(f"{CALL['uniqueid']}/1", call=CALL["uniqueid"], phone="+919811600071"))
        assert await in_hand_of(asha) == {**CALL, "ticket": first.number}
        second = await desk.open(report(f"{CALL['uniqueid']}/2", call=CALL["uniqueid"], need="water"))
        assert await in_hand_of(asha) == {**CALL, "ticket": second.number}
        joined = await desk.open(report(f"{OTHER['uniqueid']}/1", call=OTHER["uniqueid"], phone="+919811600071"))
        assert joined.number == first.number
        assert await in_hand_of(ravi) == {**OTHER, "ticket": first.number}  # and nothing of the other's call before
        in_hand.tell("asha", None)
        assert await in_hand_of(asha) == {}
        in_hand.tell("asha", CALL)  # after a restart the ticket is there already
        while (again := await in_hand_of(asha)) == CALL:
            pass
        assert again == {**CALL, "ticket": second.number}


async def test_ticket_is_shown_when_the_store_answers_again(
    broker: Broker, link: MqttConnection, desk: TicketService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(call_publisher, "RETRY_DELAY_S", 0.01)
    answers = desk.newest_of_calls
    asked = 0

    async def away(_: object) -> dict[str, str]:
        nonlocal asked
        asked += 1
        raise StorageUnavailableError("locked", None, "wait")  # type: ignore[arg-type]

    monkeypatch.setattr(desk, "newest_of_calls", away)
    async with shown(link, desk) as in_hand, console(broker, "asha") as asha:
        in_hand.tell("asha", CALL)
        ticket = await desk.open(report(f"{CALL['uniqueid']}/1", call=CALL["uniqueid"]))
        await until(lambda: asked > 1)
        monkeypatch.setattr(desk, "newest_of_calls", answers)
        assert await in_hand_of(asha) == CALL
        assert await in_hand_of(asha) == {**CALL, "ticket": ticket.number}
