"""A wrong key and a telephone that signs in anew empty no queue: who waits keeps the place, and the console is told."""

from __future__ import annotations

import asyncio
import json
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from agi.queues.unanswered import REFUSALS
from router.mqtt import topics
from router.mqtt.client import create_client
from tests.live.conftest import open_stack
from tests.support.citizen import FIRST_MENU, answer
from tests.support.faults import in_bridge, shorten
from tests.support.operators import OperatorTelephone, at_work, has
from warroom.config.secrets import mqtt_operator, read_secret

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.live.conftest import LiveStack

OPERATORS = """[queue]
retry_s = 1
wrap_up_s = 5

[[operator]]
id = "101"
name = "Asha"
"""
TO_A_PERSON = ((FIRST_MENU, "0"),)
CALLERS = ("9811620001", "9811620002")


@asynccontextmanager
async def states_of(stack: LiveStack, operator: str) -> AsyncIterator[AsyncIterator[dict[str, Any]]]:
    """How an operator stands, as the operator's own console is told."""
    settings = stack.settings.router.broker
    password = read_secret(stack.data, mqtt_operator(operator))
    async with create_client(settings, topics.operator(operator), password, "console-test") as console:
        await console.subscribe(f"{settings.topic_root}/{topics.operator_state(operator)}", qos=1)

        async def told() -> AsyncIterator[dict[str, Any]]:
            async for message in console.messages:
                assert isinstance(message.payload, bytes)
                yield json.loads(message.payload)["data"]

        yield told()


async def until_told(states: AsyncIterator[dict[str, Any]], **wanted: object) -> None:
    """Wait until an operator stands so."""
    async with asyncio.timeout(60):
        async for state in states:
            if {key: state[key] for key in wanted} == wanted:
                return


async def refuse(operator: OperatorTelephone, status: str) -> None:
    operator.send_answer(await operator.rings(operator.name), status, operator.stack.sip)


@pytest.mark.long
async def test_refusals_and_a_telephone_away_for_a_moment_throw_nobody_out() -> None:
    with open_stack(operators=OPERATORS) as stack:
        shorten(stack, "hi/human-wait")
        async with at_work(stack, o101="127.0.2.101") as (operator,), AsyncExitStack() as calls:
            await has(stack, "general-hi", free=1)
            first, second = [await calls.enter_async_context(stack.call(caller=caller)) for caller in CALLERS]
            states = await calls.enter_async_context(states_of(stack, "101"))
            await answer(first, TO_A_PERSON)
            await refuse(operator, "603 Decline")
            await until_told(states, refused=1, paused="")
            await answer(second, TO_A_PERSON)
            async with operator.takes() as taken:
                await in_bridge(stack)
                await until_told(states, refused=0, paused="")
                await taken.hang_up()
                await has(stack, "general-hi", waiting=1, free=0, wrap_up=1)
                assert await operator.sign_in(expires=0) == 200
                await has(stack, "general-hi", waiting=1, away=1)
                assert await operator.sign_in() == 200
            invite = await operator.rings(operator.name)
            assert CALLERS[1] in invite.get("from")
            operator.send_answer(invite, "503 Service Unavailable", stack.sip)
            for status in ("404 Not Found", "302 Moved Temporarily")[: REFUSALS - 1]:
                await refuse(operator, status)
            await until_told(states, paused="refused")
            await has(stack, "general-hi", waiting=1, paused=1)
            assert (await operator.says("unpause")).data["paused"] == ""
            async with operator.takes():
                await in_bridge(stack)
                await second.hang_up()
