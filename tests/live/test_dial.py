"""Calls put through: danger to life, an operator, and what happens when one of them does not answer."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from typing import TYPE_CHECKING

import pytest

from tests.brokers import until
from tests.live.citizen import FIRST_MENU, RATION_IN_BHOPAL, answer, give_details
from tests.live.conftest import House, free_ports, open_house
from tests.live.faults import in_bridge

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

EMERGENCY, OPERATOR = "127.0.2.108", "127.0.2.50"
(PORT,) = free_ports(1)

BUSY = """<?xml version="1.0" encoding="UTF-8"?>
<scenario name="busy">
  <recv request="INVITE"/>
  <send><![CDATA[
SIP/2.0 486 Busy Here
[last_Via:]
[last_From:]
[last_To:];tag=busy
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0

]]></send>
  <recv request="ACK"/>
</scenario>
"""


pytestmark = pytest.mark.xdist_group("dial")  # one stack for all of them


@pytest.fixture(scope="module")
def dialling() -> Iterator[House]:
    """A house with an emergency line and an operator, each a telephone that SIPp plays."""
    telephones = {"emergency-1": EMERGENCY, "operator-1": OPERATOR}
    wizard = "".join(
        f"[{name}](trunk)\nremote_hosts = {host}:{PORT}\nendpoint/context = from-operator\n"
        for name, host in telephones.items()
    )
    with open_house(wizard=wizard, operators='["PJSIP/operator-1"]', emergency='["PJSIP/emergency-1"]') as house:
        yield house


@contextlib.asynccontextmanager
async def telephone(host: str, *options: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """A SIPp that takes one call; it ends by itself when the call is over."""
    process = await asyncio.create_subprocess_exec(
        "sipp", "-i", host, "-p", str(PORT), "-m", "1", "-nostdin", *options,
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        await until(lambda: _takes_calls(host))
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


def _takes_calls(host: str) -> bool:
    """Whether something has bound the port: then we cannot."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((host, PORT))
        except OSError:
            return True
    return False


async def test_danger_to_life_is_put_through_by_one_key_and_booked(dialling: House) -> None:
    async with (
        telephone(EMERGENCY, "-sn", "uas") as ambulance,
        dialling.room("state") as room,
        dialling.call(caller="9811500001") as call,
    ):
        await answer(call, ((FIRST_MENU, "9"),))
        await call.hear("hi/emergency-wait")
        ticket = await room.ticket(phone="+919811500001")
        assert (ticket["service_code"], ticket["priority"]) == ("danger", 1)
        await in_bridge(dialling)
        await call.hang_up()
        ticket = await room.ticket(phone="+919811500001", version=2)
        assert "Spoke with the emergency line" in ticket["status_notes"]
        await done(ambulance)


async def test_emergency_line_busy_an_operator_takes_the_call(dialling: House, tmp_path: Path) -> None:
    (tmp_path / "busy.xml").write_text(BUSY)
    async with (
        telephone(EMERGENCY, "-sf", str(tmp_path / "busy.xml")) as ambulance,
        telephone(OPERATOR, "-sn", "uas") as operator,
        dialling.call(caller="9811500002") as call,
    ):
        await answer(call, ((FIRST_MENU, "9"),))
        await in_bridge(dialling)
        await call.hang_up()
        await done(ambulance, operator)


async def test_operator_busy_the_caller_leaves_a_message_on_the_ticket(dialling: House, tmp_path: Path) -> None:
    (tmp_path / "busy.xml").write_text(BUSY)
    async with (
        telephone(OPERATOR, "-sf", str(tmp_path / "busy.xml")) as operator,
        dialling.room() as room,
        dialling.call(caller="9811500003") as call,
    ):
        await answer(call, RATION_IN_BHOPAL[:-1])
        await answer(call, (("callback-ask", "0"),))
        await done(operator)
        await call.hear("hi/leave-message")
        await give_details(call)
        await call.ended()
        ticket = await room.ticket(phone="+919811500003", version=3)
    assert len(ticket["recordings"]) == 1
    assert "Nobody answered at an operator" in ticket["status_notes"]


async def done(*telephones: asyncio.subprocess.Process) -> None:
    """Wait until each had its whole call: what Asterisk still sends to one that is gone, the next test's gets."""
    async with asyncio.timeout(20):
        for process in telephones:
            assert await process.wait() == 0
