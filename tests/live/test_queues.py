"""Operators and queues: who gets which call, what a waiting caller hears, places kept, missed calls, supervisors."""

from __future__ import annotations

import asyncio
import json
import sys
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from tests.brokers import until
from tests.live.citizen import FIRST_MENU, answer
from tests.live.citizens import citizens_at
from tests.live.conftest import House, open_house
from tests.live.faults import in_bridge, query
from tests.live.operators import OperatorTelephone, operator_at
from tests.ports import free_ports

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
FAR_END = "127.0.3.30"
(FAR_PORT,) = free_ports(1)
#: Every address calls in by this trunk; its server is where citizens are called. 1800 is for missed calls.
TRUNKS = f"""[[trunk]]
name = "loopback"
server = "{FAR_END}:{FAR_PORT}"
match = ["127.0.1.0/24"]
channels = 600
dids = {{ 181 = "181", 104 = "104", 1800 = "missed" }}
qualify_s = 0
"""
#: Keys to a doctor: health, a doctor, not an emergency; then a person.
TO_A_DOCTOR = ((FIRST_MENU, "2"), ("health-menu", "2"), ("medical-now", "1"), ("place-ask", "0"))
TO_A_PERSON = ((FIRST_MENU, "0"),)


@pytest.fixture(scope="module")
def queues() -> Iterator[House]:
    with open_house(operators=OPERATORS, trunks=TRUNKS, callbacks="{ from_hour = 0, until_hour = 24 }") as house:
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


async def test_waiting_caller_hears_the_place_and_keeps_it_to_be_called(queues: House) -> None:
    async with at_work(queues, o101="127.0.2.101") as (operator,), citizens_at(FAR_END, FAR_PORT) as citizens:
        await has(queues, "general-hi", free=1)
        async with queues.call(caller="9811600011") as first, queues.call(caller="9811600012") as second:
            await answer(first, TO_A_PERSON)
            async with operator.takes() as taken:
                await in_bridge(queues)
                await answer(second, TO_A_PERSON)
                await has(queues, "general-hi", waiting=1)
                async with queues.call(caller="9811600013") as third:
                    await answer(third, TO_A_PERSON)
                    await has(queues, "general-hi", waiting=2)
                    for said in ("queue-place", "number-2", "queue-place-end", "queue-stay"):
                        await third.hear(f"hi/{said}")
                    await second.press("1")
                    await second.hear("hi/place-kept")
                    await second.ended()
                    await has(queues, "general-hi", waiting=2)  # the place is still in the line
                    await taken.hang_up()
                    async with operator.takes() as for_second:
                        invite = await citizens.rings("9811600012")
                        async with citizens.lifts(invite, queues.sip, queues.ear) as citizen:
                            await in_bridge(queues)
                            await citizen.hang_up()
                        await for_second.ended()
                    async with operator.takes():  # and not before
                        await in_bridge(queues)
                        await third.hang_up()
        await until(lambda: query(queues, "SELECT outcome FROM work WHERE kind = 'call'") == [("spoken",)])
