"""A caller who wants a doctor: 104, then the district's control room, then a message; and loops between helplines."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from agi.destinations.loader import HELPLINES_FILE
from tests.live.conftest import LiveStack, open_stack
from tests.support.brokers import until
from tests.support.citizen import answer
from tests.support.commands import assert_one_clear_line, warroom
from tests.support.faults import all_lines_free, in_bridge, shorten
from tests.support.ports import free_ports
from tests.support.provider import Provider, provider_at
from tests.support.telephones import InDialog
from tests.support.trunk_files import LOOPBACK
from warroom.sip_test_client import CallRefusedError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from warroom.sip_test_client import TestCall
    from warroom.sip_test_client.sip import SipMessage

FAR_END, NARROW = "127.0.3.104", "127.0.3.106"
PORT, NARROW_PORT = free_ports(2)
OWN_NUMBER = "07554000181"
TRUNK = f"""
[[trunk]]
name = "dead"
provider = "first in the list, and nobody is there"
server = "127.0.3.105:9"
channels = 30
dids = {{ 07554000190 = "181" }}
dials = {{ 104 = "104" }}
qualify_s = 1

[[trunk]]
name = "narrow"
provider = "first in the list for 181, with one channel"
server = "{NARROW}:{NARROW_PORT}"
channels = 1
dids = {{ 07554000104 = "104" }}
dials = {{ 181 = "0755181" }}
qualify_s = 0

[[trunk]]
name = "far"
server = "{FAR_END}:{PORT}"
channels = 30
dids = {{ {OWN_NUMBER} = "181", 07554001077 = "district-bhopal" }}
dials = {{ 104 = "0755104", 181 = "0755181" }}
qualify_s = 0
"""
ROOM = "07552540001"
HELPLINES = HELPLINES_FILE.read_text("utf-8") + f'district-bhopal = "PJSIP/{ROOM}@far"\n'
FOOD_AT_104 = (("greeting-104|danger", "1"),)
DOCTOR = (("greeting-181|danger", "2"), ("health-menu", "2"), ("medical-or-doctor", "2"))

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("hunt")]  # one stack for all of them


@pytest.fixture(scope="module")
def linked() -> Iterator[LiveStack]:
    """A stack that can dial 104 and the room of Bhopal."""
    with open_stack(trunks=LOOPBACK + TRUNK, helplines=HELPLINES) as stack:
        shorten(stack, "hi/doctor-wait", "hi/nobody-there", "hi/connecting-room", "hi/whisper", "hi/food-line-wait")
        yield stack


@pytest.fixture
async def far_end(linked: LiveStack) -> AsyncIterator[Provider]:
    """The second trunk's far end, once the first trunk that dials 104 is known to be dead."""
    await until(lambda: "Unavail" in linked.asterisk("pjsip show contacts"))
    async with provider_at(FAR_END, PORT) as there:
        yield there


async def test_doctor_at_104_hears_whose_call_it_is_and_the_ticket_tells_of_it(
    linked: LiveStack, far_end: Provider
) -> None:
    async with linked.room("state") as state, linked.call(caller="9811600001") as call:
        await answer(call, DOCTOR)
        invite = await far_end.rings("0755104")  # the second one, at once
        ticket = await state.ticket(phone="+919811600001")
        assert invite.get("x-warroom-ticket") == ticket["service_request_id"]
        assert OWN_NUMBER in invite.get("from")
        assert "9811600001" not in invite.start + str(invite.headers)  # a provider would refuse it
        async with far_end.lifts(invite, linked.sip, linked.matcher) as doctor:
            await doctor.hear("hi/whisper")
            await doctor.hear("hi/whisper-ticket")
            for digit in ticket["service_request_id"]:
                await doctor.hear(f"hi/number-{digit}")
            await in_bridge(linked)
            await _is_heard(linked, doctor, call)
            await _is_heard(linked, call, doctor)
            await call.hang_up()
            await doctor.ended()
        told = await state.ticket(phone="+919811600001", version=2)
        assert "Spoke with helpline 104" in told["status_notes"]
        assert not {"hi/recording-help", "hi/whisper-recorded"} & {*call.heard, *doctor.heard}  # off unless set
        assert not list(linked.layout.incoming.glob("*.talk.*"))


async def _is_heard(stack: LiveStack, speaker: TestCall, listener: TestCall) -> None:
    """Sound goes from one to the other, as it is: a prompt that nobody else plays now is known by ear."""
    await speaker.speak((stack.layout.prompts / "en" / "goodbye.alaw").read_bytes())
    await listener.hear("en/goodbye")


async def test_104_busy_then_the_room_hangs_up_at_once_then_a_message(linked: LiveStack, far_end: Provider) -> None:
    async with linked.room() as room, _to_the_room_of_bhopal(linked, "9811600002") as call:
        await answer(call, (("greeting-district|danger", "2"), *DOCTOR[1:]))
        await far_end.busy("0755104", linked.sip)
        await call.hear("hi/nobody-there")
        await call.hear("hi/connecting-room")
        invite = await far_end.rings(ROOM)
        async with far_end.lifts(invite, linked.sip, linked.matcher) as officer:
            await in_bridge(linked)
            await officer.hang_up()
        await call.hear("hi/leave-message")
        await call.hang_up()
        told = await room.ticket(phone="+919811600002", version=3)
        assert "Nobody answered at helpline 104 (BUSY)" in told["status_notes"]
        assert "The control room district-bhopal answered and the call was over" in told["status_notes"]


async def test_104_silent_then_the_room_declines_then_a_message(linked: LiveStack, far_end: Provider) -> None:
    await asyncio.to_thread(linked.asterisk, "dialplan set global WR_RING_TIMEOUT_S 2")
    try:
        async with linked.room() as room, _to_the_room_of_bhopal(linked, "9811600005") as call:
            await answer(call, (("greeting-district|danger", "2"), *DOCTOR[1:]))
            await far_end.rings("0755104")  # and nobody lifts
            await call.hear("hi/connecting-room")
            await far_end.declines(ROOM, linked.sip)
            await call.hear("hi/leave-message")
            await call.hang_up()
            told = await room.ticket(phone="+919811600005", version=3)
            assert "Nobody answered at helpline 104 (NOANSWER)" in told["status_notes"]
            assert "Nobody answered at the control room district-bhopal" in told["status_notes"]
    finally:
        await asyncio.to_thread(linked.asterisk, "dialplan set global WR_RING_TIMEOUT_S 20")


async def test_caller_hangs_up_while_104_rings(linked: LiveStack, far_end: Provider) -> None:
    async with linked.room("state") as state, linked.call(caller="9811600006") as call:
        await answer(call, DOCTOR)
        await far_end.rings("0755104")
        await call.hang_up()
        told = await state.ticket(phone="+919811600006", version=2)
        assert "The caller hung up while helpline 104 was being rung" in told["status_notes"]


async def test_who_answered_and_hung_up_later_is_followed_by_the_next_if_the_caller_wants(
    linked: LiveStack, far_end: Provider
) -> None:
    await asyncio.to_thread(linked.asterisk, "dialplan set global WR_MIN_TALK_S 0")
    try:
        async with InDialog(linked.sip, "181", matcher=linked.matcher, caller="9811600003") as call:
            await answer(call, DOCTOR)
            invite = await far_end.rings("0755104")
            async with far_end.lifts(invite, linked.sip, linked.matcher) as doctor:
                await in_bridge(linked)
                await doctor.hang_up()
            await call.hear("hi/other-hung-up")
            await call.press_twice("1", 0.3)  # by a gateway that tells of a key as an event and by INFO
            await call.hear("hi/leave-message")
    finally:
        await asyncio.to_thread(linked.asterisk, "dialplan set global WR_MIN_TALK_S 5")


async def test_trunk_with_all_channels_used_is_passed_over_for_the_next_one(
    linked: LiveStack, far_end: Provider
) -> None:
    """Used by a leg of ours, by an admin's test call, or by the caller himself, who came by it."""

    def by_narrow() -> TestCall:
        return linked.call("07554000104", local_ip=NARROW, caller="9811600010")

    async def food(call: TestCall, there: Provider) -> SipMessage:
        await answer(call, FOOD_AT_104)
        return await there.rings("0755181")

    async with provider_at(NARROW, NARROW_PORT) as narrow:
        async with linked.call("104", caller="9811600011") as first, linked.call("104", caller="9811600012") as next_:
            await food(first, narrow)
            await food(next_, far_end)
            with pytest.raises(CallRefusedError, match="486"):
                await by_narrow().__aenter__()
        await all_lines_free(linked)
        placed = asyncio.create_task(warroom(linked.data, "trunks", "test-call", "narrow", "181"))
        rings = await narrow.rings("0755181")
        async with linked.call("104", caller="9811600013") as call:
            await food(call, far_end)
        narrow.send_answer(rings, "486 Busy Here", linked.sip)
        assert_one_clear_line(await placed, "User busy")
        await all_lines_free(linked)
        async with by_narrow() as call:
            await food(call, far_end)
        assert len(narrow.invites) == 2


async def test_call_that_comes_back_to_us_is_refused_as_busy(linked: LiveStack, far_end: Provider) -> None:
    async def back(caller: str, *extra: str) -> int:
        """The answer to a call that 104 forwards to 181."""
        try:
            async with linked.call(caller=caller, extra=extra):
                return 200
        except CallRefusedError as refused:
            return refused.status

    assert await back("9811600009", "X-Warroom-Leg: 1") == 200  # another exchange's mark
    assert await back(OWN_NUMBER) == 200  # nobody is rung: it is no leg of ours
    async with linked.call(caller="9811600004") as call:
        await answer(call, DOCTOR)
        invite = await far_end.rings("0755104")
        assert await back("9811600009", f"X-Warroom-Leg: {invite.get('x-warroom-leg')}") == 486
        assert await back(OWN_NUMBER) == 486
        assert await back(f"+91{OWN_NUMBER[1:]}") == 486
        # The caller's own number: a neighbour at the same telephone, whose need may be graver.
        assert [await back(form) for form in ("9811600004", "+919811600004", "09811600004")] == [200] * 3
        async with far_end.lifts(invite, linked.sip, linked.matcher):
            await in_bridge(linked)
            assert await back(OWN_NUMBER) == 200


def _to_the_room_of_bhopal(stack: LiveStack, caller: str) -> TestCall:
    return stack.call("07554001077", local_ip=FAR_END, caller=caller)
