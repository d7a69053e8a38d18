"""Callers say what they need, where the settings have it asked: the ticket has it only with their yes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.citizen import answer, skip_details
from tests.support.faults import tickets_of
from tests.support.spoken_answers import answers, coded
from tests.support.spoken_calls import stack_that_hears

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.live.conftest import LiveStack
    from warroom.sip_test_client import TestCall

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("spoken-needs")]  # one stack for all of them

MENU = "hi/danger"


@pytest.fixture(scope="module")
def listening() -> Iterator[LiveStack]:
    """A stack in which callers say what they need."""
    with stack_that_hears("{ district = false, need = true, workers = 1, limit_s = 3 }") as stack:
        yield stack


async def say(call: TestCall, need: str) -> None:
    """Say after the beep what is needed, by a voice that no model has heard; hear it said back."""
    await call.hear("hi/beep")
    await call.speak(coded(next(said for said in answers("need", "hf_beta") if said.meaning == need)))
    await call.hear("hi/need-is")
    await call.hear(f"hi/need-{need}")


async def test_need_that_was_said_is_booked_with_the_callers_yes(listening: LiveStack) -> None:
    async with listening.call(caller="9811430001") as call:
        await call.hear("hi/need-say")
        await say(call, "medicine")
        await answer(call, (("place-confirm", "1"), ("place-ask", "462001#"), ("place-is", "1"), ("callback-ask", "1")))
        await skip_details(call)
        await call.hear("hi/number-is")
    (ticket,) = tickets_of(listening, "9811430001")
    assert (ticket["service_code"], ticket["district"]) == ("medicine", "bhopal")


async def test_two_times_no_leads_to_the_menu(listening: LiveStack) -> None:
    async with listening.call(caller="9811430002") as call:
        await call.hear("hi/need-say")
        await say(call, "medicine")
        await call.press("2")
        await call.hear("hi/need-say-again")
        await say(call, "water")
        await call.press("2")
        await call.hear(MENU)
        await call.press("1")
        await answer(call, (("food-menu", "1"), ("place-ask", "462001#"), ("place-is", "1"), ("callback-ask", "1")))
        await skip_details(call)
        await call.hear("hi/number-is")
    (ticket,) = tickets_of(listening, "9811430002")
    assert ticket["service_code"] == "ration"
