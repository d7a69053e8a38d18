"""People, messages in and messages out in a real store."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from router.model.job import WHATSAPP_MEDIA, media_of
from router.model.messaging.incoming import IncomingMessage, NewMessage
from router.model.messaging.outgoing import DeliveryReport, NewOutgoing
from router.model.messaging.person import Contact
from tests.support.stores import opened_store

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from router.storage.engine import Storage
    from router.storage.engines import Location
    from router.storage.unit_of_work import UnitOfWork

NOW = datetime(2026, 4, 1, 10, 0, tzinfo=UTC)
NUMBER = "+919812343210"
OLD = Contact("whatsapp", "1", "919812343210", NUMBER, "राम")
WITH_ID = Contact("whatsapp", "1", "IN.abc", NUMBER)
ONLY_ID = Contact("whatsapp", "1", "IN.abc")


@pytest.fixture
async def store(location: Location) -> AsyncIterator[Storage]:
    async with opened_store(location) as store:
        yield store


def _add(uow: UnitOfWork, wamid: str, person: int, sent: datetime = NOW, received: datetime = NOW) -> bool:
    message = IncomingMessage(provider_id=wamid, person=person, sent=sent, kind="text", content={"text": wamid})
    return uow.chat_in.add(NewMessage("whatsapp", message, "{}", received))


def _queue(uow: UnitOfWork, key: str, person: int | None = None, priority: int = 3) -> bool:
    new = NewOutgoing("whatsapp", key, "answer", {"text": key}, person, "" if person else NUMBER, priority=priority)
    return uow.messages_out.add(new, NOW)


@pytest.mark.parametrize(
    "contacts",
    [(OLD, WITH_ID, ONLY_ID), (OLD, ONLY_ID, WITH_ID), (ONLY_ID, WITH_ID, OLD), (WITH_ID, OLD, ONLY_ID)],
)
async def test_number_and_user_id_in_any_order_are_one_person(store: Storage, contacts: tuple[Contact, ...]) -> None:
    def write_and_read(uow: UnitOfWork) -> tuple[int, str, str | None, str]:
        for at, contact in enumerate(contacts):
            _add(uow, f"m{at}", uow.chat_people.arrived(contact, NOW))
        person = uow.chat_people.by_phone("whatsapp", NUMBER)
        assert person is not None
        mine = [message.message.person for message in _all_waiting(uow)]
        assert mine == [person.id] * 3
        return uow.chat_people.count("whatsapp"), person.user, person.phone, person.name

    assert await store.write(write_and_read) == (1, "IN.abc", NUMBER, "राम")


def _all_waiting(uow: UnitOfWork) -> list:  # type: ignore[type-arg]
    found = []
    while some := uow.chat_in.due("whatsapp", NOW, NOW, (), 10):
        for message in some:
            uow.chat_in.finish(message.id, message.message.person)
        found += some
    return found


async def test_number_of_another_user_id_changes_hands(store: Storage) -> None:
    def job(uow: UnitOfWork) -> None:
        first = uow.chat_people.arrived(WITH_ID, NOW)
        second = uow.chat_people.arrived(WITH_ID._replace(user="IN.other"), NOW)
        assert first != second
        former, present = uow.chat_people.find(first), uow.chat_people.find(second)
        assert former is not None
        assert present is not None
        assert (former.phone, present.phone) == (None, NUMBER)

    await store.write(job)


@pytest.mark.parametrize("new_came_first", [False, True])
async def test_changed_number_moves_the_record(store: Storage, new_came_first: bool) -> None:
    new = Contact("whatsapp", "1", "917000000001", "+917000000001")

    def job(uow: UnitOfWork) -> None:
        old = uow.chat_people.arrived(OLD, NOW)
        uow.chat_people.set_dialogue(old, {"step": "place"}, language="en", stopped=True)
        _add(uow, "a", old)
        _queue(uow, "a/0", old)
        if new_came_first:
            _add(uow, "b", uow.chat_people.arrived(new, NOW + timedelta(seconds=1)))
        moved = uow.chat_people.moved(OLD, new)
        assert moved is not None
        person = uow.chat_people.find(moved)
        assert person is not None
        assert (person.user, person.phone, person.dialogue, person.stopped) == (
            new.user,
            new.phone,
            {"step": "place"},
            True,
        )
        assert uow.chat_people.count("whatsapp") == 1
        taken = uow.messages_out.claim("whatsapp", NOW, 60)
        assert taken is not None
        assert taken.person == moved
        assert uow.chat_people.arrived(new, NOW) == moved

    await store.write(job)


async def test_message_is_stored_once_and_taken_in_order_of_its_own_time(store: Storage) -> None:
    def job(uow: UnitOfWork) -> None:
        people = [uow.chat_people.arrived(Contact("whatsapp", "1", f"u{at}"), NOW) for at in range(2)]
        assert _add(uow, "late", people[0], sent=NOW)
        assert _add(uow, "early", people[0], sent=NOW - timedelta(seconds=9))
        assert not _add(uow, "early", people[0])
        assert _add(uow, "other", people[1], sent=NOW - timedelta(seconds=3))
        assert [m.message.provider_id for m in uow.chat_in.due("whatsapp", NOW, NOW, (), 9)] == ["early", "other"]
        assert [m.message.provider_id for m in uow.chat_in.due("whatsapp", NOW, NOW, people[1:], 9)] == ["early"]
        assert uow.chat_in.due("whatsapp", NOW, NOW - timedelta(seconds=1), (), 9) == []
        assert uow.chat_in.waiting("whatsapp", NOW).messages == 3

    await store.write(job)


async def test_message_put_off_holds_its_person_up_until_it_is_set_aside(store: Storage) -> None:
    def job(uow: UnitOfWork) -> None:
        person = uow.chat_people.arrived(ONLY_ID, NOW)
        _add(uow, "1", person, sent=NOW - timedelta(seconds=9))
        _add(uow, "2", person)
        first = uow.chat_in.due("whatsapp", NOW, NOW, (), 9)[0]
        uow.chat_in.begin([first.id])
        uow.chat_in.retry(first.id, NOW + timedelta(seconds=5), "a fault")
        assert uow.chat_in.due("whatsapp", NOW, NOW, (), 9) == []
        uow.chat_in.set_aside(first.id, "a fault")
        assert [m.message.provider_id for m in uow.chat_in.due("whatsapp", NOW, NOW, (), 9)] == ["2"]
        assert [(m.id, m.attempts, m.note) for m in uow.chat_in.list_set_aside("whatsapp")] == [
            (first.id, 1, "a fault")
        ]
        assert not uow.chat_in.finish(first.id, person)
        assert uow.chat_in.take_back("whatsapp", NOW) == 1
        assert not uow.chat_in.finish(first.id, person + 1), "of a record that has become another's"
        assert uow.chat_in.finish(first.id, person)

    await store.write(job)


async def test_queue_is_idempotent_ordered_and_leased(store: Storage) -> None:
    def job(uow: UnitOfWork) -> None:
        person = uow.chat_people.arrived(ONLY_ID, NOW)
        assert _queue(uow, "a", person)
        assert not _queue(uow, "a", person)
        assert _queue(uow, "b", person)
        assert _queue(uow, "urgent", person, 1)
        assert _queue(uow, "c")
        taken = [uow.messages_out.claim("whatsapp", NOW, 60) for _ in range(4)]
        assert [message.key if message else None for message in taken] == ["urgent", "a", "c", None]
        assert taken[1] is not None
        assert uow.messages_out.sent(taken[1].id, "wamid.a", NOW)
        later = uow.messages_out.claim("whatsapp", NOW, 60)
        assert later is not None
        assert later.key == "b", "after the one before it is sent"
        again = uow.messages_out.claim("whatsapp", NOW + timedelta(seconds=61), 60)
        assert again is not None
        assert (again.key, again.attempts) == ("urgent", 2)
        assert uow.messages_out.sent_since("whatsapp", NOW) == 1
        assert uow.messages_out.waiting("whatsapp").messages == 3

    await store.write(job)


@pytest.mark.parametrize(
    ("reports", "end"),
    [
        (("read", "delivered", "sent"), "read"),
        (("delivered", "failed"), "delivered"),
        (("failed", "delivered"), "delivered"),
        (("sent", "failed"), "failed"),
    ],
)
@pytest.mark.parametrize("early", [False, True])
async def test_reports_only_raise_the_state(store: Storage, reports: tuple[str, ...], end: str, early: bool) -> None:
    def job(uow: UnitOfWork) -> str:
        _queue(uow, "a")
        message = uow.messages_out.claim("whatsapp", NOW, 60)
        assert message is not None
        if not early:
            uow.messages_out.sent(message.id, "wamid.a", NOW)
        for state in reports:
            uow.messages_out.report(DeliveryReport("whatsapp", "wamid.a", state), NOW)
        if early:
            uow.messages_out.sent(message.id, "wamid.a", NOW)
        after = uow.messages_out.find(message.id)
        assert after is not None
        return after.state

    assert await store.write(job) == end


async def test_body_is_kept_once_whatever_bytes_it_has(store: Storage) -> None:
    def job(uow: UnitOfWork) -> None:
        assert uow.webhook_bodies.add("whatsapp", b"\xff\x00{", "not JSON", NOW)
        assert not uow.webhook_bodies.add("whatsapp", b"\xff\x00{", "not JSON", NOW)
        assert [body.body for body in uow.webhook_bodies.list_bodies("whatsapp")] == ["\\xff\\x00{"]

    await store.write(job)


async def test_forgotten_person_leaves_nothing(store: Storage) -> None:
    def job(uow: UnitOfWork) -> None:
        person, other = uow.chat_people.arrived(WITH_ID, NOW), uow.chat_people.arrived(Contact("whatsapp", "1", "IN.o"))
        for wamid, whose in (("m", person), ("o", other)):
            _add(uow, wamid, whose)
            _queue(uow, f"{wamid}/0", whose)
            uow.jobs.add(WHATSAPP_MEDIA, f"{media_of(wamid)}1", {}, NOW)
        _queue(uow, "sms")
        uow.webhook_bodies.add("whatsapp", NUMBER.removeprefix("+").encode(), "no JSON", NOW)
        uow.webhook_bodies.add("whatsapp", b"another", "no JSON", NOW)
        assert uow.chat_people.forget(NUMBER) == 1
        assert uow.chat_people.count("whatsapp") == 1
        assert uow.chat_in.counts("whatsapp") == {"waiting": 1}
        assert uow.messages_out.counts("whatsapp") == {"queued": 1}
        assert [body.body for body in uow.webhook_bodies.list_bodies("whatsapp")] == ["another"]
        assert list(uow.jobs.open_jobs(WHATSAPP_MEDIA)) == [f"{media_of('o')}1"]

    await store.write(job)


async def test_what_is_over_its_time_is_removed_but_not_what_waits(store: Storage) -> None:
    later = NOW + timedelta(days=1)

    def job(uow: UnitOfWork) -> None:
        people = [uow.chat_people.arrived(Contact("whatsapp", "1", f"IN.{at}"), NOW) for at in range(2)]
        _add(uow, "done", people[0])
        uow.chat_in.finish(1, people[0])
        _add(uow, "waits", people[1])
        _queue(uow, "done", people[0])
        uow.messages_out.sent(1, "wamid", NOW)
        _queue(uow, "waits", people[1])
        uow.messages_out.report(DeliveryReport("whatsapp", "unknown", "read"), NOW)
        assert uow.chat_people.forget_silent(later, 9) == 0
        assert uow.chat_in.forget_before(later, 9) == 1
        assert uow.messages_out.forget_before(later, 9) == 1
        assert uow.chat_people.forget_silent(later, 9) == 1
        assert uow.chat_in.counts("whatsapp") == {"waiting": 1}
        assert uow.messages_out.counts("whatsapp") == {"queued": 1}
        assert uow.connection.exec_driver_sql("SELECT count(*) FROM early_reports").scalar() == 0

    await store.write(job)
