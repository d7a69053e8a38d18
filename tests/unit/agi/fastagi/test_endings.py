"""How calls end and what is never waited for: hang-ups, moves, broken replies, limits, the guard."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import Any

import pytest

import agi.fastagi.connection
import agi.fastagi.session
from agi.dialplan import NextAction, finish
from agi.fastagi.errors import AgiCommandError, AgiTimeoutError, CallerGoneError, CallMovedError
from agi.fastagi.session import AgiSession
from tests.support.agi_client import Act, FakeCall
from tests.support.fastagi_harness import Step, harness, tried

COMMANDS: list[Step] = [
    lambda s: s.answer(),
    lambda s: s.play(["one"]),
    lambda s: s.ask(["one"]),
    lambda s: s.ask(["one", "two"]),
    lambda s: s.record(Path("/nowhere/r"), seconds=1),
    lambda s: s.set_variable("A", "b"),
    lambda s: s.get_variable("A"),
    lambda s: finish(s, NextAction.HANGUP),
]


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("act", [Act.HANGUP_LINE, Act.HANG_UP, Act.DEAD, Act.CLOSE])
async def test_hang_up_in_a_command_is_one_caller_gone(tmp_path: Path, command: Step, act: Act) -> None:
    error, call = await tried(tmp_path, command, at={2: act})
    assert type(error) is CallerGoneError
    assert call.next is None


@pytest.mark.parametrize("act", [Act.HANGUP_LINE, Act.HANG_UP, Act.DEAD, Act.CLOSE])
async def test_end_of_a_call_that_moves_is_call_moved(tmp_path: Path, act: Act) -> None:
    async def step(session: AgiSession) -> None:
        session.moving = True
        await session.ask(["one"])

    error, _ = await tried(tmp_path, step, at={2: act})
    assert type(error) is CallMovedError


async def test_move_between_commands_closes_at_once(tmp_path: Path) -> None:
    waiting, proceed = asyncio.Event(), asyncio.Event()
    found: list[BaseException] = []

    async def handler(session: AgiSession) -> None:
        session.moving = True
        waiting.set()
        await proceed.wait()
        with pytest.raises(CallMovedError) as raised:
            await session.answer()
        found.append(raised.value)

    async with harness(tmp_path, handler) as served:
        call = served.call()
        running = asyncio.create_task(call.run())
        await waiting.wait()
        call.hang_up()
        await running  # the connection is closed though the handler still waits for something else
        assert call.closed
        proceed.set()
        await served.server.close()
    assert found


async def test_hang_up_between_commands_raises_in_the_next(tmp_path: Path) -> None:
    async def step(session: AgiSession) -> None:
        await session.answer()
        while not session.ended:
            await asyncio.sleep(0)
        await session.play(["one"])

    class HangsUp(FakeCall):
        def _reply(self, words: list[str]) -> bool:
            going_on = super()._reply(words)
            if words == ["ANSWER"]:
                self.hang_up()
            return going_on

    found: list[type] = []

    async def handler(session: AgiSession) -> None:
        try:
            await step(session)
        except CallerGoneError as error:
            found.append(type(error))

    async with harness(tmp_path, handler) as served:
        call = await HangsUp("127.0.0.1", served.port).run()
    assert found == [CallerGoneError]
    assert call.played == []


@pytest.mark.parametrize(
    ("act", "told"), [(Act.USAGE, "520"), (Act.UNKNOWN, "510"), (Act.FAIL, "result=-1"), (Act.GARBAGE, "no reply")]
)
async def test_refused_command_is_command_failed(tmp_path: Path, act: Act, told: str) -> None:
    error, _ = await tried(tmp_path, lambda s: s.answer(), at={2: act})
    assert type(error) is AgiCommandError
    assert error.command == "ANSWER"
    assert told in str(error)


@pytest.mark.parametrize("act", [Act.USAGE, Act.UNKNOWN])
async def test_refused_command_leaves_replies_in_step(tmp_path: Path, act: Act) -> None:
    async def step(session: AgiSession) -> Any:
        with pytest.raises(AgiCommandError):
            await session.answer()
        return await session.get_variable("WR_X")

    assert (await tried(tmp_path, step, at={2: act}, variables={"WR_X": "seen"}))[0] == "seen"


async def test_trying_is_not_the_reply(tmp_path: Path) -> None:
    step: Step = lambda s: s.ask(["one"])  # noqa: E731
    assert (await tried(tmp_path, step, at={2: Act.TRYING}, keys=["4"]))[0] == "4"


async def test_reply_out_of_order_ends_the_call(tmp_path: Path) -> None:
    async def step(session: AgiSession) -> None:
        await session.get_variable("WR_X")
        await session.get_variable("WR_X")

    error, call = await tried(tmp_path, step, at={2: Act.TWICE}, variables={"WR_X": "a"})
    assert type(error) is AgiCommandError
    assert call.closed


async def test_silent_asterisk_is_command_timeout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agi.fastagi.session, "GRACE_S", -0.4)
    error, call = await tried(tmp_path, lambda s: s.get_variable("WR_X"), at={2: Act.SILENT})
    assert type(error) is AgiTimeoutError
    assert error.command == "GET VARIABLE"
    assert call.closed


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        (lambda s: s.answer(), 7.0),
        (lambda s: s.play(["one", "two"]), 1.5 * 3.1 + 5.0),
        (lambda s: s.ask(["three"], digits=6, wait_s=4.0), 1.5 * 3.05 + 24.0 + 5.0),
        (lambda s: s.ask(["one", "three"], digits=1, wait_s=4.0), 1.5 * 4.1 + 5.0 + 5.0),
        (lambda s: s.ask(["one", "three"], digits=2, wait_s=8.0), 1.5 * 4.1 + 16.0 + 5.0),
        (lambda s: s.record(Path("/r"), seconds=20.0), 25.0),
        (lambda s: s.set_variable("A", "b"), 5.5),
    ],
)
async def test_limit_is_right_for_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: Step, expected: float
) -> None:
    limits: list[float] = []
    real = agi.fastagi.connection.AgiConnection.request

    async def request(self: Any, command: str, raw: bytes, limit_s: float) -> str:
        limits.append(limit_s)
        return await real(self, command, raw, limit_s)

    monkeypatch.setattr(agi.fastagi.connection.AgiConnection, "request", request)
    await tried(tmp_path, step, at={2: Act.CLOSE})
    assert limits == [pytest.approx(5.5), pytest.approx(expected)]


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


def guards(call: FakeCall) -> list[str]:
    return [words[3] for words in call.commands if words[2:3] == ["TIMEOUT(absolute)"]]


async def test_guard_is_set_first_and_renewed_only_when_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    monkeypatch.setattr(agi.fastagi.session, "time", clock)

    async def step(session: AgiSession) -> None:
        await session.answer()
        clock.now += 20
        await session.answer()  # 20 s left: enough for an answer and what a handler may do after it
        clock.now += 10
        await session.answer()  # 10 s left: not enough

    _, call = await tried(tmp_path, step)
    assert guards(call) == ["40", "40"]
    assert call.commands[0][2] == "TIMEOUT(absolute)"
    assert [words[0] for words in call.commands] == ["SET", "ANSWER", "ANSWER", "SET", "ANSWER"]


async def test_guard_outlasts_a_long_command(tmp_path: Path) -> None:
    _, call = await tried(tmp_path, lambda s: s.record(tmp_path / "r", seconds=60))
    assert guards(call) == ["70"]


async def test_cancelled_command_closes_the_call(tmp_path: Path) -> None:
    async def step(session: AgiSession) -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.5):
                await session.ask(["one"])
        await session.answer()

    error, call = await tried(tmp_path, step, at={2: Act.SILENT})
    assert type(error) is AgiCommandError
    assert call.closed
    assert call.names == ["GET DATA"]


async def test_two_commands_at_once_are_refused(tmp_path: Path) -> None:
    async def step(session: AgiSession) -> Any:
        return await asyncio.gather(session.answer(), session.answer(), return_exceptions=True)

    results, _ = await tried(tmp_path, step)
    assert [type(result) for result in results] == [type(None), AgiCommandError]


async def test_commands_are_counted(tmp_path: Path) -> None:
    async def step(session: AgiSession) -> int:
        await session.answer()
        await session.ask(["one", "two"])
        return session.commands

    counted, call = await tried(tmp_path, step)
    assert counted == len(call.commands) == 4


async def test_log_of_a_failure_has_no_number(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def step(session: AgiSession) -> None:
        raise ValueError(f"cannot read {session.info.args[2]}")

    with caplog.at_level(logging.DEBUG):
        error, call = await tried(tmp_path, step)
    assert type(error) is ValueError
    assert call.next is None
    assert call.closed
    assert "ValueError: cannot read …" in caplog.text
    assert "9826012345" not in caplog.text
