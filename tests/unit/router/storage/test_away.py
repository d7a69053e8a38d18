"""The store when the file or the disk is away: a clear error in time, nothing half-written, and it comes back."""

from __future__ import annotations

import asyncio
import logging
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from router.mqtt.retained.messages import RetainedMessages
from router.storage.engine import Storage
from router.storage.errors import StorageUnavailableError
from router.storage.migrate import migrate
from router.tickets.ticket_number import issue
from tests.support.brokers import until
from tests.support.stores import BHOPAL, opened_desk, opened_store, report

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

LIMIT_S = 1.2  # a busy machine reads within this, and no test of a lock waits for long


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Storage]:
    async with opened_store(tmp_path / "s.sqlite", timeout_s=LIMIT_S) as store:
        yield store


@pytest.fixture
def lock(store: Storage) -> Iterator[sqlite3.Connection]:
    """Another program that holds the database."""
    connection = sqlite3.connect(store.location, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    yield connection
    connection.close()


async def test_open_of_a_locked_database_fails_in_time_and_recovers(
    store: Storage, lock: sqlite3.Connection, caplog: pytest.LogCaptureFixture
) -> None:
    async with opened_desk(store) as desk:
        began = time.monotonic()
        with pytest.raises(StorageUnavailableError, match="locked by another program") as caught:
            await desk.open(BHOPAL)
        assert time.monotonic() - began >= LIMIT_S
        assert str(store.location) in str(caught.value)
        assert "fuser" in caught.value.remedy
        assert await desk.tickets() == []  # reading goes on
        lock.execute("COMMIT")
        assert (await desk.open(BHOPAL)).number == issue(1, 1)
    assert [r.levelname for r in caplog.records if r.name.startswith("router.storage")] == ["ERROR", "WARNING"]


async def test_open_waits_out_a_short_lock(store: Storage, lock: sqlite3.Connection) -> None:
    async with opened_desk(store) as desk:
        task = asyncio.create_task(desk.open(BHOPAL))
        await asyncio.wait([task], timeout=LIMIT_S / 2)
        assert not task.done()
        lock.execute("COMMIT")
        assert (await task).number == issue(1, 1)


async def test_open_later_comes_through_when_the_lock_goes(
    store: Storage, lock: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("router.tickets.write_behind.INITIAL_BACKOFF_S", 0.05)
    async with opened_desk(store) as desk:
        for i in range(20):
            desk.open_later(report(f"{i}"))
        with pytest.raises(StorageUnavailableError):
            await desk.open(report("caller"))
        lock.execute("COMMIT")
        await until(lambda: not desk._reports)
        assert len(await desk.tickets()) == 20
    assert "LOST" not in caplog.text


async def test_open_later_that_never_comes_through_is_named_in_the_log(
    store: Storage, lock: sqlite3.Connection, caplog: pytest.LogCaptureFixture
) -> None:
    async with opened_desk(store) as desk:
        desk.open_later(report("late/1"))
        with caplog.at_level(logging.CRITICAL):
            await desk.close()
    assert "LOST" in caplog.text
    assert "late/1" in caplog.text


async def test_full_disk_fails_at_once_and_recovers(store: Storage) -> None:
    async with opened_desk(store) as desk:
        first = await desk.open(report("before"))
        # the page limit is a connection's, and each trouble opens a new one: set it before each group
        run = store._writer._run_together

        def on_a_full_disk(connection: object, raw: sqlite3.Connection, group: object) -> object:
            raw.execute("PRAGMA max_page_count=1")
            return run(connection, raw, group)  # type: ignore[arg-type]

        store._writer._run_together = on_a_full_disk  # type: ignore[method-assign, assignment]
        big = report("full", description="x" * 100_000)
        ends = await asyncio.gather(desk.open(big), desk.open(report("beside")), return_exceptions=True)
        assert [type(end) for end in ends] == [StorageUnavailableError, StorageUnavailableError]
        assert "disk is full" in str(ends[0])
        store._writer._run_together = run  # type: ignore[method-assign]
        assert await desk.tickets() == [first]
        assert (await desk.open(big)).number == issue(1, 2)  # the serial of the failed one was not used up


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 2 MB: the empty tables and their log take half of it."""
    disk = tmp_path / "small"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=2000k", "none", str(disk)]
    if os.geteuid() != 0 or subprocess.run(command, check=False).returncode:
        pytest.skip("only root can mount a small disk, and not on every machine")
    yield disk
    subprocess.run(["umount", disk], check=True)


def fill(ballast: Path) -> None:
    """Write until nothing more fits."""
    with ballast.open("wb", buffering=0) as file:
        while file.write(b"x" * 512):
            pass


async def test_full_disk_for_real(small_disk: Path) -> None:
    async with opened_store(small_disk / "s.sqlite", timeout_s=LIMIT_S) as store, opened_desk(store) as desk:
        before = await desk.open(BHOPAL)
        ballast = small_disk / "ballast"
        with pytest.raises(OSError, match="No space"):
            fill(ballast)
        reports = [report(f"full/{i}", description="x" * 5000) for i in range(20)]
        ends = [await asyncio.gather(desk.open(one), return_exceptions=True) for one in reports]
        assert "disk is full" in str(ends[-1][0])
        written = await desk.tickets()
        ballast.unlink()
        after = await desk.open(report("after"))
        assert before in written
        assert int(after.number[1:8]) == len(written) + 1


READ_ONLY = """
import asyncio, os, pathlib, sys
from router.mqtt.retained.messages import RetainedMessages
from router.storage.errors import StorageUnavailableError
from router.storage.engine import Storage
from tests.support.brokers import until
from tests.support.stores import BHOPAL, opened_desk

async def main():
    path = pathlib.Path(sys.argv[1])
    for file in path.parent.iterdir():
        file.chmod(0o444)
    store = Storage(path, RetainedMessages(), timeout_s=2)
    await store.open()
    async with opened_desk(store) as desk:
        try:
            await desk.open(BHOPAL)
        except StorageUnavailableError as error:
            print(error)
        for file in path.parent.iterdir():
            file.chmod(0o644)
        print((await desk.open(BHOPAL)).number)
    await store.close()

asyncio.run(main())
"""


def test_read_only_file_says_so_and_recovers() -> None:
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "s.sqlite"
        migrate(path)
        beside = sqlite3.connect(path)  # another program: keeps -wal and -shm there, read-only as well
        beside.execute("SELECT * FROM tickets").fetchall()
        who = None
        if os.geteuid() == 0:  # root may write everything: another user tries
            who = 65534
            os.chown(place, who, who)
            for file in Path(place).iterdir():
                os.chown(file, who, who)
        done = subprocess.run(
            [sys.executable, "-c", READ_ONLY, path],
            user=who,
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
            env={"PYTHONPATH": str(Path(__file__).parents[4]), "PYTHONDONTWRITEBYTECODE": "1"},
        )
        beside.close()
    trouble, number = done.stdout.splitlines()
    assert "cannot be written" in trouble
    assert str(path) in trouble
    assert "write access" in trouble
    assert number == issue(1, 1)


async def test_open_of_a_missing_file_makes_none(tmp_path: Path) -> None:
    with pytest.raises(StorageUnavailableError, match="cannot be opened"):
        await Storage(tmp_path / "missing.sqlite", RetainedMessages()).open()
    assert list(tmp_path.iterdir()) == []


async def test_open_of_another_file_says_so(tmp_path: Path) -> None:
    (tmp_path / "s.sqlite").write_text("a letter to the collector\n" * 200)
    with pytest.raises(StorageUnavailableError, match="not a database"):
        await Storage(tmp_path / "s.sqlite", RetainedMessages()).open()


async def test_open_of_an_old_schema_asks_to_migrate(tmp_path: Path) -> None:
    sqlite3.connect(tmp_path / "s.sqlite").close()
    (tmp_path / "s.sqlite").touch()
    with pytest.raises(StorageUnavailableError, match=r"schema is missing.*warroom up"):
        await Storage(tmp_path / "s.sqlite", RetainedMessages()).open()
