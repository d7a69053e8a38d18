"""Blocked numbers and those that call too often, with real calls: the ambulance is never further than one key."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.live.conftest import LiveStack
from tests.support.citizen import answer, booked, skip_details
from tests.support.commands import assert_one_clear_line, warroom
from tests.support.faults import in_bridge
from tests.support.provider import Provider, provider_at
from tests.support.trunk_files import FAR_END, FAR_PORT

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

BLOCKED, OFTEN = "9811491001", "9811491002"
TO_BHOPAL = (("place-ask", "462001#"), ("place-is", "1"), ("callback-ask", "1"))


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    async with provider_at(FAR_END, FAR_PORT) as there:
        yield there


@pytest.mark.long
async def test_blocked_number_gets_medical_help_once_and_danger_to_life_always(
    lines: LiveStack, provider: Provider
) -> None:
    assert_one_clear_line(await warroom(lines.data, "blocklist", "add", "12", "--why", "x"), "no telephone number")
    added = await warroom(lines.data, "blocklist", "add", f"0{BLOCKED}", "--why", "swears at operators")
    assert added.code == 0, added.err
    listed = await warroom(lines.data, "blocklist", "list", "--json")
    assert f'"+91{BLOCKED}"' in listed.out
    async with lines.room() as room, lines.call(caller=BLOCKED) as call:
        await answer(call, (("limited-hello|danger", "2"), *TO_BHOPAL))
        await skip_details(call)
        await booked(call)
        assert (await room.ticket(phone=f"+91{BLOCKED}"))["service_code"] == "medical"
    async with lines.call(caller=BLOCKED) as call:  # the room has it in hand: danger to life only
        await call.hear("hi/danger")
        await call.press("0")
        await call.hear("hi/limited-bye")
        await call.ended()
        assert "hi/limited-medical" not in call.heard
    await _reaches_the_ambulance(lines, provider, BLOCKED)
    assert (await warroom(lines.data, "blocklist", "remove", BLOCKED)).code == 0
    assert_one_clear_line(await warroom(lines.data, "blocklist", "remove", BLOCKED), "is not blocked")


async def test_number_that_calls_too_often_is_offered_urgent_help(lines: LiveStack, provider: Provider) -> None:
    for _ in range(3):
        async with lines.call(caller=OFTEN) as call:
            await call.hear("hi/greeting-181")
    async with lines.call(caller=OFTEN) as call:
        await call.hear("hi/limited-hello")
        await call.hear("hi/limited-medical")
    await _reaches_the_ambulance(lines, provider, OFTEN)


async def _reaches_the_ambulance(stack: LiveStack, provider: Provider, caller: str) -> None:
    async with stack.call(caller=caller) as call:
        await answer(call, (("limited-hello|danger", "9"),))
        async with provider.lifts(await provider.rings("108"), stack.sip, stack.matcher) as ambulance:
            await in_bridge(stack)
            await call.hang_up()
            await ambulance.ended()
