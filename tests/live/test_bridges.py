"""Calls put together, parted and handed on while they go on: operators, 104 and control rooms are real telephones."""

from __future__ import annotations

import asyncio
import json
import signal
from typing import TYPE_CHECKING

import pytest

from tests.support.brokers import until
from tests.support.call_control import (
    FAR_END,
    HELPLINE_104,
    IDS,
    NUMBERS,
    QUEUED,
    ROOM,
    ROOM_TELEPHONE,
    bridged_stack,
    far_ends,
    hear_each_other,
    say,
    talk,
)
from tests.support.citizen import answer
from tests.support.commands import assert_one_clear_line, warroom
from tests.support.faults import all_lines_free
from tests.support.operators import at_work, has

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.live.conftest import LiveStack
    from tests.support.call_control import Ends, Talk
    from tests.support.operators import OperatorTelephone
    from warroom.sip_test_client.call import TestCall

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("bridges")]  # one stack for all of them


@pytest.fixture(scope="module")
def bridged() -> Iterator[LiveStack]:
    with bridged_stack() as stack:
        yield stack


async def test_doctor_is_consulted_and_operators_leave_or_have_their_citizen_back(bridged: LiveStack) -> None:
    async with far_ends() as ends, asyncio.TaskGroup() as calls:
        calls.create_task(_consult_then_three_then_leave(bridged, ends))
        calls.create_task(_consulted_is_busy_or_hangs_up(bridged, ends))
        calls.create_task(_handed_on_comes_back(bridged, ends))
        calls.create_task(_handed_on_when_the_operator_has_gone(bridged, ends))
        calls.create_task(_handed_on_and_answered(bridged, ends))
    await all_lines_free(bridged)


async def _consult_then_three_then_leave(stack: LiveStack, ends: Ends) -> None:
    async with talk(stack, ends, "bhopal") as call:
        await call.say("consult", destination="line-104")
        await call.citizen.hear("hi/bridge-wait")
        assert await call.refused("conference") == "not-answered"
        assert await call.refused("blind-transfer", destination="line-104") == "consulting"
        doctor = await call.lift(HELPLINE_104)
        await doctor.hear("hi/whisper")
        await hear_each_other(stack, doctor, call.operator)
        await call.say("conference")
        await call.in_conference(3)
        await hear_each_other(stack, doctor, call.citizen)
        await hear_each_other(stack, call.operator, call.citizen)
        shown = json.loads((await warroom(stack.data, "call-control", "list", "--json")).out)
        (listed,) = [one for one in shown if one["ticket"] == call.ticket]
        assert listed["helpline"] == "district-bhopal"
        assert {party["who"] for party in listed["parties"]} == {"citizen", "operator-bhopal", "line-104"}
        assert await call.refused("consult", destination=ROOM) == "not-two"
        await call.say("complete")
        await call.operator.ended()
        await call.native_pair()
        await hear_each_other(stack, doctor, call.citizen)
        assert await call.refused("complete") == "alone"
        await doctor.hang_up()
        await call.citizen.hear("hi/other-hung-up")
        await call.citizen.press("1")
        await call.citizen.hear("hi/leave-message", within_s=40)
        await call.citizen.hang_up()
        await call.noted("citizen and operator-bhopal spoke for")
        await call.noted("line-104 and operator-bhopal spoke for")
        await call.noted("citizen", "line-104", "operator-bhopal", "spoke together")
        await call.noted("citizen and line-104 spoke for")


async def _consulted_is_busy_or_hangs_up(stack: LiveStack, ends: Ends) -> None:
    async with talk(stack, ends, "indore") as call:
        await call.say("consult", destination="line-104")
        await call.is_busy(HELPLINE_104)
        await call.operator.hear("hi/nobody-there")
        await hear_each_other(stack, call.citizen, call.operator)
        await call.say("consult", destination="line-104")
        doctor = await call.lift(HELPLINE_104)
        await hear_each_other(stack, doctor, call.operator)
        await doctor.hang_up()
        await hear_each_other(stack, call.citizen, call.operator)
        await call.native_pair()
        await call.say("consult", destination="line-104")
        doctor = await call.lift(HELPLINE_104)
        await hear_each_other(stack, doctor, call.operator)
        await call.say("complete")  # the doctor and the citizen speak, without three
        await call.operator.ended()
        await hear_each_other(stack, doctor, call.citizen)
        await call.citizen.hang_up()
        await doctor.ended()


async def _handed_on_comes_back(stack: LiveStack, ends: Ends) -> None:
    async with talk(stack, ends, "gwalior") as call:
        await call.say("blind-transfer", destination="line-104")
        await call.citizen.hear("hi/bridge-wait")
        await call.is_busy(HELPLINE_104)
        await call.citizen.hear("hi/nobody-there")
        await hear_each_other(stack, call.citizen, call.operator)
        await call.say("blind-transfer", destination="line-104")
        await call.rings(HELPLINE_104)
        await call.citizen.hang_up()
        await call.operator.ended()
        await call.booked("line-104-cancel")


async def _handed_on_when_the_operator_has_gone(stack: LiveStack, ends: Ends) -> None:
    async with talk(stack, ends, "jabalpur") as call:
        await call.say("blind-transfer", destination=ROOM)
        invite = await call.rings(ROOM_TELEPHONE)
        await call.operator.hang_up()
        call.far.send_answer(invite, "486 Busy Here", stack.sip)
        await call.citizen.hear("hi/leave-message", within_s=40)
        await call.citizen.hang_up()


async def _handed_on_and_answered(stack: LiveStack, ends: Ends) -> None:
    async with talk(stack, ends, "ujjain") as call:
        await call.say("blind-transfer", destination="line-104", leg="operator-ujjain")
        doctor = await call.lift(HELPLINE_104)
        await call.operator.ended()
        await hear_each_other(stack, doctor, call.citizen)
        await call.native_pair()
        assert await call.refused("blind-transfer", destination="line-104") == "there-already"
        await call.citizen.hang_up()
        await doctor.ended()
        await call.booked("line-104")


async def test_operator_of_a_queue_consults_leaves_hands_on_and_is_free_again(bridged: LiveStack) -> None:
    where = {f"o{operator_id}": f"127.0.2.{operator_id}" for operator_id in IDS.values()}
    async with far_ends() as ends, at_work(bridged, **where) as telephones:
        for division in QUEUED.values():
            await has(bridged, f"division-{division}-hi", free=1)
        async with asyncio.TaskGroup() as calls:
            calls.create_task(_queued_consults_then_three_then_leave(bridged, ends, telephones[0], telephones[1]))
            calls.create_task(_queued_consults_in_vain_then_leaves(bridged, ends, telephones[1]))
            calls.create_task(_queued_hands_on(bridged, ends, telephones[2]))
            calls.create_task(_queued_is_left_while_handing_on(bridged, ends, telephones[3]))
    await all_lines_free(bridged)


async def _queued_consults_then_three_then_leave(
    stack: LiveStack, ends: Ends, telephone: OperatorTelephone, other: OperatorTelephone
) -> None:
    async with talk(stack, ends, "raisen", telephone) as call:
        assert (await other.says("consult", call=call.ticket, destination="line-104")).code == "not-yours"
        await call.say("consult", destination="line-104")
        doctor = await call.lift(HELPLINE_104)
        await hear_each_other(stack, doctor, call.operator)
        await call.say("conference")
        await call.in_conference(3)
        await hear_each_other(stack, doctor, call.citizen)
        await hear_each_other(stack, call.operator, call.citizen)
        await call.say("complete")
        await call.operator.ended()
        await call.native_pair()
        await _takes_the_next(stack, telephone, "raisen")
        await hear_each_other(stack, doctor, call.citizen)
        await doctor.hang_up()
        await call.citizen.hear("hi/other-hung-up")
        await call.citizen.hang_up()
        await call.booked("bridged")
        await call.noted("citizen and operator-200 spoke for")
        await call.noted("line-104 and operator-200 spoke for")
        await call.noted("citizen", "line-104", "operator-200", "spoke together")
        await call.noted("citizen and line-104 spoke for")


async def _queued_consults_in_vain_then_leaves(stack: LiveStack, ends: Ends, telephone: OperatorTelephone) -> None:
    async with talk(stack, ends, "dhar", telephone) as call:
        await call.say("consult", destination="line-104")
        await call.is_busy(HELPLINE_104)
        await call.operator.hear("hi/nobody-there")
        await hear_each_other(stack, call.citizen, call.operator)
        await call.native_pair()
        await call.say("consult", destination="line-104")
        doctor = await call.lift(HELPLINE_104)
        await hear_each_other(stack, doctor, call.operator)
        await call.say("complete")
        await call.operator.ended()
        await hear_each_other(stack, doctor, call.citizen)
        await _takes_the_next(stack, telephone, "dhar")
        await call.citizen.hang_up()
        await doctor.ended()
        await call.booked("bridged")
        await call.noted("citizen and operator-201 spoke for")
        await call.noted("citizen and line-104 spoke for")


async def _queued_hands_on(stack: LiveStack, ends: Ends, telephone: OperatorTelephone) -> None:
    async with talk(stack, ends, "guna", telephone) as call:
        await call.say("blind-transfer", destination="line-104")
        await call.citizen.hear("hi/bridge-wait")
        await call.is_busy(HELPLINE_104)
        await call.citizen.hear("hi/nobody-there")
        await hear_each_other(stack, call.citizen, call.operator)
        await call.say("blind-transfer", destination="line-104")
        doctor = await call.lift(HELPLINE_104)
        await call.operator.ended()
        await hear_each_other(stack, doctor, call.citizen)
        await call.native_pair()
        await _takes_the_next(stack, telephone, "guna")
        await call.citizen.hang_up()
        await doctor.ended()
        await call.booked("line-104")
        await call.noted("citizen and operator-202 spoke for")
        await call.noted("citizen and line-104 spoke for")


async def _queued_is_left_while_handing_on(stack: LiveStack, ends: Ends, telephone: OperatorTelephone) -> None:
    async with talk(stack, ends, "morena", telephone) as call:
        await call.say("blind-transfer", destination="line-104")
        await call.citizen.hear("hi/bridge-wait")
        await call.citizen.hang_up()
        await call.operator.ended()
        await call.booked("line-104-cancel")
        await call.noted("citizen and operator-203 spoke for")
        await _takes_the_next(stack, telephone, "morena")


async def _takes_the_next(stack: LiveStack, telephone: OperatorTelephone, district: str) -> None:
    """The operator's place in the queue is free again, and the next caller comes to it."""
    await has(stack, f"division-{QUEUED[district]}-hi", free=1, busy=0)
    next_phone = f"98118{NUMBERS[district][-5:]}"
    async with stack.call(NUMBERS[district], local_ip=FAR_END, caller=next_phone) as citizen:
        await answer(citizen, (("greeting-district|danger", "0"),))
        async with telephone.takes() as operator:
            await hear_each_other(stack, citizen, operator)
            await citizen.hang_up()
            await operator.ended()


async def test_war_room_joins_adds_and_drops_and_what_makes_no_sense_breaks_nothing(bridged: LiveStack) -> None:
    async with far_ends() as ends, asyncio.TaskGroup() as calls:
        calls.create_task(_two_calls_are_joined(bridged, ends))
        calls.create_task(_room_comes_when_it_answers(bridged, ends))
        calls.create_task(_refused_and_at_once(bridged, ends))
    await all_lines_free(bridged)


_ROOM_RINGS = asyncio.Lock()
"""The room has one telephone: of two calls that invite it at once, each would lift the other's."""


async def _invite_room(call: Talk) -> TestCall:
    async with _ROOM_RINGS:
        await call.say("invite", destination=ROOM)
        return await call.lift(ROOM_TELEPHONE)


async def _two_calls_are_joined(stack: LiveStack, ends: Ends) -> None:
    async with talk(stack, ends, "sagar") as call, talk(stack, ends, "rewa") as other:
        assert await call.refused("merge", other=call.ticket) == "itself"
        await call.say("merge", other=other.ticket)
        await call.in_conference(4)
        await other.operator.hang_up()  # the far end of one of four hangs up first
        await call.in_conference(3)
        room = await _invite_room(call)
        await call.in_conference(4)
        await call.say("drop", leg=ROOM)
        await room.ended()
        await call.in_conference(3)
        await call.say("drop", leg="operator-sagar")
        await call.operator.ended()
        await call.native_pair()
        await hear_each_other(stack, call.citizen, other.citizen)
        await call.citizen.hang_up()
        await other.citizen.hear("hi/other-hung-up")
        await other.citizen.hang_up()
        await call.noted("spoke together", ROOM)
        await other.noted("spoke together", ROOM)


async def _room_comes_when_it_answers(stack: LiveStack, ends: Ends) -> None:
    async with talk(stack, ends, "dewas") as call:
        await call.say("invite", destination="line-104")
        await call.is_busy(HELPLINE_104)
        await hear_each_other(stack, call.citizen, call.operator)  # nothing has changed
        await call.native_pair()
        room = await _invite_room(call)
        await call.in_conference(3)
        await room.hang_up()
        await call.native_pair()
        await hear_each_other(stack, call.citizen, call.operator)
        await call.say("drop", leg="operator-dewas")
        await call.operator.ended()
        await call.citizen.hear("hi/leave-message", within_s=40)
        await call.citizen.hang_up()


async def _refused_and_at_once(stack: LiveStack, ends: Ends) -> None:
    async with talk(stack, ends, "satna") as call:
        codes = [
            await call.refused("consult", destination="0900123456"),
            await call.refused("consult", destination="queue-general-hi"),
            await call.refused("conference"),
            await call.refused("complete"),
            await call.refused("drop", leg="line-104"),
            await call.refused("consult", destination="line-104", leg="citizen"),
            await call.refused("blind-transfer", destination="line-104", call="1795571383.999"),
            await call.refused("merge", other="100000010"),
        ]
        assert codes == ["no-way", "no-way", "not-consulting", "alone", "no-leg", "not-two", "no-call", "no-call"]
        assert_one_clear_line(
            await warroom(stack.data, "call-control", "conference", call.ticket), "refused", "consult"
        )
        await hear_each_other(stack, call.citizen, call.operator)
        await call.say("consult", destination="line-104")
        doctor = await call.lift(HELPLINE_104)
        await hear_each_other(stack, doctor, call.operator)
        # all at once: the war room brings all three together, the doctor hangs up, and the operator too
        await asyncio.gather(
            say(stack, action="conference", call=call.ticket), doctor.hang_up(), call.operator.hang_up()
        )  # fmt: skip
        await call.citizen.hear("hi/leave-message", "hi/other-hung-up", within_s=40)
        # and hangs up while it is handed on
        await asyncio.gather(
            call.citizen.hang_up(), say(stack, action="blind-transfer", call=call.ticket, destination="line-104")
        )
        await until(lambda: _refuses(call))


async def _refuses(call: Talk) -> bool:
    return await call.refused("consult", destination="line-104") == "no-call"


async def test_service_that_dies_while_somebody_is_consulted_leaves_nobody_in_silence(bridged: LiveStack) -> None:
    async with far_ends() as ends, talk(bridged, ends, "sehore") as call:
        await call.say("consult", destination="line-104")
        doctor = await call.lift(HELPLINE_104)
        await hear_each_other(bridged, doctor, call.operator)
        bridged.processes.stop("serve", signal.SIGKILL)
        await call.citizen.hear("hi/bridge-wait")
        await doctor.hang_up()
        await hear_each_other(bridged, call.citizen, call.operator)
        await asyncio.to_thread(bridged.processes.start_service, "serve")
        await call.say("consult", destination="line-104")  # it finds the call as it is
        doctor = await call.lift(HELPLINE_104)
        await hear_each_other(bridged, doctor, call.operator)
        await call.say("conference")
        await call.in_conference(3)
        bridged.processes.stop("serve", signal.SIGKILL)
        await call.operator.hang_up()
        await call.in_conference(2)
        await asyncio.to_thread(bridged.processes.start_service, "serve")
        await call.native_pair()  # seen to when it is there again
        await hear_each_other(bridged, doctor, call.citizen)
        await call.citizen.hang_up()
        await doctor.ended()
        # each once, by Asterisk's books where the service was away
        await call.noted("citizen and operator-sehore spoke for")
        await call.noted("citizen", "line-104", "operator-sehore", "spoke together")
        await call.noted("citizen and line-104 spoke for")
    await all_lines_free(bridged)
