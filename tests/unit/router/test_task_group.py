"""Work that runs together: who fails ends the others, and leaves nothing behind in the task that waited."""

from __future__ import annotations

import asyncio

import pytest

from router.task_group import run_together


async def for_ever(ended: list[str]) -> None:
    try:
        await asyncio.Event().wait()
    finally:
        ended.append("other")


async def fails(error: Exception) -> None:
    await asyncio.sleep(0)
    raise error


async def test_first_failure_ends_the_others_and_is_raised_as_it_is() -> None:
    ended: list[str] = []
    with pytest.raises(OSError, match="broke"):
        await run_together(for_ever(ended), fails(OSError("broke")))
    assert ended == ["other"]


async def test_task_that_saw_failures_still_has_its_time_limits() -> None:
    for _ in range(2):
        with pytest.raises(ConnectionResetError):
            await run_together(for_ever([]), fails(ConnectionResetError()))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0):
            await asyncio.Event().wait()


async def test_part_that_ends_leaves_the_others_going_until_all_have() -> None:
    ended: list[str] = []
    gate = asyncio.Event()

    async def waits() -> None:
        await gate.wait()
        ended.append("last")

    async def opens() -> None:
        ended.append("first")
        gate.set()

    await run_together(waits(), opens())
    assert ended == ["first", "last"]


async def test_cancellation_that_comes_with_a_failure_is_a_cancellation() -> None:
    ended: list[str] = []
    task: asyncio.Task[None]

    async def fails_and_cancels() -> None:
        await asyncio.sleep(0)
        task.cancel()
        raise OSError

    task = asyncio.create_task(run_together(for_ever(ended), fails_and_cancels()))
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended == ["other"]
