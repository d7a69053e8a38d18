"""What people write: words with a meaning of their own, answers, requests, and additions to a ticket."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from router.intake.whatsapp.dialogue import draft as drafts
from router.intake.whatsapp.dialogue import place as places_of
from router.intake.whatsapp.dialogue.draft import known_of, new_draft
from router.intake.whatsapp.dialogue.far_from_home import with_facts, with_wants
from router.intake.whatsapp.dialogue.flow import DANGER, LISTEN, go_on
from router.intake.whatsapp.dialogue.step import Amend, CitizenWord, Note
from router.intake.whatsapp.dialogue.words import asked_status, language_of, meaning
from router.model.stages import Stage
from router.model.stranded import STRANDED_NEEDS

if TYPE_CHECKING:
    from router.intake.whatsapp.dialogue.state import Current, Draft
    from router.intake.whatsapp.dialogue.turn import Turn

_UNSAID: Final = frozenset({"other", LISTEN})
"""Needs of a ticket that say that its need is not known."""

_MAX_STATUS: Final = 3
"""Tickets of which news is given at once, in as many messages."""


def on_text(turn: Turn, text: str) -> None:
    """Take what somebody has written."""
    texts = turn.tools.texts
    if not text:
        return
    turn.language = language_of(text, texts, turn.language)
    if _on_command(turn, text):
        return
    said_yes = meaning(text, texts, "yes", "no")
    if said_yes and _on_yes_or_no(turn, yes=said_yes == "yes"):
        return
    if meaning(text, texts, "greeting"):
        on_greeting(turn)
    elif not meaning(text, texts, "thanks"):
        on_request(turn, text)


def on_request(turn: Turn, text: str) -> None:
    """Take words that are no command: of the draft, of the ticket, or of a new request."""
    blank = new_draft(turn.id, turn.now)
    found = turn.understand(text, blank)
    need = found.get("service_code")
    current = turn.current()
    if need == DANGER and (current is None or current.need != DANGER):
        _on_danger(turn, text, blank)
    elif current is not None and (need == DANGER or (turn.draft is None and _is_about(current, need))):
        _add_to(turn, current, text)
    else:
        _on_draft(turn, text, need)


def _is_about(current: Current, need: object) -> bool:
    """Whether words with this need, or none, are more of the ticket that there is."""
    return need in (None, current.need) or current.need in _UNSAID


def _on_draft(turn: Turn, text: str, need: object) -> None:
    draft = turn.drafted()
    asked = draft.asked[-1:]
    if asked and asked != ("need",) and not draft.placed and meaning(text, turn.tools.texts, "unknown"):
        turn.draft = draft.model_copy(update={"nowhere": True})
        go_on(turn)
        return
    draft = drafts.said(draft, turn.id, text)
    draft = drafts.understood(draft, turn.understand(text, draft))
    if asked == ("confirm",):
        draft = draft.model_copy(update={"confirmed": True})
    if draft.need in STRANDED_NEEDS:
        draft = with_wants(draft, need)
    elif need and asked == ("confirm",):
        draft = draft.model_copy(update={"need": need})
    turn.draft = with_facts(turn, with_place(turn, draft, text), text)
    go_on(turn)


def with_place(turn: Turn, draft: Draft, text: str) -> Draft:
    """Return a draft with the place that a text names, if it does."""
    place = places_of.of_text(text, turn.tools.places)
    if place.known and (not draft.placed or place.zipcode):
        return drafts.placed(draft, place).model_copy(update={"candidates": ()})
    if place.candidates and not draft.placed:
        return drafts.placed(draft, place).model_copy(update={"candidates": place.candidates})
    if draft.asked[-1:] == ("place",) and not draft.placed and not draft.address:
        return drafts.placed(draft, place).model_copy(update={"address": text[:200]})
    return draft


def _on_danger(turn: Turn, text: str, blank: Draft) -> None:
    """A danger to life is a ticket at once; a draft of another need goes on after it."""
    before = turn.draft
    if before is not None and before.need in (None, *_UNSAID):
        draft, turn.draft = drafts.touched(before, turn.id, turn.now), None
    else:
        place = (
            {name: getattr(before, name) for name in ("district", "state", "zipcode", "lat", "long")} if before else {}
        )
        draft = blank.model_copy(update=place)
    draft = drafts.said(draft, turn.id, text)
    draft = drafts.understood(draft, turn.understand(text, draft))
    draft = with_place(turn, draft, text)
    kept = turn.draft
    turn.draft = draft.model_copy(update={"need": DANGER})
    go_on(turn)
    turn.draft = kept


def _on_command(turn: Turn, text: str) -> bool:
    texts = turn.tools.texts
    asked, number = asked_status(text, texts)
    if asked:
        on_status(turn, number)
        return True
    command = meaning(text, texts, "stop", "start", "help", "in-english", "in-hindi")
    if command == "stop":
        turn.stopped = True
        turn.answer(turn.ask.say("stopped"), once="stop")
    elif command == "start":
        turn.stopped = False
        if turn.person.stopped:
            turn.answer(turn.ask.say("started"), once="start")
        else:
            on_greeting(turn)
    elif command == "help":
        turn.answer(turn.ask.say("help"), once="help")
    elif command is not None:
        in_language(turn, english=command == "in-english")
    return command is not None


def in_language(turn: Turn, *, english: bool) -> None:
    """Change the language, and ask the last question again in it."""
    turn.language = "en" if english else "hi"
    if turn.draft is None or turn.draft.has_content:
        turn.answer(turn.ask.say("help"))
    else:
        on_greeting(turn)


def on_status(turn: Turn, number: str) -> None:
    """Give news of a ticket, or of the newest ones."""
    if number:
        ticket = turn.known_ticket(number)
        reply = turn.ask.status(ticket) if ticket else turn.ask.foreign(number)
        turn.answer(reply)
        return
    tickets = [ticket for ticket in turn.facts.tickets if ticket.is_open] or list(turn.facts.tickets[:1])
    if not tickets:
        turn.answer(turn.ask.say("status-none"), once="status-none")
    for ticket in tickets[:_MAX_STATUS]:
        turn.answer(turn.ask.status(ticket))


def on_greeting(turn: Turn) -> None:
    """Greet somebody who has said nothing yet with the list of needs; who has is waiting for us, not we for them."""
    if turn.draft is not None and turn.draft.has_content:
        turn.drafted()
        return
    if turn.draft is None and turn.current() is not None:
        current = turn.current()
        ticket = turn.known_ticket(current.number) if current else None
        if ticket is not None:
            turn.answer(turn.ask.status(ticket), once="greeting")
        return
    turn.draft = new_draft(turn.id, turn.now)
    before = len(turn.replies)
    turn.answer(turn.ask.need(turn.draft.id, greeting=True))
    if len(turn.replies) > before:
        turn.draft = turn.draft.model_copy(update={"asked": ("need",)})


def _on_yes_or_no(turn: Turn, *, yes: bool) -> bool:
    """Take a bare yes or no; return whether it means something here."""
    if turn.draft is not None:
        if turn.draft.asked[-1:] != ("confirm",):
            return False
        turn.drafted()
        on_confirm(turn, yes=yes)
        return True
    asked = [ticket for ticket in turn.facts.tickets if ticket.stage is Stage.RESOLVED]
    if len(asked) == 1:
        on_word(turn, asked[0].number, helped=yes)
        return True
    return turn.current() is not None


def on_confirm(turn: Turn, *, yes: bool) -> None:
    """Take the answer to "is this right?"."""
    assert turn.draft is not None  # noqa: S101 - called for a draft
    draft = turn.draft
    if yes:
        turn.draft = draft.model_copy(update={"confirmed": True})
    elif len(draft.asked) > 1:
        remark = "नागरिक: ठीक से नहीं समझा गया / the citizen says that it was not understood rightly"
        turn.draft = draft.model_copy(update={"confirmed": True, "unsure": True, "remarks": (*draft.remarks, remark)})
    else:
        forgotten = {"need": None, "district": None, "state": None, "zipcode": "", "candidates": ()}
        turn.draft = draft.model_copy(update=forgotten)
    go_on(turn)


def on_word(turn: Turn, number: str, *, helped: bool) -> None:
    """Take the citizen's word on whether help came."""
    turn.word = CitizenWord(number, "helped" if helped else "not-yet", turn.key)
    if not helped:
        turn.answer(turn.ask.say("reopened", ticket=number), once=f"reopened-{number}")


def _add_to(turn: Turn, current: Current, text: str) -> None:
    """Add words to the ticket, and fill what nobody has said of it yet."""
    turn.belongs(current)
    turn.notes.append(Note(current.number, text, turn.key))
    ticket = turn.known_ticket(current.number)
    known = known_of(ticket, turn.id, turn.now)
    need = None if ticket is None or ticket.service_code in _UNSAID else ticket.service_code
    fields = dict(turn.understand(text, known, need=need))
    placed = with_place(turn, known, text)
    if placed.placed and not known.placed:
        fields |= {"district": placed.district, "state": placed.state, "zipcode": placed.zipcode}
    fields = {name: value for name, value in fields.items() if value}
    if fields:
        turn.amend = Amend(current.number, fields, turn.key)
    turn.added(current.number, answered=bool(fields.keys() & {"district", "state"}))
