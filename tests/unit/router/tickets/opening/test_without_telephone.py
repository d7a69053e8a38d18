"""People of a chat whose telephone is not known: their tickets are found by who they are."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from router.model.messaging.person import Contact, contact_of, person_of
from router.tickets.command import Command
from router.tickets.workflow import actor_of_room
from tests.support.stores import PHONE, report
from warroom.services.maintenance.citizen_data import telephone_of_ticket

if TYPE_CHECKING:
    from router.storage.engine import Storage
    from router.storage.unit_of_work import UnitOfWork
    from router.tickets.opening.report import Report
    from router.tickets.service import TicketService

ME, OTHER = contact_of("whatsapp", 7), contact_of("whatsapp", 70)


def written(contact: str, number: int, *, phone: str | None = None, **changes: object) -> Report:
    key = f"{contact}/{number}"
    return report(key, phone=phone, contact=contact, channel="whatsapp", helpline=None, call="", **changes)


async def test_same_need_again_joins(desk: TicketService) -> None:
    first = await desk.open(written(ME, 1))
    assert first.phone is None
    assert (await desk.open(written(ME, 2))).number == first.number
    assert [one.number for one in await desk.tickets_of_call(ME)] == [first.number]


async def test_another_person_or_need_opens_a_ticket(desk: TicketService) -> None:
    first = await desk.open(written(ME, 1))
    numbers = {
        (await desk.open(one)).number for one in (written(OTHER, 1), written(ME, 2, need="gas"), written(OTHER, 2))
    }
    assert first.number not in numbers
    assert len(numbers) == 2


async def test_nobody_without_contact_and_telephone_joins(desk: TicketService) -> None:
    first = await desk.open(report("api/1", phone=None))
    assert (await desk.open(report("api/2", phone=None))).number != first.number


async def test_telephone_told_meanwhile_joins_the_ticket_without_one(desk: TicketService) -> None:
    first = await desk.open(written(ME, 1))
    assert (await desk.open(written(ME, 2, phone=PHONE))).number == first.number


async def test_ticket_written_for_another_telephone_is_another(desk: TicketService) -> None:
    """A neighbour who writes for two houses opens two tickets."""
    first = await desk.open(written(ME, 1, phone="+919826012345"))
    assert (await desk.open(written(ME, 2, phone=PHONE))).number != first.number


async def test_room_cannot_call_and_is_told_why(desk: TicketService) -> None:
    ticket = await desk.open(written(ME, 1))
    command = Command(command_id="c1", ticket=ticket.number, action="call-citizen")
    reply = await desk.command(command, actor=actor_of_room("district-bhopal"))
    assert (reply.accepted, reply.code) == (False, "no-phone")
    assert reply.reason
    assert reply.reason_hi


async def test_answers_fill_what_is_not_known_and_route_once(desk: TicketService) -> None:
    ticket = await desk.open(written(ME, 1, need="listen", district=None))
    assert ticket.room == "state"
    fields = {"district": "sehore", "service_code": "ration", "phone": PHONE, "lat": 23.2, "long": 77.1}
    for _ in range(2):
        filled = await desk.fill(ticket.number, fields, by="citizen", key="whatsapp:7/2/fields")
    assert (filled.version, filled.room, filled.service_code, filled.phone) == (2, "district-sehore", "ration", PHONE)
    other = await desk.fill(ticket.number, {"district": "bhopal", "phone": "+919826012345"}, by="citizen", key="3")
    assert (other.version, other.district, other.phone) == (2, "sehore", PHONE)
    assert PHONE not in str(await desk.history(ticket.number))


def test_person_is_read_from_a_source_key() -> None:
    assert person_of(f"{ME}/abc") == 7
    assert [person_of(one) for one in ("1.1/1", "whatsapp/7", "phone:7/1", "whatsapp:x/1", "")] == [None] * 5


async def test_citizen_is_found_by_what_they_wrote_before_telling_a_number(desk: TicketService, store: Storage) -> None:
    """So that ``citizen forget`` finds all of it."""

    def arrive(uow: UnitOfWork) -> int:
        who = uow.chat_people.arrived(Contact("whatsapp", "1", "IN.1", None), datetime(2026, 1, 1, tzinfo=UTC))
        uow.chat_people.set_dialogue(who, {}, phone=PHONE)
        return who

    me = contact_of("whatsapp", await store.write(arrive))
    first = await desk.open(written(me, 1))
    neighbour = report(f"{me}/2", phone="+919826012345", channel="whatsapp", helpline=None, call="")
    others = await desk.open(neighbour)
    called = await desk.open(report("9.1/1", phone=PHONE, need="gas"))
    by_phone = await store.read(lambda uow: uow.citizens.find(PHONE))
    by_contact = await store.read(lambda uow: uow.citizens.of_contact(me))
    assert by_phone.tickets == [first.number, called.number]
    assert by_contact.tickets == by_contact.open == [first.number]
    assert await telephone_of_ticket(store, first.number) == PHONE
    assert await telephone_of_ticket(store, others.number) == "+919826012345"
    assert await telephone_of_ticket(store, "999999999") is None


async def test_person_whose_telephone_nobody_knows_is_found_by_a_ticket(desk: TicketService, store: Storage) -> None:
    who = await store.write(
        lambda uow: uow.chat_people.arrived(Contact("whatsapp", "1", "IN.1", None), datetime(2026, 1, 1, tzinfo=UTC))
    )
    me = contact_of("whatsapp", who)
    ticket = await desk.open(written(me, 1))
    assert await telephone_of_ticket(store, ticket.number) == me
    await store.write(lambda uow: uow.chat_people.forget_person(who))
    assert await telephone_of_ticket(store, ticket.number) is None
