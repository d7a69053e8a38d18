"""Operators and queues: who gets which call, what a waiting caller hears, places kept, missed calls, supervisors."""

from __future__ import annotations

import asyncio
import json
import sys
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from tests.live.citizen import FIRST_MENU, answer
from tests.live.conftest import House, open_house
from tests.live.faults import in_bridge
from tests.live.operators import OperatorTelephone, operator_at

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

pytestmark = pytest.mark.xdist_group("queues")

OPERATORS = """[queue]
ring_s = 5
retry_s = 1
announce_s = 15
wrap_up_s = 0

[[operator]]
id = "101"
name = "आशा"
languages = ["hi", "en"]
skills = ["general"]

[[operator]]
id = "102"
name = "Doctor"
skills = ["health"]

[[operator]]
id = "900"
name = "Chief"
supervisor = true
"""
#: Keys to a doctor: health, a doctor, not an emergency; then a person.
TO_A_DOCTOR = ((FIRST_MENU, "2"), ("health-menu", "2"), ("medical-now", "1"), ("place-ask", "0"))
TO_A_PERSON = ((FIRST_MENU, "0"),)


@pytest.fixture(scope="module")
def queues() -> Iterator[House]:
    with open_house(operators=OPERATORS) as house:
        yield house


async def warroom(house: House, *words: str) -> str:
    """Run a command; return what it printed."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "warroom", "--data", str(house.data), *words, stdout=asyncio.subprocess.PIPE
    )
    out, _ = await process.communicate()
    assert process.returncode == 0, out
    return out.decode()


async def queue_now(house: House, name: str) -> dict[str, Any]:
    rows = json.loads(await warroom(house, "queues", "--json"))
    return next(row for row in rows if row["queue"] == name)


async def has(house: House, queue: str, **wanted: int) -> None:
    """Wait until a queue is so."""
    async with asyncio.timeout(20):
        while True:
            now = await queue_now(house, queue)
            if {key: now[key] for key in wanted} == wanted:
                return


@asynccontextmanager
async def at_work(house: House, **operators: str) -> AsyncIterator[list[OperatorTelephone]]:
    """Operators (by o<id>, with the address of the telephone) who have signed in and take calls."""
    async with AsyncExitStack() as stack:
        telephones = []
        for name, host in operators.items():
            telephones.append(await stack.enter_async_context(operator_at(house, name[1:], host)))
            await warroom(house, "operators", "login", name[1:])
        yield telephones
        for name in operators:
            await warroom(house, "operators", "logout", name[1:])


async def test_call_reaches_the_operator_of_its_skill(queues: House) -> None:
    async with at_work(queues, o101="127.0.2.101", o102="127.0.2.102") as (general, doctor):
        await has(queues, "general-hi", free=1)
        await has(queues, "health-hi", free=1)
        async with queues.call(caller="9811600001") as call:
            await answer(call, TO_A_DOCTOR)
            async with doctor.takes():
                await in_bridge(queues)
                await call.hang_up()
        async with queues.call(caller="9811600002") as call:
            await answer(call, TO_A_PERSON)
            async with general.takes() as taken:
                await in_bridge(queues)
                await taken.hang_up()
            await call.ended()
        assert (general.times_rung, doctor.times_rung) == (1, 1)
