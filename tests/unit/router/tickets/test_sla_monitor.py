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


class SlaHarness:
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
async def harness(location: Location, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[SlaHarness]:
    async with opened_store(location) as store, opened_desk(store) as desk:
        harness = SlaHarness(store, desk, monkeypatch)
        await harness.begin()
        yield harness


async def test_ticket_nobody_takes_rises_level_by_level_and_each_is_told(harness: SlaHarness) -> None:
    ticket = await harness.desk.open(report("1", **NIGHT))
    assert ticket.expected_datetime == ticket.requested_datetime + timedelta(minutes=60)
    await harness.minutes(4.9)
    assert await harness.alerts() == {}
    told = [ROOM, "division-bhopal"]
    await harness.minutes(0.2)
    for level, room in ((2, "division-bhopal"), (3, "state"), (4, "secretary")):
        told = [*dict.fromkeys((*told, room))]
        assert await harness.level(ticket.number) == level
        assert await harness.alerts() == {("unacknowledged", one): [ticket.number] for one in told}
        await harness.minutes(5)
    for _ in range(3):
        await harness.minutes(600)
    assert await harness.level(ticket.number) == 4
    lines = await harness.desk.history(ticket.number)
    assert [(line.by, line.what) for line in lines[1:]] == [
        ("clock", f"not acknowledged in time; level {n} → {n + 1}") for n in (1, 2, 3)
    ]


async def test_ticket_of_the_state_or_an_outside_room_skips_the_levels_it_has_not(harness: SlaHarness) -> None:
    state = await harness.desk.open(report("1", district=None, phone=None))
    outside = await harness.desk.open(report("2", need="stranded", district=None, state="kerala", phone=None))
    await harness.minutes(121)
    assert await harness.level(state.number) == 3
    assert await harness.level(outside.number) >= 3
    told = await harness.alerts()
    assert outside.number in told["unacknowledged", "outside-kerala"]
    assert {state.number, outside.number} == set(told["unacknowledged", "state"])
    assert not [room for _, room in told if room.startswith("division")]


async def test_level_alert_and_message_are_one_transaction(harness: SlaHarness) -> None:
    ticket = await harness.desk.open(report("1", **NIGHT))
    harness.since_boot += 301
    await harness.desk.escalate()
    rows = await harness.store.write(lambda uow: uow.outbox.advance([], 100))
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


async def test_acknowledging_ends_the_alert_and_starts_the_clock_of_the_help(harness: SlaHarness) -> None:
    ticket = await harness.desk.open(report("1", **NIGHT))
    await harness.minutes(6)
    await harness.do(ticket.number, "acknowledge")
    await harness.minutes(0)
    assert await harness.alerts() == {}
    await harness.minutes(53.9)
    assert await harness.alerts() == {}
    await harness.minutes(0.2)
    assert ("overdue", "state") in await harness.alerts()
    assert await harness.level(ticket.number) == 3
    await harness.do(ticket.number, "start")
    await harness.minutes(0)
    assert ("overdue", ROOM) in await harness.alerts()  # going on with it does not make it less late
    await harness.do(ticket.number, "resolve")
    await harness.minutes(10_000)
    assert await harness.alerts() == {}
    assert (await harness.desk.history(ticket.number))[-1].by == ROOM


async def test_another_room_has_its_own_time_and_the_citizen_waits_on(harness: SlaHarness) -> None:
    ticket = await harness.desk.open(report("1", **NIGHT))
    await harness.minutes(6)
    command = Command(command_id="move-1", ticket=ticket.number, action="reroute", room="district-sehore")
    assert (await harness.desk.command(command, actor=actor_of_room(ROOM))).accepted
    await harness.minutes(4.9)
    assert await harness.alerts() == {}
    await harness.do(ticket.number, "acknowledge", room="district-sehore")
    await harness.minutes(50)
    assert ("overdue", "district-sehore") in await harness.alerts()


async def test_reopened_ticket_has_its_whole_time_again_one_level_up(harness: SlaHarness) -> None:
    ticket = await harness.desk.open(report("1", **NIGHT))
    await harness.do(ticket.number, "acknowledge")
    await harness.do(ticket.number, "resolve")
    await harness.minutes(500)
    assert (await harness.desk.citizen_answers(ticket.number, "not-yet", "call-1")).accepted
    again = await harness.desk.ticket(ticket.number)
    assert again
    assert (again.level, again.expected_datetime) == (2, again.updated_datetime + timedelta(minutes=60))
    await harness.minutes(4.9)
    assert await harness.alerts() == {}
    await harness.minutes(0.2)
    assert await harness.level(ticket.number) == 3


async def test_third_call_that_makes_it_more_urgent_shortens_its_time(harness: SlaHarness) -> None:
    for call in ("1", "2", "3"):
        ticket = await harness.desk.open(report(f"{call}/1", need="medicine", phone=PHONE, call=call))
    assert (ticket.priority, ticket.limits.acknowledge) == (1, 5)
    assert ticket.expected_datetime == ticket.updated_datetime + timedelta(minutes=60)
    await harness.minutes(5.1)
    assert ("unacknowledged", ROOM) in await harness.alerts()


@pytest.mark.parametrize("jump_s", [10 * 24 * 3600, -10 * 24 * 3600])
async def test_system_time_that_jumps_neither_escalates_nor_freezes(harness: SlaHarness, jump_s: int) -> None:
    old = await harness.desk.open(report("1", **NIGHT))
    await harness.minutes(2)
    harness.wall += jump_s
    await harness.minutes(0)
    new = await harness.desk.open(report("2", phone=None, **NIGHT))
    assert await harness.alerts() == {}
    await harness.minutes(3.1)
    assert (await harness.alerts())["unacknowledged", ROOM] == [old.number]
    await harness.minutes(2)
    assert (await harness.alerts())["unacknowledged", ROOM] == [old.number, new.number]


async def test_many_at_once_are_all_escalated_and_the_alert_names_the_first(
    harness: SlaHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(overdue_alerts, "MAX_LISTED", 3)
    numbers = [(await harness.desk.open(report(f"{i}", phone=None, **NIGHT))).number for i in range(120)]
    await harness.minutes(5.1)
    assert {await harness.level(number) for number in numbers} == {2}
    (alert,) = [one for one in await harness.store.read(lambda uow: uow.alerts.active()) if one.room == ROOM]
    assert (alert.data["count"], len(alert.data["tickets"])) == (120, 3)
    late = await harness.store.read(lambda uow: uow.deadlines.late())
    assert overdue_alerts.wanted(late, places()) == await harness.store.read(
        overdue_alerts.active
    )  # the next tick writes none


@pytest.mark.parametrize("new_location", ["sqlite"], indirect=True)  # its planner
async def test_tick_reads_nothing_of_tickets_that_are_closed_or_not_due(harness: SlaHarness) -> None:
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

    due, late, _, with_open, in_danger = await harness.store.read(plans)
    assert "INDEX tickets_due" in due
    assert "INDEX tickets_late" in late
    assert "SCAN tickets" not in with_open + in_danger
    assert "INDEX tickets_by_room (room=? AND is_open=?)" in with_open
    assert "INDEX tickets_by_room (room=? AND is_open=?)" in in_danger


async def test_rooms_nobody_is_in_are_told_upward_until_somebody_is(harness: SlaHarness) -> None:
    async def told() -> set[str]:
        await harness.clock.tell_offline()
        return {
            one.room for one in await harness.store.read(lambda uow: uow.alerts.active()) if one.kind == ROOM_OFFLINE
        }

    harness.offline = None
    assert await told() == set()  # not known
    harness.offline = {ROOM, "outside-kerala", "outside-goa"}
    await harness.desk.open(report("1", need="stranded", district=None, state="kerala"))
    assert await told() == set()
    harness.since_boot += 61
    assert await told() == {ROOM, "outside-kerala"}
    harness.offline = None
    assert await told() == {ROOM, "outside-kerala"}  # what was known stands
    harness.offline = {"outside-kerala"}
    assert await told() == {"outside-kerala"}


async def test_room_that_flaps_is_not_told_of_and_one_that_stays_away_is_once(harness: SlaHarness) -> None:
    async def told(*, empty: bool, passed: float) -> set[str]:
        harness.offline = {ROOM} if empty else set()
        await harness.clock.tell_offline()
        harness.since_boot += passed
        await harness.clock.tell_offline()
        return {
            one.room for one in await harness.store.read(lambda uow: uow.alerts.active()) if one.kind == ROOM_OFFLINE
        }

    for _ in range(5):
        assert await told(empty=True, passed=50) == set()
        assert await told(empty=False, passed=2) == set()
    assert (
        await harness.store.read(lambda uow: uow.connection.execute(sa.text("SELECT count(*) FROM alerts")).scalar())
        == 0
    )
    assert await told(empty=True, passed=60) == {ROOM}
    harness.clock = SlaMonitor(
        harness.store, harness.desk, places(), offline=lambda: harness.offline
    )  # the service starts again
    assert await told(empty=True, passed=1) == {ROOM}
    (alert,) = await harness.store.read(lambda uow: uow.alerts.active())
    assert alert.data == {"what": "nobody of this room is online", "what_hi": "इस कक्ष से कोई ऑनलाइन नहीं है"}
    assert await told(empty=False, passed=0) == set()


async def test_room_without_anybody_is_told_at_once_while_somebody_in_danger_waits(harness: SlaHarness) -> None:
    async def told() -> set[str]:
        await harness.clock.tell_offline()
        return {
            one.room for one in await harness.store.read(lambda uow: uow.alerts.active()) if one.kind == ROOM_OFFLINE
        }

    harness.offline = {ROOM, "district-indore"}
    assert await told() == set()
    ticket = await harness.desk.open(report("1", **NIGHT))
    assert await told() == {ROOM}
    await harness.do(ticket.number, "acknowledge")
    assert await told() == {ROOM}  # what has been told stands until somebody is there
    harness.offline = {"district-indore"}
    assert await told() == set()
    harness.offline = {ROOM, "district-indore"}
    assert await told() == set()  # seen by the room: no such hurry
