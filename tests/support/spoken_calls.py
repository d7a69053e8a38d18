"""Calls in which the caller says the district: from the first menu to what is said back."""

from __future__ import annotations

import asyncio
import json
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from recordings.answers.listener import MODULE, READY
from tests.live.conftest import LiveStack, open_stack
from tests.support.brokers import until
from tests.support.citizen import QUIET, answer
from tests.support.faults import TO_RATION, query, shorten_all
from tests.support.ivr_fakes import places
from tests.support.speech import spoken
from tests.support.spoken_answers import answers, coded
from warroom.config.apply.in_force import read_running

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from warroom.sip_test_client import TestCall

#: To the question for the district, of a caller who has no code.
NO_CODE = (*TO_RATION, ("place-ask", "#"))
MENUS = "hi/place-by-menu"
_DISTRICTS = tuple(f"hi/district-{district}" for district in places().districts)


@contextmanager
def stack_that_hears(asked: str, **settings: str) -> Iterator[LiveStack]:
    """Run a stack with these settings of `calls.spoken_answers`; yield it when its processes hear answers."""
    with open_stack(spoken_answers=asked, **settings) as stack:
        shorten_all(stack)
        asyncio.run(listeners_ready(stack))
        yield stack


def plainly(name: str) -> bytes:
    """A name as every model of ours understands it: by the voice of their first training, on a quiet line."""
    return QUIET + spoken(name) + QUIET


async def say(call: TestCall, sound: bytes) -> str:
    """Say this after the next beep; return the district that is said back, or the prompt that is heard instead."""
    if (asked := await call.hear("hi/beep", MENUS)) == MENUS:
        return asked  # nobody listened just then
    await call.speak(sound)
    heard = await call.hear("hi/place-is", "hi/place-say-again", "hi/place-say-louder", MENUS)
    if heard != "hi/place-is":
        return heard
    return (await call.hear(*_DISTRICTS)).partition("/district-")[2]  # a name may sound the same in both languages


async def first_tries(stack: LiveStack, sounds: Sequence[bytes], at_once: int, first_caller: int) -> list[str]:
    """Have a caller say each of these, so many at once; return what each was told at the first try."""
    line = asyncio.Semaphore(at_once)

    async def one(number: int, sound: bytes) -> str:
        async with line, stack.call(caller=str(first_caller + number)) as call:
            await answer(call, NO_CODE)
            return await say(call, sound)

    return await asyncio.gather(*(one(number, sound) for number, sound in enumerate(sounds)))


async def right_first(stack: LiveStack, noise_db: float | None, at_once: int, first_caller: int) -> float:
    """Have the two voices say every district; return the share that is understood at the first try.

    Args:
        stack: In which callers say their district.
        noise_db: How many dB the line's noise is below the voice; None: there is none.
        at_once: How many call at once.
        first_caller: The number of the first of them.
    """
    said = answers("district", way="alone")
    told = await first_tries(stack, [coded(each, noise_db=noise_db) for each in said], at_once, first_caller)
    return sum(each.meaning == back for each, back in zip(said, told, strict=True)) / len(said)


def listeners(stack: LiveStack) -> set[int]:
    """Return the ids of the stack's processes that hear answers."""
    serve = read_running(stack.data, "serve")["pid"]
    children = {int(pid) for file in Path(f"/proc/{serve}/task").glob("*/children") for pid in file.read_text().split()}
    return {pid for pid in children if MODULE.encode() in Path(f"/proc/{pid}/cmdline").read_bytes()}


async def listeners_ready(stack: LiveStack, times: int = 1) -> None:
    """Wait until so many processes that hear answers have had their model loaded since the start."""
    log = stack.data / "log" / "serve.log"
    await until(lambda: log.read_text(encoding="utf-8").count(READY) >= times)


def answer_times_ms(stack: LiveStack) -> list[float]:
    """Return how long each answer took to be heard, from the end of its recording; those not heard are left out."""
    rows = query(stack, "SELECT data FROM call_events WHERE kind = 'understood'")
    times = [json.loads(data)["ms"] for (data,) in rows]
    return [time for time in times if time is not None]
