"""A store and a desk on it for each test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.postgresql import Server, postgresql_server
from tests.support.stores import opened_desk, opened_store

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from router.storage.engine import Storage
    from router.storage.engines import Location
    from router.tickets.service import TicketService


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    """A server for all tests of this process."""
    with postgresql_server() as server:
        yield server


@pytest.fixture
def location(tmp_path: Path) -> Location:
    """Where the store lies."""
    return tmp_path / "warroom.sqlite"


@pytest.fixture
async def store(location: Location) -> AsyncIterator[Storage]:
    async with opened_store(location, timeout_s=30) as store:  # of a busy machine nothing is asked here
        yield store


@pytest.fixture
async def desk(store: Storage) -> AsyncIterator[TicketService]:
    async with opened_desk(store) as desk:
        yield desk
