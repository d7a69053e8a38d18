"""A stack started by `warroom up`: a part that is killed comes back and touches no other, and calls go on."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import signal
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.live.conftest import LiveStack, make_data
from tests.support.citizen import answer
from tests.support.commands import assert_one_clear_line, started, warroom
from tests.support.faults import TO_RATION
from tests.support.fork_server import real_starts
from warroom.cli.stack.up import MIN_LIFE_S
from warroom.services.stack.running_stack import RunningStack
from warroom.services.supervision.parts import PartStatus
from warroom.services.supervision.supervisord_client import SupervisordClient
from warroom.sip_test_client import CallRefusedError, PromptMatcher

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("supervision")]  # one stack for all of them

READY_LIMIT_S = 60.0
STOP_LIMIT_S = 120.0  # each part may take 15 s before it is killed
GREETED = TO_RATION[:1]
NAMES = ["broker", "asterisk", "serve", "api", "board", "transcribe"]


@dataclass
class Up:
    """A stack that `warroom up` runs in the foreground."""

    live: LiveStack
    process: asyncio.subprocess.Process
    printed: list[str] = field(default_factory=list)
    supervised_at: float = 0.0  # a supervisor runs since then, by the monotonic clock, or since before

    @property
    def data(self) -> Path:
        return self.live.data

    def parts(self) -> dict[str, PartStatus]:
        return {part.part: part for part in SupervisordClient(self.data).parts()}

    def pids(self) -> dict[str, int | None]:
        return {name: part.pid for name, part in self.parts().items()}

    async def becomes(self, wanted: Callable[[dict[str, PartStatus]], bool]) -> dict[str, PartStatus]:
        """Wait until the parts are as wanted; to ask costs too much to do it all the time."""
        async with limit("the parts are not as wanted"):
            while not wanted(parts := await asyncio.to_thread(self.parts)):
                await asyncio.sleep(0.3)
            return parts

    def kill(self, *names: str) -> dict[str, PartStatus]:
        """Kill parts; return what all of them did before."""
        before = self.parts()
        for name in names:
            pid = before[name].pid
            assert pid
            os.kill(pid, signal.SIGKILL)
        return before

    async def back(self, before: dict[str, PartStatus], *names: str) -> None:
        """Wait until others are ready in the place of those that were killed, and see that the rest is as it was."""
        after = await self.becomes(
            lambda parts: (
                all(part.ready for part in parts.values())
                and all(parts[name].pid != before[name].pid for name in names)
            )
        )
        for name, part in after.items():
            ended = name in names
            assert (part.pid == before[name].pid) is not ended, name
            assert part.restarts == before[name].restarts + ended, name

    async def kill_supervisor(self) -> None:
        """Kill supervisord, and return when it is gone."""
        pid = SupervisordClient(self.data).pid()
        os.kill(pid, signal.SIGKILL)
        async with limit(f"the killed supervisor {pid} still runs"):
            while _runs(pid):
                await asyncio.sleep(0.1)


@contextlib.asynccontextmanager
async def limit(what: str, seconds: float = READY_LIMIT_S) -> AsyncIterator[None]:
    """Bound a wait; `what` says in the error what did not come."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError:
        raise AssertionError(f"after {seconds:.0f} s: {what}") from None


def _runs(pid: int) -> bool:
    """Whether a process runs; one that nobody has waited for has ended too."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes() != b""
    except FileNotFoundError:
        return False


def processes_of(data: Path) -> list[int]:
    """The processes whose command line names this data directory."""
    found = []
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            if entry.name.isdigit() and str(data).encode() in (entry / "cmdline").read_bytes():
                found.append(int(entry.name))
    return found


@pytest.fixture(scope="module")
async def up() -> AsyncIterator[Up]:
    data, settings = make_data()
    live = LiveStack(data, settings, RunningStack(data), PromptMatcher.of(data / "prompts"))
    try:
        async with contextlib.AsyncExitStack() as exits:
            with real_starts():
                process = await exits.enter_async_context(started(data, "up"))
            stack = Up(live, process)
            reading = asyncio.create_task(_read(stack))
            async with limit("`warroom up` has not said that it is ready"):
                while not any(line.startswith("ready") for line in stack.printed):
                    assert not reading.done(), stack.printed
                    await asyncio.sleep(0.1)
            stack.supervised_at = time.monotonic()
            yield stack
            reading.cancel()
    finally:
        for pid in processes_of(data):
            os.kill(pid, signal.SIGKILL)
        shutil.rmtree(data, ignore_errors=True)


async def _read(stack: Up) -> None:
    assert stack.process.stdout
    while line := await stack.process.stdout.readline():
        stack.printed.append(line.decode().rstrip())


async def test_part_that_is_killed_comes_back_and_neither_call_nor_other_part_is_touched(up: Up) -> None:
    async with up.live.call() as call:
        await answer(call, GREETED)
        await call.hear("hi/food-menu")
        others = ("broker", "api", "board", "transcribe")
        before = up.kill(*others)
        await call.press("1")  # the conversation goes on
        await call.hear("hi/place-ask")
        await up.back(before, *others)
        before = up.kill("serve")
        await call.hear("hi/leave-message")  # Asterisk leads the call by itself
        await up.back(before, "serve")
    async with up.live.call(caller="9811400002") as call:
        await answer(call, TO_RATION)
    assert any(line.startswith("serve ") and "taking calls" in line for line in up.printed)


async def test_asterisk_that_is_killed_takes_calls_again_and_no_other_part_is_touched(up: Up) -> None:
    await up.back(up.kill("asterisk"), "asterisk")
    async with up.live.call(caller="9811400003") as call:
        await answer(call, TO_RATION)


async def test_commands_answer_while_it_runs(up: Up) -> None:
    assert_one_clear_line(await warroom(up.data, "up", "--detach"), "already running", "warroom stop")
    before = up.pids()
    assert (await warroom(up.data, "restart", "asterisk")).code == 0
    after = up.pids()
    assert [name for name in NAMES if before[name] != after[name]] == ["asterisk"]
    status = await warroom(up.data, "status", "--json")
    said = json.loads(status.out)
    assert (status.code, said["supervisor"], said["draining"]) == (0, "warroom up", False)
    assert [(part["part"], part["state"], part["ready"]) for part in said["parts"]] == [
        (name, "running", True) for name in NAMES
    ]
    found = {one["part"]: one for one in json.loads((await warroom(up.data, "doctor", "--json")).out)}
    assert (found["supervision"]["state"], "serve 1" in found["supervision"]["what"]) == ("warning", True)
    logs = await warroom(up.data, "logs", "serve", "--lines", "3")
    assert len(logs.out.splitlines()) == 3
    assert " +0530 " in logs.out
    assert_one_clear_line(await warroom(up.data, "restart", "asterix"), "asterix", "asterisk")


async def test_drain_refuses_new_calls_and_leaves_those_going_on(up: Up) -> None:
    async with up.live.call(caller="9811400004") as call:
        await answer(call, GREETED)
        assert "calls going on: 1" in (await warroom(up.data, "drain")).out
        with pytest.raises(CallRefusedError, match="486"):
            async with up.live.call(caller="9811400005"):
                pass
        await call.hear("hi/food-menu")
        assert "calls going on: 1" in (await warroom(up.data, "drain", "--undo")).out
    async with up.live.call(caller="9811400005") as call:
        await call.hear("hi/greeting-181")


async def test_killed_supervisor_closed_terminal_and_stop_lose_no_call(up: Up) -> None:
    before = up.pids()
    taken_over = [f"{name} runs already as process {pid}: taken over" for name, pid in before.items()]
    await asyncio.sleep(up.supervised_at + MIN_LIFE_S - time.monotonic())  # one that ends before is not replaced
    async with up.live.call(caller="9811400006") as call:
        await answer(call, GREETED)
        await up.kill_supervisor()
        async with limit("`warroom up` has not taken over all parts"):
            while not set(taken_over) <= set(up.printed):
                assert _runs(up.process.pid), up.printed
                await asyncio.sleep(0.1)
        assert up.pids() == before

        os.killpg(up.process.pid, signal.SIGHUP)  # the terminal is closed
        async with limit("`warroom up` still runs after its terminal was closed"):
            assert await up.process.wait() == -signal.SIGHUP
        assert up.pids() == before
        await up.kill_supervisor()
        assert (await warroom(up.data, "status")).code == 1
        again = await warroom(up.data, "up", "--detach")
        assert (again.code, [line for line in taken_over if line not in again.out]) == (0, [])
        assert up.pids() == before
        await call.hear("hi/food-menu")

        async with started(up.data, "stop") as stop:
            assert stop.stdout
            async with limit("`warroom stop` has not said how many calls are going on"):
                assert b"1 call is going on" in await stop.stdout.readline()
            await call.hang_up()
            async with limit("`warroom stop` has not ended after the last call", STOP_LIMIT_S):
                assert (await stop.stdout.readline()).strip() == b"stopped"
                assert await stop.wait() == 0
    assert processes_of(up.data) == []
    assert (await warroom(up.data, "status")).code == 3
