"""A backup is whole while the store is written to, and comes back where there is none."""

from __future__ import annotations

import asyncio
import os
import re
import sqlite3
from typing import TYPE_CHECKING

import pytest

from router.storage.migrate import migrate
from tests.support.stores import opened_desk, opened_store, report
from warroom.config.paths import DataDirectory
from warroom.config.secrets import ensure_secret
from warroom.config.settings import load_settings
from warroom.services.maintenance.backup import SKIPPED_SERIALS, BackupError, make_backup, restore_backup
from warroom.services.stack.running_stack import StackLock

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def data(tmp_path: Path) -> Path:
    tmp_path.chmod(0o755)
    data = tmp_path / "data"
    DataDirectory(data).make()
    ensure_secret(data, "mqtt-router")
    (data / "settings.toml").write_text("[router]\nnode = 1\n", "utf-8")
    local = DataDirectory(data).broker / "local"
    local.mkdir()
    (local / "own.conf").write_text("# ours\n", "utf-8")
    migrate(DataDirectory(data).store)
    return data


async def test_backup_under_writes_comes_back_with_every_ticket_that_was_committed(data: Path, tmp_path: Path) -> None:
    file, other = tmp_path / "b.tar.gz", tmp_path / "other"
    async with opened_store(DataDirectory(data).store) as store, opened_desk(store) as desk:
        before = [await desk.open(report(f"{i}")) for i in range(5)]
        during = asyncio.create_task(write_on(desk))
        made = await asyncio.to_thread(make_backup, data, load_settings(data), file)
        during.cancel()
        await asyncio.gather(during, return_exceptions=True)
    assert (made.store, file.stat().st_mode & 0o777) == (True, 0o600)
    assert not [path.name for path in tmp_path.iterdir() if path.name.startswith(".")]
    restore_backup(other, file)
    assert (other / "settings.toml").read_text() == (data / "settings.toml").read_text()
    assert (other / "secrets" / "mqtt-router").read_text() == (data / "secrets" / "mqtt-router").read_text()
    assert (other / "secrets" / "mqtt-router").stat().st_mode & 0o777 == 0o600
    assert (other / "mosquitto" / "local" / "own.conf").exists()
    async with opened_store(DataDirectory(other).store) as store, opened_desk(store) as desk:
        for ticket in before:
            assert await desk.ticket(ticket.number) is not None
        new = await desk.open(report("new"))
    assert int(new.number[1:8]) > SKIPPED_SERIALS


async def write_on(desk: object) -> None:
    for i in range(10_000):
        await desk.open(report(f"more {i}"))  # type: ignore[attr-defined]


def test_restore_touches_no_store_and_no_running_stack(data: Path, tmp_path: Path) -> None:
    file = tmp_path / "b.tar.gz"
    make_backup(data, load_settings(data), file)
    before = DataDirectory(data).store.read_bytes()
    with pytest.raises(BackupError, match="has a store already"):
        restore_backup(data, file)
    lock = StackLock(data)
    lock.take()
    with pytest.raises(BackupError, match="its stack runs"):
        restore_backup(data, file)
    lock.release()
    assert DataDirectory(data).store.read_bytes() == before


def test_damaged_store_and_damaged_file_are_told(data: Path, tmp_path: Path) -> None:
    file, other = tmp_path / "b.tar.gz", tmp_path / "other"
    make_backup(data, load_settings(data), file)
    good = file.read_bytes()
    for bad in (good[: len(good) // 2], b"no archive", good[:200] + b"\x00" * 50 + good[250:]):
        file.write_bytes(bad)
        with pytest.raises(BackupError, match=re.escape(str(file))):
            restore_backup(other, file)
        assert not DataDirectory(other).store.exists()
    file.write_bytes(good)
    store = DataDirectory(data).store
    size = store.stat().st_size
    with store.open("r+b") as raw:
        raw.seek(size // 2)
        raw.write(os.urandom(size // 3))
    with pytest.raises(BackupError, match=r"damaged|malformed|not a database"):
        make_backup(data, load_settings(data), file)
    assert file.read_bytes() == good, "the backup before stays"


def test_copy_is_a_store(data: Path, tmp_path: Path) -> None:
    make_backup(data, load_settings(data), tmp_path / "b.tar.gz")
    restore_backup(tmp_path / "other", tmp_path / "b.tar.gz")
    with sqlite3.connect(DataDirectory(tmp_path / "other").store) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
