"""Messages about notices: to whom they go, once to each, within the budget, and dropped with their notice."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from router.intake.sms.in_force import SmsInForce
from router.intake.sms.notices import SmsNotices
from router.intake.sms.words import sms_variables
from router.intake.whatsapp.notices import WhatsAppNotices
from router.model.messaging.person import Contact
from router.notices.messages import NoticeMessages
from router.settings_messaging import WhatsAppSettings
from tests.support.notices import NOON, Clock, published, service, words
from tests.support.sms_files import example
from tests.support.stores import opened_desk, places, report

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from router.notices.service import NoticeService
    from router.storage.engine import Storage
    from router.tickets.service import TicketService

ACCOUNT = "1066"
STATES = "SELECT state, purpose, body FROM messages_out ORDER BY id"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def notices(store: Storage, clock: Clock) -> NoticeService:
    return service(store, clock)


@pytest.fixture
async def desk(store: Storage) -> AsyncIterator[TicketService]:
    async with opened_desk(store) as desk:
        yield desk


async def wrote(store: Storage, phone: str, *, ago_h: float = 1.0, stopped: bool = False) -> int:
    """Somebody who has written by WhatsApp."""
    at = NOON - timedelta(hours=ago_h)
    contact = Contact("whatsapp", ACCOUNT, phone.removeprefix("+"), phone)

    def write(uow):  # type: ignore[no-untyped-def]
        person = uow.chat_people.arrived(contact, at)
        uow.chat_people.set_dialogue(person, {}, stopped=stopped)
        return person

    return await store.write(write)


def sender(store: Storage, clock: Clock, **settings: object) -> NoticeMessages:
    return NoticeMessages(store, (WhatsAppNotices(WhatsAppSettings(**settings)),), clock)  # type: ignore[arg-type]


async def queue(store: Storage) -> list[tuple[str, ...]]:
    return await store.read(lambda uow: [tuple(row) for row in uow.connection.exec_driver_sql(STATES)])


async def test_one_message_to_each_person_of_the_district_who_did_not_stop(
    store: Storage, desk: TicketService, notices: NoticeService, clock: Clock
) -> None:
    people = {name: f"+91981234{n}000" for n, name in enumerate(("here", "stopped", "indore", "silent"))}
    for name, phone in people.items():
        await desk.open_or_join(report(f"{name}/1", phone=phone, district="indore" if name == "indore" else "bhopal"))
        await wrote(store, phone, stopped=name == "stopped", ago_h=48 if name == "silent" else 1)
    await desk.open_or_join(report("here/2", phone=people["here"], need="water"))
    await desk.open_or_join(report("nobody/1", phone="+919812340099"))
    await published(notices)
    messages = sender(store, clock)
    assert await messages.look() == 1
    ((state, purpose, body),) = await queue(store)
    assert (state, purpose) == ("queued", "notice")
    assert "भारी वर्षा: कल शाम तक" in body
    assert await messages.look() == 0


async def test_template_reaches_those_whose_window_is_closed(
    store: Storage, desk: TicketService, notices: NoticeService, clock: Clock
) -> None:
    await desk.open_or_join(report("silent/1", phone="+919812343000"))
    await wrote(store, "+919812343000", ago_h=48)
    await published(notices)
    await sender(store, clock, templates={"notice": "notice_1"}).look()
    assert len(await queue(store)) == 1


async def test_notices_leave_half_of_the_budget_to_tickets(
    store: Storage, desk: TicketService, notices: NoticeService, clock: Clock
) -> None:
    for n in range(5):
        await desk.open_or_join(report(f"p/{n}", phone=f"+91981234{n}001"))
        await wrote(store, f"+91981234{n}001")
    await published(notices)
    await sender(store, clock, daily_budget=4).look()
    assert len(await queue(store)) == 2


async def test_what_has_not_been_sent_is_dropped_with_its_notice(
    store: Storage, desk: TicketService, notices: NoticeService, clock: Clock
) -> None:
    await desk.open_or_join(report("here/1", phone="+919812340000"))
    await wrote(store, "+919812340000")
    messages = sender(store, clock)
    first = await published(notices)
    await messages.look()
    await notices.update(first.id, words(text_hi="नई बात।"), by="a")
    await notices.hear(first.id, 2, by="a")
    await notices.publish(first.id, by="a")
    await messages.look()
    assert [row[0] for row in await queue(store)] == ["dropped", "queued"]
    await notices.withdraw(first.id, by="a")
    assert [row[0] for row in await queue(store)] == ["dropped", "dropped"]
    second = await published(notices)
    await notices.withdraw(second.id, by="a")  # before the worker has looked
    await messages.look()
    assert len(await queue(store)) == 2


async def test_text_goes_to_mobiles_that_are_not_on_whatsapp(
    store: Storage, desk: TicketService, notices: NoticeService, clock: Clock, tmp_path: Path
) -> None:
    for name, phone in (("both", "+919812340000"), ("mobile", "+919812341000"), ("house", "+917552441234")):
        await desk.open_or_join(report(f"{name}/1", phone=phone))
    await desk.open_or_join(report("quiet/1", phone="+919812342000", callback_wanted=False))
    await wrote(store, "+919812340000")
    (tmp_path / "sms.toml").write_text(example("exotel"))
    in_force = SmsInForce(tmp_path / "sms.toml", sms_variables(places()), lambda _: "secret")
    in_force.look()
    assert in_force.sms, in_force.problems
    await published(notices)
    ways = (WhatsAppNotices(WhatsAppSettings()), SmsNotices(in_force))
    await NoticeMessages(store, ways, clock).look()
    rows = await store.read(
        lambda uow: uow.connection.exec_driver_sql('SELECT channel, "to", key FROM messages_out').all()
    )
    assert [(channel, to) for channel, to, _ in rows] == [("whatsapp", ""), ("sms", "+919812341000")]
    assert not any("98123" in key for _, _, key in rows)  # keys stand in logs
    (text,) = [body for _, _, body in await queue(store) if "template" in body]
    values = json.loads(text)["values"]
    assert values == {"notice": "भारी वर्षा", "district": "भोपाल", "date": "01-07-2026", "time": "18:00"}
    template = in_force.sms.template("notice", "hi")
    assert template is not None
    assert "भारी वर्षा, भोपाल, 01-07-2026 18:00 तक" in template.fill(values)
