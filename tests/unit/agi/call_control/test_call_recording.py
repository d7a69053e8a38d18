"""Pausing the recording of a call: what Asterisk is told, and what is said when it cannot be done."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from agi.ami.connection import AmiConnection
from agi.call_control.call_recording import CallRecording
from router.storage.errors import StorageUnavailableError
from router.tickets.errors import CommandRefusedError
from tests.support.ami_server import SECRET, USER, FakeManager, channel
from tests.support.stores import opened_desk, opened_store, report

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from router.tickets.service import TicketService

CALL, OTHER_LEG = "1767225600.7", "1767225600.8"


@asynccontextmanager
async def exchange(tmp_path: Path) -> AsyncIterator[tuple[FakeManager, AmiConnection, TicketService]]:
    """A manager with one call of two legs, the link to it, and a desk."""
    async with (
        opened_store(tmp_path / "store.sqlite") as store,
        opened_desk(store) as desk,
        linked() as (manager, link),
    ):
        yield manager, link, desk


@asynccontextmanager
async def linked() -> AsyncIterator[tuple[FakeManager, AmiConnection]]:
    manager = FakeManager()
    manager.channels = [channel(CALL), channel(OTHER_LEG, linkedid=CALL)]
    link = AmiConnection("127.0.0.1", await manager.start(), USER, SECRET)
    changed = asyncio.Event()
    link.on_change(changed.set)
    task = asyncio.create_task(link.run())
    try:
        async with asyncio.timeout(5):
            while not link.connected:
                changed.clear()
                await changed.wait()
        yield manager, link
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await manager.stop()


def muted(manager: FakeManager) -> list[tuple[str, str, str]]:
    sent = [action for action in manager.actions if action["Action"] == "MixMonitorMute"]
    return [(action["Channel"], action["Direction"], action["State"]) for action in sent]


async def test_pause_and_resume_are_told_to_every_leg_and_stand_on_the_ticket(tmp_path: Path) -> None:
    async with exchange(tmp_path) as (manager, link, desk):
        ticket = await desk.open(report(f"{CALL}/1", call=CALL))
        recording = CallRecording(link, desk)
        assert await recording.pause(OTHER_LEG, by="asha") == ticket.number
        assert await recording.resume(CALL, by="asha") == ticket.number
        legs = [f"PJSIP/loopback-{uniqueid}" for uniqueid in (CALL, OTHER_LEG)]
        assert sorted(muted(manager)) == sorted((leg, "both", state) for leg in legs for state in "01")
        history = [(line.by, line.what) for line in await desk.history(ticket.number)]
        assert history[1:] == [("asha", "note"), ("asha", "note")]
        told = await desk.ticket(ticket.number)
        assert told is not None
        first, second = told.notes
        assert first.startswith(f"asha: paused the recording of call {OTHER_LEG} at ")
        assert second.startswith(f"asha: resumed the recording of call {CALL} at ")


async def test_pause_of_a_call_that_is_not_recorded_is_refused(tmp_path: Path) -> None:
    async with exchange(tmp_path) as (manager, link, desk):
        manager.refused["MixMonitorMute"] = "Cannot set mute flag"
        for call in (CALL, "1767225600.9"):
            with pytest.raises(CommandRefusedError, match="not recorded"):
                await CallRecording(link, desk).pause(call, by="asha")


async def test_pause_without_asterisk_says_that_the_recording_may_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agi.ami.connection.INITIAL_BACKOFF_S", 60.0)
    async with exchange(tmp_path) as (manager, link, desk):
        lost = asyncio.Event()
        link.on_change(lost.set)
        await manager.stop()
        await lost.wait()
        with pytest.raises(CommandRefusedError, match="take it that the recording goes on"):
            await CallRecording(link, desk).pause(CALL, by="asha")


async def test_pause_is_done_though_the_store_is_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def away(*_: Any) -> None:
        raise StorageUnavailableError("the database is locked", tmp_path, "wait")

    async with exchange(tmp_path) as (manager, link, desk):
        monkeypatch.setattr(desk, "tickets_of_call", away)
        assert await CallRecording(link, desk).pause(CALL, by="asha") == ""
        assert len(muted(manager)) == 2
