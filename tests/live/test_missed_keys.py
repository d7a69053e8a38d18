"""Keys that a gateway tells of by two ways, in calls that we placed: each is one press."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from tests.live.conftest import LiveStack
from tests.support.brokers import until
from tests.support.citizen import FIRST_MENU, answer
from tests.support.faults import in_bridge, query
from tests.support.missed_calls import FAR_END, FAR_PORT, OF_CALLER, call_and_be_refused, missed_call_stack
from tests.support.operators import at_work, has
from tests.support.telephones import FarEnd, InDialog

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("missed-keys")]


@pytest.fixture(scope="module")
def missed() -> Iterator[LiveStack]:
    with missed_call_stack() as stack:
        yield stack


@pytest.fixture
async def gateway() -> AsyncIterator[FarEnd]:
    """Citizens' telephones behind a gateway that tells of a key by two ways."""
    loop = asyncio.get_running_loop()
    transport, there = await loop.create_datagram_endpoint(FarEnd, local_addr=(FAR_END, FAR_PORT))
    try:
        yield there
    finally:
        transport.close()
        await asyncio.sleep(0)  # the socket is closed by the loop


async def test_keys_that_come_twice_in_a_call_back_are_one_press_each(missed: LiveStack, gateway: FarEnd) -> None:
    """Over the channel that joins the conversation to the citizen's, an event and an INFO look alike."""

    async def keyed(caller: str, apart_s: float) -> None:
        await call_and_be_refused(missed, caller)
        async with gateway.answers(await gateway.rings(caller), missed.sip, missed.matcher) as call:
            for prompts, keys in (("greeting-181 danger", "1"), ("food-menu", "1"), ("place-ask", "462001")):
                await call.hear(*(f"hi/{prompt}" for prompt in prompts.split()))
                await call.press_twice(keys, apart_s)
            await call.hear("hi/place-is")
            assert "hi/place-unknown-pin" not in call.heard
            await call.hang_up()

    await asyncio.gather(keyed("9631800031", 0.0), keyed("9631800032", 0.3))


async def test_key_that_comes_twice_keeps_one_place_and_takes_it_up(missed: LiveStack, gateway: FarEnd) -> None:
    """Keys that Asterisk itself reads: one while waiting, one when the place's turn has come."""
    first, second = "9541800041", "9541800042"
    async with at_work(missed, o101="127.0.2.101") as (operator,):
        await has(missed, "general-hi", free=1)
        async with missed.call(caller=first) as talking:
            await answer(talking, ((FIRST_MENU, "0"),))
            async with operator.takes() as taken:
                await in_bridge(missed)
                async with InDialog(missed.sip, "181", matcher=missed.matcher, caller=second) as call:
                    await answer(call, ((FIRST_MENU, "0"),))
                    await has(missed, "general-hi", waiting=1)
                    await call.hear("hi/hold-tone")
                    await call.press_twice("1", 0.0)
                    await call.hear("hi/place-kept")
                    await call.ended()
                await has(missed, "general-hi", waiting=1)
                await taken.hang_up()
        async with operator.takes():
            invite = await gateway.rings(second)
            async with gateway.answers(invite, missed.sip, missed.matcher) as citizen:
                await citizen.hear("hi/place-ready")
                await citizen.press_twice("1", 0.3)
                await in_bridge(missed)
                await citizen.hang_up()
        await until(lambda: query(missed, OF_CALLER, f"+91{second}/%") == [("spoken", 0)])
        assert gateway.times_called(second) == 1
