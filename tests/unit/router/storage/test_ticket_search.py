"""An officer finds tickets by what is known of them; danger to life is on top of every list."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from router.model.ticket_search import TicketOrder, TicketSearch
from router.tickets.command import Command
from router.tickets.workflow import WARROOM, actor_of_room
from tests.support.stores import opened_desk, opened_store, report

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from router.storage.engine import Storage
    from router.storage.engines import Location
    from router.tickets.service import TicketService

OTHER = "+919812300000"


@pytest.fixture
async def desk(location: Location) -> AsyncIterator[tuple[Storage, TicketService]]:
    async with opened_store(location) as store, opened_desk(store) as desk:
        yield store, desk


async def found(store: Storage, order: TicketOrder = TicketOrder.NEWEST, **wanted: Any) -> list[str]:
    tickets = await store.read(lambda uow: uow.ticket_search.find(TicketSearch(**wanted), order, 10))
    return [one.ticket.source_key for one in tickets]


async def test_danger_is_on_top_and_each_filter_finds_its_own(desk: tuple[Storage, TicketService]) -> None:
    store, service = desk
    await service.open(report("danger", need="danger", phone=OTHER))
    await service.open(report("ration", description="बैरसिया में राशन नहीं"))
    await service.open(report("gas", need="gas", district="indore"))
    assert await found(store) == ["danger", "gas", "ration"]
    assert await found(store, TicketOrder.OLDEST) == ["danger", "ration", "gas"]
    assert await found(store, TicketOrder.DUE, need="ration") == ["ration"]
    assert await found(store, phone=OTHER) == ["danger"]
    assert await found(store, district="indore") == ["gas"]
    assert await found(store, room="district-indore", stage="routed") == ["gas"]
    assert await found(store, text="बैरसिया") == ["ration"]
    assert await found(store, priority=1) == ["danger"]
    assert await found(store, late=True) == []
    assert await found(store, before=datetime.now(UTC) - timedelta(hours=1)) == []


async def test_closed_tickets_only_when_asked_for_and_danger_that_is_over_is_not_on_top(
    desk: tuple[Storage, TicketService],
) -> None:
    store, service = desk
    danger = await service.open(report("danger", need="danger"))
    await service.open(report("ration"))
    withdraw = Command(command_id="1", ticket=danger.number, action="withdraw", note="a mistake")
    assert (await service.command(withdraw, actor=WARROOM)).accepted
    assert await found(store) == ["ration"]
    assert await found(store, is_open=False) == ["ration", "danger"]


async def test_times_of_stages(desk: tuple[Storage, TicketService]) -> None:
    store, service = desk
    ticket = await service.open(report("1"))
    ack = Command(command_id="1", ticket=ticket.number, action="acknowledge")
    assert (await service.command(ack, actor=actor_of_room(ticket.room))).accepted
    times = (await store.read(lambda uow: uow.ticket_search.stage_times([ticket.number])))[ticket.number]
    assert set(times) == {"routed", "acknowledged"}
    assert times["routed"].first <= times["acknowledged"].first


async def test_the_day_of_a_room_has_what_is_open_and_what_was_closed_that_day(
    desk: tuple[Storage, TicketService],
) -> None:
    store, service = desk
    await service.open(report("open"))
    closed = await service.open(report("closed"))
    await service.open(report("elsewhere", district="indore"))
    withdraw = Command(command_id="1", ticket=closed.number, action="withdraw", note="a mistake")
    assert (await service.command(withdraw, actor=WARROOM)).accepted
    now, hour = datetime.now(UTC), timedelta(hours=1)

    async def of_day(since: datetime, until: datetime) -> list[str]:
        tickets = await store.read(lambda uow: uow.ticket_search.of_day("district-bhopal", since, until))
        return [one.source_key for one in tickets]

    assert await of_day(now - hour, now + hour) == ["open", "closed"]
    assert await of_day(now - 2 * hour, now - hour) == ["open"]
    assert await of_day(now + hour, now + 2 * hour) == ["open"]
