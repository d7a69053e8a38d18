"""Many notes, one act; and no note is lost."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from router.debounce import DebouncedCall, Debouncer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

LONG_S = 3600.0  # longer than any test


@asynccontextmanager
async def running(debouncer: Debouncer, act: Callable[[], Awaitable[object]]) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(debouncer.run(act))
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.wait([task])


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def test_first_of_many_is_acted_on_at_once_and_the_others_wait() -> None:
    acts: list[str] = []

    async def act() -> None:
        acts.append("act")

    debouncer = Debouncer(LONG_S, at_once=True)
    async with running(debouncer, act):
        await settle()
        assert acts == []
        for _ in range(3):
            debouncer.touch()
            await settle()
        assert acts == ["act"]


async def test_what_is_noted_while_it_acts_is_acted_on_again() -> None:
    acts: list[int] = []
    done = asyncio.Event()
    debouncer = Debouncer(0.0, at_once=True)

    async def act() -> None:
        acts.append(len(acts))
        if len(acts) == 1:
            debouncer.touch()
        else:
            done.set()

    debouncer.touch()
    async with running(debouncer, act), asyncio.timeout(5):
        await done.wait()
    assert acts == [0, 1]


async def test_others_are_gathered_before_the_act() -> None:
    noted: list[int] = []
    found: list[list[int]] = []
    done = asyncio.Event()
    debouncer = Debouncer(0.01)

    async def act() -> None:
        found.append(list(noted))
        done.set()

    async with running(debouncer, act), asyncio.timeout(5):
        for number in range(3):
            noted.append(number)
            debouncer.touch()
        await done.wait()
        await settle()
    assert found == [[0, 1, 2]]


async def test_act_comes_though_nothing_is_noted_when_it_must() -> None:
    done = asyncio.Event()

    async def act() -> None:
        done.set()

    async with running(Debouncer(0.0, poll_s=0.01), act), asyncio.timeout(5):
        await done.wait()


async def test_trouble_of_the_act_ends_the_run() -> None:
    debouncer = Debouncer(0.0, at_once=True)

    async def fail() -> None:
        raise OSError("broke")

    debouncer.touch()
    async with running(debouncer, fail) as task:
        await settle()
        assert isinstance(task.exception(), OSError)


async def test_call_comes_once_for_many_notes_and_again_for_later_ones() -> None:
    calls: list[int] = []
    called = asyncio.Event()

    def act() -> None:
        calls.append(len(calls))
        called.set()

    news = DebouncedCall(0.0, act)
    for expected in (1, 2):
        called.clear()
        for _ in range(3):
            news.touch()
        async with asyncio.timeout(5):
            await called.wait()
        await settle()
        assert len(calls) == expected
