"""Lines that fail: calls that end without a word, sound one way only, more callers than lines, all at once."""

from __future__ import annotations

import asyncio

import pytest

from agi.ami.connection import AmiConnection
from agi.ami.rtp_watchdog import DEAD_S, RtpWatchdog
from tests.live.conftest import LiveStack, open_stack
from tests.support.brokers import until
from tests.support.citizen import answer
from tests.support.faults import TO_BHOPAL, TO_RATION, TO_THE_NUMBER, all_lines_free, settled, tickets_of
from warroom.config.secrets import AMI, read_secret
from warroom.sip_test_client import CallRefusedError

VANISHES, MUTE = "9811440001", "9811440002"
FIRST, TOO_MANY = "9811440003", "9811440004"
CROWD = 30
TOGETHER, COME_AND_GO = 12, 15


@pytest.mark.long
async def test_lines_full_refuses_the_next_caller_unanswered_and_harms_nobody() -> None:
    with open_stack(max_calls=1) as stack:
        async with stack.room() as room, stack.call(caller=FIRST) as first:
            await answer(first, TO_BHOPAL)
            with pytest.raises(CallRefusedError) as refused:
                async with stack.call(caller=TOO_MANY):
                    pass
            assert refused.value.status == 486
            await answer(first, TO_THE_NUMBER[len(TO_BHOPAL) :])
            await first.hear("hi/number-is")
            await room.ticket(phone=f"+91{FIRST}")
        await all_lines_free(stack)
        async with stack.call(caller=TOO_MANY) as again:
            await again.hear("hi/greeting-181")


async def test_lines_thirty_calls_in_the_same_instant_all_reach_the_room(stack: LiveStack) -> None:
    callers = [f"98115{index:05}" for index in range(CROWD)]

    async def ask_for_ration(caller: str) -> None:
        async with stack.call(caller=caller, local_ip=f"127.0.1.{10 + int(caller[-2:])}") as call:
            await answer(call, TO_THE_NUMBER)
            await call.hear("hi/number-is")

    async with stack.room() as room:
        await asyncio.gather(*(ask_for_ration(caller) for caller in callers))
        numbers = {(await room.ticket(phone=f"+91{caller}"))["service_request_id"] for caller in callers}
    assert len(numbers) == CROWD


async def test_lines_come_and_go_while_each_is_asked_for_its_sound_without_pause(own_stack: LiveStack) -> None:
    """A look at the calls must never hold what a call needs to begin or to end: Asterisk would answer nobody again."""
    stack = own_stack
    calls = stack.settings.calls
    link = AmiConnection(calls.ami_host, calls.ami_port, "warroom", read_secret(stack.data, AMI))
    guard = RtpWatchdog(link)
    looks = 0

    async def look_without_pause() -> None:
        nonlocal looks
        while True:
            await guard.look()
            looks += 1

    async def come_and_go(line: int) -> None:
        for _ in range(COME_AND_GO):
            async with stack.call(caller=f"98116{line:05}"):
                pass

    running = asyncio.create_task(link.run())
    try:
        await until(lambda: link.connected)
        looking = asyncio.create_task(look_without_pause())
        await asyncio.gather(*(come_and_go(line) for line in range(TOGETHER)))
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)
        assert looking.cancelled()
        assert looks
    finally:
        running.cancel()
    await all_lines_free(stack)


@pytest.mark.long
async def test_lines_lost_bye_ends_the_call_and_silence_does_not_and_both_keep_their_ticket(
    own_stack: LiveStack,
) -> None:
    """A far end that has gone answers no re-INVITE; one that only sends nothing does."""
    stack = own_stack
    async with stack.call(caller=VANISHES) as gone, stack.call(caller=MUTE) as mute:
        await asyncio.gather(answer(gone, TO_BHOPAL), answer(mute, TO_RATION))
        gone.vanish()
        mute.mute()
        await until(lambda: _one_line_used(stack), seconds=DEAD_S + 30)
        assert not mute.over.is_set()
    async with stack.room() as bhopal, stack.room("state") as state:
        assert (await bhopal.ticket(phone=f"+91{VANISHES}"))["service_code"] == "ration"
        assert (await state.ticket(phone=f"+91{MUTE}"))["service_code"] == "ration"
    await settled(stack)
    assert len(tickets_of(stack, VANISHES)) == len(tickets_of(stack, MUTE)) == 1
    await all_lines_free(stack)


def _one_line_used(stack: LiveStack) -> bool:
    return "1 active channel" in stack.asterisk("core show channels count")
