"""Photographs are kept at their tickets once, and go with the person."""

from __future__ import annotations

import os
import stat
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from router.model.picture import MAX_PICTURES, Picture, PictureState
from router.pictures import PictureFiles, PictureRefusedError, PictureStore
from router.pictures import files as picture_files
from router.pictures.files import PART_AGE_S
from router.pictures.recovery import take_over
from router.pictures.retention import delete_removed
from router.storage.errors import StorageUnavailableError
from router.storage.schema import pictures
from router.tickets.command import Command
from router.tickets.notes import UnknownTicketError
from router.tickets.workflow import actor_of_room
from tests.support.pictures import jpeg, png
from tests.support.stores import opened_desk, opened_store, report
from warroom.config.retention_settings import RetentionDays
from warroom.services.maintenance.retention import DataRetention

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from router.storage.engine import Storage
    from router.storage.engines import Location
    from router.tickets.service import TicketService

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)


@dataclass
class Album:
    """A ticket that gets photographs."""

    folder: Path
    store: Storage
    desk: TicketService
    number: str

    async def keep(self, data: bytes, key: str = "1", **facts: Any) -> Picture:
        pictures = PictureStore(self.desk, PictureFiles(self.folder))
        facts = {"ticket": self.number, "channel": "whatsapp", "received": NOW} | facts
        return await pictures.keep(data=data, source_key=key, **facts)

    def files(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in self.folder.glob("*/*")}


@asynccontextmanager
async def album(location: Location, folder: Path) -> AsyncIterator[Album]:
    async with opened_store(location) as store, opened_desk(store) as desk:
        yield Album(folder, store, desk, (await desk.open(report("1"))).number)


async def test_a_photograph_lies_at_its_ticket_byte_for_byte(location: Location, tmp_path: Path) -> None:
    async with album(location, tmp_path) as here:
        kept = await here.keep(jpeg(40, 30), caption="पानी\x00 घर में\u202e")
        assert (kept.media_type, kept.width, kept.height, kept.size) == ("image/jpeg", 40, 30, len(jpeg()))
        assert "\x00" not in kept.caption
        assert "\u202e" not in kept.caption
        assert here.files() == {kept.file: jpeg(40, 30)}
        assert stat.S_IMODE(next(tmp_path.glob("*/*")).stat().st_mode) == 0o640
        ticket = await here.desk.ticket(here.number)
        assert ticket
        assert (ticket.version, ticket.pictures) == (2, 1)


async def test_the_same_again_changes_nothing(location: Location, tmp_path: Path) -> None:
    async with album(location, tmp_path) as here:
        first = await here.keep(png())
        for key in ("1", "forwarded"):
            assert await here.keep(png(), key) == first
        other = await here.keep(png(shade=1), "2")
        ticket = await here.desk.ticket(here.number)
        assert ticket
        assert (ticket.version, ticket.pictures) == (3, 2)
        assert {*here.files()} == {first.file, other.file}


async def test_what_is_refused_leaves_nothing(location: Location, tmp_path: Path) -> None:
    async with album(location, tmp_path) as here:
        with pytest.raises(PictureRefusedError):
            await here.keep(b"<svg/>")
        with pytest.raises(UnknownTicketError):
            await here.keep(png(), ticket="999999999")
        for n in range(MAX_PICTURES):
            await here.keep(png(shade=n), str(n))
        with pytest.raises(PictureRefusedError, match="has 20 photographs"):
            await here.keep(png(shade=200), "one more")
        assert len(here.files()) == MAX_PICTURES


async def test_they_go_with_the_person_and_do_not_come_back(location: Location, tmp_path: Path) -> None:
    async with album(location, tmp_path) as here:
        await here.keep(png(), caption="मेरा घर")
        other = await here.desk.open(report("2"))
        stays = await here.keep(png(shade=9), "2", ticket=other.number)
        await here.desk.forget([here.number])
        files = PictureFiles(tmp_path)
        assert await delete_removed(here.store, files) == 1
        assert await delete_removed(here.store, files) == 0
        again = await here.keep(png(), caption="मेरा घर")
        assert (again.state, again.caption) == (PictureState.DELETED, "")
        assert {*here.files()} == {stays.file}
        ticket = await here.desk.ticket(here.number)
        assert ticket
        assert ticket.pictures == 0


async def test_retention_takes_photographs_with_the_person_and_what_was_half_written(
    location: Location, tmp_path: Path
) -> None:
    async with album(location, tmp_path) as here:
        await here.keep(png())
        other = await here.desk.open(report("2"))
        stays, files = await here.keep(png(shade=9), "2", ticket=other.number), PictureFiles(tmp_path)
        files.path(other.number, f"{stays.file}.12.part").write_bytes(b"half")
        old = time.time() - PART_AGE_S - 60
        os.utime(files.path(other.number, f"{stays.file}.12.part"), (old, old))
        files.path(other.number, f"{stays.file}.13.part").write_bytes(b"half")  # is being written
        withdrawn = Command(command_id="c", ticket=here.number, action="withdraw", note="x")
        assert (await here.desk.command(withdrawn, actor=actor_of_room("state"))).accepted
        keeping = DataRetention(here.store, here.desk, RetentionDays(tickets=1), files)
        keeping._days = keeping._days.model_copy(update={"tickets": -1})
        await keeping.look()
        assert {*here.files()} == {stays.file, f"{stays.file}.13.part"}


async def test_a_disk_that_is_nearly_full_is_left_to_calls(location: Location, tmp_path: Path, monkeypatch) -> None:
    async with album(location, tmp_path) as here:
        with monkeypatch.context() as full:
            full.setattr(picture_files, "MIN_FREE_BYTES", 1 << 60)
            with pytest.raises(OSError, match="nearly full"):
                await here.keep(png())
        assert (await here.keep(png())).state is PictureState.KEPT


async def test_a_store_that_is_away_takes_it_the_next_time(location: Location, tmp_path: Path, monkeypatch) -> None:
    async with album(location, tmp_path) as here:
        with monkeypatch.context() as away:

            async def refuse(*_: object, **__: object) -> None:
                raise StorageUnavailableError("away", "here", "wait")

            away.setattr(here.desk, "add_picture", refuse)
            with pytest.raises(StorageUnavailableError):
                await here.keep(png())
        assert (await here.keep(png())).state is PictureState.KEPT


async def test_photographs_of_a_lost_store_are_at_their_tickets_again(location: Location, tmp_path: Path) -> None:
    async with album(location, tmp_path) as here:
        kept = await here.keep(jpeg(40, 30), caption="पानी")
        files = PictureFiles(tmp_path)
        files.write("999999999", f"{'ab' * 32}.png", png())  # of a ticket that is not there
        await here.store.write(lambda uow: uow.connection.execute(sa.delete(pictures)))
        assert await take_over(here.store, files) == 1
        assert await take_over(here.store, files) == 0
        (found,) = await here.store.read(lambda uow: uow.pictures.of_tickets([here.number]))
        assert (found.file, found.sha256, found.width, found.caption) == (kept.file, kept.sha256, 40, "")
        assert (await here.keep(jpeg(40, 30))).id == found.id  # sent once more, it is the same
        assert len(here.files()) == 2
