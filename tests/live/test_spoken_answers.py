"""Callers say their district: what is booked, what goes on by keys; and every district by voices no model has heard."""

from __future__ import annotations

import contextlib
import os
import signal
from typing import TYPE_CHECKING

import pytest

from tests.support.brokers import until
from tests.support.citizen import QUIET, answer, skip_details
from tests.support.faults import tickets_of
from tests.support.spoken_answers import NOISY_DB
from tests.support.spoken_calls import (
    MENUS,
    NO_CODE,
    answer_times_ms,
    first_tries,
    listeners,
    listeners_ready,
    plainly,
    right_first,
    say,
    stack_that_hears,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.live.conftest import LiveStack

pytestmark = pytest.mark.xdist_group("spoken-answers")  # one stack for all of them

AT_ONCE = 6
RIGHT_CLEAN, RIGHT_NOISY = 0.9, 0.8


@pytest.fixture(scope="module")
def listening() -> Iterator[LiveStack]:
    """A stack in which callers say their district."""
    with stack_that_hears("{ district = true, workers = 1, limit_s = 3 }") as stack:
        yield stack


def left(stack: LiveStack) -> list[Path]:
    """Recordings of answers that lie there."""
    return list(stack.layout.answers.iterdir())


async def test_district_that_was_said_is_booked_with_the_callers_yes(listening: LiveStack) -> None:
    async with listening.call(caller="9811400001") as call:
        await answer(call, NO_CODE)
        assert await say(call, plainly("भोपाल")) == "bhopal"
        await call.press("1")
        await answer(call, (("callback-ask", "1"),))
        await skip_details(call)
        await call.hear("hi/number-is")
    (ticket,) = tickets_of(listening, "9811400001")
    assert (ticket["district"], ticket["zipcode"]) == ("bhopal", "")
    assert not left(listening)


async def test_two_callers_at_once(listening: LiveStack) -> None:
    sounds = [plainly("ग्वालियर"), plainly("जबलपुर")]
    assert await first_tries(listening, sounds, at_once=2, first_caller=9811400002) == ["gwalior", "jabalpur"]


async def test_wrong_one_is_not_booked(listening: LiveStack) -> None:
    async with listening.call(caller="9811400004") as call:
        await answer(call, NO_CODE)
        await say(call, plainly("सागर"))
        await call.press("2")
        await call.hear("hi/place-say-again")
        assert await say(call, plainly("रीवा")) == "rewa"
    (ticket,) = tickets_of(listening, "9811400004") or [{"district": None}]
    assert ticket["district"] is None


@pytest.mark.long
async def test_silence_is_asked_once_more_and_then_the_menus_come(listening: LiveStack) -> None:
    async with listening.call(caller="9811400005") as call:
        await answer(call, (*NO_CODE, ("place-say-louder", "")))
        await call.hear(MENUS)


async def test_key_in_the_recording_leads_to_the_menus(listening: LiveStack) -> None:
    async with listening.call(caller="9811400006") as call:
        await answer(call, NO_CODE)
        await call.hear("hi/beep")
        await call.speak(QUIET)
        await call.press("#")
        await call.hear(MENUS)
    await until(lambda: not left(listening))


async def test_hang_up_in_the_recording_leaves_nothing(listening: LiveStack) -> None:
    async with listening.call(caller="9811400007") as call:
        await answer(call, NO_CODE)
        await call.hear("hi/beep")
        await call.speak(plainly("सागर")[:6000])
        await until(lambda: left(listening))
    await until(lambda: not left(listening))


async def test_dead_worker_asks_nobody_and_another_takes_its_place(listening: LiveStack) -> None:
    async with listening.call(caller="9811400008") as call:
        await answer(call, NO_CODE)
        await call.hear("hi/beep")
        (dead,) = listeners(listening)
        os.kill(dead, signal.SIGKILL)
        await call.speak(plainly("सागर"))
        await call.hear(MENUS, "hi/place-is")  # the one that takes its place may be as quick as the caller
    await until(lambda: listeners(listening) - {dead})
    await listeners_ready(listening, times=2)


@pytest.mark.long
async def test_worker_stopped_while_a_caller_speaks_is_waited_for_until_the_limit(listening: LiveStack) -> None:
    late = "an answer was not heard within 3.0 s"
    (worker,), sound = listeners(listening), plainly("सागर")
    async with listening.call(caller="9811400009") as call:
        await answer(call, NO_CODE)
        await call.hear("hi/beep")
        await call.speak(sound[:4000])
        os.kill(worker, signal.SIGSTOP)
        try:
            await call.speak(sound[4000:])
            await call.hear(MENUS)
        finally:
            with contextlib.suppress(ProcessLookupError):  # ended on a machine too busy for the caller's next prompt
                os.kill(worker, signal.SIGCONT)
    assert late in (listening.data / "log" / "serve.log").read_text(encoding="utf-8")
    assert not left(listening)


@pytest.mark.long
@pytest.mark.parametrize(("noise_db", "least"), [(None, RIGHT_CLEAN), (NOISY_DB, RIGHT_NOISY)])
async def test_nearly_every_district_is_understood_at_once(
    listening: LiveStack, noise_db: float | None, least: float
) -> None:
    right = await right_first(listening, noise_db, AT_ONCE, first_caller=9811410000 if noise_db else 9811420000)
    assert right >= least
    assert not left(listening)
    assert answer_times_ms(listening)
