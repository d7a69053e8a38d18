"""What else may come to the FastAGI port: none of it is heard by a caller."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator

import pytest

from agi.fastagi.request import access_token
from tests.live.conftest import LiveStack
from tests.support.brokers import until
from tests.support.citizen import answer
from tests.support.faults import TO_BHOPAL, TO_THE_NUMBER, tickets_of
from warroom.config.secrets import AGI, read_secret

pytestmark = pytest.mark.long

CALLER = "9811450001"
CLOSED_WITHIN_S = 30.0  # the header's limit is 2 s
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
    "unknown script": HEADER % b"WORD/shell",
    "no script": HEADER % b"WORD/",
    "header twice": HEADER % b"WORD/call" + HEADER % b"WORD/call",
    "answers nobody asked for": HEADER % b"WORD/call" + b"200 result=1\n" * 50,
}
"""WORD stands for what only the dialplan knows."""
FORGED = {
    "room without PIN": ("room", "9826000001", "district-indore"),
    "missed call of a stranger": ("missed", "9812399999"),
    "note into a ticket": ("room-called", "district-indore", "100000011", "ANSWER", "35"),
    "end of a room's call": ("room-called", "ANSWER", "35"),
    "conversation under any number": ("call", "181", "181", "9812399999", "loopback"),
    "call-back": ("callback", "100000011"),
    "outcome": ("outcome", "queue-general-hi", "ANSWER", "35"),
    "place": ("place-called", "1", "ANSWER", "35"),
}


def _word(stack: LiveStack, uniqueid: str) -> str:
    return access_token(uniqueid, read_secret(stack.data, AGI))


@contextlib.asynccontextmanager
async def _connected(stack: LiveStack) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    calls = stack.settings.calls
    reader, writer = await asyncio.open_connection(calls.agi_host, calls.agi_port)
    try:
        yield reader, writer
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


async def _scan(stack: LiveStack) -> None:
    async with _connected(stack):
        pass


async def _bother(stack: LiveStack, bytes_: bytes) -> None:
    """Send this and wait until the service closes the connection."""
    async with _connected(stack) as (reader, writer), asyncio.timeout(CLOSED_WITHIN_S):
        with contextlib.suppress(ConnectionError):
            writer.write(bytes_.replace(b"WORD", _word(stack, "1.1").encode()))
            await writer.drain()
            while await reader.read(65536):
                pass


async def test_agi_port_bothered_while_a_call_goes_on_to_its_ticket(own_stack: LiveStack) -> None:
    stack = own_stack
    async with stack.room() as room, stack.call(caller=CALLER) as call, contextlib.AsyncExitStack() as idle:
        await answer(call, TO_BHOPAL)
        for _ in range(IDLE):
            await idle.enter_async_context(_connected(stack))
        bothering = asyncio.gather(
            *(_bother(stack, bytes_) for bytes_ in STRANGERS.values()), *(_scan(stack) for _ in range(SCANS))
        )
        await answer(call, TO_THE_NUMBER[len(TO_BHOPAL) :])
        await call.hear("hi/number-is")
        await room.ticket(phone=f"+91{CALLER}")
        await bothering
    assert len(tickets_of(stack, CALLER)) == 1
    log = stack.processes.log("serve")
    assert "Traceback" not in log
    assert "its header is longer than" in log
    assert "unknown script" in log


@pytest.mark.parametrize("kind", STRANGERS)
async def test_agi_port_closes_what_is_no_call(stack: LiveStack, kind: str) -> None:
    await _bother(stack, STRANGERS[kind])


@pytest.mark.parametrize("forged", FORGED.values(), ids=FORGED)
async def test_agi_port_hears_only_our_dialplan(stack: LiveStack, forged: tuple[str, ...]) -> None:
    script, *args = forged
    for destination in (script, f"{_word(stack, '1.2')}/{script}", f"{'0' * 40}/{script}"):
        header = HEADER.removesuffix(b"\n") % destination.encode()
        lines = "".join(f"agi_arg_{n}: {value}\n" for n, value in enumerate(args, start=1))
        async with _connected(stack) as (reader, writer), asyncio.timeout(CLOSED_WITHIN_S):
            writer.write(header + lines.encode() + b"\n")
            with contextlib.suppress(ConnectionResetError):
                assert await reader.read() == b"", "nothing is asked, told or set"
    assert "does not come from our dialplan" in stack.processes.log("serve")


async def test_agi_secret_is_in_no_book_and_no_log(own_stack: LiveStack) -> None:
    stack, secret = own_stack, read_secret(own_stack.data, AGI)
    async with stack.call(caller=CALLER) as call:  # lost in the conversation: the books name the address
        await call.hear("hi/danger")
        await call.hang_up()
    stack.processes.stop("serve", signal.SIGKILL)
    async with stack.call(caller=CALLER) as call:  # nobody at the port: Asterisk logs the address
        await call.hear("hi/leave-message")
        await call.hang_up()
    log = stack.layout.asterisk_log
    await until(lambda: log.joinpath("cdr-csv", "Master.csv").read_text().count(f'"{CALLER}"') == 2)
    assert "/call" in log.joinpath("messages").read_text()
    written = [path for path in (*log.rglob("*"), *stack.data.joinpath("log").iterdir()) if path.is_file()]
    assert [path for path in written if secret in path.read_text(errors="replace")] == []


async def test_agi_port_closes_the_idle(stack: LiveStack) -> None:
    await _bother(stack, b"")
