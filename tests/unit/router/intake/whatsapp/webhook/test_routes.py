"""The webhook on a real store: what is answered, what is stored, what is not."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from fastapi import FastAPI

from router.intake.whatsapp.webhook import PATH, WebhookCounts, WebhookSecrets, WhatsAppWebhook
from router.model.messaging.outgoing import NewOutgoing
from router.settings_messaging import SIMULATOR
from router.storage.errors import StorageUnavailableError
from tests.support.brokers import until
from tests.support.stores import opened_store
from tests.support.whatsapp_webhooks import ACCOUNT, SECRET, SENT_AT, body_of, message, signed, status, text, value

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from router.model.messaging.incoming import StoredMessage
    from router.model.messaging.person import ChatPerson
    from router.storage.engine import Storage

NOW = datetime.fromtimestamp(SENT_AT, UTC) + timedelta(seconds=2)
OLD_SECRET, SIMULATOR_SECRET = "the one before", "the simulator's"


class Served:
    """A webhook that is served, and its store."""

    def __init__(self, store: Storage) -> None:
        self.store, self.counts, self.told, self.now = store, WebhookCounts(), 0, NOW
        secrets = WebhookSecrets(app=(SECRET, OLD_SECRET), simulator=SIMULATOR_SECRET, verify="word")
        accounts = frozenset((ACCOUNT, SIMULATOR))
        hook = WhatsAppWebhook(store, accounts, lambda: secrets, self.counts, lambda: self.now)
        hook.on_arrival(self._tell)
        app = FastAPI()
        app.include_router(hook.router())
        self.client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test")

    def _tell(self) -> None:
        self.told += 1

    async def post(self, body: bytes, secret: str = SECRET) -> int:
        return (await self.client.post(PATH, content=body, headers=signed(body, secret))).status_code

    async def waiting(self) -> list[StoredMessage]:
        later = self.now + timedelta(seconds=60)
        return await self.store.read(lambda uow: uow.chat_in.due("whatsapp", later, later, (), 100))

    async def counted(self) -> dict[str, int]:
        return await self.store.read(lambda uow: uow.chat_in.counts("whatsapp"))

    async def reasons(self) -> dict[str, int]:
        return await self.store.read(lambda uow: uow.webhook_bodies.counts("whatsapp"))

    async def person(self, row: int) -> ChatPerson:
        found = await self.store.read(lambda uow: uow.chat_people.find(row))
        assert found is not None
        return found


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    async with opened_store(tmp_path / "s.sqlite") as store:
        one = Served(store)
        yield one
        await one.client.aclose()


async def test_message_is_stored_before_it_is_answered(served: Served) -> None:
    assert await served.post(body_of(value(text("मुझे राशन चाहिए")))) == 200
    found = await served.waiting()
    assert [one.message.content for one in found] == [{"type": "text", "text": {"body": "मुझे राशन चाहिए"}}]
    person = await served.person(found[0].message.person)
    assert (person.user, person.phone, person.name) == ("919812343210", "+919812343210", "Asha")
    assert person.last_in == datetime.fromtimestamp(SENT_AT, UTC)
    assert served.told == 1


async def test_same_message_twice_and_in_another_batch_is_stored_once(served: Served) -> None:
    one, other = text("a"), text("b")
    for body in (body_of(value(one)), body_of(value(one)), body_of(value(one, other), value(one))):
        assert await served.post(body) == 200
    assert await served.counted() == {"waiting": 2}


async def test_batches_on_every_level(served: Served) -> None:
    whole = body_of(value(text("a"), text("b", number="919800000001")), value(text("c", number="919800000002")))
    assert await served.post(whole) == 200
    assert len(await served.waiting()) == 3


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Hub-Signature-256": "sha256=" + "0" * 64},
        {"X-Hub-Signature-256": "sha256=zz"},
        {"X-Hub-Signature": signed(body_of(value(text("a"))))["X-Hub-Signature-256"]},
        signed(b"another body"),
        signed(body_of(value(text("a"))), "another secret"),
        signed(body_of(value(text("a"))), ""),
    ],
)
async def test_unsigned_is_refused_and_counted(served: Served, headers: dict[str, str]) -> None:
    answer = await served.client.post(PATH, content=body_of(value(text("a"))), headers=headers)
    assert answer.status_code == 401
    assert await served.counted() == {}
    assert served.counts.refused_lately == 1


async def test_secret_of_before_still_signs(served: Served) -> None:
    assert await served.post(body_of(value(text("a"))), OLD_SECRET) == 200
    assert await served.counted() == {"waiting": 1}


@pytest.mark.parametrize(("secret", "account"), [(SIMULATOR_SECRET, ACCOUNT), (SECRET, SIMULATOR), (SECRET, "999")])
async def test_account_of_another_secret_is_left_alone(served: Served, secret: str, account: str) -> None:
    assert await served.post(body_of(value(text("a"), account=account)), secret) == 200
    assert await served.counted() == {}
    assert await served.reasons() == {"another account": 1}
    assert served.counts.other_accounts_lately == 1


async def test_simulator_signs_for_itself(served: Served) -> None:
    assert await served.post(body_of(value(text("a"), account=SIMULATOR)), SIMULATOR_SECRET) == 200
    assert await served.counted() == {"waiting": 1}


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "no JSON"),
        (b"{", "no JSON"),
        (b"\xff\xfe", "no JSON"),
        (b"[" * 100_000, "no JSON"),
        (b"1" * 5_000, "no JSON"),
        (b"[" * 40 + b"]" * 40, "too deep"),
        (b"[]", "not of WhatsApp"),
        (b'{"object": "page", "entry": []}', "not of WhatsApp"),
        (b'{"object": "whatsapp_business_account", "entry": 7}', "another shape"),
        (body_of(value(text("a")), field="account_alerts"), "another field"),
        (body_of({"metadata": {"phone_number_id": ACCOUNT}, "errors": [{"code": 1}]}), "errors"),
        (body_of(value({"id": "x y", "from": "91"})), "not a message"),
        (body_of(value(statuses=({"id": "wamid.1", "status": "deleted"},))), "not a status"),
        (body_of(value(*(text(str(at)) for at in range(1001)))), "too many items"),
    ],
)
async def test_signed_but_unreadable_is_kept_as_it_is(served: Served, body: bytes, reason: str) -> None:
    assert await served.post(body) == 200
    assert await served.reasons() == {reason: 1}
    assert await served.post(body) == 200
    assert await served.reasons() == {reason: 1}
    assert await served.counted() == {}


async def test_readable_part_of_a_strange_body_is_worked_off(served: Served) -> None:
    assert await served.post(body_of(value(text("a"), {"id": ""}))) == 200
    assert await served.counted() == {"waiting": 1}
    assert await served.reasons() == {"not a message": 1}


async def test_large_body_is_refused_by_header_and_by_counting(served: Served) -> None:
    async def parts() -> AsyncIterator[bytes]:
        for _ in range(4):
            yield b" " * 1024 * 1024

    headers = signed(b"")
    assert (await served.client.post(PATH, content=b" " * (3 * 1024 * 1024 + 1), headers=headers)).status_code == 413
    assert (await served.client.post(PATH, content=parts(), headers=headers)).status_code == 413


async def test_person_without_a_telephone_gets_one_later(served: Served) -> None:
    nameless = {"profile": {"name": "Asha", "username": "asha"}, "user_id": "IN.1349"}
    first = text("a", number=None, from_user_id="IN.1349")  # type: ignore[arg-type]
    assert await served.post(body_of(value(first, contacts=[nameless]))) == 200
    found = await served.waiting()
    assert (await served.person(found[0].message.person)).phone is None
    second = text("b", from_user_id="IN.1349")
    assert await served.post(body_of(value(second, contacts=[{**nameless, "wa_id": "919812343210"}]))) == 200
    person = await served.person(found[0].message.person)
    assert (person.user, person.phone) == ("IN.1349", "+919812343210")


@pytest.mark.parametrize(
    ("before", "system", "sender", "after"),
    [
        (
            {"number": "919812343210"},
            {"type": "user_changed_number", "wa_id": "917000000001"},
            {},
            ("917000000001", "+917000000001"),
        ),
        (
            {"number": "919812343210", "from_user_id": "IN.1"},
            {"type": "user_changed_number", "wa_id": "917000000001", "user_id": "IN.2", "previous_user_id": "IN.1"},
            {"from_user_id": "IN.2"},
            ("IN.2", "+917000000001"),
        ),
        (
            {"number": None, "from_user_id": "IN.1"},
            {"type": "user_changed_user_id", "user_id": "IN.2", "previous_user_id": "IN.1"},
            {"number": None, "from_user_id": "IN.2"},
            ("IN.2", None),
        ),
    ],
)
async def test_change_of_number_or_id_moves_the_person(
    served: Served, before: dict[str, Any], system: dict[str, str], sender: dict[str, Any], after: tuple[str, str]
) -> None:
    assert await served.post(body_of(value(text("a", **before), contacts=[]))) == 200
    person = (await served.waiting())[0].message.person
    assert await served.post(body_of(value(message("system", system, **sender), contacts=[]))) == 200
    moved = await served.person(person)
    assert (moved.user, moved.phone) == after


async def test_report_of_a_message_of_ours_is_written(served: Served) -> None:
    new = NewOutgoing("whatsapp", "k", "answer", {}, to="+919812343210")

    def queue(uow: Any) -> int:
        uow.messages_out.add(new, NOW)
        row: int = uow.messages_out.claim("whatsapp", NOW, 60).id
        uow.messages_out.sent(row, "wamid.ours", NOW)
        return row

    row = await served.store.write(queue)
    failed = status("wamid.ours", "failed", errors=[{"code": 131026, "title": "Message undeliverable"}])
    assert await served.post(body_of(value(statuses=(status("wamid.ours", "read"), failed)))) == 200
    after = await served.store.read(lambda uow: uow.messages_out.find(row))
    assert after is not None
    assert after.state == "read"


async def test_message_of_long_ago_is_kept_but_not_worked_off(served: Served) -> None:
    served.now = NOW + timedelta(days=9)
    assert await served.post(body_of(value(text("a")))) == 200
    assert await served.counted() == {"done": 1}
    assert served.told == 0


async def test_store_away_is_answered_so_that_meta_delivers_again(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object, **__: object) -> None:
        raise StorageUnavailableError("away", "here", "wait")

    monkeypatch.setattr(served.store, "write", away)
    assert await served.post(body_of(value(text("a")))) == 503


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"hub.mode": "subscribe", "hub.verify_token": "word", "hub.challenge": "1158201444"}, 200),
        ({"hub.mode": "subscribe", "hub.verify_token": "wrong", "hub.challenge": "1"}, 403),
        ({"hub.mode": "subscribe", "hub.verify_token": "wörd", "hub.challenge": "1"}, 403),
        ({"hub.mode": "unsubscribe", "hub.verify_token": "word", "hub.challenge": "1"}, 403),
        ({"hub.mode": "subscribe", "hub.verify_token": "word", "hub.challenge": "<b>\n"}, 400),
        ({}, 403),
    ],
)
async def test_verification(served: Served, query: dict[str, str], code: int) -> None:
    answer = await served.client.get(PATH, params=query)
    assert answer.status_code == code
    if code == 200:
        assert answer.text == query["hub.challenge"]


async def test_bodies_that_never_end_leave_memory_for_others(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("router.intake.whatsapp.webhook.routes._MOST_HELD", 2_000_000)
    begun, end = [], asyncio.Event()

    async def endless() -> AsyncIterator[bytes]:
        yield b" " * 1_000_000
        begun.append(True)
        await end.wait()

    headers = signed(b"")
    several = [asyncio.create_task(served.client.post(PATH, content=endless(), headers=headers)) for _ in range(2)]
    await until(lambda: len(begun) == 2)
    assert (await served.client.post(PATH, content=b" " * 100_000, headers=headers)).status_code == 503
    assert await served.post(body_of(value(text("a")))) == 200
    end.set()
    assert [(await one).status_code for one in several] == [401, 401]
    assert (await served.client.post(PATH, content=b" " * 100_000, headers=headers)).status_code == 401
