"""The service and Asterisk disagree on the manager's password: calls work, and the doctor says what is wrong."""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import time

from tests.live.conftest import LiveStack
from tests.support.brokers import until
from tests.support.citizen import answer
from tests.support.commands import warroom
from tests.support.faults import TO_THE_NUMBER, node_says

CALLER = "9811480001"
STOPS_WITHIN_S = 20.0  # before Asterisk is asked again, which is every half minute


async def test_ami_wrong_password_harms_no_call_and_is_named(own_stack: LiveStack) -> None:
    stack = own_stack
    secret = stack.data / "secrets" / "ami"
    stack.processes.stop("serve", signal.SIGTERM)
    secret.write_text("not-the-password-of-asterisk\n")
    stack.processes.start("serve")
    await until(lambda: _listens(stack))
    async with stack.room() as room, stack.call(caller=CALLER) as call:
        await answer(call, TO_THE_NUMBER)
        await call.hear("hi/number-is")
        await room.ticket(phone=f"+91{CALLER}")
    await node_says(stack, asterisk=False, state="online")
    doctor = await warroom(stack.data, "doctor", "--json")
    assert doctor.code == 1
    found = json.loads(doctor.out)
    apart = ("HTTP (api)", "screens (board)", "reachability")  # none of them is started, or dials anybody
    wrong = {each["part"]: each["what"] for each in found if each["state"] != "ok" and each["part"] not in apart}
    assert list(wrong) == ["AMI"], wrong
    assert "password" in wrong["AMI"]
    log = stack.processes.log("serve")
    assert "its secret must be that of manager.conf" in log
    assert "not-the-password" not in log
    asked = time.monotonic()
    await asyncio.to_thread(stack.processes.stop, "serve")
    assert time.monotonic() - asked < STOPS_WITHIN_S  # though it is still waiting for Asterisk


def _listens(stack: LiveStack) -> bool:
    calls = stack.settings.calls
    with socket.socket() as probe:
        return probe.connect_ex((calls.agi_host, calls.agi_port)) == 0
