"""A process and its components: order, faults, being asked to stop."""

from __future__ import annotations

import asyncio
import os
import signal
from typing import TYPE_CHECKING, Any

import pytest

from router.component import BackgroundComponent, Component
from router.errors import UserError
from warroom.services.process import ComponentEndedError, Process

if TYPE_CHECKING:
    from collections.abc import Iterable

    from router.component import Work


class Part(Component):
    """Notes in a list what is done with it."""

    def __init__(self, name: str, done: list[str], *, fails: Exception | None = None, waits: bool = False) -> None:
        self.name = name
        self._done = done
        self._fails = fails
        self._waits = waits

    async def start(self) -> None:
        if self._fails is not None:
            raise self._fails
        self._done.append(f"start {self.name}")
        if self._waits:
            _ask_to_stop()
            await asyncio.Event().wait()

    async def stop(self) -> None:
        self._done.append(f"stop {self.name}")

    def background(self) -> Iterable[Work]:
        return (self.work(),)

    async def work(self) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            self._done.append(f"end {self.name}")


def _ask_to_stop() -> None:
    os.kill(os.getpid(), signal.SIGTERM)


async def _ready() -> None:
    _ask_to_stop()


async def _never_ready() -> None:
    await asyncio.Event().wait()


async def _run(*parts: Component, announce: Any = _never_ready) -> None:
    try:
        async with asyncio.timeout(10):
            await Process(parts, announce).run()
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().remove_signal_handler(number)


async def test_process_starts_in_order_and_stops_in_reverse_order_when_its_work_has_ended() -> None:
    done: list[str] = []
    await _run(Part("a", done), Part("b", done), announce=_ready)
    assert done[:2] == ["start a", "start b"]
    assert sorted(done[2:4]) == ["end a", "end b"]
    assert done[4:] == ["stop b", "stop a"]


async def test_process_whose_start_fails_stops_what_was_started_and_no_more() -> None:
    done: list[str] = []
    with pytest.raises(UserError, match="the port is taken"):
        await _run(Part("a", done), Part("b", done, fails=UserError("the port is taken")), Part("c", done))
    assert done == ["start a", "stop a"]


async def test_process_asked_to_stop_while_it_starts_stops_what_was_started() -> None:
    done: list[str] = []
    await _run(Part("a", done), Part("b", done, waits=True), Part("c", done))
    assert done == ["start a", "start b", "stop a"]


async def test_process_ends_with_the_fault_of_a_component_and_names_it(caplog: pytest.LogCaptureFixture) -> None:
    async def fails() -> None:
        raise UserError("the broker has another memory")

    done: list[str] = []
    with pytest.raises(UserError, match="another memory"):
        await _run(Part("a", done), BackgroundComponent("broker", fails))
    assert done == ["start a", "end a", "stop a"]
    assert "component broker" in caplog.text


async def test_process_ends_with_a_component_whose_work_returns(caplog: pytest.LogCaptureFixture) -> None:
    async def returns() -> None:
        pass

    done: list[str] = []
    with pytest.raises(ComponentEndedError, match="component clock"):
        await _run(Part("a", done), BackgroundComponent("clock", returns))
    assert done[-1] == "stop a"
    assert "component clock" in caplog.text
    assert "ended by itself" in caplog.text
