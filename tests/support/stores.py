"""A real store with a real desk, for tests."""

from __future__ import annotations

import asyncio
import tempfile
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zlib import crc32

from router.geo import Places, load_places
from router.model.calls.recording_record import NewRecording
from router.mqtt.retained.messages import RetainedMessages
from router.storage.engine import Storage
from router.storage.migrate import migrate
from router.tickets.opening.report import Report
from router.tickets.service import TicketService

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    import pytest
    import sqlalchemy as sa

    from router.storage.engines import Location
    from router.tickets.confirmation.reply_channel import ReplyChannels
    from tests.support.postgresql import Server

PHONE = "+919812343210"

BHOPAL = Report(
    source_key="1.1/1",
    channel="phone",
    helpline="181",
    need="ration",
    district="bhopal",
    zipcode="462001",
    phone=PHONE,
    call="1.1",
)


@cache
def places() -> Places:
    """The real places, read once."""
    return load_places()


def report(key: str, **changes: object) -> Report:
    """A report from Bhopal with another key, from another telephone, and whatever else is to differ."""
    changes.setdefault("phone", f"+9170{crc32(key.encode()) % 10**8:08d}")
    return replace(BHOPAL, source_key=key, **changes)  # type: ignore[arg-type]


def new_recordings(*names: str, **facts: Any) -> tuple[NewRecording, ...]:
    """Recordings of these names, in Hindi on 181 unless told otherwise."""
    facts = {"call": "1.1", "helpline": "181", "language": "hi", "begun": datetime(2026, 1, 1, tzinfo=UTC)} | facts
    return tuple(NewRecording(name=name, **facts) for name in names)


@cache
def new_store() -> bytes:
    """A store as `migrate` makes it, made once a process: its many migrations take longer than most tests on it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "new.sqlite"
        migrate(path)
        return path.read_bytes()


def new_locations(request: pytest.FixtureRequest, folder: Path) -> Iterator[Callable[[], Location]]:
    """Yield what makes places for stores, in the database of the parameter; in files without one."""
    if getattr(request, "param", "sqlite") == "sqlite":
        numbers = count(1)
        yield lambda: folder / f"store{next(numbers)}.sqlite"
        return
    server: Server = request.getfixturevalue("postgresql")
    made: list[sa.URL] = []

    def make() -> sa.URL:
        made.append(server.migrated())
        return made[-1]

    yield make
    for url in made:
        server.give_back(url)


@asynccontextmanager
async def opened_store(location: Location, *, timeout_s: float = 5.0) -> AsyncIterator[Storage]:
    """A migrated store, open; a new one unless it is there already."""
    if isinstance(location, Path) and not location.exists():
        location.write_bytes(new_store())
    else:
        await asyncio.to_thread(migrate, location)
    store = Storage(location, RetainedMessages(), timeout_s=timeout_s)
    await store.open()
    try:
        yield store
    finally:
        await store.close()


@asynccontextmanager
async def opened_desk(
    store: Storage, *, node: int = 1, replies: ReplyChannels | None = None
) -> AsyncIterator[TicketService]:
    """A desk on a store."""
    desk = TicketService(store, places(), node=node, replies=replies)
    try:
        yield desk
    finally:
        await desk.close()
