"""A store and a desk on it for each test."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from tests.support.postgresql import Server, postgresql_server
from tests.support.stores import new_locations, opened_desk, opened_store

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from router.storage.engine import Storage
    from router.storage.engines import Location
    from router.tickets.service import TicketService

HERE: Final = Path(__file__).parent
ON_EACH_DATABASE: Final = tuple(
    HERE / place
    for place in (
        "agi/admission", "agi/callbacks", "agi/cdr", "agi/journal", "agi/voicemail",
        "recordings/nlu/test_corrections.py", "router/geo/test_facility_import.py", "router/stock", "router/storage",
        "router/notices/test_service.py", "router/pictures/test_store.py", "router/stranded/test_register.py",
        "router/tasks", "router/test_tasks.py", "router/tickets",
    )
)  # fmt: skip
"""Tests of what is said to the store, or relies on how it answers."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run those tests with a store in each database, unless one says in which."""
    path = metafunc.definition.path
    if "new_location" not in metafunc.fixturenames or not any(path.is_relative_to(each) for each in ON_EACH_DATABASE):
        return
    if not any("new_location" in marker.args[0] for marker in metafunc.definition.iter_markers("parametrize")):
        metafunc.parametrize("new_location", ("sqlite", "postgresql"), indirect=True)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    """A server for all tests of this process."""
    with postgresql_server() as server:
        yield server


@pytest.fixture
def new_location(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], Location]]:
    """Makes places for stores."""
    yield from new_locations(request, tmp_path)


@pytest.fixture
def location(new_location: Callable[[], Location]) -> Location:
    """Where the store lies."""
    return new_location()


@pytest.fixture
async def store(location: Location) -> AsyncIterator[Storage]:
    async with opened_store(location, timeout_s=30) as store:  # of a busy machine nothing is asked here
        yield store


@pytest.fixture
async def desk(store: Storage) -> AsyncIterator[TicketService]:
    async with opened_desk(store) as desk:
        yield desk
