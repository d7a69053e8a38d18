"""What else may come to the FastAGI port: none of it is heard by a caller."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from tests.live.citizen import answer
from tests.live.conftest import House
from tests.live.faults import TO_BHOPAL, TO_THE_NUMBER, tickets_of

CALLER = "9811450001"
CLOSED_WITHIN_S = 5.0  # the header's limit is 2 s
IDLE = 200
SCANS = 50

HEADER = (
    b"agi_network: yes\nagi_network_script: %s\nagi_channel: PJSIP/nobody-1\nagi_uniqueid: 1.1\nagi_language: hi\n\n"
)
STRANGERS = {
    "half a header": b"agi_network: yes\nagi_network_scr",
    "1 MB header": b"agi_network: yes\n" + b"agi_arg_1: x\n" * 80_000,
    "1 MB without a line end": b"agi_network: " + bytes(1_000_000),
    "binary": bytes(range(256)) * 8,
    "browser": b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "TLS": bytes.fromhex("16030100f8010000f40303") + bytes(200),
    "unknown script": HEADER % b"shell",
    "no script": HEADER % b"",
    "header twice": HEADER % b"call" + HEADER % b"call",
    "answers nobody asked for": HEADER % b"call" + b"200 result=1\n" * 50,
}


@contextlib.asynccontextmanager
async def _connected(house: House) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    calls = house.settings.calls
    reader, writer = await asyncio.open_connection(calls.agi_host, calls.agi_port)
    try:
        yield reader, writer
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


async def _scan(house: House) -> None:
    async with _connected(house):
        pass


async def _bother(house: House, bytes_: bytes) -> None:
    """Send this and wait until the service closes the connection."""
    async with _connected(house) as (reader, writer), asyncio.timeout(CLOSED_WITHIN_S):
        with contextlib.suppress(ConnectionError):
            writer.write(bytes_)
            await writer.drain()
            while await reader.read(65536):
                pass


async def test_agi_port_bothered_while_a_call_goes_on_to_its_ticket(own_house: House) -> None:
    house = own_house
    async with house.room() as room, house.call(caller=CALLER) as call, contextlib.AsyncExitStack() as idle:
        await answer(call, TO_BHOPAL)
        for _ in range(IDLE):
            await idle.enter_async_context(_connected(house))
        bothering = asyncio.gather(
            *(_bother(house, bytes_) for bytes_ in STRANGERS.values()), *(_scan(house) for _ in range(SCANS))
        )
        await answer(call, TO_THE_NUMBER[len(TO_BHOPAL) :])
        await call.hear("hi/number-is")
        await room.ticket(phone=f"+91{CALLER}")
        await bothering
    assert len(tickets_of(house, CALLER)) == 1
    log = house.stack.log("serve")
    assert "Traceback" not in log
    assert "its header is longer than" in log
    assert "unknown script" in log


@pytest.mark.parametrize("kind", STRANGERS)
async def test_agi_port_closes_what_is_no_call(house: House, kind: str) -> None:
    await _bother(house, STRANGERS[kind])


async def test_agi_port_closes_the_idle(house: House) -> None:
    await _bother(house, b"")
