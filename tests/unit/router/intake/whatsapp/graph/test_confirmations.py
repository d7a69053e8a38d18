"""People who came by WhatsApp are asked there whether help came, and called when that does not do."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from router.clock import utc_now
from router.intake.whatsapp.dialogue import Texts
from router.intake.whatsapp.dialogue.wording.outcome import Outcomes
from router.intake.whatsapp.graph.confirmations import ANSWER_WAIT, CHECK_S, Confirmations
from router.intake.whatsapp.graph.reply_channel import CONFIRM
from router.model.job import ORIGINATE
from router.model.messaging.incoming import IncomingMessage, NewMessage
from router.model.messaging.person import Contact
from router.model.stages import Stage
from router.settings_messaging import WhatsAppSettings
from router.storage.schema import jobs
from router.tickets.command import Command
from router.tickets.workflow import WARROOM, actor_of_room
from tests.support.stores import opened_desk, opened_store, places, report
from warroom.services.reply_channels import REPLY_CHANNELS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from router.model.messaging.outgoing import OutgoingMessage
    from router.model.ticket import Ticket
    from router.storage.engine import Storage
    from router.storage.unit_of_work import UnitOfWork
    from router.tickets.service import TicketService
    from router.tickets.workflow import Actor

PHONE = "+919812343210"
BHOPAL_ROOM = actor_of_room("district-bhopal")


class Room:
    """A ticket that came by WhatsApp, and the worker that asks about it; its clock is moved by hand."""

    def __init__(self, store: Storage, desk: TicketService, settings: WhatsAppSettings) -> None:
        self.store, self.desk, self.now = store, desk, utc_now() + timedelta(minutes=1)
        self.person = 0
        self.commands = 0
        self.worker = Confirmations(
            store=store,
            desk=desk,
            replies=REPLY_CHANNELS,
            outcomes=Outcomes(places(), Texts.load(), b"secret"),
            settings=settings,
            now=lambda: self.now,
        )

    async def opened(self, last_in: timedelta = timedelta(hours=1)) -> Ticket:
        sent = self.now - last_in

        def arrive(uow: UnitOfWork) -> int:
            person = uow.chat_people.arrived(Contact("whatsapp", "1", "919812343210", PHONE), sent)
            message = IncomingMessage(provider_id="wamid.1", person=person, sent=sent, kind="text", content={})
            uow.chat_in.add(NewMessage("whatsapp", message, "{}", sent))
            return person

        self.person = await self.store.write(arrive)
        return await self.desk.open(
            report(f"whatsapp:{self.person}/1", phone=PHONE, channel="whatsapp", helpline=None, call="")
        )

    async def command(self, ticket: Ticket, action: Any, actor: Actor = BHOPAL_ROOM, **more: Any) -> Ticket:
        self.commands += 1
        command = Command(command_id=f"c{self.commands}", ticket=ticket.number, action=action, **more)
        reply = await self.desk.command(command, actor=actor)
        assert reply.accepted, reply
        found = await self.desk.ticket(ticket.number)
        assert found is not None
        return found

    async def messages(self, ticket: Ticket) -> list[OutgoingMessage]:
        return await self.store.read(lambda uow: uow.messages_out.of_ticket(ticket.number))

    async def jobs(self) -> list[tuple[str, str]]:
        """Kind and outcome of all jobs."""
        query = sa.select(jobs.c.kind, jobs.c.outcome).order_by(jobs.c.id)
        return await self.store.read(lambda uow: [(row.kind, row.outcome) for row in uow.connection.execute(query)])


@pytest.fixture
def settings() -> dict[str, Any]:
    return {}


@pytest.fixture
async def room(tmp_path: Path, settings: dict[str, Any]) -> AsyncIterator[Room]:
    async with opened_store(tmp_path / "s.sqlite") as store, opened_desk(store, replies=REPLY_CHANNELS) as desk:
        yield Room(store, desk, WhatsAppSettings(**settings))


async def test_asked_once_by_buttons_and_the_answer_ends_it(room: Room) -> None:
    ticket = await room.command(await room.opened(), "resolve")
    for _ in range(3):
        await room.worker.look()
        room.now += timedelta(seconds=CHECK_S + 1)
    (message,) = await room.messages(ticket)
    assert (message.purpose, message.person, message.body["kind"]) == ("confirm", room.person, "buttons")
    await room.desk.citizen_answers(ticket.number, "helped", "whatsapp/wamid.2")
    found = await room.desk.ticket(ticket.number)
    assert found is not None
    assert found.stage is Stage.CONFIRMED
    assert await room.jobs() == [(CONFIRM, "confirmed")]


async def test_who_does_not_answer_is_called(room: Room) -> None:
    ticket = await room.command(await room.opened(), "resolve")
    await room.worker.look()
    await room.store.write(lambda uow: uow.messages_out.sent(1, "wamid.out", room.now))
    room.now += ANSWER_WAIT - timedelta(minutes=1)
    await room.worker.look()
    assert await room.jobs() == [(CONFIRM, "")]
    room.now += timedelta(minutes=6)
    await room.worker.look()
    assert await room.jobs() == [(CONFIRM, "handed on: no answer"), (ORIGINATE, "")]
    await room.desk.citizen_answers(ticket.number, "helped", "whatsapp/wamid.2")  # they press the button after all
    assert [outcome for _, outcome in await room.jobs()] == ["handed on: no answer", "confirmed"]


@pytest.mark.parametrize("how", ["failed", "dropped"])
async def test_a_question_that_could_not_be_sent_is_asked_by_telephone(room: Room, how: str) -> None:
    await room.command(await room.opened(), "resolve")
    await room.worker.look()

    def end(uow: UnitOfWork) -> None:
        assert (uow.messages_out.failed if how == "failed" else uow.messages_out.drop)(1, "131026", room.now)

    await room.store.write(end)
    room.now += timedelta(seconds=CHECK_S + 1)
    await room.worker.look()
    assert [kind for kind, _ in await room.jobs()] == [CONFIRM, ORIGINATE]


@pytest.mark.parametrize(
    ("settings", "way"), [({}, ORIGINATE), ({"templates": {"confirm": "help_came"}}, CONFIRM)], ids=["no", "template"]
)
async def test_outside_the_window_a_template_or_a_call(room: Room, way: str) -> None:
    await room.command(await room.opened(timedelta(hours=30)), "resolve")
    await room.worker.look()
    assert [kind for kind, outcome in await room.jobs() if not outcome] == [way]


async def test_who_said_stop_is_called(room: Room) -> None:
    ticket = await room.command(await room.opened(), "resolve")
    await room.store.write(lambda uow: uow.chat_people.set_dialogue(room.person, {}, stopped=True))
    await room.worker.look()
    assert [kind for kind, outcome in await room.jobs() if not outcome] == [ORIGINATE]
    assert await room.messages(ticket) == []


async def test_why_it_was_rejected_is_told_once_and_that_is_all(room: Room) -> None:
    ticket = await room.command(await room.opened(), "propose-reject", note="nobody there", reason="not-found")
    await room.command(ticket, "accept-reject", actor=WARROOM)
    await room.worker.look()
    (message,) = await room.messages(ticket)
    assert (message.purpose, message.body["kind"]) == ("answer", "text")
    await room.store.write(lambda uow: uow.messages_out.sent(message.id, "wamid.out", room.now))
    room.now += timedelta(seconds=CHECK_S + 1)
    await room.worker.look()
    assert await room.jobs() == [(CONFIRM, "told")]


async def test_taken_up_again_before_it_was_sent_is_not_asked(room: Room) -> None:
    ticket = await room.command(await room.opened(), "resolve")
    await room.desk.citizen_answers(ticket.number, "not-yet", "whatsapp/wamid.0")
    assert await room.worker.look() == 0
    assert await room.messages(ticket) == []
    assert isinstance(room.now, datetime)
