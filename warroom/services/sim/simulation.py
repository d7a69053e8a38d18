"""Runs a simulation until it is cancelled: calls at a rate, operators at work, rooms that act."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from router.task_group import run_together
from warroom.services.sim.citizens import FarEnd, call_in
from warroom.services.sim.operators import SimulatedOperator
from warroom.services.sim.presence import people_rooms
from warroom.services.sim.rooms import SimulatedRooms

if TYPE_CHECKING:
    from collections.abc import Callable

    from warroom.services.sim.stage import Stage

MAX_AT_ONCE: Final = 200
"""Simulated calls at once, whatever the rate."""
TELL_EVERY_S: Final = 10.0
ADDRESS: Final = "127.0.9.{}"
"""Of the simulated operators' telephones: no trunk takes calls from there."""


async def simulate(
    stage: Stage, *, calls_per_minute: float, operators: int, tell: Callable[[str], None], minutes: float = 0
) -> None:
    """Simulate until cancelled, or for some minutes.

    Args:
        stage: As `set_stage` gives it.
        calls_per_minute: How many citizens call, on average.
        operators: How many of the operators in force are simulated; those with a telephone in the browser are not.
        tell: Called with a line now and then.
        minutes: For how long; 0: until cancelled.
    """
    people = [one for one in stage.operators if one.telephone == "sip" and one.transport == "any"][:operators]
    staff = [SimulatedOperator(stage, one, ADDRESS.format(which + 1)) for which, one in enumerate(people)]
    tell(f"{calls_per_minute:g} calls a minute to {stage.line.did}; {len(staff)} operators at work; Ctrl-C ends it")
    far_end = FarEnd(stage)
    await far_end.open()
    try:
        async with asyncio.timeout(minutes * 60 or None):
            await run_together(
                SimulatedRooms(stage).run(),
                people_rooms(stage),
                _calls(stage, calls_per_minute),
                _report(stage, tell),
                *(one.run() for one in staff),
            )
    except TimeoutError:
        pass
    finally:
        await far_end.close()
        tell(_counts(stage))


async def _calls(stage: Stage, calls_per_minute: float) -> None:
    """Citizens come independently of each other: the pauses between them are exponential (a Poisson process)."""
    calls: set[asyncio.Task[None]] = set()
    try:
        while True:
            await asyncio.sleep(stage.chance.expovariate(calls_per_minute / 60))
            if len(calls) >= MAX_AT_ONCE:
                stage.counts["not placed"] += 1
                continue
            call = asyncio.create_task(call_in(stage))
            calls.add(call)
            call.add_done_callback(calls.discard)
    finally:
        for call in calls:
            call.cancel()
        await asyncio.gather(*calls, return_exceptions=True)


async def _report(stage: Stage, tell: Callable[[str], None]) -> None:
    while True:
        await asyncio.sleep(TELL_EVERY_S)
        tell(_counts(stage))


def _counts(stage: Stage) -> str:
    return ", ".join(f"{word} {count}" for word, count in stage.counts.items()) or "nothing has happened"
