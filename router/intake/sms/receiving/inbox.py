"""Works off a message of a citizen, with at most one answer.

It is worked off again after a crash: ticket and answer have keys of its own, so that nothing comes twice. Short texts
come in pieces: what says no need, within the hour after a ticket's number was told, is a note to that ticket.
"""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

from router.clock import utc_now
from router.intake.base import Submission
from router.intake.sms.receiving.meaning import language_of_text, read_meaning
from router.intake.sms.receiving.pace import Pace
from router.intake.sms.sending.question import ANSWER_WITHIN, MAY_ANSWER, open_questions
from router.intake.sms.sending.queue import about_ticket, is_mobile, without_ticket
from router.masking import mask
from router.model.stages import CLOSED
from router.phone_numbers import normalise
from router.tickets.service import UnknownTicketError
from router.tickets.workflow import CITIZEN

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from router.geo import Places
    from router.intake.service import IntakeService
    from router.intake.sms.provider.templates import Language
    from router.intake.sms.receiving.meaning import Meaning
    from router.model.messaging.incoming import StoredMessage
    from router.model.messaging.outgoing import NewOutgoing
    from router.model.messaging.person import ChatPerson
    from router.model.ticket import Ticket
    from router.storage.engine import Storage
    from router.storage.unit_of_work import UnitOfWork
    from router.tickets.service import TicketService

_BEGUN: Final = "answering"
"""In a person's state: the answer that is being handed on. The ticket has moved on once it is: a worker that was cut
off before the message was written off would not find the question again."""

_log = logging.getLogger(__name__)


class _Asked(NamedTuple):
    """A message with what is known of its citizen."""

    message: StoredMessage
    person: ChatPerson
    phone: str
    text: str
    questions: list[Ticket]
    language: Language
    pace: Pace

    @property
    def key(self) -> str:
        return f"sms/{self.message.message.provider_id}"


class _Done(NamedTuple):
    """What became of a message: a note without number and text, and the answer."""

    note: str
    answer: NewOutgoing | None = None
    stopped: bool | None = None


class SmsWork:
    """What `router.messaging.inbox.Inbox` does with each message.

    Args:
        store: Has the messages.
        tickets: Tickets that are asked about.
        intake: Opens tickets of all other texts.
        places: Names, and which needs are private.
        now: The clock, UTC.
    """

    def __init__(
        self,
        store: Storage,
        tickets: TicketService,
        intake: IntakeService,
        places: Places,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._store = store
        self._tickets = tickets
        self._intake = intake
        self._places = places
        self._now = now

    async def work_off(self, message: StoredMessage) -> None:
        """Work a message off.

        Raises:
            StorageUnavailableError: it is done again later.
        """
        asked = await self._store.read(partial(self._ask, message=message))
        done = await self._answer_to(asked) if asked else _Done("nobody's")
        await self._store.write(partial(_finish, message=message, asked=asked, done=done, now=self._now()))
        if asked:
            _log.info("SMS in %d from %s: %s", message.id, mask(asked.phone), done.note)

    async def rescue(self, message: StoredMessage) -> None:
        """Make a ticket of a message that is to be set aside."""
        asked = await self._store.read(partial(self._ask, message=message))
        if asked and asked.text:
            await self._intake.submit(_submission(asked))

    def _ask(self, uow: UnitOfWork, *, message: StoredMessage) -> _Asked | None:
        person = uow.chat_people.find(message.message.person)
        if person is None or person.phone is None:
            return None
        text = str(message.message.content.get("text", ""))
        now = self._now()
        questions = open_questions(uow, person.phone, MAY_ANSWER, now - ANSWER_WITHIN)
        language, pace = language_of_text(text, person.language), Pace(person.dialogue, now)
        return _Asked(message, person, person.phone, text, questions, language, pace)

    async def _answer_to(self, asked: _Asked) -> _Done:
        begun = asked.person.dialogue.get(_BEGUN)
        if isinstance(begun, dict) and begun.get("message") == asked.message.id:
            return await self._take_word(asked, str(begun["ticket"]), str(begun["kind"]))
        meaning = read_meaning(asked.text, asked=bool(asked.questions))
        if meaning.kind in ("stop", "start"):
            return self._stop(asked, stopped=meaning.kind == "stop")
        if meaning.kind == "status":
            return await self._status(asked, meaning.ticket)
        if meaning.kind in ("yes", "no"):
            return await self._answer(asked, meaning)
        if not asked.text or not asked.pace.may_request():
            return _Done("more than a number may write in an hour" if asked.text else "empty")
        noted = await self._note(asked, meaning.ticket) if meaning.ticket else None
        return noted or await self._request(asked)

    def _stop(self, asked: _Asked, *, stopped: bool) -> _Done:
        if not stopped or asked.person.stopped:
            return _Done("stop" if stopped else "start", stopped=stopped)
        return _Done("stop", self._reply(asked, None, "stopped"), stopped=True)

    async def _status(self, asked: _Asked, number: str) -> _Done:
        """Tell the state of a ticket: of a private need to its own citizen alone, as the other interfaces do."""
        ticket = await self._tickets.ticket(number)
        need = self._places.needs.get(ticket.service_code) if ticket else None
        if ticket is None or (ticket.phone != asked.phone and (need is None or need.private)):
            return _Done("no such ticket", self._reply(asked, None, "no-such-ticket"))
        return _Done(f"status of {number}", self._reply(asked, ticket, "status"))

    async def _answer(self, asked: _Asked, meaning: Meaning) -> _Done:
        about = [one for one in asked.questions if meaning.ticket in ("", one.number)]
        if not about:
            if meaning.ticket:
                return await self._status(asked, meaning.ticket)
            return _Done("an answer to no question")
        number = about[0].number
        begun = {"message": asked.message.id, "ticket": number, "kind": meaning.kind}
        state = {**asked.person.dialogue, _BEGUN: begun}
        await self._store.write(lambda uow: uow.chat_people.set_dialogue(asked.person.id, state))
        return await self._take_word(asked, number, meaning.kind)

    async def _take_word(self, asked: _Asked, number: str, kind: str) -> _Done:
        """Hand on a citizen's word; the same result when it is done again."""
        reply = await self._tickets.citizen_answers(number, "helped" if kind == "yes" else "not-yet", asked.key)
        ticket = await self._tickets.ticket(number)
        if not reply.accepted:
            return _Done(f"answer about {number} came too late", self._reply(asked, ticket, "status"))
        if kind == "yes":
            return _Done(f"help came: {number}")
        return _Done(f"no help yet: {number}", self._reply(asked, ticket, "reopened"))

    async def _note(self, asked: _Asked, number: str) -> _Done | None:
        """Add a text that names a ticket to it, if it is the citizen's own and still open."""
        ticket = await self._tickets.ticket(number)
        if ticket is None or ticket.phone != asked.phone or ticket.stage in CLOSED:
            return None
        try:
            ticket = await self._tickets.note(number, asked.text, by=CITIZEN.name, key=asked.key)
        except UnknownTicketError:
            return None
        return _Done(f"note to {number}", self._reply(asked, ticket, "status"))

    async def _request(self, asked: _Asked) -> _Done:
        if not asked.pace.say(asked.text):
            return _Done("the same words again")
        told = asked.pace.told_last()
        if told and not await self._intake.says_need(asked.text, language=asked.language):
            ticket = await self._tickets.ticket(told)
            if ticket is not None and ticket.phone == asked.phone and ticket.stage not in CLOSED:
                await self._tickets.note(told, asked.text, by=CITIZEN.name, key=asked.key)
                return _Done(f"more to {told}")
        receipt = await self._intake.submit(_submission(asked))
        number = receipt.number
        if not asked.pace.tell(number):
            return _Done(f"more to {number}, whose number was told")
        return _Done(f"ticket {number}", self._reply(asked, receipt.ticket, "ticket-number"))

    def _reply(self, asked: _Asked, ticket: Ticket | None, template: str) -> NewOutgoing | None:
        if not is_mobile(asked.phone) or not asked.pace.may_answer():
            return None
        to, key, language = asked.phone, f"{asked.message.message.provider_id}/answer", asked.language
        if ticket is None:
            return without_ticket(to=to, template=template, purpose="answer", key=key, language=language)
        return about_ticket(
            ticket, self._places, to=to, template=template, purpose="answer", key=key, language=language
        )


def _submission(asked: _Asked) -> Submission:
    sender = normalise(asked.phone)
    return Submission(source_key=asked.key, channel="sms", language=asked.language, sender=sender, text=asked.text)


def _finish(uow: UnitOfWork, *, message: StoredMessage, asked: _Asked | None, done: _Done, now: datetime) -> None:
    """Write all that became of a message at once. Runs in the writer's thread."""
    if not uow.chat_in.finish(message.id, message.message.person, done.note) or asked is None:
        return
    state = asked.pace.state()
    uow.chat_people.set_dialogue(asked.person.id, state, language=asked.language, stopped=done.stopped)
    if done.answer is not None:
        uow.messages_out.add(done.answer, now)
