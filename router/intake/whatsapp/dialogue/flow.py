"""Which question comes next, and what is said with the ticket's number."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from router.intake.whatsapp.dialogue.far_from_home import as_stranded, is_complete
from router.intake.whatsapp.dialogue.state import MAX_PAST, Current, read_state
from router.intake.whatsapp.dialogue.turn import MAX_SENT, limited
from router.intake.whatsapp.dialogue.wording.questions import Asker
from router.model.stranded import STRANDED

if TYPE_CHECKING:
    from datetime import datetime

    from router.intake.whatsapp.dialogue.state import Draft, Question
    from router.intake.whatsapp.dialogue.step import Reply, Step
    from router.intake.whatsapp.dialogue.turn import Tools, Turn
    from router.model.messaging.person import ChatPerson
    from router.model.ticket import Ticket

DANGER: Final = "danger"
LISTEN: Final = "listen"

_EMERGENCY_PRIORITY: Final = 1

_UNTOLD: Final = frozenset({"other", "information"})
"""Needs that say nothing without words."""


def go_on(turn: Turn) -> None:
    """Ask the next question about the draft, or have it submitted when nothing is left to ask, or no message for it."""
    draft = turn.draft
    if draft is None:
        return
    if draft.need == DANGER:
        submit_danger(turn)
        return
    draft = turn.draft = as_stranded(draft)
    question = next_question(draft, left=questions_left(draft, turn.has_phone))
    if question is None:
        turn.submit(draft)
        return
    turn.question(question, _asked(turn, draft, question))


def next_question(draft: Draft, *, left: int) -> Question | None:
    """Return what is to be asked; None: nothing, or nothing more.

    Args:
        draft: What is known.
        left: How many questions may still be asked.
    """
    stranded = draft.need == STRANDED
    unplaced = not draft.placed and not draft.nowhere
    wanted: tuple[tuple[Question, bool], ...] = (
        ("need", draft.need is None),
        ("what", draft.need in _UNTOLD and not draft.said and not draft.media),
        ("stranded", stranded and not is_complete(draft)),
        ("which", unplaced and bool(draft.candidates)),
        ("outside", unplaced and not draft.candidates and (draft.outside or "stranded" in draft.asked)),
        ("place", unplaced and "stranded" not in draft.asked),
        ("division", unplaced and not stranded and left > 1),
        ("confirm", draft.need is not None and draft.placed and not draft.confirmed),
    )
    return next((one for one, is_open in wanted if left > 0 and is_open and one not in draft.asked), None)


def questions_left(draft: Draft, has_phone: bool) -> int:
    """Return how many questions may still be asked: the last message is the number's, or asks for a telephone."""
    return MAX_SENT - (1 if has_phone else 2) - len(draft.asked)


def submit_danger(turn: Turn) -> None:
    """Have a danger to life submitted at once, with the place, if it is known."""
    assert turn.draft is not None  # noqa: S101 - called for a draft
    turn.submit(turn.draft.model_copy(update={"need": DANGER, "priority": _EMERGENCY_PRIORITY}))


def _asked(turn: Turn, draft: Draft, question: Question) -> Reply:
    ask = turn.ask
    if question == "need":
        return ask.need(draft.id, greeting=not draft.has_content)
    if question in ("stranded", "what"):
        return ask.in_words("ask-stranded" if question == "stranded" else "ask-what")
    if question == "which":
        return ask.which(draft.id, draft.candidates, outside=draft.outside)
    if question == "outside":
        return ask.outside(draft.id, draft.states)
    if question == "division":
        return ask.division(draft.id)
    return ask.place() if question == "place" else ask.confirm(draft)


def with_ticket(tools: Tools, person: ChatPerson, step: Step, ticket: Ticket, now: datetime) -> Step:
    """Return the step that is committed once a draft has become a ticket: the number, and what is asked after it."""
    assert step.submit is not None  # noqa: S101 - called for a step that submits
    submitted = step.submit.draft
    language = step.language or person.language
    ask = Asker(tools.places, tools.texts, tools.secret, person.id, language)
    state = read_state(step.state)
    has_phone = bool(step.phone or person.phone or submitted.contact)
    replies = [_number(ask, submitted, ticket)]
    asks = _asked_after(submitted, has_phone)
    if asks and len(submitted.asked) + len(replies) < MAX_SENT:
        replies.append(ask.phone(ticket.number) if asks == "phone" else ask.place())
    else:
        asks = None if submitted.placed else next((one for one in reversed(submitted.asked) if one in _PLACES), None)
    current = Current(
        number=ticket.number,
        draft=submitted.id,
        need=ticket.service_code,
        touched=now,
        sent=len(submitted.asked) + len(replies),
        asks=asks,
        placed=submitted.placed,
        messages=submitted.messages,
    )
    goes_on = state.draft if state.draft and state.draft.id != submitted.id else None
    past = (*(pair for pair in state.past if pair[0] != submitted.id), (submitted.id, ticket.number))[-MAX_PAST:]
    after = state.model_copy(update={"draft": goes_on, "ticket": current, "past": past})
    after, replies = limited(after, replies, now)
    return replace(
        step,
        submit=None,
        state=after.model_dump(mode="json", exclude_defaults=True),
        replies=(*step.replies, *replies),
        fetch=(*step.fetch, *submitted.media),
        fetch_for=ticket.number,
    )


_PLACES: Final[frozenset[Question]] = frozenset({"place", "which", "division", "district", "outside", "stranded"})


def _number(ask: Asker, draft: Draft, ticket: Ticket) -> Reply:
    if ticket.service_code == DANGER:
        return ask.say("danger", purpose="emergency", ticket=ticket.number)
    name = "number-unsure" if draft.unsure else "number"
    if draft.need in (None, LISTEN) and not draft.said and any(one.kind == "voice" for one in draft.media):
        return ask.say("number-voice", purpose="ticket-number", ticket=ticket.number)
    return ask.say(name, purpose="ticket-number", ticket=ticket.number, summary=ask.summary(draft))


def _asked_after(draft: Draft, has_phone: bool) -> Question | None:
    """Ask for the telephone where there is none, else for the place where nothing could be asked before."""
    if not has_phone:
        return "phone"
    asked_before = _PLACES & {*draft.asked}
    return "place" if not draft.placed and not draft.nowhere and not asked_before else None
