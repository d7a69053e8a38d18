"""One message of a person on WhatsApp, from the store to all that follows from it.

What the dialogue wants is done in two parts: first what tickets take by a key of the message, so that done twice it is
done once (a request, a note, the citizen's word); then, in one transaction, the dialogue's new state, our replies in
the queue, files to be fetched, and that the message is worked off.
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Final

from router.clock import utc_now
from router.intake.base import Submission
from router.intake.whatsapp.dialogue import Facts
from router.intake.whatsapp.dialogue.draft import key_of
from router.messaging.inbox import PutOffError
from router.model.job import WHATSAPP_MEDIA, media_of
from router.model.messaging.incoming import IncomingMessage, NewMessage
from router.model.messaging.outgoing import NewOutgoing
from router.model.messaging.person import Contact, contact_of
from router.phone_numbers import normalise
from router.tickets.notes import UnknownTicketError
from router.tickets.ticket_number import NumbersExhaustedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

    from router.intake.service import IntakeService
    from router.intake.whatsapp.dialogue import Dialogue, Step
    from router.model.messaging.incoming import StoredMessage
    from router.model.messaging.person import ChatPerson, MessageChannel
    from router.storage.engine import Storage
    from router.storage.unit_of_work import UnitOfWork
    from router.tickets.service import TicketService

CITIZEN: Final = "citizen"
_KNOWN_TICKETS: Final = 10
"""Of a person, that the dialogue is told of: more open ones nobody has."""
_PRIORITY_OF: Final[Mapping[str, int]] = {"emergency": 1, "ticket-number": 2, "answer": 2, "confirm": 3}
_GONE: Final = "its person has got another record meanwhile"
_SPOKEN: Final = {
    "audio": "(a voice note, which could not be taken over: call back)",
    "image": "(a photograph, which could not be taken over: call back)",
    "video": "(a film, which could not be taken over: call back)",
    "document": "(a document, which could not be taken over: call back)",
    "location": "(a place on the map)",
    "contacts": "(a contact, which could not be taken over: call back)",
}


class Conversation:
    """Works messages off.

    Args:
        store: Has people and messages.
        tickets: Takes notes and the citizen's word.
        intake: Takes requests, and reads texts.
        plain_intake: Takes requests and reads nothing: for what the first could not take.
        dialogue: Says what follows from a message.
        now: The clock, UTC.
    """

    def __init__(
        self,
        store: Storage,
        tickets: TicketService,
        intake: IntakeService,
        plain_intake: IntakeService,
        dialogue: Dialogue,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._store = store
        self._tickets = tickets
        self._intake = intake
        self._plain_intake = plain_intake
        self._dialogue = dialogue
        self._now = now

    async def take(self, stored: StoredMessage) -> None:
        """Work a message off.

        Raises:
            PutOffError: not now.
            StorageUnavailableError: not all of it is written.
        """
        now = self._now()
        # by the writer: a reader's statements are a hop between threads each, which cost more than all else here
        person, facts = await self._store.write(partial(_look, message=stored.message))
        if person is None:
            raise PutOffError(_GONE)
        step = await asyncio.to_thread(self._dialogue.advance, person, stored.message, facts, now)
        if step.submit is not None:
            try:
                receipt = await self._intake.submit(step.submit.submission)
            except NumbersExhaustedError as trouble:
                raise PutOffError(str(trouble)) from trouble
            step = await asyncio.to_thread(self._dialogue.submitted, person, step, receipt.ticket, now)
        await self._tell_tickets(step)
        if not await self._store.write(partial(_commit, stored=stored, person=person, step=step, now=now)):
            raise PutOffError("its person's record has changed meanwhile")

    async def _tell_tickets(self, step: Step) -> None:
        """Add to tickets what belongs to them; each by a key, so that it is done once."""
        try:
            for note in step.notes:
                await self._tickets.note(note.ticket, note.text, by=CITIZEN, key=note.key)
            for amend in step.amends:
                await self._tickets.fill(amend.ticket, amend.fields, by=CITIZEN, key=f"{amend.key}/fields")
        except UnknownTicketError:
            pass  # it has been forgotten meanwhile, with its person
        if step.word is not None:
            await self._tickets.citizen_answers(step.word.ticket, step.word.answer, step.word.call)

    async def rescue(self, stored: StoredMessage) -> None:
        """Open a ticket of what a message says, without dialogue and without reading it: a person will.

        Raises:
            StorageUnavailableError: nothing was written.
        """
        said = _words(stored.message)
        if not said:
            return
        person = await self._store.read(lambda uow: uow.chat_people.find(stored.message.person))
        if person is None:
            raise PutOffError(_GONE)
        latitude, longitude = _place(stored.message)
        await self._plain_intake.submit(
            Submission(
                source_key=key_of(person, stored.message.provider_id),
                channel="whatsapp",
                language=person.language,
                sender=normalise(person.phone or ""),
                name=person.name,
                lat=latitude,
                long=longitude,
                text=said,
                status_notes="the program could not answer this message: warroom whatsapp inbox",
            )
        )


def _look(uow: UnitOfWork, *, message: IncomingMessage) -> tuple[ChatPerson | None, Facts]:
    person = uow.chat_people.find(message.person)
    if person is None:
        return None, Facts()
    own = uow.tickets.of_call(contact_of(person.channel, person.id))
    found = {ticket.number: ticket for ticket in own}
    if person.phone:
        found |= {ticket.number: ticket for ticket in uow.tickets.all_of_phone(person.phone, _KNOWN_TICKETS)}
    done_before = {key_of(person, one) for one in (message.provider_id, *_messages_in(person.dialogue))}
    known = (ticket for ticket in found.values() if ticket.source_key not in done_before)  # killed, and begun again
    newest = sorted(known, key=lambda ticket: ticket.requested_datetime, reverse=True)
    about = _about(message)
    original = uow.chat_in.find(person.channel, about, person.id) if about else None
    return person, Facts(tickets=tuple(newest), original=original)


def _messages_in(dialogue: Mapping[str, object]) -> list[str]:
    """Return the messages of the draft that the state of a dialogue holds."""
    draft = dialogue.get("draft")
    messages = draft.get("messages") if isinstance(draft, dict) else None
    return [one for one in messages if isinstance(one, str)] if isinstance(messages, list) else []


def _about(message: IncomingMessage) -> str:
    """Return the message that an edit or a revocation is about."""
    content = message.content.get(message.kind)
    about = content.get("original_message_id") if isinstance(content, dict) else None
    return about if isinstance(about, str) else ""


def _commit(uow: UnitOfWork, *, stored: StoredMessage, person: ChatPerson, step: Step, now: datetime) -> bool:
    """Write all that follows; False, and nothing is written, when the person's record is another one by now."""
    present = uow.chat_people.find(person.id)
    if present is None or present.dialogue != person.dialogue:
        return False
    if not uow.chat_in.finish(stored.id, person.id):
        return False
    mine = person.id
    if step.phone is not None and step.phone != person.phone:  # joins the record of before it was told, if there is one
        mine = uow.chat_people.arrived(Contact(person.channel, person.account, person.user, step.phone))
    uow.chat_people.set_dialogue(mine, step.state, language=step.language, phone=step.phone, stopped=step.stopped)
    for message in _replies(stored, person.channel, mine, step):
        uow.messages_out.add(message, now)
    for file in step.fetch:
        payload = {"media_id": file.media_id, "kind": file.kind, "sent": file.sent}
        payload |= {"ticket": step.fetch_for, "account": person.account}
        uow.jobs.add(WHATSAPP_MEDIA, f"{media_of(file.message)}{file.media_id}", payload, now)
    if step.wake is not None:
        wake = IncomingMessage(
            provider_id=step.wake.provider_id,
            person=mine,
            sent=step.wake.at,
            kind="timeout",
            content=step.wake.content,
        )
        uow.chat_in.add(NewMessage(person.channel, wake, "{}", step.wake.at))
    return True


def _replies(stored: StoredMessage, channel: MessageChannel, person: int, step: Step) -> Iterable[NewOutgoing]:
    for index, reply in enumerate(step.replies):
        yield NewOutgoing(
            channel,
            f"{stored.message.provider_id}/{index}",
            reply.purpose,
            reply.body.model_dump(mode="json"),
            person=person,
            ticket=reply.ticket,
            priority=_PRIORITY_OF[reply.purpose],
        )


def _words(message: IncomingMessage) -> str:
    """Return what a room can read of a message; empty: nothing that anybody has to see to."""
    content = message.content.get(message.kind)
    said = [_SPOKEN.get(message.kind, "")]
    if isinstance(content, dict):
        said += [str(content[name]) for name in ("body", "caption", "name", "address") if content.get(name)]
        if message.kind == "edit":
            inner = content.get("message")
            text = inner.get("text") if isinstance(inner, dict) else None
            said.append(str(text.get("body", "")) if isinstance(text, dict) else "")
    return "\n".join(filter(None, said)) if message.kind in (*_SPOKEN, "text", "edit") else ""


def _place(message: IncomingMessage) -> tuple[float | None, float | None]:
    content = message.content.get("location")
    if message.kind != "location" or not isinstance(content, dict):
        return None, None
    return content.get("latitude"), content.get("longitude")
