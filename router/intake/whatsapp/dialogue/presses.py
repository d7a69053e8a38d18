"""Buttons and rows that people press: in time, late, twice, or invented."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from router.intake.whatsapp.dialogue import draft as drafts
from router.intake.whatsapp.dialogue.commands import in_language
from router.intake.whatsapp.dialogue.draft import new_draft
from router.intake.whatsapp.dialogue.flow import go_on, questions_left
from router.intake.whatsapp.dialogue.place import Place
from router.intake.whatsapp.dialogue.step import Amend
from router.intake.whatsapp.dialogue.wording.buttons import Pressed, read
from router.intake.whatsapp.dialogue.wording.outcome import OUTCOME
from router.intake.whatsapp.dialogue.wording.questions import ELSEWHERE, LANGUAGE, MORE, UNKNOWN, YES
from router.intake.whatsapp.dialogue.written import on_confirm, on_word
from router.model.stages import Stage

if TYPE_CHECKING:
    from router.intake.whatsapp.dialogue.state import Draft, Question
    from router.intake.whatsapp.dialogue.turn import Turn

_NEEDS: Final = frozenset({"need", "more"})
_DISTRICTS: Final = frozenset({"which", "district"})
_ASKED: Final = frozenset({Stage.RESOLVED, Stage.REJECTED, Stage.UNCONFIRMED, Stage.CONFIRMED, Stage.MERGED})
"""Stages of a ticket whose citizen was asked whether help came; what may follow is for the ticket service."""


def on_press(turn: Turn, pressed_id: str) -> None:
    """Take a pressed button; one that we did not send to this person is nothing."""
    pressed = read(turn.tools.secret, turn.person.id, pressed_id)
    if pressed is None:
        return
    if pressed.step == OUTCOME:
        _on_outcome(turn, pressed)
    elif turn.draft is not None and pressed.about == turn.draft.id:
        _on_draft(turn, pressed)
    else:
        _on_late(turn, pressed)


def _on_outcome(turn: Turn, pressed: Pressed) -> None:
    ticket = turn.known_ticket(pressed.about)
    if ticket is not None and ticket.stage in _ASKED:
        on_word(turn, pressed.about, helped=pressed.value == YES)
    elif ticket is not None:
        turn.answer(turn.ask.status(ticket), once=f"status-{ticket.number}")


def _on_draft(turn: Turn, pressed: Pressed) -> None:
    places, draft = turn.tools.places, turn.drafted()
    if pressed.step == "confirm":
        on_confirm(turn, yes=pressed.value == YES)
        return
    if pressed.value == LANGUAGE:
        in_language(turn, english=turn.language != "en")
        return
    if pressed.step in _NEEDS:
        if pressed.value == MORE:
            _ask(turn, "more")
            return
        if pressed.value in places.needs:
            turn.draft = _with_need(draft, pressed.value)
    elif pressed.step == "division":
        if pressed.value in places.divisions:
            remark = f"संभाग / division: {pressed.value}"
            turn.draft = draft.model_copy(update={"remarks": (*draft.remarks, remark)})
            _ask(turn, "district", pressed.value)
            return
    else:
        placed = _with_place(turn, draft, pressed)
        if placed is None:
            _ask(turn, "outside")
            return
        turn.draft = placed
    go_on(turn)


def _with_need(draft: Draft, need: str) -> Draft:
    """Return a draft with the need chosen. Chosen anew after it was to be confirmed, it is what is meant."""
    return draft.model_copy(update={"need": need, "priority": None, "confirmed": "confirm" in draft.asked})


def _with_place(turn: Turn, draft: Draft, pressed: Pressed) -> Draft | None:
    """Return a draft with the place pressed; None where the other state is to be asked for."""
    places = turn.tools.places
    if pressed.step in _DISTRICTS and pressed.value in places.districts:
        return drafts.placed(draft, Place(district=pressed.value))
    if pressed.step == "outside" and pressed.value in places.states:
        return drafts.placed(draft, Place(state=pressed.value))
    if pressed.value == ELSEWHERE and "outside" not in draft.asked and questions_left(draft, turn.has_phone) > 0:
        return None
    if pressed.value in (ELSEWHERE, UNKNOWN):
        return draft.model_copy(update={"nowhere": True, "candidates": ()})
    return draft


def _ask(turn: Turn, question: Question, value: str = "") -> None:
    """Ask a question that follows from a press, while a message is left for it; else go on without."""
    assert turn.draft is not None  # noqa: S101 - of a draft
    draft = turn.draft
    if questions_left(draft, turn.has_phone) <= 0:
        turn.draft = draft.model_copy(update={"nowhere": True}) if question != "more" else draft
        turn.submit(turn.draft)
    elif question == "more":
        turn.question("more", turn.ask.more(draft.id))
    elif question == "district":
        turn.question("district", turn.ask.district_of(draft.id, value))
    else:
        turn.question("outside", turn.ask.outside(draft.id, draft.states))


def _on_late(turn: Turn, pressed: Pressed) -> None:
    """Take a button of a draft that is a ticket now, or of one that is gone."""
    number = next((number for draft, number in turn.past if draft == pressed.about), "")
    current = turn.ticket
    if number and current is not None and number == current.number and _fills(turn, pressed):
        return
    ticket = turn.known_ticket(number)
    if ticket is not None:
        if pressed.step != "confirm" or number != (current.number if current else ""):
            turn.answer(turn.ask.status(ticket), once=f"status-{number}")
        return
    if turn.draft is None and pressed.step in _NEEDS and pressed.value in turn.tools.places.needs:
        turn.draft = _with_need(new_draft(turn.id, turn.now), pressed.value)
        go_on(turn)
        return
    turn.answer(turn.ask.say("old-button"), once="old-button")


def _fills(turn: Turn, pressed: Pressed) -> bool:
    """Take a late press that says what is not known of the ticket yet; return whether it does."""
    current = turn.current()
    ticket = turn.known_ticket(current.number) if current else None
    if current is None or ticket is None:
        return False
    places = turn.tools.places
    fields: dict[str, object] = {}
    if pressed.step in _NEEDS and pressed.value in places.needs and ticket.service_code in ("other", "listen"):
        fields["service_code"] = pressed.value
    elif ticket.district is None and ticket.state is None:
        if pressed.step in _DISTRICTS and pressed.value in places.districts:
            fields["district"] = pressed.value
        elif pressed.step == "outside" and pressed.value in places.states:
            fields["state"] = pressed.value
    if not fields:
        return False
    turn.belongs(current)
    turn.amends.append(Amend(current.number, fields, turn.key))
    turn.about_ticket(turn.ask.say("added", ticket=current.number))
    return True
