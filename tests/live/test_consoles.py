"""Operators' consoles: the call in hand, pausing; and operators who are put in force while calls go on."""

from __future__ import annotations

import asyncio
import json
import signal
from typing import TYPE_CHECKING, Any

import aiomqtt
import pytest
from aiomqtt.exceptions import MqttConnectError

from router.mqtt import topics
from router.mqtt.client import create_client
from tests.live.conftest import LiveStack
from tests.support.brokers import until
from tests.support.citizen import answer
from tests.support.faults import as_router, in_bridge, query, restart_service, tickets_of
from tests.support.operators import at_work, has
from tests.support.queue_stack import (
    OPERATORS,
    TO_A_DOCTOR,
    TO_A_PERSON,
    queue_stack,
    warroom,
)
from warroom.config.folders import ASTERISK_USER, own
from warroom.config.secrets import mqtt_operator, mqtt_room, read_secret

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator


pytestmark = [pytest.mark.long, pytest.mark.xdist_group("consoles")]


@pytest.fixture(scope="module")
def queues() -> Iterator[LiveStack]:
    with queue_stack() as stack:
        yield stack


def client_of(stack: LiveStack, account: str, secret: str) -> aiomqtt.Client:
    """A client that signs in at the broker with the password that was made for it."""
    return create_client(stack.settings.router.broker, account, read_secret(stack.data, secret), f"{account}-test")


def console_of(stack: LiveStack, operator: str) -> aiomqtt.Client:
    return client_of(stack, topics.operator(operator), mqtt_operator(operator))


async def call_in_hand(stack: LiveStack, console: aiomqtt.Client, operator: str) -> AsyncIterator[dict[str, Any]]:
    """What an operator's console sees of the call in hand, empty for none."""
    root = stack.settings.router.broker.topic_root
    await console.subscribe(f"{root}/{topics.operator_calls(operator)}", qos=1)
    async for message in console.messages:
        assert isinstance(message.payload, bytes)
        yield json.loads(message.payload)["data"] if message.payload else {}


async def test_operator_pauses_from_the_console_and_sees_the_call_in_hand(queues: LiveStack) -> None:
    async with at_work(queues, o101="127.0.2.101") as (operator,):
        await has(queues, "general-hi", free=1)
        assert (await operator.says("pause", reason="meal")).data["paused"] == "meal"
        await has(queues, "general-hi", paused=1)
        assert (await operator.says("unpause")).data["paused"] == ""
        await has(queues, "general-hi", free=1)
        async with (
            console_of(queues, "101") as console,
            queues.call(caller="9811600071") as call,
            asyncio.timeout(30),
        ):
            seen = call_in_hand(queues, console, "101")
            await answer(call, TO_A_PERSON)
            rung = await anext(seen)
            assert (rung["caller"], rung["helpline"], rung["queue"]) == ("9811600071", "181", "general-hi")
            assert rung["ringing"]  # nobody has lifted yet
            async with operator.takes():
                assert (await answered(seen))["uniqueid"] == rung["uniqueid"]
                await in_bridge(queues)
                await call.hang_up()
            await is_over(seen)
        assert (await operator.says("logout")).data["present"] is False
    assert (await operator.says("pause", reason="meal")).code == "not-at-work"


async def test_call_in_hand_is_shown_again_after_the_service_was_killed(queues: LiveStack) -> None:
    root = queues.settings.router.broker.topic_root
    async with (
        at_work(queues, o102="127.0.2.102") as (doctor,),
        console_of(queues, "101") as idle,
        console_of(queues, "102") as console,
        queues.call(caller="9811600091") as call,
        asyncio.timeout(90),
    ):
        await has(queues, "health-hi", free=1)
        seen = call_in_hand(queues, console, "102")
        await answer(call, TO_A_DOCTOR)
        async with doctor.takes():
            await in_bridge(queues)
            first = await with_ticket(seen)
            queues.processes.stop("serve", signal.SIGKILL)
            async with as_router(queues) as router:
                for operator, text in (("101", '{"data": {"caller": "1"}}'), ("102", "")):
                    await router.publish(f"{root}/{topics.operator_calls(operator)}", text, qos=1, retain=True)
            left = call_in_hand(queues, idle, "101")
            assert await anext(left) == {"caller": "1"}
            await restart_service(queues)
            again = await with_ticket(seen)
            assert {**again, "since": 0} == {**first, "since": 0}  # Asterisk knows that to a second
            assert not await anext(left)
            await call.hang_up()
        await is_over(seen)
        await until(lambda: "Spoke with an operator" in str(tickets_of(queues, "9811600091")))
        async with queues.call(caller="9811600092") as last:
            await answer(last, TO_A_DOCTOR)
            async with doctor.takes():
                await with_ticket(seen)
                sql = "SELECT outcome FROM calls WHERE phone = ?"
                await until(lambda: query(queues, sql, "+919811600092") == [("operator",)])
                queues.processes.stop("serve", signal.SIGKILL)
                await last.hang_up()
        await restart_service(queues)  # and reads in Asterisk's books that they spoke
        await until(lambda: "Spoke with an operator" in str(tickets_of(queues, "9811600092")), seconds=60)
        await is_over(seen)


async def is_over(seen: AsyncIterator[dict[str, Any]]) -> None:
    """Wait until nothing is in hand any more: before that, others may have come to the call or left it."""
    async for call in seen:
        if not call:
            return


async def answered(seen: AsyncIterator[dict[str, Any]]) -> dict[str, Any]:
    """The call in hand, as soon as it rings no more."""
    async for call in seen:
        if call and not call["ringing"]:
            return call
    raise AssertionError


async def with_ticket(seen: AsyncIterator[dict[str, Any]]) -> dict[str, Any]:
    """The call in hand, once it is answered and its ticket is told."""
    async for call in seen:
        if "ticket" in call and not call["ringing"]:
            return call
    raise AssertionError


NEW_OPERATOR = """
[[operator]]
id = "103"
name = "New"
skills = ["general", "division-bhopal"]
"""


async def test_operators_apply_puts_a_new_operator_in_force(queues: LiveStack) -> None:
    path = queues.layout.operators
    path.write_text(OPERATORS + NEW_OPERATOR, "utf-8")
    assert "operators: added: 103" in await warroom(queues, "apply", "--dry-run")
    assert "operator-103" not in await asyncio.to_thread(queues.asterisk, "pjsip show endpoints")
    async with client_of(queues, "district-bhopal", mqtt_room("district-bhopal")) as room, asyncio.timeout(60):
        applied = json.loads(await warroom(queues, "apply", "--json"))
        assert (applied["operators"]["added"], applied["operators"]["queues"], applied["applied"]) == (
            ["103"],
            True,
            True,
        )
        async with console_of(queues, "103") as console, at_work(queues, o103="127.0.2.103") as (operator,):
            await has(queues, "division-bhopal-hi", free=1)
            seen = call_in_hand(queues, console, "103")
            async with queues.call(caller="9811600081") as call:
                await answer(call, TO_A_PERSON)
                async with operator.takes():
                    assert (await anext(seen))["caller"] == "9811600081"
                    await call.hang_up()
            await is_over(seen)
            path.write_text(OPERATORS, "utf-8")
            assert json.loads(await warroom(queues, "apply", "--json"))["operators"]["removed"] == ["103"]
            with pytest.raises(aiomqtt.MqttError):  # the removed operator's console is put out
                await anext(seen)
        with pytest.raises(MqttConnectError):
            async with console_of(queues, "103"):
                pass
        # a room's connection has outlived both
        presence = f"{queues.settings.router.broker.topic_root}/rooms/district-bhopal/presence/test"
        await room.publish(presence, "online", qos=1)
    assert "operator-103" not in await asyncio.to_thread(queues.asterisk, "pjsip show endpoints")


async def test_operators_apply_that_asterisk_takes_otherwise_is_rolled_back(queues: LiveStack) -> None:
    """A section of the admin's own with the same name; the broker is told first, and told again."""
    path, local = queues.layout.operators, queues.data / "asterisk" / "local" / "pjsip_wizard.conf"
    kept = local.read_text()
    path.write_text(OPERATORS + NEW_OPERATOR.replace("103", "104"), "utf-8")
    try:
        local.write_text(kept + "\n[operator-104](operator)\nendpoint/context = from-trunk\n")
        own(local, ASTERISK_USER, 0o600)
        with pytest.raises(AssertionError, match="context is from-trunk, not from-operator; all is as it was before"):
            await warroom(queues, "apply")
    finally:
        local.write_text(kept)
        path.write_text(OPERATORS, "utf-8")
    with pytest.raises(MqttConnectError):
        async with console_of(queues, "104"):
            pass
    async with console_of(queues, "101"):
        pass
