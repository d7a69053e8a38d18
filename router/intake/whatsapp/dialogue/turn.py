"""One message and all that comes of it, while it is worked off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from router.intake.whatsapp.dialogue.draft import Known, key_of, new_draft, submission_of, touched
from router.intake.whatsapp.dialogue.state import MAX_MESSAGES, MAX_PAST, Current, DialogueState, Draft, read_state
from router.intake.whatsapp.dialogue.step import Amend, CitizenWord, Note, Reply, Step, Submit, Wake
from router.intake.whatsapp.dialogue.wording.questions import Asker
from router.outside_text import clean

if TYPE_CHECKING:
    from datetime import datetime

    from router.geo import Places
    from router.intake.base import TextUnderstanding
    from router.intake.whatsapp.dialogue.state import Media, Question
    from router.intake.whatsapp.dialogue.step import Facts
    from router.intake.whatsapp.dialogue.wording.texts import Texts
    from router.model.messaging.incoming import IncomingMessage
    from router.model.messaging.person import ChatLanguage, ChatPerson
    from router.model.ticket import Ticket

MAX_TEXT: Final = 4_096
"""Characters of a text on WhatsApp."""

MAX_SENT: Final = 4
"""Messages of ours for one ticket: each costs money, and people tire of questions."""

UNANSWERED: Final = timedelta(minutes=10)
"""After so long without a word a draft becomes a ticket as it is: longer than it takes to find a form's answer, short
beside the time a room has."""

BELONGS: Final = timedelta(hours=24)
"""So long what people write without naming another need belongs to their open ticket."""

ONCE: Final = timedelta(hours=1)
MAX_HOUR: Final = 40
"""Messages to one person within the hour: ten tickets."""

_LOWEST: Final = 4  # priority
MAX_ANSWERS: Final = 12
"""Answers within `ONCE` to what is no request: status, help, greetings."""


@dataclass(frozen=True, slots=True)
class Tools:
    """What every turn needs.

    Attributes:
        places: Needs and places.
        texts: The texts.
        secret: ``whatsapp-buttons``.
        understand: Reads texts.
    """

    places: Places
    texts: Texts
    secret: bytes
    understand: TextUnderstanding


class Turn:
    """What one message changes.

    Args:
        tools: Places, texts, secret, understanding.
        person: Who writes.
        message: What.
        facts: What the store knows of it.
        now: Aware.
    """

    def __init__(self, tools: Tools, person: ChatPerson, message: IncomingMessage, facts: Facts, now: datetime) -> None:
        self.tools, self.person, self.message, self.facts, self.now = tools, person, message, facts, now
        state = read_state(person.dialogue)
        self.draft, self.ticket = state.draft, state.ticket
        self.past, self.told = state.past, dict(state.told)
        fresh = state.hour is not None and timedelta(0) <= now - state.hour < ONCE
        self.hour, self.answers, self.sent = (state.hour, state.answers, state.sent) if fresh else (now, 0, 0)
        self.language: ChatLanguage = person.language
        self.replies: list[Reply] = []
        self.notes: list[Note] = []
        self.fetch: list[Media] = []
        self.fetch_for = ""
        self.amends: list[Amend] = []
        self.word: CitizenWord | None = None
        self.phone: str | None = None
        self.stopped: bool | None = None
        self._submit: Draft | None = None

    @property
    def ask(self) -> Asker:
        """Makes messages in the person's language."""
        return Asker(self.tools.places, self.tools.texts, self.tools.secret, self.person.id, self.language)

    @property
    def id(self) -> str:
        """``provider_id`` of the message."""
        return self.message.provider_id

    @property
    def key(self) -> str:
        """The message's key in tickets."""
        return key_of(self.person, self.id)

    @property
    def has_phone(self) -> bool:
        """Whether the person can be called."""
        return bool(self.person.phone or self.phone)

    def known_ticket(self, number: str) -> Ticket | None:
        """Return a ticket of the person by its number."""
        return next((ticket for ticket in self.facts.tickets if ticket.number == number), None)

    def current(self) -> Current | None:
        """Return the ticket that the person may still be writing about: open, and not of yesterday."""
        if self.ticket is None or self.now - self.ticket.touched > BELONGS:
            return None
        ticket = self.known_ticket(self.ticket.number)
        return self.ticket if ticket is not None and ticket.is_open else None

    def drafted(self) -> Draft:
        """Return the draft that this message belongs to; it begins one where there is none."""
        self.draft = touched(self.draft or new_draft(self.id, self.now), self.id, self.now)
        return self.draft

    def understand(self, text: str, draft: Draft, *, need: str | None = None) -> Mapping[str, object]:
        """Return what a text says beyond what is known.

        Args:
            text: Of the person.
            draft: What is known.
            need: Taken as the need known, instead of the draft's.
        """
        wanted = need or draft.need
        of_need = self.tools.places.needs.get(wanted or "")
        known = Known(draft, wanted, draft.priority or (of_need.priority if of_need else _LOWEST))
        return self.tools.understand(text, known, language=self.language).fields

    def question(self, question: Question, reply: Reply) -> None:
        """Ask something about the draft."""
        assert self.draft is not None  # noqa: S101 - questions are asked of drafts
        self.draft = self.draft.model_copy(update={"asked": (*self.draft.asked, question)})
        self.replies.append(reply)

    def answer(self, reply: Reply, *, once: str = "") -> bool:
        """Say something that belongs to no draft, but not without end, for each message costs; tell whether it is said.

        Args:
            reply: The message.
            once: Its name, when it is said at most once an hour.
        """
        last = self.told.get(once)
        if (once and last and timedelta(0) <= self.now - last < ONCE) or self.answers >= MAX_ANSWERS:
            return False
        self.answers += 1
        if once:
            self.told[once] = self.now
        self.replies.append(reply)
        return True

    def about_ticket(self, reply: Reply, *, asks: Question | None = None) -> bool:
        """Say or ask something about the current ticket, while messages are left for it; return whether it is said."""
        assert self.ticket is not None  # noqa: S101 - called for a ticket
        if self.ticket.sent >= MAX_SENT:
            return False
        self.ticket = self.ticket.model_copy(update={"sent": self.ticket.sent + 1, "asks": asks})
        self.replies.append(reply)
        return True

    def added(self, number: str, *, answered: bool = False) -> None:
        """Say that something is added to the current ticket: once an hour, for an album is many messages.

        Args:
            number: Its number.
            answered: What was asked of the ticket is answered by it.
        """
        assert self.ticket is not None  # noqa: S101 - called for a ticket
        if answered:
            self.ticket = self.ticket.model_copy(update={"asks": None})
        name = f"added-{number}"
        last = self.told.get(name)
        if last is not None and self.now - last < ONCE:
            return
        if self.about_ticket(self.ask.say("added", ticket=number), asks=self.ticket.asks):
            self.told[name] = self.now

    def ticket_of(self, message: str) -> str:
        """Return the number of the ticket that a message of the person belongs to; empty when it is unknown."""
        if self.ticket is not None and message in self.ticket.messages:
            return self.ticket.number
        key = key_of(self.person, message)
        return next((ticket.number for ticket in self.facts.tickets if key in (ticket.source_key, *ticket.calls)), "")

    @staticmethod
    def words(content: Mapping[str, object], *path: str) -> str:
        """Return a text of a message, cleaned and of bounded length; empty when there is none."""
        found: object = content
        for name in path:
            found = found.get(name) if isinstance(found, Mapping) else None
        return clean(found[:MAX_TEXT]) if isinstance(found, str) else ""

    def belongs(self, current: Current) -> None:
        """Take this message as one about the current ticket."""
        messages = (*current.messages, self.id)[-MAX_MESSAGES:]
        self.ticket = current.model_copy(update={"touched": self.now, "messages": messages})

    @property
    def submitting(self) -> Draft | None:
        """The draft that is to be submitted."""
        return self._submit

    def submit(self, draft: Draft) -> None:
        """Have a draft submitted. When it is not the draft of the dialogue, that one goes on afterwards."""
        self._submit = draft

    def step(self) -> Step:
        """Return all of it."""
        draft = self.draft
        wake = None
        if draft is not None and self._submit is None:
            content = {"draft": draft.id}
            wake = Wake(draft.touched + UNANSWERED, f"timeout/{self.person.id}/{draft.id}/{draft.wakes}", content)
        state, replies = limited(self._state(), self.replies, self.now)
        return Step(
            state=state.model_dump(mode="json", exclude_defaults=True),
            replies=tuple(replies),
            submit=None if self._submit is None else Submit(submission_of(self._submit, self.spoken_to), self._submit),
            notes=tuple(self.notes),
            amends=tuple(self.amends),
            word=self.word,
            fetch=tuple(self.fetch),
            fetch_for=self.fetch_for,
            phone=self.phone,
            language=self.language if self.language != self.person.language else None,
            stopped=self.stopped,
            wake=wake,
        )

    @property
    def spoken_to(self) -> ChatPerson:
        """The person as this message has changed them."""
        return replace(self.person, language=self.language, phone=self.phone or self.person.phone)

    def _state(self) -> DialogueState:
        told = {name: when for name, when in self.told.items() if self.now - when < ONCE}
        return DialogueState(
            draft=self.draft,
            ticket=self.ticket,
            past=self.past[-MAX_PAST:],
            told=told,
            hour=self.hour if self.answers or self.sent else None,
            answers=self.answers,
            sent=self.sent,
        )


def limited(state: DialogueState, replies: Sequence[Reply], now: datetime) -> tuple[DialogueState, list[Reply]]:
    """Return what may still be said to a person within the hour; what danger needs always may."""
    kept: list[Reply] = []
    sent = state.sent
    for reply in replies:
        if sent < MAX_HOUR or reply.purpose == "emergency":
            kept.append(reply)
            sent += 1
    return state.model_copy(update={"sent": sent, "hour": state.hour or (now if sent else None)}), kept
