"""The same trouble again joins its ticket; clusters."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from router.model.stages import Stage
from router.mqtt.retained.summaries import summary
from router.storage.unit_of_work import UnitOfWork
from router.tickets.command import Command
from router.tickets.workflow import actor_of_room
from tests.support.stores import BHOPAL, PHONE, new_recordings, report

if TYPE_CHECKING:
    from router.storage.engine import Storage
    from router.tickets.service import TicketService

BHOPAL_ROOM = actor_of_room("district-bhopal")


async def test_third_call_raises_the_priority_by_one_step_once(desk: TicketService, store: Storage) -> None:
    first = await desk.open(BHOPAL)
    assert first.priority == 3
    seen = [
        await desk.open(
            report(f"{i}.1/1", phone=PHONE, call=f"{i}.1", recordings=new_recordings(f"{i}.wav"), description=f"{i}")
        )
        for i in (2, 3, 4)
    ]
    assert {ticket.number for ticket in seen} == {first.number}
    assert [ticket.priority for ticket in seen] == [3, 2, 2]
    last = seen[-1]
    assert (last.version, last.calls) == (4, ("1.1", "2.1", "3.1", "4.1"))
    assert (last.recordings, last.description) == (("2.wav", "3.wav", "4.wav"), "2\n3\n4")
    assert len(await store.write(lambda uow: uow.outbox.advance([], 100))) == 1
    assert [line.what for line in await desk.history(first.number)] == [
        "opened; rule ration",
        "joined, 2 calls",
        "joined, 3 calls",
        "joined, 4 calls",
    ]


async def test_repeated_join_changes_nothing_and_is_found_by_its_call(desk: TicketService) -> None:
    first = await desk.open(BHOPAL)
    again = report("2.1/1", phone=PHONE, call="2.1")
    joined = await asyncio.gather(*(desk.open(again) for _ in range(10)))
    assert {ticket.version for ticket in joined} == {2}
    assert await desk.tickets_of_call("2.1") == await desk.tickets_of_call("1.1") == [joined[0]]
    other = await desk.open(report("2.1/2", phone=PHONE, need="gas", call="2.1"))
    assert await desk.tickets_of_call("2.1") == [joined[0], other]
    assert (await desk.open(report("2.1/3", phone=PHONE, call="2.1"))).calls == ("1.1", "2.1")  # one call, told twice
    assert (await desk.open(BHOPAL)).number == first.number


@pytest.mark.parametrize(
    "different",
    [
        {"phone": "+919000000000"},
        {"phone": None},
        {"need": "gas"},
        {"need": None},
        {"need": "other"},
        {"district": "indore"},
        {"district": None},
        {"zipcode": "462002"},
        {"state": "bihar"},
    ],
)
async def test_other_trouble_opens_a_ticket(desk: TicketService, different: dict[str, object]) -> None:
    first = await desk.open(BHOPAL)
    assert (await desk.open(report("2.1/1", **({"phone": PHONE} | different)))).number != first.number


@pytest.mark.parametrize("need", ["danger", "listen", "other", "information"])
async def test_some_needs_never_join(desk: TicketService, need: str) -> None:
    opened = [await desk.open(report(f"{i}/1", phone=PHONE, need=need)) for i in range(2)]
    assert opened[0].number != opened[1].number


async def test_call_joins_what_is_open_only(desk: TicketService) -> None:
    first = await desk.open(BHOPAL)
    await desk.command(Command(command_id="a", ticket=first.number, action="resolve"), actor=BHOPAL_ROOM)
    again = await desk.open(report("2.1/1", phone=PHONE, call="2.1"))
    assert (again.number, again.stage, again.level) == (first.number, Stage.REOPENED, 2)  # not helped, it seems
    await desk.command(Command(command_id="b", ticket=first.number, action="resolve"), actor=BHOPAL_ROOM)
    await desk.citizen_answers(first.number, "helped", "3.1")
    assert (await desk.open(report("4.1/1", phone=PHONE))).number != first.number
    assert (await desk.open(report("2.1/1", phone=PHONE))).number == first.number  # a late repetition


async def test_tickets_of_phone_newest_first(desk: TicketService) -> None:
    one = await desk.open(BHOPAL)
    two = await desk.open(report("2/1", phone=PHONE, need="gas"))
    await desk.open(report("3/1"))
    await desk.command(Command(command_id="a", ticket=one.number, action="resolve"), actor=BHOPAL_ROOM)
    await desk.citizen_answers(one.number, "helped", "3.1")
    assert await desk.tickets_of_phone(PHONE) == [two]
    assert [t.number for t in await desk.tickets_of_phone(PHONE, open_only=False)] == [two.number, one.number]
    assert len(await desk.tickets_of_phone(PHONE, open_only=False, limit=1)) == 1


@pytest.mark.long
async def test_four_hundred_calls_about_one_shop_are_one_cluster(desk: TicketService, store: Storage) -> None:
    await asyncio.gather(*(desk.open(report(f"{i}/1")) for i in range(400)))
    await asyncio.gather(*(desk.open(report(f"g{i}/1", need="gas")) for i in range(4)))  # too few for a cluster
    (found,) = await desk.clusters()
    assert found == ("district-bhopal", "ration", "462001", 400)
    assert await desk.clusters("district-indore") == []
    rows = await store.read(lambda uow: uow.tickets.open_of_room("district-bhopal"))
    (told,) = summary("district-bhopal", rows, {}).clusters
    assert (told.cluster, told.open) == ("ration-462001", 400)
    assert (await desk.tickets(limit=1))[0].cluster == "gas-462001"


@pytest.mark.long
async def test_whole_cluster_is_acknowledged_with_one_command(desk: TicketService) -> None:
    tickets = [await desk.open(report(f"{i}/1")) for i in range(400)]
    elsewhere = [
        await desk.open(report("x/1", zipcode="462002")),
        await desk.open(report("y/1", need="gas")),
        await desk.open(report("z/1", district="indore")),
    ]
    ahead = Command(command_id="a", ticket=tickets[7].number, action="start")
    await desk.command(ahead, actor=BHOPAL_ROOM)
    whole = Command(command_id="b", ticket=tickets[0].number, action="acknowledge", whole_cluster=True, note="दुकान खुली")
    first = await desk.command(whole, actor=BHOPAL_ROOM)
    assert (first.accepted, first.others) == (True, 398)
    assert await desk.command(whole, actor=BHOPAL_ROOM) == first
    stages = {ticket.number: (ticket.stage, ticket.version) for ticket in await desk.tickets(limit=1000)}
    assert stages[tickets[7].number] == (Stage.IN_PROGRESS, 2)  # somebody is further with that one
    assert {stages[t.number] for t in tickets if t != tickets[7]} == {(Stage.ACKNOWLEDGED, 2)}
    assert {stages[t.number] for t in elsewhere} == {(Stage.ROUTED, 1)}
    assert (await desk.history(tickets[9].number))[-1].what == (
        "acknowledge; routed → acknowledged; दुकान खुली; whole cluster"
    )


@pytest.mark.parametrize("new_location", ["sqlite"], indirect=True)  # its planner
async def test_joining_looks_at_open_tickets_of_the_phone_only(store: Storage) -> None:
    asked: list[str] = []

    def look(uow: UnitOfWork) -> None:
        sa.event.listen(uow.connection, "before_cursor_execute", lambda *event: asked.append(event[2]))
        uow.tickets.open_of_phone(PHONE, "ration")

    await store.write(look)
    (plan,) = await store.read(
        lambda uow: uow.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {asked[0]}", (PHONE, "ration")).all()
    )
    assert "tickets_open_by_phone (phone=? AND is_open=? AND service_code=?)" in str(plan)
