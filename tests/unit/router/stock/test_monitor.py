"""From tickets and reports to each room's alert, on a real store."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from typing import TYPE_CHECKING

import pytest

from router.model.hourly_count import HourlyCount, hour_of, share_of_hour, start_of_hour
from router.model.rooms.stock import Stock
from router.stock.items import Items, load_items
from router.stock.monitor import KIND, ShortageWatch
from router.stock.shortage import days_left, list_status, stock_level
from router.stock.shortage_charts import Charts
from router.storage.schema import ticket_hours
from router.storage.unit_of_work import UnitOfWork
from router.tickets.command import Command
from router.tickets.workflow import WARROOM
from tests.support.stores import PHONE, opened_desk, opened_store, places, report

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from router.model.rooms.alert import Alert
    from router.storage.engine import Storage
    from router.storage.engines import Location

NOW = datetime(2020, 4, 5, 6, 45, tzinfo=UTC)
ROOM = "district-bhopal"


@pytest.fixture
async def store(location: Location) -> AsyncIterator[Storage]:
    async with opened_store(location) as store:
        yield store


@cache
def items() -> Items:
    return load_items(places().needs)


def watch(store: Storage) -> ShortageWatch:
    return ShortageWatch(store, places(), items())


async def keep(store: Storage, item: str, quantity: float, use: float, *, as_of: datetime = NOW) -> bool:
    return await store.write(lambda uow: uow.stock.upsert(report=Stock(ROOM, item, quantity, use, as_of)))


async def alerts(store: Storage) -> list[Alert]:
    return await store.read(lambda uow: uow.alerts.active(kind=KIND))


def fill(uow: UnitOfWork, *, first: int, last: int, tickets: int) -> None:
    """Write the counts of some hours: 4 everywhere, but as given for ration in Bhopal."""
    short = ("bhopal", "ration")
    uow.connection.execute(
        ticket_hours.insert(),
        [
            {
                "hour": hour,
                "district": one,
                "need": need,
                "tickets": tickets if (one, need) == short else 4,
            }
            for hour in range(first, last + 1)
            for one in ("bhopal", "indore", "sagar")
            for need in ("ration", "water", "gas", "medicine", "petrol")
        ],
    )


async def test_tickets_are_counted_by_the_hour_in_their_own_transaction(store: Storage) -> None:
    async with opened_desk(store) as desk:
        ticket = await desk.open(report("1", phone=PHONE))
        for key, changes in (
            ("1", {"phone": PHONE}),  # the same again
            ("2", {"phone": PHONE}),  # joins the first: one telephone, one trouble
            ("3", {}),
            ("4", {"phone": None, "need": "gas"}),
            ("5", {"phone": None, "district": None, "zipcode": ""}),
        ):
            await desk.open(report(key, **changes))
    hour = hour_of(ticket.requested_datetime.timestamp())
    found = await store.read(lambda uow: uow.hourly_counts.between(first=hour, last=hour + 1))  # an hour may begin
    counted: Counter[tuple[str, str]] = Counter()
    for count in found:
        counted[count.district, count.need] += count.tickets
    assert counted == {("bhopal", "ration"): 2, ("bhopal", "gas"): 1}


def test_hours_are_those_of_india() -> None:
    at = datetime(2020, 4, 5, 18, 31, tzinfo=UTC).timestamp()  # one minute past midnight there
    assert hour_of(at) % 24 == 0
    assert start_of_hour(hour_of(at)) == at - 60
    assert share_of_hour(at) == pytest.approx(1 / 60)


async def test_rise_of_tickets_raises_an_alert_with_its_numbers_and_ends(store: Storage) -> None:
    running = hour_of(NOW.timestamp())
    await store.write(partial(fill, first=running - 600, last=running - 13, tickets=4))
    await watch(store).look(NOW - timedelta(hours=12))
    assert await alerts(store) == []
    await store.write(partial(fill, first=running - 12, last=running - 1, tickets=16))
    await watch(store).look(NOW)  # another process: it goes on from what is kept
    (alert,) = await alerts(store)
    assert (alert.room, alert.data["level"], alert.data["items"]) == (ROOM, "alert", [])
    (need,) = alert.data["needs"]
    assert (need["district"], need["need"]) == ("bhopal", "ration")
    assert need["per_hour"] > 2 * need["usual_per_hour"] > 4
    assert need["times"] > 2
    assert NOW - timedelta(hours=12) < datetime.fromisoformat(need["since"]) < NOW
    await store.write(partial(fill, first=running, last=running + 40, tickets=4))
    await watch(store).look(NOW + timedelta(hours=41))
    assert await alerts(store) == []


async def test_look_again_changes_nothing(store: Storage) -> None:
    running = hour_of(NOW.timestamp())
    await store.write(partial(fill, first=running - 100, last=running - 1, tickets=4))
    await keep(store, "wheat", 200, 100)
    looker = watch(store)
    await looker.look(NOW)
    before = await store.read(lambda uow: uow.hourly_counts.load_charts()), await alerts(store)
    await looker.look(NOW + timedelta(minutes=5))
    await looker.look(NOW - timedelta(hours=3))  # the clock was set back
    assert (await store.read(lambda uow: uow.hourly_counts.load_charts()), await alerts(store)) == before


async def test_clock_that_was_a_month_ahead_blinds_nobody(store: Storage) -> None:
    running = hour_of(NOW.timestamp())
    await store.write(partial(fill, first=running + 700, last=running + 700, tickets=4))
    looker = watch(store)
    await looker.look(NOW + timedelta(hours=702))
    await store.write(partial(fill, first=running, last=running, tickets=4))
    await looker.look(NOW)
    await looker.look(NOW + timedelta(hours=1))
    document = await store.read(lambda uow: uow.hourly_counts.load_charts())
    assert Charts(list(places().districts), items().needs, document).hour == running


async def test_stock_raises_watch_then_alert_then_ends(store: Storage) -> None:
    looker = watch(store)
    assert await keep(store, "wheat", 20_000, 1_000)
    await looker.look(NOW)
    assert await alerts(store) == []
    await looker.look(NOW + timedelta(days=12))  # nothing new was heard: eight days are left by now
    (alert,) = await alerts(store)
    assert alert.data["level"] == "watch"
    await looker.look(NOW + timedelta(days=16))
    (alert,) = await alerts(store)
    assert alert.data["level"] == "alert"
    assert alert.data["items"] == [
        {
            "item": "wheat",
            "level": "alert",
            "quantity": 20_000,
            "unit": "kg",
            "daily_use": 1_000,
            "as_of": NOW.isoformat(),
            "days_left_when_reported": 20.0,
            "runs_out": (NOW + timedelta(days=20)).isoformat(),
        }
    ]
    await keep(store, "wheat", 50_000, 1_000, as_of=NOW + timedelta(days=16))
    await looker.look(NOW + timedelta(days=16))
    assert await alerts(store) == []


async def test_older_report_does_not_take_the_place_of_a_newer_one(store: Storage) -> None:
    assert await keep(store, "milk", 10, 5)
    assert not await keep(store, "milk", 10, 5)
    assert not await keep(store, "milk", 900, 5, as_of=NOW - timedelta(hours=1))
    (kept,) = await store.read(lambda uow: uow.stock.list_stock())
    assert kept == Stock(ROOM, "milk", 10, 5, NOW)


@pytest.mark.parametrize(
    ("quantity", "use", "days", "level"),
    [(0, 10, 0.0, "alert"), (49, 10, 4.9, "alert"), (50, 10, 5.0, "watch"), (100, 10, 10.0, ""), (5, 0, None, ""),
     (1e12, 1e-9, None, "")],
)  # fmt: skip
def test_days_left(quantity: float, use: float, days: float | None, level: str) -> None:
    stock = Stock(ROOM, "wheat", quantity, use, NOW)
    assert days_left(stock, NOW) == days
    assert stock_level(days, items().by_id["wheat"]) == level


def test_lines_have_every_item_in_every_room() -> None:
    found = list_status(places(), items(), [Stock(ROOM, "wheat", 30, 10, NOW)], [], NOW)
    assert len(found) == len(places().rooms) * len(items().by_id)
    (line,) = [one for one in found if one.quantity is not None]
    assert (line.district, line.item, line.days_left, line.state) == ("bhopal", "wheat", 3.0, "alert")


async def test_need_that_is_understood_later_is_counted_for_what_it_is(store: Storage) -> None:
    async with opened_desk(store) as desk:
        ticket = await desk.open(report("1", need="listen"))
        other = await desk.open(report("2", need="ration"))
        assert (
            await desk.command(_to(ticket.number, "correct", changes={"service_code": "ration"}), actor=WARROOM)
        ).accepted
        assert (await desk.command(_to(other.number, "reroute", room="district-indore"), actor=WARROOM)).accepted
        await desk.attach(other.number, status_notes="no other need, no other place")
    hour = hour_of(datetime.now(UTC).timestamp())
    found = await store.read(lambda uow: uow.hourly_counts.between(first=hour - 1, last=hour + 1))
    assert sorted((one.district, one.need) for one in found if one.tickets) == [
        ("bhopal", "ration"),
        ("indore", "ration"),
    ]
    assert all(one.tickets >= 0 for one in found)


@pytest.mark.parametrize(
    ("asked_before", "counted_before"),
    [
        (timedelta(0), timedelta(0)),
        (timedelta(hours=2), timedelta(0)),  # the charts have taken that hour
        (timedelta(hours=9), timedelta(hours=9)),  # a night's messages: no rise of the morning
        (timedelta(hours=-1), timedelta(hours=-1)),
    ],
)
async def test_need_that_is_understood_late_counts_in_the_hour_that_runs(
    store: Storage, asked_before: timedelta, counted_before: timedelta
) -> None:
    async with opened_desk(store) as desk:
        before = await desk.open(report("1", need="listen"))
    before = before.model_copy(update={"requested_datetime": NOW - asked_before})
    after = before.model_copy(update={"service_code": "ration"})

    def change(uow: UnitOfWork) -> list[HourlyCount]:
        uow.hourly_counts.count_changed(before, after, NOW)
        hours = (
            hour_of((NOW - timedelta(hours=20)).timestamp()),
            hour_of(NOW.timestamp()) + 20,
        )
        return [one for one in uow.hourly_counts.between(*hours) if one.tickets]

    hour = hour_of((NOW - counted_before).timestamp())
    assert await store.write(change) == [HourlyCount(hour, "bhopal", "ration", 1)]


def _to(number: str, action: str, **more: object) -> Command:
    return Command.model_validate({"command_id": f"{action}-{number}", "ticket": number, "action": action, **more})
