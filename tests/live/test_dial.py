"""Calls put through: danger to life, an operator, and what happens when one of them does not answer."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from typing import TYPE_CHECKING, Any

import pytest

from router.clock import utc_now
from router.tickets.operator_presence import OperatorPresence
from tests.live.conftest import LiveStack, open_stack
from tests.support.brokers import WAIT_S, until
from tests.support.citizen import FIRST_MENU, RATION_IN_BHOPAL, answer, give_details
from tests.support.commands import warroom
from tests.support.day_figures import stats_since
from tests.support.faults import in_bridge, shorten_all
from tests.support.operators import OperatorTelephone, operator_at
from tests.support.ports import free_ports
from warroom.cli.common import open_storage

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import AsyncIterator, Iterator
    from datetime import datetime
    from pathlib import Path

EMERGENCY, OPERATOR = "127.0.2.108", "127.0.2.50"
OPERATORS = """[queue]
wrap_up_s = 0
empty_s = 5

[[operator]]
id = "1"
name = "Asha"
skills = ["general", "health"]
"""
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
def dialling() -> Iterator[LiveStack]:
    """A stack with an emergency line, a telephone that SIPp plays, and an operator."""
    wizard = f"[emergency-1](trunk)\nremote_hosts = {EMERGENCY}:{PORT}\nendpoint/context = from-operator\n"
    with open_stack(wizard=wizard, operators=OPERATORS, emergency='["PJSIP/emergency-1"]') as stack:
        shorten_all(stack)
        yield stack


@contextlib.asynccontextmanager
async def the_operator(stack: LiveStack) -> AsyncIterator[OperatorTelephone]:
    """The operator's telephone, at work, until the operator has gone home."""
    async with operator_at(stack, "1", OPERATOR) as telephone, open_storage(stack.data) as store:
        presence = OperatorPresence(store)
        await presence.login("1")
        await in_queue(stack, "(Not in use)")
        yield telephone
        await presence.logout("1")
        await in_queue(stack, "No Members")


async def in_queue(stack: LiveStack, wanted: str) -> None:
    async with asyncio.timeout(60):
        while wanted not in await asyncio.to_thread(stack.asterisk, "queue show general-hi"):
            await asyncio.sleep(0.2)


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


async def test_danger_to_life_is_put_through_by_one_key_and_booked(dialling: LiveStack) -> None:
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


@pytest.mark.long
async def test_emergency_line_busy_an_operator_takes_the_call(dialling: LiveStack, tmp_path: Path) -> None:
    (tmp_path / "busy.xml").write_text(BUSY)
    async with (
        telephone(EMERGENCY, "-sf", str(tmp_path / "busy.xml")) as ambulance,
        the_operator(dialling) as operator,
        dialling.call(caller="9811500002") as call,
    ):
        await answer(call, ((FIRST_MENU, "9"),))
        async with operator.takes():
            await in_bridge(dialling)
            await call.hang_up()
        await done(ambulance)


@pytest.mark.long
async def test_operator_away_the_caller_leaves_a_message_on_the_ticket(dialling: LiveStack) -> None:
    async with (
        the_operator(dialling) as operator,
        dialling.room() as room,
        dialling.call(caller="9811500003") as call,
    ):
        await answer(call, RATION_IN_BHOPAL[:-1])
        await answer(call, (("callback-ask", "0"),))
        await operator.refuses()
        async with open_storage(dialling.data) as store:
            await OperatorPresence(store).logout("1")
        await call.hear("hi/leave-message")
        await give_details(call)
        await call.ended()
        ticket = await room.ticket(phone="+919811500003", version=3)
    assert len(ticket["recordings"]) == 1
    assert "Nobody answered at an operator" in ticket["status_notes"]


@pytest.mark.long
async def test_day_is_counted_and_the_lines_are_shown_while_callers_speak(dialling: LiveStack) -> None:
    began = utc_now()
    before = await _figures(dialling, began)
    async with the_operator(dialling) as operator:
        async with dialling.call(caller="9811500004") as call:
            await answer(call, ((FIRST_MENU, "0"),))
            async with operator.takes():
                await in_bridge(dialling)
                async with asyncio.timeout(WAIT_S):
                    while "operator-1" not in (lines := (await _json(dialling, "calls", "live"))["1"]["lines"]):
                        await asyncio.sleep(0.2)
                await call.hang_up()
        assert lines == {"loopback": {"channels": 1, "callers": 1}, "operator-1": {"channels": 1, "callers": 0}}
        async with dialling.call(caller="9811500005") as call:
            await answer(call, ((FIRST_MENU, "0"),))
            await operator.rings(operator.name)
            await call.hang_up()
    now = await _figures(dialling, began)
    more = {key: now[key] - before[key] for key in ("answered", "asked", "served", "gave_up", "not_served")}
    assert more == {"answered": 2, "asked": 2, "served": 1, "gave_up": 1, "not_served": 0}


async def _figures(stack: LiveStack, began: datetime) -> Counter[str]:
    """Of all calls, when the last is over and in the store: the books are read every ten seconds."""
    async with asyncio.timeout(30):
        while "0 active channels" not in await asyncio.to_thread(stack.asterisk, "core show channels"):
            await asyncio.sleep(0.2)
        logs = stack.layout.asterisk_log
        async with open_storage(stack.data) as store:
            while (logs / "cdr-csv" / "Master.csv").exists():
                written = {path.stat().st_size for path in logs.glob("c*/*.csv")}
                marks = await store.read(lambda uow: uow.cdr.marks())
                if written == {mark.position for mark in marks.values()}:
                    break
                await asyncio.sleep(0.5)
    return await stats_since(stack.data, began)


async def _json(stack: LiveStack, *command: str) -> Any:
    return json.loads((await warroom(stack.data, *command, "--json")).out)


async def done(*telephones: asyncio.subprocess.Process) -> None:
    """Wait until each had its whole call: what Asterisk still sends to one that is gone, the next test's gets."""
    async with asyncio.timeout(60):
        for process in telephones:
            assert await process.wait() == 0
