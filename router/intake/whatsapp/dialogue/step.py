"""What the dialogue is told, and what it wants done: pure data between it and the worker that does it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from router.intake.base import Submission
    from router.intake.whatsapp.dialogue.replies import ReplyBody
    from router.intake.whatsapp.dialogue.state import Draft, Media
    from router.model.messaging.incoming import IncomingMessage
    from router.model.messaging.person import ChatLanguage
    from router.model.ticket import Ticket

Purpose = Literal["answer", "ticket-number", "emergency"]
"""Why a reply is sent, as the queue's row keeps it; the last two go out when the day's budget is used up too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the worker has read of the store for one message.

    Attributes:
        tickets: Those of this person, and of their telephone; newest first, a few.
        original: For an edit or a revocation: the message that it is about, if it is kept.
    """

    tickets: tuple[Ticket, ...] = ()
    original: IncomingMessage | None = None


class Reply(NamedTuple):
    """A message to the person."""

    purpose: Purpose
    body: ReplyBody
    ticket: str = ""


class Submit(NamedTuple):
    """A request to be submitted before the replies are known: `Dialogue.submitted` makes them of the ticket.

    Attributes:
        submission: Its ``source_key`` is of the message that completed it: worked off twice, it is one ticket.
        draft: It, as the dialogue had it.
    """

    submission: Submission
    draft: Draft


class Note(NamedTuple):
    """Something a person adds to a ticket in words: ``TicketService.note(ticket, text, by="citizen", key=key)``."""

    ticket: str
    text: str
    key: str


class Amend(NamedTuple):
    """Fields of a ticket that a person has answered after it was opened; known ones stay as a room has put them.

    Attributes:
        ticket: Its number.
        fields: Of the ticket, by name.
        key: Of the message.
    """

    ticket: str
    fields: Mapping[str, object]
    key: str


class CitizenWord(NamedTuple):
    """The answer to "did help come?": ``TicketService.citizen_answers(ticket, answer, call)``."""

    ticket: str
    answer: Literal["helped", "not-yet"]
    call: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What follows from one message: all of it is committed together, after `submit` (which is committed first).

    Attributes:
        state: New ``ChatPerson.dialogue``.
        replies: In this order; ``<provider_id>/<index>`` is the key of each.
        submit: To be submitted; then `Dialogue.submitted` returns the step that is committed.
        notes: To be added to tickets.
        amends: Fields that the person has told after the number.
        word: The citizen's word on help.
        fetch: Files for `fetch_for`.
        fetch_for: The ticket's number of `fetch`.
        phone: The person's own number, E.164, when they have just told it.
        language: In which they write now; None: as before.
        stopped: They said stop, or start; None: neither.
        wake: When nothing more has come by then, a message of the kind ``timeout`` with this ``provider_id`` and the
            content ``{"draft": id}`` is to be worked off: what is left unanswered becomes a ticket as it is.
    """

    state: Mapping[str, object]
    replies: tuple[Reply, ...] = ()
    submit: Submit | None = None
    notes: tuple[Note, ...] = ()
    amends: tuple[Amend, ...] = ()
    word: CitizenWord | None = None
    fetch: tuple[Media, ...] = ()
    fetch_for: str = ""
    phone: str | None = None
    language: ChatLanguage | None = None
    stopped: bool | None = None
    wake: Wake | None = None


class Wake(NamedTuple):
    """A message to ourselves. See `Step`."""

    at: datetime
    provider_id: str
    content: Mapping[str, object]
