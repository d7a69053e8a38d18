"""Steady time: a system time that jumps changes nothing; a restart of the machine counts what can be believed."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from router import clock
from router.clock import Reading
from router.storage.engine import Storage
from router.storage.engines import Location
from tests.support.stores import opened_store

WALL = 1_586_000_000.0
DAY = 24 * 3600


@pytest.fixture
async def store(location: Location) -> AsyncIterator[Storage]:
    async with opened_store(location) as store:
        yield store


async def at(store: Storage, monkeypatch: pytest.MonkeyPatch, wall: float, since_boot: float, boot: str = "a") -> int:
    """Set the machine's clocks; return the steady time, kept."""
    monkeypatch.setattr(clock, "read_clocks", lambda: Reading(wall, since_boot, boot))
    kept = await store.write(lambda uow: uow.clock.checkpoint())
    assert await store.read(lambda uow: uow.clock.monotonic_now()) == kept
    return kept


@pytest.mark.parametrize("jump", [0, 3600, -3600, 10 * 365 * DAY, -10 * 365 * DAY])
async def test_system_time_that_jumps_changes_nothing(
    store: Storage, monkeypatch: pytest.MonkeyPatch, jump: float
) -> None:
    begun = await at(store, monkeypatch, WALL, 5000)
    assert await at(store, monkeypatch, WALL + jump + 60, 5060) == begun + 60


@pytest.mark.parametrize(
    ("wall", "counted"),
    [
        (WALL + 1800, 1800),  # half an hour without power
        (WALL - 3 * DAY, 0),  # a machine without a battery wakes up in the past
        (WALL + 400 * DAY, DAY),  # or in the far future
    ],
)
async def test_restart_of_the_machine_counts_the_time_it_was_away(
    store: Storage, monkeypatch: pytest.MonkeyPatch, wall: float, counted: int
) -> None:
    begun = await at(store, monkeypatch, WALL, 5000)
    assert await at(store, monkeypatch, wall, 20, "b") == begun + counted
    assert await at(store, monkeypatch, WALL + 99 * DAY, 80, "b") == begun + counted + 60  # the time is put right


async def test_service_that_starts_again_goes_on_where_it_was(
    location: Location, monkeypatch: pytest.MonkeyPatch
) -> None:
    times = []
    for since_boot in (5000, 5600):
        async with opened_store(location) as store:
            times.append(await at(store, monkeypatch, WALL, since_boot))
    assert times[1] - times[0] == 600


def test_clocks_of_this_machine_can_be_read() -> None:
    reading = clock.read_clocks()
    assert reading.boot
    assert 0 < reading.since_boot < reading.wall
