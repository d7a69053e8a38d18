"""Stores, folders and locks that are not as they should be: one clear line each, and nothing is called ok."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from router.storage.repositories import identity_repository
from tests.live.conftest import make_data
from tests.support.commands import assert_one_clear_line, warroom
from warroom.config.paths import DataDirectory
from warroom.config.store_identity_file import write_mark
from warroom.services.stack.running_stack import StackLock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def data() -> Iterator[Path]:
    """A prepared data directory; nothing runs."""
    data, _ = make_data()
    yield data
    shutil.rmtree(data)


async def found(data: Path, part: str) -> dict[str, str]:
    """What `doctor` says of a part."""
    rows = json.loads((await warroom(data, "doctor", "--json")).out)
    return next(row for row in rows if row["part"] == part)


@pytest.mark.long
async def test_doctor_knows_a_newer_schema_an_older_copy_and_a_lost_store(data: Path) -> None:
    store = DataDirectory(data).store
    assert (await found(data, "store"))["state"] == "ok"
    mark = identity_repository.of_database(store, 1)
    write_mark(DataDirectory(data).store_mark, mark.model_copy(update={"serial": 7}))
    older = await found(data, "store")
    assert (older["state"], "older copy" in older["what"], "recover" in older["mend"]) == ("wrong", True, True)
    with closing(sqlite3.connect(store)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    newer = await found(data, "store")
    assert (newer["state"], "9999" in newer["what"]) == ("wrong", True)
    store.unlink()
    lost = await found(data, "store")
    assert (lost["state"], "gone" in lost["what"], "recover" in lost["mend"]) == ("wrong", True, True)


@pytest.mark.parametrize("words", [("up",), ("serve",), ("transcribe",), ("recover",), ("tickets", "list")])
async def test_file_as_data_directory_is_one_line(tmp_path: Path, words: tuple[str, ...]) -> None:
    file = tmp_path / "file"
    file.write_text("x")
    assert_one_clear_line(await warroom(file, *words), str(file))


@pytest.mark.parametrize("service", ["serve", "transcribe"])
async def test_service_beside_a_running_one_is_refused(data: Path, service: str) -> None:
    lock = StackLock(data, service)
    lock.take()
    try:
        assert_one_clear_line(await warroom(data, service), f"warroom {service}", "already running")
    finally:
        lock.release()


async def test_recover_beside_a_running_stack_is_refused(data: Path) -> None:
    lock = StackLock(data)
    lock.take()
    try:
        assert_one_clear_line(await warroom(data, "recover"), "already running")
    finally:
        lock.release()
