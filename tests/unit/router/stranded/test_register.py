"""The register of stranded people follows their tickets, and officers' answers follow the register."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from router.model.stranded import StrandedFacts
from router.model.stranded_group import StrandedGroup
from router.stranded.answers import Answer
from router.stranded.lists import ListName
from router.stranded.register import keep_register
from router.stranded.service import StrandedService
from router.tickets.command import Changes, Command
from router.tickets.workflow import actor_of_room
from tests.support.stores import opened_desk, opened_store, report

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from router.storage.engine import Storage
    from router.storage.engines import Location
    from router.tickets.service import TicketService

PHONE = "+919812345675"
KERALA = "outside-kerala"


@asynccontextmanager
async def register(location: Location) -> AsyncIterator[tuple[Storage, TicketService]]:
    """A store and a desk that keeps the register."""
    async with opened_store(location) as store, opened_desk(store) as desk:
        desk.on_change(keep_register)
        yield store, desk


def outside(key: str, state: str | None = "kerala", **changes: Any) -> Any:
    """A report of our people in another state."""
    return report(key, need="stranded", district=None, zipcode="", state=state, **({"phone": PHONE} | changes))


async def groups(store: Storage, **wanted: Any) -> list[StrandedGroup]:
    """All groups, those who are home among them."""
    return await store.read(lambda uow: uow.stranded.list_groups(**({"everyone": True} | wanted)))


async def test_tickets_of_one_telephone_are_one_group_with_all_that_they_tell(location: Location) -> None:
    async with register(location) as (store, desk):
        facts = StrandedFacts(home_district="rewa", wants=("food",))
        first = await desk.open(outside("1", None, people=4, stranded=facts))
        assert first.room == "state"
        later = StrandedFacts(home_district="satna", wants=("travel",), place="Aluva")
        second = await desk.open(outside("2", people=6, stranded=later))
        assert (second.room, second.number != first.number) == (KERALA, True)
        (group,) = await groups(store)
        assert (group.direction, group.state, group.people, group.help) == ("outbound", "kerala", 6, "waiting")
        assert (group.home_district, group.wants, group.place) == ("rewa", ("food", "travel"), "Aluva")
        found = await store.read(lambda uow: uow.stranded.tickets_of([group.id]))
        assert found == {group.id: [first.number, second.number]}
        (count,) = await store.read(lambda uow: uow.stranded.counts())
        assert count == ("outbound", "kerala", "rewa", "waiting", 1, 6)


async def test_people_who_move_on_are_where_they_are_now(location: Location) -> None:
    async with register(location) as (store, desk):
        await desk.open(outside("1", stranded=StrandedFacts(place="Aluva")))
        await desk.open(outside("2", "karnataka"))
        (group,) = await groups(store)
        assert (group.state, group.place) == ("karnataka", "")


async def test_people_of_another_state_here_are_a_group_of_their_own_state_in_the_district(location: Location) -> None:
    async with register(location) as (store, desk):
        facts = StrandedFacts(home_state="bihar", wants=("shelter",))
        ticket = await desk.open(report("1", need="stranded-here", phone=PHONE, people=3, stranded=facts))
        assert (ticket.room, ticket.desk) == ("district-bhopal", "travel")
        (group,) = await groups(store, direction="inbound", state="bihar")
        assert (group.district, group.people, group.wants) == ("bhopal", 3, ("shelter",))


async def test_without_a_telephone_each_ticket_is_a_group(location: Location) -> None:
    async with register(location) as (store, desk):
        await desk.open(outside("1", phone=None))
        await desk.open(outside("2", phone=None))
        assert len(await groups(store)) == 2


async def test_help_follows_the_ticket_and_who_calls_again_waits_again(location: Location) -> None:
    async with register(location) as (store, desk):
        ticket = await desk.open(outside("1"))

        async def after(action: Any, **more: Any) -> str:
            command = Command(command_id=f"{action}-1", ticket=ticket.number, action=action, **more)
            reply = await desk.command(command, actor=actor_of_room(KERALA))
            assert reply.accepted, reply
            return (await groups(store))[0].help

        assert await after("start") == "contacted"
        assert await after("resolve") == "helped"
        await desk.citizen_answers(ticket.number, "not-yet", "c1")
        assert (await groups(store))[0].help == "waiting"
        await desk.command(
            Command(command_id="w", ticket=ticket.number, action="withdraw", note="left"), actor=actor_of_room("state")
        )
        found = await groups(store)
        assert [group.help for group in found] == ["withdrawn"]
        assert await store.read(lambda uow: uow.stranded.counts()) == []


async def test_need_that_is_corrected_enters_and_leaves_the_register(location: Location) -> None:
    async with register(location) as (store, desk):
        ticket = await desk.open(outside("1"))

        async def correct(need: str, key: str) -> list[str]:
            changes = Changes(service_code=need)
            command = Command(command_id=key, ticket=ticket.number, action="correct", changes=changes)
            assert (await desk.command(command, actor=actor_of_room(KERALA))).accepted
            return [group.help for group in await groups(store)]

        assert await correct("ration", "c1") == ["withdrawn"]
        assert await correct("stranded", "c2") == ["withdrawn", "waiting"]


async def test_person_is_forgotten_with_their_tickets_and_the_count_stays(location: Location) -> None:
    async with register(location) as (store, desk):
        facts = StrandedFacts(place="behind Aluva temple", home_district="rewa")
        numbers = [(await desk.open(outside(str(n), name="Sunita", people=2, stranded=facts))).number for n in (1, 2)]
        other = await desk.open(outside("3", "goa"))
        numbers.append(other.number)
        await desk.forget([numbers[0]])
        assert (await groups(store))[0].phone == PHONE
        await desk.forget(numbers)
        (group,) = await groups(store)
        assert (group.phone, group.name, group.place, group.note) == (None, "", "", "")
        assert (group.people, group.home_district) == (2, "rewa")


async def test_list_has_what_changed_since_the_last_and_can_be_written_again(location: Location) -> None:
    async with register(location) as (store, desk):
        one = await desk.open(outside("1"))
        await desk.open(outside("2", phone="+919812345676"))
        await desk.open(outside("3", "goa", phone="+919812345677"))

        async def made() -> tuple[int, list[int]] | None:
            done = await store.write(
                lambda uow: uow.stranded.make_list("outbound", "kerala", "2020-04-01T00:00:00+00:00")
            )
            return (done[0].number, [group.id for group in done[1]]) if done else None

        assert await made() == (1, [1, 2])
        assert await made() is None
        command = Command(command_id="s", ticket=one.number, action="start")
        await desk.command(command, actor=actor_of_room(KERALA))
        assert await made() == (2, [1])
        again = await store.read(lambda uow: uow.stranded.rows_of_list("outbound", "kerala", 1))
        assert again is not None
        assert [(group.id, group.help) for group in again] == [(1, "contacted"), (2, "waiting")]
        assert await store.read(lambda uow: uow.stranded.rows_of_list("outbound", "kerala", 3)) is None


@pytest.mark.parametrize(("help_", "stage"), [("travelling", "routed"), ("helped", "resolved"), ("home", "resolved")])
async def test_answer_is_on_the_ticket_and_resolves_it_when_they_are_helped(
    location: Location, help_: Any, stage: str
) -> None:
    async with register(location) as (store, desk):
        ticket = await desk.open(outside("1", people=2))
        await store.write(lambda uow: uow.stranded.make_list("outbound", "kerala", "2020-04-01T00:00:00+00:00"))
        service = StrandedService(store, desk)
        answer = Answer(2, 1, ListName("outbound", "kerala", 1), help_, 5, "", "with the labour office")
        assert await service.take(answer) == "changed"
        assert await service.take(answer) == "known"
        (group,) = await groups(store)
        assert (group.help, group.people, group.note) == (help_, 5, "with the labour office")
        now = await desk.ticket(ticket.number)
        assert now is not None
        assert now.stage == stage
        assert now.notes == (f"officers, list kerala-1: {help_}; 5 people; with the labour office",)
        if help_ == "travelling":  # the officers are not told what they have told us
            news = await store.write(
                lambda uow: uow.stranded.make_list("outbound", "kerala", "2020-04-02T00:00:00+00:00")
            )
            assert news is None


async def test_answer_for_a_group_that_was_not_on_the_list_is_bad(location: Location) -> None:
    async with register(location) as (store, desk):
        await desk.open(outside("1"))
        await desk.open(outside("2", "goa", phone="+919812345676"))
        await store.write(lambda uow: uow.stranded.make_list("outbound", "kerala", "2020-04-01T00:00:00+00:00"))
        service = StrandedService(store, desk)
        for list_, group in ((1, 2), (2, 1)):
            done = await service.take(Answer(7, group, ListName("outbound", "kerala", list_), "home", None, "", ""))
            assert done[0] == "row 7"
        assert {group.help for group in await groups(store)} == {"waiting"}


async def test_same_caller_again_is_one_ticket_and_its_group_has_grown(location: Location) -> None:
    async with register(location) as (store, desk):
        first = await desk.open(outside("1", people=4, stranded=StrandedFacts(wants=("food",))))
        again = await desk.open(outside("2", people=9, stranded=StrandedFacts(wants=("medical",))))
        await desk.open(outside("3", people=2))
        assert again.number == first.number
        (group,) = await groups(store)
        assert (group.people, group.wants) == (9, ("food", "medical"))


async def test_ticket_that_cannot_be_resolved_has_the_answer_as_a_note(location: Location) -> None:
    async with register(location) as (store, desk):
        facts = StrandedFacts(home_state="bihar")
        ticket = await desk.open(report("1", need="stranded-here", district=None, zipcode="", stranded=facts))
        assert ticket.stage == "triage"
        await store.write(lambda uow: uow.stranded.make_list("inbound", "bihar", "2020-04-01T00:00:00+00:00"))
        answer = Answer(2, 1, ListName("inbound", "bihar", 1), "home", None, "", "")
        assert await StrandedService(store, desk).take(answer) == "changed"
        now = await desk.ticket(ticket.number)
        assert now is not None
        assert (now.stage, now.notes) == ("triage", ("officers, list bihar-here-1: home",))
        assert [group.help for group in await groups(store)] == ["home"]


async def test_person_without_a_telephone_is_forgotten_too(location: Location) -> None:
    async with register(location) as (store, desk):
        facts = StrandedFacts(place="behind Aluva temple")
        ticket = await desk.open(outside("1", phone=None, name="Sunita", people=2, stranded=facts))
        await desk.forget([ticket.number])
        (group,) = await groups(store)
        assert (group.name, group.place, group.people) == ("", "", 2)
