"""People of a chat whose telephone is not known: their tickets are found by who they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from router.model.messaging.person import contact_of, person_of
from router.tickets.command import Command
from router.tickets.workflow import actor_of_room
from tests.support.stores import PHONE, report

if TYPE_CHECKING:
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
