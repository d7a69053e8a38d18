"""The FastAGI server: hostile, broken, hung and failing connections, and how it stops."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

import agi.fastagi.connection
import agi.fastagi.server
from agi.dialplan import NextAction, finish
from agi.fastagi.request import access_token
from agi.fastagi.server import AgiServer
from agi.fastagi.session import AgiSession
from agi.prompts.durations import PromptDurations
from tests.support.agi_client import SECRET, Act, FakeCall
from tests.support.fastagi_harness import HOST, FastAgiHarness, harness, unnoted

GOOD = FakeCall(HOST, 1).header
WORD = access_token(GOOD["agi_uniqueid"], SECRET)


def raw_header(**more: str) -> bytes:
    return "".join(f"{name}: {value}\n" for name, value in (GOOD | more).items()).encode() + b"\n"


async def talk(session: AgiSession) -> None:
    await session.answer()
    await session.ask(["one"])
    await finish(session, NextAction.HANGUP)


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[FastAgiHarness]:
    async with harness(tmp_path, talk) as running:
        yield running


async def rest(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
    """What still comes until the server closes or aborts."""
    try:
        return await asyncio.wait_for(reader.read(), 5)
    except ConnectionResetError:
        return b""
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


async def closed_after(served: FastAgiHarness, raw: bytes, *, eof: bool = False) -> None:
    """Send bytes, and wait until the server has closed without a word."""
    reader, writer = await asyncio.open_connection(HOST, served.port)
    writer.write(raw)
    if eof:
        writer.write_eof()
    assert await rest(reader, writer) == b""


@pytest.mark.parametrize(
    ("raw", "eof", "told"),
    [
        (b"", True, "closed before its header was complete"),
        (b"agi_network: yes\nagi_net", True, "closed before its header was complete"),
        (b"GET / HTTP/1.0\r\n\r\n", False, "does not start as a FastAGI request"),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", False, "does not start as a FastAGI request"),
        (b"\n\n", False, "does not start as a FastAGI request"),
        (bytes(range(256)) * 64, False, "does not start as a FastAGI request"),
        (b"agi_network: yes\n\x00\xff\xfe: \x80\n\n", False, "line 2 is not that of a FastAGI request"),
        (b"agi_network: yes\nnonsense\n\n", False, "line 2 is not that of a FastAGI request"),
        (b"agi_network: yes\n\n", False, "no agi_network_script"),
        (b"agi_x: " + b"x" * 1_000_000, False, "longer than 16384 bytes"),
        (b"agi_x: " + b"x" * 20_000 + b"\n\n", False, "longer than 16384 bytes"),
        (raw_header(agi_network_script=f"{WORD}/nothing"), False, "unknown script 'nothing'"),
        (raw_header().replace(b"agi_uniqueid", b"agi_channel"), False, "gives agi_channel a second time"),
    ],
)
async def test_bad_connection_is_closed_with_one_line(
    served: FastAgiHarness, caplog: pytest.LogCaptureFixture, raw: bytes, eof: bool, told: str
) -> None:
    with caplog.at_level(logging.DEBUG, "agi"):
        await closed_after(served, raw, eof=eof)
        call = await served.call(keys=["1"]).run()
    lines = [record.getMessage() for record in caplog.records if record.levelno >= logging.INFO]
    assert len(lines) == 1
    assert told in lines[0]
    assert call.next == "hangup"


@pytest.mark.parametrize(
    "script",
    [
        *("call", "/call", "room", "room-called", "", "/", "é/nothing", f"{SECRET}/call"),
        *(WORD, f"/{WORD}/call", f"{WORD.upper()}/call", f"{WORD}x/call", f"{WORD}/call/call"),
        f"{access_token('1585000000.2', SECRET)}/call",
    ],
)
async def test_who_does_not_come_from_our_dialplan_is_not_heard(
    served: FastAgiHarness, caplog: pytest.LogCaptureFixture, script: str
) -> None:
    await closed_after(served, raw_header(agi_network_script=script))
    call = await served.call(keys=["1"]).run()
    assert (call.next, len(caplog.records), served.server.calls) == ("hangup", 1, 0)
    assert SECRET not in caplog.text
    assert WORD not in caplog.text


async def test_strangers_are_counted_and_their_scripts_not_looked_up(
    served: FastAgiHarness, caplog: pytest.LogCaptureFixture
) -> None:
    for script in ("call", "nothing", "call"):
        await closed_after(served, raw_header(agi_network_script=script))
    assert served.server.strangers == 3
    assert "unknown script" not in caplog.text
    assert "3 such since the start" in caplog.text


async def test_half_a_header_is_closed_when_its_time_is_over(
    served: FastAgiHarness, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(agi.fastagi.connection, "HEADER_TIMEOUT_S", 0.05)
    await closed_after(served, raw_header()[:-1])
    assert [record.getMessage() for record in caplog.records] == [
        "closed a connection to the FastAGI port: its header did not come within 0 s"
    ]


async def test_header_byte_by_byte(served: FastAgiHarness) -> None:
    reader, writer = await asyncio.open_connection(HOST, served.port)
    writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for byte in raw_header():
        writer.write(bytes([byte]))
        await writer.drain()
    assert (await reader.readline()).startswith(b'SET VARIABLE "TIMEOUT(absolute)"')
    writer.write_eof()
    assert await rest(reader, writer) == b""


async def test_header_with_a_name_that_is_not_utf8_is_a_call(served: FastAgiHarness) -> None:
    class Latin(FakeCall):
        def send(self, raw: bytes) -> None:
            super().send(raw.replace(b"agi_calleridname: unknown", b"agi_calleridname: Ren\xe9"))

    call = await Latin(HOST, served.port, keys=["1"]).run()
    assert call.next == "hangup"


async def test_header_and_first_reply_together_end_the_call(served: FastAgiHarness) -> None:
    reader, writer = await asyncio.open_connection(HOST, served.port)
    writer.write(raw_header() + b"200 result=0\n")
    assert await rest(reader, writer) == b""


async def test_many_idle_connections_leave_room_for_calls(
    served: FastAgiHarness, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(agi.fastagi.server, "MAX_WAITING", 20)
    idle = [await asyncio.open_connection(HOST, served.port) for _ in range(50)]
    call = await served.call(keys=["1"]).run()
    assert call.next == "hangup"
    assert len(served.server._waiting) <= 20
    assert [await rest(*pair) for pair in idle[:30]] == [b""] * 30
    assert len(caplog.records) >= 30
    await served.server.close()
    assert [await rest(*pair) for pair in idle[30:]] == [b""] * 20


async def test_reply_without_end_is_bounded(served: FastAgiHarness) -> None:
    reader, writer = await asyncio.open_connection(HOST, served.port)
    writer.write(raw_header())
    await reader.readline()
    writer.write(b"200 result=1 (" + b"x" * (agi.fastagi.connection.MAX_REPLY + 1))
    assert await rest(reader, writer) == b""


async def test_trying_without_end_is_bounded(served: FastAgiHarness) -> None:
    reader, writer = await asyncio.open_connection(HOST, served.port)
    writer.write(raw_header())
    await reader.readline()
    writer.write(b"100 Trying\n" * 1000)
    assert await rest(reader, writer) == b""


async def test_bad_calls_never_touch_another(tmp_path: Path) -> None:
    async with harness(tmp_path, talk) as served:
        bad = [served.call(at={n: act}) for act in Act if act is not Act.SILENT for n in (1, 2, 3, 4)]
        hung = [served.call(at={n: Act.SILENT}) for n in (1, 2, 3, 4)]
        held = [asyncio.create_task(call.run()) for call in hung]
        good = [served.call(keys=[str(n % 10)]) for n in range(50)]
        await asyncio.gather(*(call.run() for call in [*bad, *good]))
        assert [call.next for call in good] == ["hangup"] * 50
        assert served.server.calls == 4  # those whose Asterisk is silent
        for task in held:
            task.cancel()
        await asyncio.wait(held)


async def test_handler_that_ends_without_finish_leaves_next_unset(tmp_path: Path) -> None:
    async def forgets(session: AgiSession) -> None:
        await session.answer()

    async with harness(tmp_path, forgets) as served:
        call = await served.call().run()
    assert call.closed
    assert call.next is None


async def test_close_lets_running_calls_end(tmp_path: Path) -> None:
    running, proceed = asyncio.Event(), asyncio.Event()

    async def waits(session: AgiSession) -> None:
        running.set()
        await proceed.wait()
        await finish(session, NextAction.HANGUP)

    async with harness(tmp_path, waits) as served:
        port = served.port
        call = served.call()
        task = asyncio.create_task(call.run())
        await running.wait()
        closing = asyncio.create_task(served.server.close())
        await asyncio.sleep(0)
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection(HOST, port)
        proceed.set()
        await closing
        await task
    assert call.next == "hangup"


async def test_close_cuts_off_what_does_not_end(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    running = asyncio.Event()
    put_down: list[str] = []

    async def hangs(session: AgiSession) -> None:
        running.set()
        try:
            await asyncio.Event().wait()
        finally:
            put_down.append(session.info.uniqueid)

    async with harness(tmp_path, hangs) as served:
        call = served.call()
        task = asyncio.create_task(call.run())
        await running.wait()
        await served.server.close(grace_s=0.01)
        await task
    assert put_down == [call.uniqueid]
    assert call.next is None
    assert call.closed
    assert "1 calls are cut off" in caplog.text


async def test_close_refuses_connections_without_header(
    served: FastAgiHarness, caplog: pytest.LogCaptureFixture
) -> None:
    reader, writer = await asyncio.open_connection(HOST, served.port)
    await served.call(keys=["1"]).run()  # so the one before has been accepted
    await served.server.close()
    assert await rest(reader, writer) == b""
    assert "the service is stopping" in caplog.text


async def test_five_hundred_calls_at_once(served: FastAgiHarness) -> None:
    calls = [served.call(keys=["7"]) for _ in range(500)]
    await asyncio.gather(*(call.run(limit_s=30) for call in calls))
    assert {call.next for call in calls} == {"hangup"}


async def test_handler_must_be_async(tmp_path: Path) -> None:
    def plain(session: AgiSession) -> None: ...

    with pytest.raises(TypeError, match="async def"):
        AgiServer({"call": plain}, PromptDurations(tmp_path), SECRET, lambda _: None, unnoted)  # type: ignore[dict-item]
