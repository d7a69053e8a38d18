"""What gateways do in the middle of a call: hold, early media, session timers, glare, and going away without a word."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from tests.support.brokers import WAIT_S, until
from tests.support.citizen import FIRST_MENU, answer
from tests.support.faults import TO_BHOPAL, TO_RATION, all_lines_free, in_bridge
from tests.support.sip_trunk_files import by_loopback, by_trunk
from tests.support.telephones import FarEnd, FarTelephone, InDialog, far_end
from warroom.sip_test_client import CallRefusedError, sip

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.live.conftest import LiveStack

pytestmark = pytest.mark.xdist_group("sip")  # one stack for all of them


@pytest.fixture
async def far() -> AsyncIterator[FarEnd]:
    async with far_end() as there:
        yield there


async def test_sip_hold_in_a_conversation_goes_on_where_it_was(sip_stack: LiveStack) -> None:
    async with by_loopback(sip_stack, "9811520001") as call:
        await answer(call, TO_RATION)
        await call.hear("hi/place-ask")
        held = await call.reinvite("sendonly")
        assert (held.status, "a=recvonly" in held.body) == (200, True)
        back = await call.reinvite()
        assert (back.status, "a=sendrecv" in back.body) == (200, True)
        await call.press("462001#")
        await call.hear("hi/place-is")


async def test_sip_hold_outlasts_the_guard_of_dead_calls_and_sound_comes_back(
    sip_stack: LiveStack, far: FarEnd
) -> None:
    """On hold nobody speaks; a caller on the same kind of line who is silent without hold is gone by then."""
    async with by_loopback(sip_stack, "9811520011") as call, _put_through(sip_stack, far, call) as doctor:
        held = await doctor.reinvite("inactive")
        assert (held.status, "a=inactive" in held.body) == (200, True)
        doctor.mute()
        async with by_trunk(sip_stack, "short", "9811520012") as silent:
            silent.mute()
            await silent.ended(within_s=20)
        assert not call.over.is_set()
        doctor._rtp.muted = False
        assert (await doctor.reinvite()).status == 200
        await _both_ways(sip_stack, call, doctor)
        await call.hang_up()
        await doctor.ended()


@pytest.mark.parametrize("before", ["ringing", "progress", "sound", "nothing", "reliable"])
async def test_sip_answer_after_any_beginning_gives_sound_both_ways(
    sip_stack: LiveStack, far: FarEnd, before: str
) -> None:
    """Ringing; 183; 183 with early media from another port; nothing before the answer; 183 to be acknowledged."""
    far.rings_first = before == "ringing"
    async with by_loopback(sip_stack, f"98115202{len(before):02}") as call:
        await answer(call, ((FIRST_MENU, "9"),))
        invite = await far.rings("108")
        if before == "progress":
            far.progress(invite, sip_stack.sip)
        elif before == "sound":
            far.progress(invite, sip_stack.sip, body=sip.offer(far.address[0], 40000).replace("o=- 1 1", "o=- 7 1"))
        elif before == "reliable":
            assert "100rel" in invite.get("supported")
            far.progress(invite, sip_stack.sip, "Require: 100rel", "RSeq: 17")
            async with asyncio.timeout(WAIT_S):
                acknowledged = await far.acknowledged.get()
            assert acknowledged.get("rack") == f"17 {invite.get('cseq')}"
        await call.hears_something()  # who waits hears ringing, whatever the far end does
        async with far.answers(invite, sip_stack.sip, sip_stack.matcher) as doctor:
            await _both_ways(sip_stack, call, doctor)
            await call.hang_up()
            await doctor.ended()


async def test_sip_session_timer_too_small_is_refused_and_a_refresh_taken(sip_stack: LiveStack) -> None:
    with pytest.raises(CallRefusedError) as refused:
        async with by_loopback(
            sip_stack, "9811520031", extra=("Supported: timer", "Session-Expires: 30", "Min-SE: 30")
        ):
            pass
    assert refused.value.status == 422
    timer = ("Supported: timer", "Session-Expires: 90;refresher=uac", "Min-SE: 90")
    async with by_loopback(sip_stack, "9811520032", extra=timer) as call:
        await answer(call, ((FIRST_MENU, "1"),))
        refreshed = await call.reinvite("sendrecv", *timer)
        assert (refreshed.status, refreshed.get("session-expires")) == (200, "90;refresher=uac")
        by_update = await call.request("UPDATE", *timer)
        assert (by_update.status, by_update.get("session-expires")) == (200, "90;refresher=uac")
        await answer(call, (("food-menu", "1"),))
        await call.hear("hi/place-ask")


async def test_sip_bye_lost_or_sound_one_way_ends_the_call_and_keeps_its_ticket(sip_stack: LiveStack) -> None:
    gone, mute = (by_trunk(sip_stack, "short", caller) for caller in ("9811520041", "9811520042"))
    async with sip_stack.room() as bhopal, sip_stack.room("state") as state:
        async with gone, mute:
            await asyncio.gather(answer(gone, TO_BHOPAL), answer(mute, TO_RATION))
            gone.vanish()
            mute.mute()
            await mute.ended(within_s=30)
        assert (await bhopal.ticket(phone="+919811520041"))["service_code"] == "ration"
        assert (await state.ticket(phone="+919811520042"))["service_code"] == "ration"
    await all_lines_free(sip_stack)


@pytest.mark.long
async def test_sip_far_end_vanishes_and_the_caller_is_not_left_alone(sip_stack: LiveStack, far: FarEnd) -> None:
    async with by_loopback(sip_stack, "9811520051") as call, _put_through(sip_stack, far, call) as doctor:
        doctor._rtp.muted = True
        doctor.over.set()
        await call.hear("hi/other-hung-up", "hi/leave-message")
    await all_lines_free(sip_stack)


async def test_sip_caller_who_sends_no_sound_at_all_is_not_left_on_the_line(sip_stack: LiveStack) -> None:
    async with by_trunk(sip_stack, "short", "9811520061") as call:
        call.mute()
        await call.hear("hi/greeting-181")
        await call.ended(within_s=30)
    await all_lines_free(sip_stack)


async def test_sip_glare_both_change_the_sound_or_hang_up_at_once(sip_stack: LiveStack, far: FarEnd) -> None:
    async with (
        sip_stack.room("state") as room,
        by_loopback(sip_stack, "9811520071") as call,
        _put_through(sip_stack, far, call) as doctor,
    ):
        asked = [one.send_request("INVITE", body=one._offer()) for one in (call, doctor)]
        assert [(await one).status for one in asked] == [200, 200]
        both = [call.send_request("INVITE", body=call._offer()) for _ in range(2)]  # the second before the first's end
        statuses = [(await call.answer_of(one)).status for one in both]
        assert statuses[0] == 200
        assert statuses[1] in (200, 491, 500)  # RFC 3261 14.2: 500 with Retry-After, or 491
        await _both_ways(sip_stack, call, doctor)
        byes = [one.send_request("BYE") for one in (call, doctor)]
        assert {(await one.answer_of(bye)).status for one, bye in zip((call, doctor), byes, strict=True)} <= {200, 481}
        call.over.set()
        doctor.over.set()
        ticket = await room.ticket(phone="+919811520071", version=2)
        assert ticket["status_notes"].count("Spoke with the emergency line") == 1
    await all_lines_free(sip_stack)


async def test_sip_glare_caller_hangs_up_as_the_far_end_lifts(sip_stack: LiveStack, far: FarEnd) -> None:
    async with by_loopback(sip_stack, "9811520081") as call:
        await answer(call, ((FIRST_MENU, "9"),))
        invite = await far.rings("108")
        bye = call.send_request("BYE")
        async with far.answers(invite, sip_stack.sip, sip_stack.matcher) as doctor:
            assert (await call.answer_of(bye)).status == 200
            call.over.set()
            await doctor.ended(within_s=20)
    await all_lines_free(sip_stack)


@asynccontextmanager
async def _put_through(stack: LiveStack, far: FarEnd, call: InDialog) -> AsyncIterator[FarTelephone]:
    """The caller presses 9, and who is at the far end lifts."""
    await answer(call, ((FIRST_MENU, "9"),))
    async with far.answers(await far.rings("108"), stack.sip, stack.matcher) as doctor:
        await in_bridge(stack)
        yield doctor


async def _both_ways(stack: LiveStack, call: InDialog, doctor: FarTelephone) -> None:
    """Each says what nobody else says here, and the other hears it untouched."""

    async def says(speaker: InDialog, hearer: InDialog, name: str) -> None:
        sound = stack.layout.prompts.joinpath(f"{name}.alaw").read_bytes()[4000:12000]
        await asyncio.gather(speaker.speak(sound), hearer.hear(name))

    await asyncio.gather(says(call, doctor, "en/goodbye"), says(doctor, call, "en/room-pin"))


@pytest.mark.long
async def test_sip_silence_is_asked_after_and_ends_no_call(sip_stack: LiveStack) -> None:
    async with by_loopback(sip_stack, "9811520051") as call:
        await answer(call, TO_RATION)
        call.mute()
        await until(lambda: "INVITE" in [one.method for one in call.asked], seconds=60)
        call._rtp.muted = False
        await call.press("462001#")
        await call.hear("hi/place-is")
