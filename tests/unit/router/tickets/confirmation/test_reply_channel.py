"""Which way a ticket's citizen is asked back: the first channel that reaches them, and it alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from router.storage.schema import jobs
from router.tickets.command import Command
from router.tickets.confirmation.reply_channel import ReplyChannels
from router.tickets.workflow import actor_of_room
from tests.support.stores import opened_desk, opened_store, report

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from router.model.ticket import Ticket
    from router.storage.engine import Storage
    from router.tickets.service import TicketService

ROOM = actor_of_room("district-bhopal")
MAIN, OTHER = "+919811100001", "+919811100002"


class Chat:
    """Reaches whoever wrote."""

    job_kind = "chat"

    def reaches(self, ticket: Ticket) -> bool:
        return ticket.channel == "whatsapp"


class Ring:
    """Reaches whoever has a telephone."""

    job_kind = "ring"

    def reaches(self, ticket: Ticket) -> bool:
        return ticket.phone is not None


class Desk:
    """Tickets, and what is asked about them."""

    def __init__(self, store: Storage, desk: TicketService) -> None:
        self.store, self.desk = store, desk

    async def open(self, **values: object) -> Ticket:
        return await self.desk.open(report(f"{values}", **values))

    async def do(self, ticket: Ticket, action: str, **more: object) -> None:
        command = Command(command_id=f"{action}-{ticket.number}", ticket=ticket.number, action=action, **more)  # type: ignore[arg-type]
        assert (await self.desk.command(command, actor=ROOM)).accepted

    async def asked(self) -> list[tuple[str, str]]:
        """Kind and ticket of each question that is still to be asked."""
        query = sa.select(jobs.c.kind, jobs.c.key).where(jobs.c.ended.is_(None)).order_by(jobs.c.id)
        rows = await self.store.read(lambda uow: uow.connection.execute(query).all())
        return [(kind, key.partition("/")[0]) for kind, key in rows]


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with (
        opened_store(tmp_path / "s.sqlite") as store,
        opened_desk(store, replies=ReplyChannels(Chat(), Ring())) as made,
    ):
        yield Desk(store, made)


@pytest.mark.parametrize(
    ("channel", "phone", "kind"),
    [("whatsapp", MAIN, "chat"), ("whatsapp", None, "chat"), ("phone", MAIN, "ring"), ("api", None, "ring")],
)
async def test_first_channel_that_reaches_the_citizen_asks_else_the_last(
    desk: Desk, channel: str, phone: str | None, kind: str
) -> None:
    ticket = await desk.open(channel=channel, phone=phone)
    await desk.do(ticket, "resolve")
    assert await desk.asked() == [(kind, ticket.number)]


async def test_answer_by_any_channel_ends_the_question(desk: Desk) -> None:
    ticket = await desk.open(channel="whatsapp", phone=MAIN)
    await desk.do(ticket, "resolve")
    await desk.desk.citizen_answers(ticket.number, "helped", "message/1")
    assert await desk.asked() == []


@pytest.mark.parametrize(("main_phone", "phone"), [(MAIN, OTHER), (MAIN, None), (None, None)])
async def test_merged_citizens_are_asked_each_by_their_own_channel(
    desk: Desk, main_phone: str | None, phone: str | None
) -> None:
    main = await desk.open(phone=main_phone)
    merged = [await desk.open(channel="whatsapp", phone=phone), await desk.open(channel="api", phone=None)]
    for ticket in merged:
        await desk.do(ticket, "merge", into=main.number)
    await desk.do(main, "resolve")
    assert await desk.asked() == [("ring", main.number), ("chat", merged[0].number)]  # nobody reaches the third
    await desk.desk.citizen_answers(merged[0].number, "helped", "message/1")
    assert await desk.asked() == [("ring", main.number)]


async def test_forgotten_citizen_is_asked_nothing(desk: Desk) -> None:
    ticket = await desk.open(channel="whatsapp", phone=MAIN)
    await desk.do(ticket, "resolve")
    await desk.desk.forget([ticket.number])
    assert await desk.asked() == []
