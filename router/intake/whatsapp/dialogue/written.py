"""What people write: answers, requests, and additions to a ticket."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from router.intake.whatsapp.dialogue import draft as drafts
from router.intake.whatsapp.dialogue import place as places_of
from router.intake.whatsapp.dialogue.commands import on_command, on_greeting
from router.intake.whatsapp.dialogue.draft import known_of, new_draft
from router.intake.whatsapp.dialogue.far_from_home import says_far_from_home, with_facts, with_wants
from router.intake.whatsapp.dialogue.flow import DANGER, LISTEN, go_on
from router.intake.whatsapp.dialogue.step import Amend, CitizenWord, Note
from router.intake.whatsapp.dialogue.wording.words import begins_with, language_of, meaning
from router.model.stages import Stage
from router.model.stranded import STRANDED, STRANDED_NEEDS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from router.intake.whatsapp.dialogue.state import Current, Draft
    from router.intake.whatsapp.dialogue.turn import Turn
    from router.model.ticket import Ticket

_UNSAID: Final = frozenset({"other", LISTEN})
"""Needs of a ticket that say that its need is not known."""

_TOGETHER: Final = timedelta(hours=1)
"""Words of danger within so long of each other are about the same one."""

_LONG_ENOUGH: Final = 6_000
"""Characters of a draft that is submitted without another question."""

_MAX_ADDRESS: Final = 200
_PLACE: Final = ("district", "state", "zipcode", "lat", "long")


def on_text(turn: Turn, text: str) -> None:
    """Take what somebody has written."""
    texts = turn.tools.texts
    if not text:
        return
    turn.language = language_of(text, texts, turn.language)
    if on_command(turn, text):
        return
    if _on_yes_or_no(turn, text):
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
    if need == DANGER:
        _on_danger(turn, text, blank)
    elif current is not None and turn.draft is None and _is_about(turn, current, text, need):
        _add_to(turn, current, text)
    else:
        _on_draft(turn, text, found)


def _is_about(turn: Turn, current: Current, text: str, need: object) -> bool:
    """Whether words with this need, or none, are more of the ticket that there is.

    Who is stranded is asked for what other officers have to know: a ticket of another need has no room for it, and its
    district would become the one of their home.
    """
    if current.need not in STRANDED_NEEDS and says_far_from_home(turn, text):
        return False
    return need in (None, current.need) or current.need in _UNSAID


def _on_draft(turn: Turn, text: str, found: Mapping[str, object]) -> None:
    draft = turn.drafted()
    asked = draft.asked[-1:]
    if asked and asked != ("need",) and not draft.placed and meaning(text, turn.tools.texts, "unknown"):
        turn.draft = draft.model_copy(update={"nowhere": True})
        go_on(turn)
        return
    draft = drafts.said(draft, turn.id, text)
    if asked == ("confirm",):
        draft = _corrected(turn, draft, text, found)
    draft = drafts.understood(draft, turn.understand(text, draft))
    if draft.need in STRANDED_NEEDS:
        draft = with_wants(draft, found.get("service_code"))
    turn.draft = with_facts(turn, with_place(turn, draft, text), text)
    if sum(len(one.text) for one in turn.draft.said) > _LONG_ENOUGH:
        turn.submit(turn.draft)
    else:
        go_on(turn)


def _corrected(turn: Turn, draft: Draft, text: str, found: Mapping[str, object]) -> Draft:
    """Return a draft as words instead of a yes or no put it right: what they name counts, not what was understood."""
    changes: dict[str, object] = {"confirmed": True}
    if found.get("service_code") and draft.need not in STRANDED_NEEDS:
        changes["need"] = found["service_code"]
    if found.get("district") and draft.need != STRANDED:
        changes |= {"district": found["district"], "zipcode": "", "lat": None, "long": None}
    if changes == {"confirmed": True} and begins_with(text, turn.tools.texts, "no"):
        return unsure(draft)
    return draft.model_copy(update=changes)


def unsure(draft: Draft) -> Draft:
    """Return a draft that goes to the room as one that was not understood rightly."""
    remark = "नागरिक: ठीक से नहीं समझा गया / the citizen says that it was not understood rightly"
    return draft.model_copy(update={"confirmed": True, "unsure": True, "remarks": (*draft.remarks, remark)})


def with_place(turn: Turn, draft: Draft, text: str) -> Draft:
    """Return a draft with the place that a text names, if it does."""
    place = places_of.of_text(text, turn.tools.places)
    if place.known and (not draft.placed or place.zipcode):
        return drafts.placed(draft, place).model_copy(update={"candidates": ()})
    if place.candidates and not draft.placed:
        return drafts.placed(draft, place).model_copy(update={"candidates": place.candidates})
    if draft.asked[-1:] != ("place",) or draft.placed:
        return draft
    state = turn.understand(text, new_draft(turn.id, turn.now), need=STRANDED).get("state")  # of a town, as it may be
    draft = drafts.placed(draft, place).model_copy(update={"address": draft.address or text[:_MAX_ADDRESS]})
    return draft.model_copy(update={"state": state}) if state else draft


def _on_danger(turn: Turn, text: str, blank: Draft) -> None:
    """A danger to life is a ticket at once; a draft of another need goes on after it."""
    same = next((ticket for ticket in turn.facts.tickets if _is_this_danger(turn, ticket)), None)
    if same is not None:
        turn.notes.append(Note(same.number, text, turn.key))
        turn.answer(turn.ask.say("danger", purpose="emergency", ticket=same.number), once=f"danger-{same.number}")
        if turn.ticket is not None and turn.ticket.number == same.number:
            turn.belongs(turn.ticket)
        return
    before = turn.draft
    if before is not None and before.need in (None, *_UNSAID):
        draft, turn.draft = drafts.touched(before, turn.id, turn.now), None
    else:
        place = {name: getattr(before, name) for name in _PLACE} if before else {}
        draft = blank.model_copy(update=place)
    draft = drafts.said(draft, turn.id, text)
    draft = drafts.understood(draft, turn.understand(text, draft))
    draft = with_place(turn, draft, text)
    kept = turn.draft
    turn.draft = draft.model_copy(update={"need": DANGER})
    go_on(turn)
    turn.draft = kept


def _is_this_danger(turn: Turn, ticket: Ticket) -> bool:
    recent = turn.now - ticket.requested_datetime < _TOGETHER
    return ticket.service_code == DANGER and ticket.is_open and ticket.channel == "whatsapp" and recent


def _on_yes_or_no(turn: Turn, text: str) -> bool:
    """Take a bare yes or no; return whether it means something here."""
    texts = turn.tools.texts
    said = meaning(text, texts, "yes", "no")
    if turn.draft is not None and turn.draft.has_content:
        if said is None or turn.draft.asked[-1:] != ("confirm",):
            return False
        turn.drafted()
        on_confirm(turn, yes=said == "yes")
        return True
    asked = [ticket for ticket in turn.facts.tickets if ticket.stage is Stage.RESOLVED]
    word = meaning(text, texts, "helped", "not-helped")
    if len(asked) == 1 and word is not None:
        on_word(turn, asked[0].number, helped=word == "helped")
        return True
    return said is not None and turn.current() is not None


def on_confirm(turn: Turn, *, yes: bool) -> None:
    """Take the answer to "is this right?"."""
    assert turn.draft is not None  # noqa: S101 - called for a draft
    draft = turn.draft
    if yes:
        turn.draft = draft.model_copy(update={"confirmed": True})
    elif len(draft.asked) > 1:
        turn.draft = unsure(draft)
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
        turn.amends.append(Amend(current.number, fields, turn.key))
    turn.added(current.number, answered=bool(fields.keys() & {"district", "state"}))
