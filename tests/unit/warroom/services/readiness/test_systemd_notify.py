"""systemd is told that a process is ready and that its event loop turns, and only when it asks."""

from __future__ import annotations

import asyncio
import os
import socket
from typing import TYPE_CHECKING

import pytest

from warroom.services.readiness.ready_file import ReadyFile
from warroom.services.readiness.systemd_notify import feed_watchdog, notify_ready

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def systemd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """The socket on which systemd listens."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(tmp_path / "notify"))
        listener.settimeout(5)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        yield listener


def test_ready_is_said_to_systemd_and_in_our_file(
    systemd: socket.socket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready = ReadyFile(tmp_path / "ready")
    monkeypatch.setenv("READY_FILE", str(tmp_path / "ready"))
    assert ready.pid() is None
    assert not ready.wait(1, lambda: False)
    notify_ready("taking calls")
    assert systemd.recv(100) == b"READY=1\nSTATUS=taking calls"
    assert ready.pid() == os.getpid()
    assert ready.wait(1, lambda: True)
    ready.clear()
    assert ready.pid() is None


async def test_loop_that_turns_feeds_the_watchdog(systemd: socket.socket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", "30000")
    feeding = asyncio.create_task(feed_watchdog())
    for _ in range(3):
        assert await asyncio.to_thread(systemd.recv, 100) == b"WATCHDOG=1"
    feeding.cancel()


async def test_systemd_that_is_away_or_behind_ends_no_service(
    systemd: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", "300")
    feeding = asyncio.create_task(feed_watchdog())
    await asyncio.sleep(0)
    for _ in range(1000):  # more than its queue holds
        notify_ready("still")
    systemd.close()
    notify_ready("nobody there")
    await asyncio.sleep(0.01)  # it feeds a nobody
    assert not feeding.done()
    feeding.cancel()


@pytest.mark.parametrize("environment", [{}, {"WATCHDOG_USEC": "30000", "WATCHDOG_PID": "1"}])
async def test_nobody_who_does_not_ask_is_told(
    environment: dict[str, str], systemd: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    await asyncio.wait_for(feed_watchdog(), 5)
    systemd.setblocking(False)
    with pytest.raises(BlockingIOError):
        systemd.recv(100)
