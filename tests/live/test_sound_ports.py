"""Stacks of one machine at once: each has ports for sound of its own, and says which."""

from __future__ import annotations

import asyncio
import contextlib
import json
import shutil

import pytest

from tests.live.conftest import NO_RESERVE, LiveStack, make_data, open_stack
from tests.support.brokers import until
from tests.support.commands import assert_one_clear_line, warroom
from warroom.services.stack import ports
from warroom.services.stack.rtp_ports import RtpPortsError, sound_of
from warroom.services.stack.running_stack import RunningStack
from warroom.services.stack.sockets import bound

pytestmark = pytest.mark.long

CALLS = 12
"""Callers of each stack: all it takes."""


def sound_sockets(stack: LiveStack) -> set[int]:
    """The ports that Asterisk holds where its callers' sound goes."""
    ours = set(ports._sockets(stack.processes.pid("asterisk")))
    sip = stack.settings.calls.sip_port
    return {port for kind, host, port, inode in bound() if kind == "udp" and host == "127.0.0.1" and inode in ours} - {
        sip
    }


async def fill(stack: LiveStack, calls: contextlib.AsyncExitStack) -> None:
    """Have so many callers as it takes, each of whom hears it."""
    dialled = [stack.call(caller=f"98114700{at:02d}") for at in range(CALLS)]
    await asyncio.gather(*(calls.enter_async_context(call) for call in dialled))
    await asyncio.gather(*(call.hear("hi/greeting-181") for call in dialled))


async def test_two_full_stacks_have_sound_on_ports_of_their_own() -> None:
    full = {"max_calls": CALLS, "reserved": NO_RESERVE}
    with open_stack(**full) as one, open_stack(**full) as other:
        first, second = (sound_of(stack.data, stack.settings) for stack in (one, other))
        assert not first.meets(second)
        async with contextlib.AsyncExitStack() as calls:
            await asyncio.gather(fill(one, calls), fill(other, calls))
            for stack, own in ((one, first), (other, second)):
                await until(lambda h=stack: len(sound_sockets(h)) == 2 * CALLS)  # RTP, RTCP; proc(5) is no snapshot
                held = sound_sockets(stack)
                assert all(own.first <= port <= own.last for port in held), (own, held)


async def test_range_of_a_stack_that_runs_is_refused_to_a_second_before_anything_starts() -> None:
    with open_stack() as stack:
        taken = sound_of(stack.data, stack.settings)
        found = json.loads((await warroom(stack.data, "doctor", "--json")).out)
        (shown,) = (finding for finding in found if finding["part"] == "sound")
        assert (shown["state"], shown["what"].partition(",")[0]) == ("ok", f"UDP ports {taken}")

        data, _ = make_data(rtp_first=taken.first, rtp_last=taken.last)
        try:
            names = ("calls.rtp_first", str(taken), str(stack.data)[-35:])
            assert_one_clear_line(await warroom(data, "up"), *names)
            with pytest.raises(RtpPortsError, match=r"calls\.rtp_first"), RunningStack(data, services=()):
                pass
        finally:
            shutil.rmtree(data)


async def test_stack_that_starts_again_keeps_its_ports() -> None:
    with open_stack() as one, open_stack() as other:
        before = sound_of(other.data, other.settings)
        one.processes.close()
        other.processes.close()
        with RunningStack(other.data, services=("serve",)):
            assert sound_of(other.data, other.settings) == before
            text = (other.data / "asterisk" / "generated" / "rtp_ports.conf").read_text()
            assert text == f"rtpstart = {before.first}\nrtpend = {before.last}\n"
