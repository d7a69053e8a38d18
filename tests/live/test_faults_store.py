"""The store is locked, or its disk is full: the caller hears no number, leaves a message, and is one ticket later."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import sqlite3
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.live.conftest import LiveStack
from tests.support.brokers import WAIT_S
from tests.support.citizen import answer
from tests.support.faults import (
    SPOKEN,
    TO_THE_DETAILS,
    TO_THE_NUMBER,
    leave_message,
    restart_service,
    settled,
    shorten,
    tickets_of,
)
from warroom.sip_test_client import TestCall

MET_A_LOCK, MET_A_FULL_DISK, FULL_AT_ONCE = "9811430001", "9811430002", "9811430003"
SMALL_DISK = "6m"


@pytest.fixture
def stack(own_stack: LiveStack) -> LiveStack:
    shorten(own_stack, "hi/leave-message", "hi/message-kept", "hi/sorry-trouble", "hi/details-ask")
    return own_stack


@pytest.mark.long
async def test_store_locked_when_the_ticket_is_due_tells_no_number_and_loses_nothing(stack: LiveStack) -> None:
    async with stack.call(caller=MET_A_LOCK) as call:
        await answer(call, TO_THE_DETAILS)
        await call.hear("hi/details-ask")
        with closing(sqlite3.connect(stack.layout.store, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            await call.press("#")
            await call.hear("hi/sorry-trouble", within_s=10)
            await leave_message(call)
            other.execute("ROLLBACK")
        await call.ended()
    await _one_ticket_with_its_sound(stack, MET_A_LOCK, call)


async def _one_ticket_with_its_sound(stack: LiveStack, caller: str, call: TestCall) -> None:
    assert "hi/number-is" not in call.heard
    async with stack.room() as room:
        await room.ticket(phone=f"+91{caller}", service_code="ration")
    await settled(stack)
    (ticket,) = tickets_of(stack, caller)
    assert (ticket["district"], len(ticket["recordings"])) == ("bhopal", 1)
    assert (stack.layout.kept / ticket["recordings"][0]).stat().st_size > 8000


@pytest.fixture
async def small_disk(stack: LiveStack) -> AsyncIterator[Path]:
    """A small disk that holds the store and the recordings of a stack."""
    await asyncio.to_thread(stack.processes.stop, "serve")  # the store is copied whole, with nobody at it
    disk = stack.data / "small"
    with contextlib.ExitStack() as mounted:
        _mount(mounted, disk, "-t", "tmpfs", "-o", f"size={SMALL_DISK},mode=755", "none")
        for name in ("store", "spool"):
            shutil.copytree(stack.data / name, disk / name)
            _mount(mounted, stack.data / name, "--bind", str(disk / name))
        stack.layout.make()  # owners and modes
        shutil.chown(disk / "store" / "warroom.sqlite", "warroom", "warroom")
        await restart_service(stack)
        yield disk
        await asyncio.to_thread(stack.processes.stop, "serve")


def _mount(mounted: contextlib.ExitStack, where: Path, *what: str) -> None:
    where.mkdir(exist_ok=True)
    if subprocess.run(["mount", *what, str(where)], check=False).returncode:
        pytest.skip("only root can mount a small disk, and not on every machine")
    mounted.callback(subprocess.run, ["umount", "--lazy", str(where)], check=True)


@contextlib.contextmanager
def _filled(disk: Path) -> Iterator[None]:
    """Leave no room on a disk, and none within the store: SQLite writes over what it has copied out of its log."""
    with closing(sqlite3.connect(disk / "store" / "warroom.sqlite", timeout=WAIT_S)) as store:
        assert store.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0  # 1: somebody read all the time
    ballast = disk / "ballast"
    try:
        with ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
            while file.write(bytes(512)):
                pass
        yield
    finally:
        ballast.unlink()


@pytest.mark.long
async def test_disk_full_tells_no_number_and_loses_no_caller(stack: LiveStack, small_disk: Path) -> None:
    """Neither the store nor a message can be written: need, place and number are remembered until they can."""
    async with stack.call(caller=MET_A_FULL_DISK) as in_call:
        await answer(in_call, TO_THE_DETAILS)
        await in_call.hear("hi/details-ask")
        with _filled(small_disk):
            async with stack.call(caller=FULL_AT_ONCE) as later:
                await asyncio.gather(in_call.press("#"), answer(later, TO_THE_NUMBER))
                await asyncio.gather(*(call.hear("hi/sorry-trouble", within_s=10) for call in (in_call, later)))
                await asyncio.gather(_speak_into_the_void(in_call), later.hear("hi/leave-message"))
    await settled(stack, seconds=40)
    for caller, call in ((MET_A_FULL_DISK, in_call), (FULL_AT_ONCE, later)):
        assert "hi/number-is" not in call.heard
        (ticket,) = tickets_of(stack, caller)
        assert (ticket["service_code"], ticket["room"]) == ("ration", "district-bhopal")


async def _speak_into_the_void(call: TestCall) -> None:
    """Leave a message that cannot be written; nobody says that it was kept."""
    await call.hear("hi/beep")
    await call.speak(SPOKEN * 8)
    await call.ended()
    assert "hi/message-kept" not in call.heard


@pytest.mark.long
async def test_disk_full_while_a_caller_speaks_keeps_the_rest_of_the_call(stack: LiveStack, small_disk: Path) -> None:
    """The sound cannot be written, but the dialplan's call goes on to its end."""
    async with stack.call(caller=MET_A_FULL_DISK) as call:
        await answer(call, TO_THE_DETAILS)
        with _filled(small_disk):
            await call.hear("hi/beep", within_s=30)
            await call.speak(SPOKEN)
            await call.press("#")
            await call.hear("hi/sorry-trouble", within_s=15)
    await settled(stack, seconds=40)
    (ticket,) = tickets_of(stack, MET_A_FULL_DISK)
    assert ticket["district"] == "bhopal"
