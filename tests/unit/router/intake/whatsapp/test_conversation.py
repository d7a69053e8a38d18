"""A message from the store to its ticket and our replies, with the real dialogue on a real store."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache, partial
from typing import TYPE_CHECKING, Any

import pytest

from recordings.nlu import Lexicon
from recordings.nlu.ticket_adapter import read_text
from router.intake.service import IntakeService
from router.intake.whatsapp import conversation
from router.intake.whatsapp.conversation import Conversation
from router.intake.whatsapp.dialogue import Dialogue, Texts
from router.intake.whatsapp.dialogue.turn import UNANSWERED
from router.messaging.inbox import PutOffError
from router.model.messaging.incoming import IncomingMessage, NewMessage, StoredMessage
from router.model.messaging.person import Contact
from tests.support.stores import opened_desk, opened_store, places

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from router.model.messaging.outgoing import OutgoingMessage
    from router.model.ticket import Ticket
    from router.storage.engine import Storage
    from router.tickets.service import TicketService

NOW = datetime.now(UTC)
DANGER = "मेरे घर में आग लगी है, बच्चे अंदर फँसे हैं, भोपाल"


@cache
def lexicon() -> Lexicon:
    return Lexicon.load(places())


class Written:
    """One person who writes, and what comes of it."""

    def __init__(self, store: Storage, desk: TicketService, contact: Contact) -> None:
        self.store, self._desk, self._contact, self._sent = store, desk, contact, 0
        understand = partial(read_text, lexicon())
        self.conversation = Conversation(
            store,
            desk,
            IntakeService(desk, places(), understand=understand),
            IntakeService(desk, places()),
            Dialogue(places(), Texts.load(), b"secret", understand),
            lambda: NOW,
        )

    async def stored(self, kind: str, content: Any) -> StoredMessage:
        """Store a message, as the webhook does."""
        self._sent += 1
        wamid = f"wamid.{self._sent}"

        def job(uow: Any) -> StoredMessage:
            person = uow.chat_people.arrived(self._contact, NOW)
            message = IncomingMessage(
                provider_id=wamid, person=person, sent=NOW, kind=kind, content={"type": kind, kind: content}
            )
            uow.chat_in.add(NewMessage("whatsapp", message, "{}", NOW))
            found: list[StoredMessage] = uow.chat_in.due("whatsapp", NOW, NOW, (), 9)
            return found[0]

        return await self.store.write(job)

    async def text(self, words: str) -> StoredMessage:
        """Store a text."""
        return await self.stored("text", {"body": words})

    async def tickets(self) -> list[Ticket]:
        """All there are."""
        return await self.store.read(lambda uow: uow.tickets.list_tickets(open_only=False, room=None, limit=99))

    async def replies(self) -> list[OutgoingMessage]:
        """All that was queued, in order."""

        def job(uow: Any) -> list[OutgoingMessage]:
            found = (uow.messages_out.find(row) for row in range(1, 99))
            return [message for message in found if message is not None]

        return await self.store.read(job)

    async def states(self) -> dict[str, int]:
        """Messages by state, without those to ourselves."""
        return await self.store.read(lambda uow: uow.chat_in.counts("whatsapp"))


@pytest.fixture
async def written(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Written]:
    contact = getattr(request, "param", Contact("whatsapp", "1", "919812343210", "+919812343210", "Asha"))
    async with opened_store(tmp_path / "s.sqlite") as store, opened_desk(store) as desk:
        yield Written(store, desk, contact)


async def test_danger_is_a_ticket_at_once_with_its_number(written: Written) -> None:
    await written.conversation.take(await written.text(DANGER))
    (ticket,) = await written.tickets()
    assert (ticket.channel, ticket.priority, ticket.district, ticket.phone) == (
        "whatsapp",
        1,
        "bhopal",
        "+919812343210",
    )
    replies = await written.replies()
    assert any(ticket.number in str(reply.body) for reply in replies)
    assert [reply.key for reply in replies] == [f"wamid.1/{at}" for at in range(len(replies))]
    assert await written.states() == {"done": 1}


@pytest.mark.parametrize("written", [Contact("whatsapp", "1", "IN.1349")], indirect=True)
async def test_person_without_a_telephone_gets_a_ticket(written: Written) -> None:
    await written.conversation.take(await written.text(DANGER))
    (ticket,) = await written.tickets()
    assert ticket.phone is None
    person = await written.store.read(lambda uow: uow.chat_people.find(1))
    assert person is not None
    assert person.dialogue["ticket"]["number"] == ticket.number  # type: ignore[index]


async def test_killed_between_ticket_and_answer_it_is_one_ticket_and_one_answer(
    written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = await written.text(DANGER)

    class KilledError(Exception):
        pass

    with monkeypatch.context() as killed:

        def die(*_: object, **__: object) -> bool:
            raise KilledError

        killed.setattr("router.intake.whatsapp.conversation._commit", die)
        with pytest.raises(KilledError):
            await written.conversation.take(message)
    (first,) = await written.tickets()
    assert await written.replies() == []
    await written.conversation.take(message)
    (second,) = await written.tickets()
    assert (second.number, second.version) == (first.number, first.version)
    said = await written.replies()
    assert said
    with pytest.raises(PutOffError):
        await written.conversation.take(message)
    assert await written.replies() == said


async def test_dialogue_that_has_changed_meanwhile_is_led_anew(
    written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = await written.text("नमस्ते")
    commit = conversation._commit

    def merged_before(uow: Any, **rest: Any) -> bool:
        """Another record of the same person has been joined to this one."""
        uow.chat_people.set_dialogue(1, {"hour": NOW.isoformat(), "answers": 1})
        return commit(uow, **rest)

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(conversation, "_commit", merged_before)
        with pytest.raises(PutOffError):
            await written.conversation.take(message)
    assert await written.replies() == []
    await written.conversation.take(message)
    assert await written.states() == {"done": 1, "waiting": 1}


@pytest.mark.parametrize(
    ("kind", "content", "words"),
    [
        ("text", {"body": "मदद चाहिए"}, "मदद चाहिए"),
        ("audio", {"id": "1", "voice": True}, "voice note"),
        ("location", {"latitude": 23.25, "longitude": 77.41, "name": "Home"}, "Home"),
        ("edit", {"original_message_id": "x", "message": {"type": "text", "text": {"body": "नया"}}}, "नया"),
    ],
)
async def test_rescued_message_is_a_ticket_that_a_person_reads(
    written: Written, kind: str, content: Any, words: str
) -> None:
    message = await written.stored(kind, content)
    await written.conversation.rescue(message)
    await written.conversation.rescue(message)
    (ticket,) = await written.tickets()
    assert words in ticket.description
    assert ticket.phone == "+919812343210"


@pytest.mark.parametrize("kind", ["reaction", "revoke", "system", "timeout", "unknown", "interactive"])
async def test_nothing_is_rescued_of_what_says_nothing(written: Written, kind: str) -> None:
    await written.conversation.rescue(await written.stored(kind, {}))
    assert await written.tickets() == []


async def test_what_nobody_answers_becomes_a_ticket_when_its_time_has_come(written: Written) -> None:
    await written.conversation.take(await written.text("घर में राशन नहीं है"))
    assert await written.tickets() == []
    soon, later = NOW + UNANSWERED - timedelta(seconds=1), NOW + UNANSWERED
    assert await written.store.read(lambda uow: uow.chat_in.due("whatsapp", soon, soon, (), 9)) == []
    (wake,) = await written.store.read(lambda uow: uow.chat_in.due("whatsapp", later, later, (), 9))
    written.conversation._now = lambda: later
    await written.conversation.take(wake)
    (ticket,) = await written.tickets()
    assert (ticket.service_code, ticket.description) == ("ration", "घर में राशन नहीं है")
    assert ticket.number in str((await written.replies())[-1].body)
