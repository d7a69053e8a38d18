"""Limits of calls to strangers: who is called, who waits, who is told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from router.storage.callback_queries import CallbackList
from router.storage.repositories import job_repository
from router.storage.repositories.calls.callback_repository import StrangerLimits
from router.storage.schema import jobs
from router.tickets.service import CallRecord
from tests.support.stores import opened_store
from warroom.monitoring.callback_flood_watch import CALM_S, KIND, FloodWatch

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from router.storage.engine import Storage
    from router.storage.engines import Location

MOST = StrangerLimits(
    max_per_hour=4,
    max_per_day=6,
    max_per_trunk_per_hour=3,
    max_per_block_per_hour=2,
    block_digits=5,
    max_waiting=5,
    max_per_number_per_day=3,
)
KNOWN = "+919811700001"


class Line:
    """A list of call-backs and its clock."""

    def __init__(self, store: Storage) -> None:
        self.store = store
        self.now = datetime(2030, 4, 1, 6, tzinfo=UTC)
        self.list = CallbackList(store, lease_s=60, limits=MOST, now=lambda: self.now)
        self.count = 0

    async def misses(self, phone: str, trunk: str = "bsnl") -> str:
        self.count += 1
        payload = {"reason": "missed", "helpline": "181", "language": "hi", "trunk": trunk}
        return await self.list.ask_for_missed(phone, f"9.{self.count}", payload, self.now, self.now)

    async def called(self) -> str | None:
        """Who is called next, and that nobody spoke."""
        work = await self.list.take_next(calling=True)
        if work is None:
            return None
        await self.list.note(work)
        await self.list.finish(work, "unreached")
        return work.key.partition("/")[0]

    async def held_back(self) -> tuple[str, ...]:
        return await self.store.read(lambda uow: uow.callbacks.held_back(now=self.now, limits=MOST))


@pytest.fixture
async def line(location: Location) -> AsyncIterator[Line]:
    async with opened_store(location) as store:
        yield Line(store)


def stranger(number: int, block: int | None = None) -> str:
    return f"+91{90000 + (number if block is None else block)}{number:05d}"


async def knows(line: Line, phone: str) -> None:
    row = CallRecord(f"1.{phone}", "181", "181", line.now - timedelta(days=1), phone=phone, need="ration")
    await line.store.write(lambda uow: uow.calls.upsert(call=row))


async def test_known_citizens_go_before_strangers_and_past_their_limits(line: Line) -> None:
    await knows(line, KNOWN)
    for number in range(MOST.max_waiting):
        assert await line.misses(stranger(number), f"trunk{number % 3}") == "new"
    assert await line.misses(stranger(99)) == "full"
    assert await line.misses(KNOWN) == "new"
    assert await line.called() == KNOWN
    assert [await line.called() for _ in range(5)] == [*(stranger(number) for number in range(MOST.max_per_hour)), None]
    assert await line.misses(KNOWN) == "new"
    assert await line.called() == KNOWN


async def test_a_call_alone_makes_nobody_known(line: Line) -> None:
    row = CallRecord("1.1", "181", "181", line.now - timedelta(days=1), phone=KNOWN)
    await line.store.write(lambda uow: uow.calls.upsert(call=row))
    assert not await line.store.read(lambda uow: uow.callbacks.is_known(phone=KNOWN))


async def test_a_block_or_a_trunk_that_is_full_keeps_no_other_waiting(line: Line) -> None:
    for number in (1, 2, 3):
        await line.misses(stranger(number, block=7), "bsnl")
    await line.misses(stranger(50), "tata")
    assert [await line.called() for _ in range(4)] == [stranger(1, 7), stranger(2, 7), stranger(50), None]
    assert await line.held_back() == ("max_per_block_per_hour",)
    await line.misses(stranger(60), "bsnl")
    assert await line.called() == stranger(60)
    line.now += timedelta(hours=1, seconds=1)
    assert await line.called() == stranger(3, 7)


async def test_trunk_limit(line: Line) -> None:
    for number in range(4):
        await line.misses(stranger(number), "bsnl")
    await line.misses(stranger(50), "tata")
    assert [await line.called() for _ in range(5)] == [stranger(0), stranger(1), stranger(2), stranger(50), None]
    assert "max_per_trunk_per_hour" in await line.held_back()


async def test_day_ceiling_outlasts_the_hour(line: Line) -> None:
    called = []
    for number in range(2 * MOST.max_per_day):
        await line.misses(stranger(number), f"trunk{number}")
        called.append(await line.called())
        line.now += timedelta(minutes=20)
    assert len([one for one in called if one]) == MOST.max_per_day
    assert await line.held_back() == ("max_waiting", "max_per_day")


async def test_who_came_last_is_called_first_once_others_wait_for_more_than_an_hour(line: Line) -> None:
    for number in (1, 2):
        await line.misses(stranger(number))
    line.now += timedelta(minutes=61)
    await line.misses(stranger(3))
    assert await line.called() == stranger(3)


async def test_a_full_line_makes_room_by_who_has_waited_for_more_than_an_hour(line: Line) -> None:
    line.now = datetime.now(UTC) - timedelta(minutes=90)
    for number in range(MOST.max_waiting):
        await line.misses(stranger(number))
    assert await line.misses(stranger(98)) == "full"
    line.now = datetime.now(UTC)
    assert await line.misses(stranger(99)) == "new"
    assert await line.store.read(lambda uow: uow.callbacks.waiting()) == MOST.max_waiting


async def test_one_number_is_called_so_often_a_day_and_no_more(line: Line) -> None:
    await knows(line, KNOWN)
    for _ in range(MOST.max_per_number_per_day):
        assert await line.misses(KNOWN) == "new"
        assert await line.called() == KNOWN
        line.now += timedelta(hours=1)
    assert await line.misses(KNOWN) == "needless"
    assert await line.list.placed.often(KNOWN)
    line.now += timedelta(hours=24)
    assert await line.misses(KNOWN) == "new"


@pytest.mark.parametrize("new_location", ["sqlite"], indirect=True)  # as many rows take too long to be put there
async def test_thirty_thousand_rows_are_passed_over_in_one_look(line: Line) -> None:
    rows = [
        {
            "kind": "call",
            "key": f"{stranger(n % 1000, n % 5)[:-3]}{n:05d}/1.{n}",
            "priority": 3,
            "claims": 0,
            "payload": '{"reason": "missed", "trunk": "bsnl"}',
            "due": job_repository.as_text(line.now),
            "attempts": 0,
            "checkpoint": "",
            "outcome": "",
        }
        for n in range(30_000)
    ]
    await line.store.write(lambda uow: uow.connection.execute(sa.insert(jobs), rows))
    for number in range(MOST.max_per_trunk_per_hour):
        await line.list.placed.note(stranger(number), trunk="bsnl", stranger=True)
    assert await line.called() is None
    assert await line.held_back() == ("max_waiting", "max_per_trunk_per_hour")
    await knows(line, KNOWN)
    assert await line.misses(KNOWN) == "new"
    assert await line.called() == KNOWN


async def test_state_room_is_told_until_it_is_over(line: Line) -> None:
    steady = 100.0
    watch = FloodWatch(line.store, MOST, lambda: steady)

    async def stands() -> list[object]:
        found = await line.store.read(lambda uow: uow.alerts.active(kind=KIND))
        return [(alert.room, alert.data["limits"]) for alert in found]

    await watch.look()
    assert await stands() == []
    for number in range(MOST.max_waiting):
        await line.misses(stranger(number))
    await watch.look()
    assert await stands() == [("state", ["max_waiting"])]
    await line.store.write(lambda uow: uow.connection.execute(sa.update(jobs).values(ended="2030-04-01")))
    await watch.look()
    assert await stands() != []
    steady += CALM_S
    await watch.look()
    assert await stands() == []
