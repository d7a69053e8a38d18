"""Callers who reached nobody, on an operator's console: each is called back by one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from router.mqtt import topics
from tests.live.conftest import LiveStack
from tests.support.brokers import until
from tests.support.call_control import hear_each_other
from tests.support.citizen import RATION_IN_BHOPAL, answer, booked, skip_details
from tests.support.citizens import citizens_at
from tests.support.faults import all_lines_free, tickets_of
from tests.support.operator_topics import emptied, retained
from tests.support.operators import at_work, has
from tests.support.queue_stack import FAR_END, FAR_PORT, TO_A_PERSON, queue_stack

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.operators import OperatorTelephone

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("operator-callbacks")]


@pytest.fixture(scope="module")
def queues() -> Iterator[LiveStack]:
    with queue_stack() as stack:
        yield stack


async def hangs_up_early(stack: LiveStack, caller: str, *, presses: bool) -> None:
    async with stack.call(caller=caller) as call:
        await call.hear("hi/greeting-181")
        if presses:
            await call.press("1")
            await call.hear("hi/food-menu")
        await call.hang_up()


async def waits_in_vain(stack: LiveStack, operator: OperatorTelephone, caller: str) -> None:
    async with stack.call(caller=caller) as call:
        await answer(call, TO_A_PERSON)
        await operator.rings(operator.name)
        await call.hang_up()


async def test_callers_who_reached_nobody_are_called_back_each_by_one_operator(queues: LiveStack) -> None:
    silent, abandoned, waited = "9811600131", "9811600132", "9811600133"
    async with (
        at_work(queues, o101="127.0.2.101", o102="127.0.2.102") as (operator, doctor),
        citizens_at(FAR_END, FAR_PORT) as citizens,
    ):
        await has(queues, "general-hi", free=1)
        await waits_in_vain(queues, operator, waited)
        await operator.says("pause", reason="meal")
        await has(queues, "general-hi", paused=1)
        await hangs_up_early(queues, silent, presses=False)
        await hangs_up_early(queues, abandoned, presses=True)
        async with queues.call(caller="9811600134") as call:  # has a ticket: nobody needs to call
            await answer(call, RATION_IN_BHOPAL)
            await skip_details(call)
            await booked(call)
            await call.hang_up()

        async def listed() -> dict[str, dict[str, Any]]:
            found = (await operator.says("callbacks")).data["callbacks"]
            return {one["phone"].removeprefix("+91"): one for one in found}

        async def complete() -> bool:
            return len(await listed()) == 3

        await until(complete)
        found = await listed()
        assert list(found) == [waited, silent, abandoned]
        assert [one["reason"] for one in found.values()] == ["abandoned", "silent", "abandoned"]
        third, first, second = (one["callback"] for one in found.values())
        assert (await operator.says("drop-callback", callback=third)).accepted
        await retained(queues, topics.callback(first), phone=f"+91{silent}", taken_by="")

        taken = await operator.says("take-callback", callback=first)
        assert taken.accepted, taken.reason
        assert (await doctor.says("take-callback", callback=first)).code == "taken-already"
        assert (await doctor.says("drop-callback", callback=first)).code == "taken-already"
        await retained(queues, topics.callback(first), taken_by="101")
        async with operator.takes() as own:
            await own.hear("hi/place-calling")
            invite = await citizens.rings(silent)
            assert (await operator.says("take-callback", callback=second)).code == "busy-yourself"
            async with citizens.lifts(invite, queues.sip, queues.matcher) as citizen:
                await hear_each_other(queues, own, citizen)
                shown = await retained(queues, topics.operator_calls("101"), caller=silent, stage="speaking")
                call_id = shown["uniqueid"]
                assert (await operator.says("hold", call=call_id)).accepted
                await citizen.hear("hi/hold-tone")
                assert (await operator.says("resume", call=call_id)).accepted
                await hear_each_other(queues, own, citizen)
                filed = await operator.says("file", call=call_id, service_code="ration", district="bhopal")
                (ticket,) = tickets_of(queues, silent)
                assert (ticket["service_request_id"], ticket["calls"]) == (filed.data["ticket"], [call_id])
                assert (await operator.says("hang-up", call=call_id)).accepted
                await citizen.ended()
                assert "hi/other-hung-up" not in citizen.heard
            await own.ended()
        await emptied(queues, topics.operator_calls("101"))
        assert silent not in await listed()
        assert (await operator.says("take-callback", callback=first)).code == "no-callback"

        assert (await operator.says("take-callback", callback=second)).accepted
        async with operator.takes() as own:  # the citizen does not answer
            await citizens.busy(abandoned, queues.sip)
            await own.hear("hi/nobody-there")
            await own.ended()

        async def counted() -> bool:
            return (await listed())[abandoned]["attempts"] == 1

        await until(counted)
        async with queues.call(caller=abandoned) as call:  # is on the line again
            await call.hear("hi/greeting-181")
            assert (await operator.says("take-callback", callback=second)).code == "on-the-line"
            await call.press("1")
            await answer(call, RATION_IN_BHOPAL[1:])
            await skip_details(call)
            await booked(call)
            await call.hang_up()

        async def nobody() -> bool:
            return not await listed()

        await until(nobody)
    await all_lines_free(queues)
