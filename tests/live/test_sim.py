"""`warroom sim`: simulated citizens call, operators file, rooms act; and every ticket of it is marked."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import pytest

from tests.support.brokers import until
from tests.support.faults import all_lines_free, query
from tests.support.queue_stack import queue_stack
from warroom.services.sim.simulation import simulate
from warroom.services.sim.stage import MARK, set_stage

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from tests.live.conftest import LiveStack

pytestmark = [pytest.mark.xdist_group("sim"), pytest.mark.long]


@pytest.fixture(scope="module")
def busy() -> Iterator[LiveStack]:
    with queue_stack() as stack:
        yield stack


def tickets(stack: LiveStack) -> list[dict[str, Any]]:
    return [json.loads(document) for (document,) in query(stack, "SELECT document FROM tickets")]


async def test_simulation_fills_the_stack_with_marked_tickets_and_ends(busy: LiveStack) -> None:
    stage = await asyncio.to_thread(set_stage, busy.data, busy.settings, seed=7, forced=False)
    said: list[str] = []
    simulation = asyncio.create_task(simulate(stage, calls_per_minute=60, operators=2, tell=said.append))
    try:

        def seen() -> bool:
            found = tickets(busy)
            return (
                {one["channel"] for one in found} >= {"phone", "operator"}
                and len({one["district"] for one in found}) > 1
                and any(one["stage"] == "acknowledged" for one in found)
                and all(one["name"] == MARK for one in found[:3])
            )

        await until(seen, seconds=120)
    finally:
        simulation.cancel()
        await asyncio.gather(simulation, return_exceptions=True)
    assert "2 operators at work" in said[0]
    await until(lambda: query(busy, "SELECT count(*) FROM operators WHERE present") == [(0,)])
    await all_lines_free(busy)
