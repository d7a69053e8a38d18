"""The service dies or freezes: the caller can always leave a message, and nothing said is lost or doubled."""

from __future__ import annotations

import asyncio
import signal
import time
import wave

import pytest

from tests.live.conftest import LiveStack
from tests.support.citizen import answer
from tests.support.faults import (
    SPOKEN,
    TO_BHOPAL,
    TO_RATION,
    TO_THE_DETAILS,
    known,
    leave_message,
    restart_service,
    settled,
    shorten,
    tickets_of,
)
from warroom.sip_test_client import TestCall

SPEAKS, SILENT, NO_PLACE = "9811400001", "9811400002", "9811400003"
LEAVES_SOUND, LEAVES_NONE = "9811400004", "9811400005"
FROZEN_OUT, FROZEN_AT_THE_END = "9811400006", "9811400007"


@pytest.fixture
def stack(own_stack: LiveStack) -> LiveStack:
    shorten(own_stack, "hi/leave-message", "hi/message-kept")
    return own_stack


async def test_service_killed_in_mid_conversation_makes_one_ticket_of_each_caller(stack: LiveStack) -> None:
    async with (
        stack.call(caller=SPEAKS) as speaks,
        stack.call(caller=SILENT) as silent,
        stack.call(caller=NO_PLACE) as no_place,
    ):
        await asyncio.gather(answer(speaks, TO_BHOPAL), answer(silent, TO_BHOPAL), answer(no_place, TO_RATION))
        for caller, district in ((SPEAKS, "bhopal"), (SILENT, "bhopal"), (NO_PLACE, None)):
            await known(stack, caller, need="ration", district=district)
        await asyncio.to_thread(stack.processes.stop, "serve", signal.SIGKILL)
        await asyncio.gather(leave_message(speaks), _hang_up_when_asked(silent), _hang_up_when_asked(no_place))
    await restart_service(stack)
    await settled(stack)

    async with stack.room() as bhopal, stack.room("state") as state:
        received = await bhopal.ticket(phone=f"+91{SPEAKS}")
        await bhopal.ticket(phone=f"+91{SILENT}", service_code="ration")
        await state.ticket(phone=f"+91{NO_PLACE}", service_code="ration", stage="triage")
    (with_sound,) = tickets_of(stack, SPEAKS)
    assert received["service_request_id"] == with_sound["service_request_id"]
    assert (with_sound["service_code"], with_sound["district"]) == ("ration", "bhopal")
    _assert_speech(stack, with_sound)
    (without,) = tickets_of(stack, SILENT)
    assert (without["district"], without["recordings"]) == ("bhopal", [])
    assert len(tickets_of(stack, NO_PLACE)) == 1


async def test_service_dead_before_the_call_makes_a_ticket_to_listen_to(stack: LiveStack) -> None:
    await asyncio.to_thread(stack.processes.stop, "serve", signal.SIGKILL)
    async with stack.call(caller=LEAVES_SOUND) as speaks, stack.call(caller=LEAVES_NONE) as silent:
        await asyncio.gather(leave_message(speaks), _hang_up_when_asked(silent))
    await restart_service(stack)
    await settled(stack)

    async with stack.room("state") as room:
        for caller in (LEAVES_SOUND, LEAVES_NONE):
            await room.ticket(phone=f"+91{caller}", service_code="listen", stage="triage")
    (with_sound,) = tickets_of(stack, LEAVES_SOUND)
    _assert_speech(stack, with_sound)
    (without,) = tickets_of(stack, LEAVES_NONE)
    assert (without["recordings"], without["callback_wanted"]) == ([], True)
    async with stack.call(caller=LEAVES_SOUND) as call:
        await call.hear("hi/greeting-181")


@pytest.mark.long
async def test_service_frozen_before_the_call_leaves_it_unanswered_ten_seconds_and_takes_a_message(
    stack: LiveStack,
) -> None:
    stack.processes.send("serve", signal.SIGSTOP)
    dialled = time.monotonic()
    async with stack.call(caller=FROZEN_OUT) as call:
        assert 8 < time.monotonic() - dialled < 13
        await leave_message(call)
        assert "hi/greeting-181" not in call.heard
    stack.processes.send("serve", signal.SIGCONT)
    await settled(stack)

    async with stack.room("state") as room:
        await room.ticket(phone=f"+91{FROZEN_OUT}", service_code="listen")
    (ticket,) = tickets_of(stack, FROZEN_OUT)
    _assert_speech(stack, ticket)


@pytest.mark.long
async def test_service_frozen_at_the_last_key_tells_no_number_and_doubles_nothing(stack: LiveStack) -> None:
    """The guard of 40 s ends the conversation; the service that goes on finds a reply it must not act on."""
    async with stack.call(caller=FROZEN_AT_THE_END) as call:
        await answer(call, TO_THE_DETAILS)
        await call.hear("hi/details-ask")
        stack.processes.send("serve", signal.SIGSTOP)
        await call.press("#")
        await call.hear("hi/leave-message", within_s=45)
        stack.processes.send("serve", signal.SIGCONT)
        await call.hear("hi/beep")
        await call.speak(SPOKEN)
        await call.press("#")
        await call.ended()
        assert "hi/number-is" not in call.heard
    await settled(stack)

    async with stack.room() as room:
        await room.ticket(phone=f"+91{FROZEN_AT_THE_END}", service_code="ration")
    (ticket,) = tickets_of(stack, FROZEN_AT_THE_END)
    _assert_speech(stack, ticket)


async def _hang_up_when_asked(call: TestCall) -> None:
    await call.hear("hi/leave-message")
    await call.hang_up()


def _assert_speech(stack: LiveStack, ticket: dict[str, object]) -> None:
    (sound,) = ticket["recordings"]
    with wave.open(str(stack.layout.kept / sound)) as file:
        assert file.getnframes() / file.getframerate() > 0.5
