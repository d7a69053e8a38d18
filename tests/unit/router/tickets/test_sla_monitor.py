"""A ticket's clock on a real store, with the machine's clocks in hand: limits, levels, alerts, jumps of the time."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import sqlalchemy as sa

from router import clock
from router.clock import Reading
from router.mqtt.cloudevents import parse
from router.storage.engine import Storage
from router.storage.engines import Location
from router.storage.unit_of_work import UnitOfWork
from router.tickets.command import Command
from router.tickets.service import TicketService
from router.tickets.sla import overdue_alerts
from router.tickets.sla.monitor import ROOM_OFFLINE, SlaMonitor
from router.tickets.workflow import WARROOM, actor_of_room
from tests.support.stores import PHONE, opened_desk, opened_store, places, report

ROOM = "district-bhopal"
NIGHT = {"need": "danger"}  # acknowledge 5, resolve 60, escalate 5


class House:
    """A desk and a clock whose time passes when told."""

    def __init__(self, store: Storage, desk: TicketService, monkeypatch: pytest.MonkeyPatch) -> None:
        self.store, self.desk = store, desk
        self.wall, self.since_boot = 1_586_000_000.0, 9000.0
        self.offline: set[str] | None = set()
        self.clock = SlaMonitor(store, desk, places(), offline=lambda: self.offline)
        monkeypatch.setattr(clock, "read_clocks", lambda: Reading(self.wall, self.since_boot, "boot"))

    async def begin(self) -> None:
        await self.store.write(lambda uow: uow.clock.checkpoint())

    async def minutes(self, passed: float) -> None:
        self.wall += passed * 60
        self.since_boot += passed * 60
        await self.clock.tick()

    async def level(self, number: str) -> int:
        ticket = await self.desk.ticket(number)
        assert ticket
        return ticket.level

    async def alerts(self) -> dict[tuple[str, str], list[str]]:
        """Numbers by kind and room told."""
        standing = await self.store.read(lambda uow: uow.alerts.active())
        return {(one.kind, one.room): [t["ticket"] for t in one.data.get("tickets", [])] for one in standing}

    async def do(self, number: str, action: str, room: str = ROOM, **more: object) -> None:
        command = Command.model_validate(
            {"command_id": f"{action}-{number}-{self.wall}", "ticket": number, "action": action, **more}
        )
        actor = WARROOM if room == "state" else actor_of_room(room)
        reply = await self.desk.command(command, actor=actor)
        assert reply.accepted, reply


@pytest.fixture
async def house(location: Location, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    async with opened_store(location) as store, opened_desk(store) as desk:
        house = House(store, desk, monkeypatch)
        await house.begin()
        yield house


async def test_ticket_nobody_takes_rises_level_by_level_and_each_is_told(house: House) -> None:
    ticket = await house.desk.open(report("1", **NIGHT))
    assert ticket.expected_datetime == ticket.requested_datetime + timedelta(minutes=60)
    await house.minutes(4.9)
    assert await house.alerts() == {}
    told = [ROOM, "division-bhopal"]
    await house.minutes(0.2)
    for level, room in ((2, "division-bhopal"), (3, "state"), (4, "secretary")):
        told = [*dict.fromkeys((*told, room))]
        assert await house.level(ticket.number) == level
        assert await house.alerts() == {("unacknowledged", one): [ticket.number] for one in told}
        await house.minutes(5)
    for _ in range(3):
        await house.minutes(600)
    assert await house.level(ticket.number) == 4
    lines = await house.desk.history(ticket.number)
    assert [(line.by, line.what) for line in lines[1:]] == [
        ("clock", f"not acknowledged in time; level {n} → {n + 1}") for n in (1, 2, 3)
    ]


async def test_ticket_of_the_state_or_an_outside_room_skips_the_levels_it_has_not(house: House) -> None:
    state = await house.desk.open(report("1", district=None, phone=None))
    outside = await house.desk.open(report("2", need="stranded", district=None, state="kerala", phone=None))
    await house.minutes(121)
    assert await house.level(state.number) == 3
    assert await house.level(outside.number) >= 3
    told = await house.alerts()
    assert outside.number in told["unacknowledged", "outside-kerala"]
    assert {state.number, outside.number} == set(told["unacknowledged", "state"])
    assert not [room for _, room in told if room.startswith("division")]


async def test_level_alert_and_message_are_one_transaction(house: House) -> None:
    ticket = await house.desk.open(report("1", **NIGHT))
    house.since_boot += 301
    await house.desk.escalate()
    rows = await house.store.write(lambda uow: uow.outbox.advance([], 100))
    sent = {row.topic: parse(row.payload or "") for row in rows}
    assert set(sent) == {
        f"rooms/{ROOM}/tickets/health/{ticket.number}",
        f"rooms/state/copies/health/{ticket.number}",
        f"alerts/unacknowledged/{ROOM}",
        "alerts/unacknowledged/division-bhopal",
    }
    assert sent[f"rooms/{ROOM}/tickets/health/{ticket.number}"].data["level"] == 2
    said = sent["alerts/unacknowledged/division-bhopal"].data
    assert (said["count"], said["level"], said["by_room"]) == (1, 2, {ROOM: 1})
    assert ticket.phone not in str(said)


async def test_acknowledging_ends_the_alert_and_starts_the_clock_of_the_help(house: House) -> None:
    ticket = await house.desk.open(report("1", **NIGHT))
    await house.minutes(6)
    await house.do(ticket.number, "acknowledge")
    await house.minutes(0)
    assert await house.alerts() == {}
    await house.minutes(53.9)
    assert await house.alerts() == {}
    await house.minutes(0.2)
    assert ("overdue", "state") in await house.alerts()
    assert await house.level(ticket.number) == 3
    await house.do(ticket.number, "start")
    await house.minutes(0)
    assert ("overdue", ROOM) in await house.alerts()  # going on with it does not make it less late
    await house.do(ticket.number, "resolve")
    await house.minutes(10_000)
    assert await house.alerts() == {}
    assert (await house.desk.history(ticket.number))[-1].by == ROOM


async def test_another_room_has_its_own_time_and_the_citizen_waits_on(house: House) -> None:
    ticket = await house.desk.open(report("1", **NIGHT))
    await house.minutes(6)
    command = Command(command_id="move-1", ticket=ticket.number, action="reroute", room="district-sehore")
    assert (await house.desk.command(command, actor=actor_of_room(ROOM))).accepted
    await house.minutes(4.9)
    assert await house.alerts() == {}
    await house.do(ticket.number, "acknowledge", room="district-sehore")
    await house.minutes(50)
    assert ("overdue", "district-sehore") in await house.alerts()


async def test_reopened_ticket_has_its_whole_time_again_one_level_up(house: House) -> None:
    ticket = await house.desk.open(report("1", **NIGHT))
    await house.do(ticket.number, "acknowledge")
    await house.do(ticket.number, "resolve")
    await house.minutes(500)
    assert (await house.desk.citizen_answers(ticket.number, "not-yet", "call-1")).accepted
    again = await house.desk.ticket(ticket.number)
    assert again
    assert (again.level, again.expected_datetime) == (2, again.updated_datetime + timedelta(minutes=60))
    await house.minutes(4.9)
    assert await house.alerts() == {}
    await house.minutes(0.2)
    assert await house.level(ticket.number) == 3


async def test_third_call_that_makes_it_more_urgent_shortens_its_time(house: House) -> None:
    for call in ("1", "2", "3"):
        ticket = await house.desk.open(report(f"{call}/1", need="medicine", phone=PHONE, call=call))
    assert (ticket.priority, ticket.limits.acknowledge) == (1, 5)
    assert ticket.expected_datetime == ticket.updated_datetime + timedelta(minutes=60)
    await house.minutes(5.1)
    assert ("unacknowledged", ROOM) in await house.alerts()


@pytest.mark.parametrize("jump_s", [10 * 24 * 3600, -10 * 24 * 3600])
async def test_system_time_that_jumps_neither_escalates_nor_freezes(house: House, jump_s: int) -> None:
    old = await house.desk.open(report("1", **NIGHT))
    await house.minutes(2)
    house.wall += jump_s
    await house.minutes(0)
    new = await house.desk.open(report("2", phone=None, **NIGHT))
    assert await house.alerts() == {}
    await house.minutes(3.1)
    assert (await house.alerts())["unacknowledged", ROOM] == [old.number]
    await house.minutes(2)
    assert (await house.alerts())["unacknowledged", ROOM] == [old.number, new.number]


async def test_many_at_once_are_all_escalated_and_the_alert_names_the_first(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(overdue_alerts, "MAX_LISTED", 3)
    numbers = [(await house.desk.open(report(f"{i}", phone=None, **NIGHT))).number for i in range(120)]
    await house.minutes(5.1)
    assert {await house.level(number) for number in numbers} == {2}
    (alert,) = [one for one in await house.store.read(lambda uow: uow.alerts.active()) if one.room == ROOM]
    assert (alert.data["count"], len(alert.data["tickets"])) == (120, 3)
    late = await house.store.read(lambda uow: uow.deadlines.late())
    assert overdue_alerts.wanted(late, places()) == await house.store.read(
        overdue_alerts.active
    )  # the next tick writes none


@pytest.mark.parametrize("new_location", ["sqlite"], indirect=True)  # its planner
async def test_tick_reads_nothing_of_tickets_that_are_closed_or_not_due(house: House) -> None:
    seen: list[tuple[str, tuple[object, ...]]] = []

    def plans(uow: UnitOfWork) -> list[str]:
        sa.event.listen(uow.connection.engine, "before_cursor_execute", lambda *given: seen.append(given[2:4]))
        uow.deadlines.due(5, 1)
        uow.deadlines.late()
        uow.alerts.active("overdue")
        uow.deadlines.with_open_tickets([ROOM])
        uow.deadlines.with_danger_unseen([ROOM])
        asked = list(seen)
        return [
            " ".join(str(row[3]) for row in uow.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", values))
            for sql, values in asked
        ]

    due, late, _, with_open, in_danger = await house.store.read(plans)
    assert "INDEX tickets_due" in due
    assert "INDEX tickets_late" in late
    assert "INDEX tickets_by_room (room=? AND is_open=?)" in with_open
    assert "INDEX tickets_by_room (room=? AND is_open=?)" in in_danger


async def test_rooms_nobody_is_in_are_told_upward_until_somebody_is(house: House) -> None:
    async def told() -> set[str]:
        await house.clock.tell_offline()
        return {one.room for one in await house.store.read(lambda uow: uow.alerts.active()) if one.kind == ROOM_OFFLINE}

    house.offline = None
    assert await told() == set()  # not known
    house.offline = {ROOM, "outside-kerala", "outside-goa"}
    await house.desk.open(report("1", need="stranded", district=None, state="kerala"))
    assert await told() == set()
    house.since_boot += 61
    assert await told() == {ROOM, "outside-kerala"}
    house.offline = None
    assert await told() == {ROOM, "outside-kerala"}  # what was known stands
    house.offline = {"outside-kerala"}
    assert await told() == {"outside-kerala"}


async def test_room_that_flaps_is_not_told_of_and_one_that_stays_away_is_once(house: House) -> None:
    async def told(*, empty: bool, passed: float) -> set[str]:
        house.offline = {ROOM} if empty else set()
        await house.clock.tell_offline()
        house.since_boot += passed
        await house.clock.tell_offline()
        return {one.room for one in await house.store.read(lambda uow: uow.alerts.active()) if one.kind == ROOM_OFFLINE}

    for _ in range(5):
        assert await told(empty=True, passed=50) == set()
        assert await told(empty=False, passed=2) == set()
    assert (
        await house.store.read(lambda uow: uow.connection.execute(sa.text("SELECT count(*) FROM alerts")).scalar()) == 0
    )
    assert await told(empty=True, passed=60) == {ROOM}
    house.clock = SlaMonitor(
        house.store, house.desk, places(), offline=lambda: house.offline
    )  # the service starts again
    assert await told(empty=True, passed=1) == {ROOM}
    (alert,) = await house.store.read(lambda uow: uow.alerts.active())
    assert alert.data == {"what": "nobody of this room is online", "what_hi": "इस कक्ष से कोई ऑनलाइन नहीं है"}
    assert await told(empty=False, passed=0) == set()


async def test_room_without_anybody_is_told_at_once_while_somebody_in_danger_waits(house: House) -> None:
    async def told() -> set[str]:
        await house.clock.tell_offline()
        return {one.room for one in await house.store.read(lambda uow: uow.alerts.active()) if one.kind == ROOM_OFFLINE}

    house.offline = {ROOM, "district-indore"}
    assert await told() == set()
    ticket = await house.desk.open(report("1", **NIGHT))
    assert await told() == {ROOM}
    await house.do(ticket.number, "acknowledge")
    assert await told() == {ROOM}  # what has been told stands until somebody is there
    house.offline = {"district-indore"}
    assert await told() == set()
    house.offline = {ROOM, "district-indore"}
    assert await told() == set()  # seen by the room: no such hurry
