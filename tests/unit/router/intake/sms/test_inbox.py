"""What becomes of a text, done once or twice."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest

from router.intake.service import IntakeService
from router.intake.sms.receiving.inbox import SmsWork
from router.intake.sms.receiving.keeping import keep_texts
from router.intake.sms.receiving.requests import Text
from router.intake.sms.sending.queue import CHANNEL, about_ticket
from router.model.stages import Stage
from router.storage.errors import StorageUnavailableError
from router.tickets.command import Command
from router.tickets.workflow import actor_of_room
from tests.support.stores import PHONE, places, report
from tests.unit.router.intake.sms.test_sender import NOON

if TYPE_CHECKING:
    from router.model.messaging.incoming import StoredMessage
    from router.model.ticket import Ticket
    from router.storage.engine import Storage
    from router.tickets.service import TicketService


@pytest.fixture
def work(store: Storage, desk: TicketService) -> SmsWork:
    return SmsWork(store, desk, IntakeService(desk, places()), places(), lambda: NOON)


async def _asked(store: Storage, desk: TicketService) -> Ticket:
    """A ticket whose citizen was asked by text."""
    ticket = await desk.open(report("1/1", phone=PHONE))
    command = Command(command_id="resolve-it-now", ticket=ticket.number, action="resolve")
    assert (await desk.command(command, actor=actor_of_room(ticket.room))).accepted
    new = about_ticket(ticket, places(), to=PHONE, template="did-help-come", purpose="confirm", key="c")
    await store.write(lambda uow: uow.messages_out.add(new, NOON))
    return ticket


async def _written(store: Storage, text: str, name: str = "m1") -> StoredMessage:
    await store.write(partial(keep_texts, texts=[Text(name, PHONE, text, NOON)], now=NOON))
    (message,) = await store.read(lambda uow: uow.chat_in.due(CHANNEL, NOON, NOON, (), 9))
    return message


async def _answers(store: Storage, number: str) -> list[object]:
    found = await store.read(lambda uow: uow.messages_out.of_ticket(number))
    return [one.body["template"] for one in found if one.purpose == "answer"]


async def test_an_answer_that_was_cut_off_is_not_taken_for_a_new_request(
    store: Storage, desk: TicketService, work: SmsWork, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticket = await _asked(store, desk)
    message = await _written(store, "अभी तक नहीं मिली")

    async def away(_: str) -> None:
        raise StorageUnavailableError("away", "the store", "wait")

    with monkeypatch.context() as cut:
        cut.setattr(desk, "ticket", away)  # right after the answer has been committed
        with pytest.raises(StorageUnavailableError):
            await work.work_off(message)
    now = await desk.ticket(ticket.number)
    assert now is not None
    assert now.stage is Stage.REOPENED
    await work.work_off(message)
    assert [one.number for one in await desk.tickets_of_phone(PHONE)] == [ticket.number]
    assert await _answers(store, ticket.number) == ["reopened"]
    again = await desk.ticket(ticket.number)
    assert again is not None
    assert again.version == now.version


class CutOff:
    """A store that can be read, and not written."""

    def __init__(self, store: Storage) -> None:
        self.read = store.read

    async def write(self, _: object) -> None:
        """Take nothing."""
        raise StorageUnavailableError("away", "the store", "wait")


async def test_a_ticket_and_its_answer_come_once_however_often_the_work_is_done(
    store: Storage, desk: TicketService, work: SmsWork
) -> None:
    message = await _written(store, "बिजली नहीं है, बच्चे बीमार हैं")
    intake = IntakeService(desk, places())
    cut = SmsWork(CutOff(store), desk, intake, places(), lambda: NOON)  # type: ignore[arg-type]
    with pytest.raises(StorageUnavailableError):
        await cut.work_off(message)  # the ticket is open, and nothing tells of it
    for _ in range(2):
        await work.work_off(message)
    (ticket,) = await desk.tickets_of_phone(PHONE)
    assert ticket.description == "बिजली नहीं है, बच्चे बीमार हैं"
    assert await _answers(store, ticket.number) == ["ticket-number"]


async def test_more_words_without_a_need_are_a_note_and_no_second_answer(
    store: Storage, desk: TicketService, work: SmsWork
) -> None:
    await work.work_off(await _written(store, "बहुत परेशानी है", "m1"))
    await work.work_off(await _written(store, "वार्ड 5, मंदिर के पास", "m2"))
    (ticket,) = await desk.tickets_of_phone(PHONE)
    assert any("मंदिर के पास" in note for note in ticket.notes)
    assert await _answers(store, ticket.number) == ["ticket-number"]
