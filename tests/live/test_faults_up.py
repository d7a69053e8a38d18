"""`warroom up`: one stack in the foreground, only one of a data directory; Ctrl-C waits for calls, another does not."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.live.conftest import make_data
from tests.support.commands import assert_one_clear_line, started, warroom
from warroom.config.settings import load_settings
from warroom.sip_test_client import PromptMatcher, TestCall

READY_LIMIT_S = 100.0


@pytest.fixture
def data() -> Iterator[Path]:
    """A data directory with nothing in it but settings."""
    data, _ = make_data()
    for path in data.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
    yield data
    for pid in _processes_of(data):
        os.kill(pid, signal.SIGKILL)
    shutil.rmtree(data)


def _processes_of(data: Path) -> list[int]:
    """The processes whose command line names this data directory."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and str(data).encode() in (entry / "cmdline").read_bytes():
                found.append(int(entry.name))
        except (FileNotFoundError, ProcessLookupError):
            continue
    return found


def _niceness(pids: list[int]) -> Iterator[tuple[str, int]]:
    """The name of each process that leads a session, and its niceness: of the whole session where those are told."""
    for pid in pids:
        if os.getsid(pid) == pid:
            command = Path(f"/proc/{pid}/cmdline").read_text("utf-8").rstrip("\0").split("\0")
            group = Path(f"/proc/{pid}/autogroup")
            nice = int(group.read_text("utf-8").split()[-1]) if group.exists() else os.getpriority(os.PRIO_PROCESS, pid)
            yield "asterisk" if "asterisk" in command else command[-1], nice


@pytest.mark.parametrize(("kind", "setting"), [("udp", "sip_port"), ("tcp", "ami_port")])
@pytest.mark.long
async def test_port_that_is_taken_is_named_before_anything_starts(data: Path, kind: str, setting: str) -> None:
    calls = load_settings(data).calls
    number = getattr(calls, setting)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM if kind == "udp" else socket.SOCK_STREAM) as other:
        other.bind(("127.0.0.1", number))
        assert_one_clear_line(await warroom(data, "up"), "asterisk", f":{number}", kind.upper(), f"calls.{setting}")
    assert _processes_of(data) == []


async def test_up_in_a_new_folder_says_ready_refuses_a_second_and_leaves_nothing_after_ctrl_c_twice(data: Path) -> None:
    async with started(data, "up", "--demo-accounts") as up:
        assert up.stdout
        async with asyncio.timeout(READY_LIMIT_S):
            while not (line := (await up.stdout.readline()).decode()).startswith("ready"):
                assert line, "up ended before it was ready"
        await _signs_in(data, up.stdout)
        running = _processes_of(data)
        # who writes to the store is never behind: it would be held up in the middle of a write, and calls with it
        expected = {("asterisk", -10), ("serve", -15), ("api", -5), ("board", -5), ("transcribe", 0)}
        assert expected <= set(_niceness(running))
        assert len(running) >= 4  # up itself, broker, Asterisk, service
        assert_one_clear_line(await warroom(data, "up"), "already running")
        assert set(running) <= set(_processes_of(data))

        calls = load_settings(data).calls
        matcher = PromptMatcher.of(data / "prompts")
        async with TestCall((calls.sip_bind, calls.sip_port), "181", matcher=matcher) as call:
            await call.hear("hi/greeting-181")
            os.killpg(up.pid, signal.SIGINT)
            while b"1 call is going on; new ones are refused" not in await up.stdout.readline():
                pass
            assert up.returncode is None
            os.killpg(up.pid, signal.SIGINT)  # in a hurry
            await call.ended()
        await asyncio.wait_for(up.communicate(), 30)
        assert up.returncode == 0
    assert _processes_of(data) == []


async def _signs_in(data: Path, said: asyncio.StreamReader) -> None:
    """The terminal shows how to sign in as a room, and no log does."""
    async with asyncio.timeout(READY_LIMIT_S):
        while (words := (await said.readline()).decode().split())[:1] != ["demo-room"]:
            pass
    user, password, page = words
    url, room = page.split("/room/")
    async with httpx.AsyncClient(base_url=url, headers={"Origin": url}, timeout=READY_LIMIT_S) as browser:
        answer = await browser.post("/sign-in", data={"user": user, "password": password, "next": f"/room/{room}"})
        assert (answer.status_code, answer.headers.get("location")) == (303, f"/room/{room}")
        assert (await browser.get(f"/room/{room}")).status_code == 200
    assert all(password not in log.read_text() for log in (data / "log").glob("*.log"))
