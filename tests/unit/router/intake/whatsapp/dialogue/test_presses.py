"""Buttons and lists: in time, late, twice, forged."""

from __future__ import annotations

from datetime import timedelta

import pytest

from router.intake.whatsapp.dialogue.replies import MAX_ID
from router.intake.whatsapp.dialogue.wording.buttons import Pressed, read, sign
from router.intake.whatsapp.dialogue.wording.outcome import Outcomes
from router.intake.whatsapp.dialogue.wording.texts import Texts
from router.model.stages import Stage
from tests.unit.router.intake.whatsapp.dialogue.conversation import SECRET, Conversation, places


def asked() -> Conversation:
    chat = Conversation()
    chat.write("नमस्ते")
    return chat


def numbered() -> Conversation:
    chat = Conversation()
    chat.write("भोपाल में राशन नहीं मिल रहा है")
    chat.press(chat.last, 0)
    assert len(chat.tickets) == 1
    return chat


def test_by_buttons_alone() -> None:
    chat = asked()
    chat.choose(chat.last, "पका हुआ खाना")
    chat.send("location", {"location": {"latitude": 23.2, "longitude": 77.08}})
    assert "पका हुआ खाना, सीहोर" in chat.last.body.text
    chat.choose(chat.last, "हाँ, सही है")
    assert (chat.only.need, chat.only.district, chat.only.lat) == ("cooked-food", "sehore", 23.2)
    assert len(chat.replies) == 4


def test_every_need_can_be_chosen() -> None:
    first, rest = asked(), asked()
    rest.choose(rest.last, "और चीज़ें…")
    shown = {row.title for chat in (first, rest) for row in chat.last.body.rows}
    assert {need.short_hi for need in places().needs.values() if need.id != "listen"} <= shown


def test_more_needs_then_district_in_four_messages() -> None:
    chat = asked()
    chat.choose(chat.last, "और चीज़ें…")
    chat.choose(chat.last, "डीज़ल")
    chat.write("Bhind")
    assert (chat.only.need, chat.only.district) == ("diesel", "bhind")
    assert len(chat.replies) == 4


def test_language_by_a_row() -> None:
    chat = asked()
    chat.choose(chat.last, "English")
    assert chat.person.language == "en"
    assert chat.last.body.text.startswith("Hello.")
    assert "Medicine" in {row.title for row in chat.last.body.rows}


def test_not_right_asks_once_more() -> None:
    chat = Conversation()
    chat.write("भोपाल में राशन नहीं मिल रहा है")
    chat.choose(chat.last, "नहीं, बदलें")
    assert chat.last.body.kind == "list"
    chat.choose(chat.last, "दवा")
    chat.write("विदिशा")
    assert (chat.only.need, chat.only.district) == ("medicine", "vidisha")
    assert len(chat.replies) == 4


def test_not_right_at_the_end_goes_to_the_room_with_a_remark() -> None:
    chat = asked()
    chat.choose(chat.last, "दवा")
    chat.write("विदिशा")
    chat.choose(chat.last, "नहीं, बदलें")
    assert "ठीक से नहीं समझा गया" in chat.only.status_notes
    assert "जो ग़लत है" in chat.last.body.text
    assert len(chat.replies) == 4


@pytest.mark.parametrize("forged", ["", "x", "1|d0|need|ration|AAAA", "|||||", "1|d0|need|ration|é", "१|a|b|c|d"])
def test_forged_button_is_nothing(forged: str) -> None:
    chat = asked()
    before = chat.person.dialogue
    chat.send("interactive", {"interactive": {"list_reply": {"id": forged, "title": "राशन"}}})
    assert len(chat.replies) <= 2  # an empty id is no button at all: a short answer
    assert chat.person.dialogue.get("draft") == before.get("draft")
    assert not chat.submissions


def test_button_of_another_person_is_nothing() -> None:
    chat = asked()
    assert chat.person.dialogue["draft"]
    other = sign(SECRET, 8, Pressed(str(chat.person.dialogue["draft"]["id"]), "need", "ration"))  # type: ignore[index,call-overload]
    chat.send("interactive", {"interactive": {"list_reply": {"id": other}}})
    assert len(chat.replies) == 1


def test_ids_fit_whatsapp_and_are_read_back() -> None:
    longest = max((*places().districts, *places().states), key=len)
    pressed = Pressed("d0123456789ab", "district", longest)
    signed = sign(SECRET, 123456789, pressed)
    assert len(signed) <= MAX_ID
    assert read(SECRET, 123456789, signed) == pressed
    assert read(b"another secret", 123456789, signed) is None
    assert read(SECRET, 123456789, signed[:-1]) is None
    with pytest.raises(ValueError, match="cannot be the id"):
        sign(SECRET, 1, Pressed("a|b", "need", "x"))


def test_confirm_pressed_twice_says_nothing_more() -> None:
    chat = Conversation()
    chat.write("भोपाल में राशन नहीं मिल रहा है")
    confirm = chat.last
    chat.press(confirm, 0)
    said = len(chat.replies)
    chat.press(confirm, 0)
    assert len(chat.replies) == said
    assert len(chat.tickets) == 1


def test_list_pressed_after_the_ticket_tells_its_stage_once() -> None:
    chat = asked()
    needs = chat.last
    chat.choose(needs, "दवा")
    chat.write("विदिशा")
    chat.press(chat.last, 0)
    said = len(chat.replies)
    chat.choose(needs, "पीने का पानी")
    chat.choose(needs, "पीने का पानी")
    assert chat.texts()[said:] == ["टिकट 100000000 (दवा): कक्ष को भेज दिया है, वहाँ देखा जाना बाकी है।"]


def test_list_pressed_next_day_begins_a_new_request() -> None:
    chat = asked()
    needs = chat.last
    chat.wait()
    chat.now += timedelta(days=2)
    chat.choose(needs, "दवा")
    assert chat.last.body.kind == "location_request"
    chat.wait()
    assert chat.only.need == "medicine"


def test_district_pressed_late_fills_the_ticket() -> None:
    chat = Conversation()
    chat.write("450150 में राशन नहीं है")
    which = chat.last
    assert which.body.kind == "list"
    chat.wait()
    assert chat.only.district is None
    step = chat.choose(which, "खंडवा")
    assert step.amends[0].fields == {"district": "khandwa"}


@pytest.mark.parametrize(("row", "word", "stage"), [(0, "helped", Stage.RESOLVED), (1, "not-yet", Stage.RESOLVED)])
def test_did_help_come(row: int, word: str, stage: Stage) -> None:
    chat = numbered()
    key, ticket = next(iter(chat.tickets.items()))
    chat.tickets[key] = ticket.model_copy(update={"stage": stage})
    body = Outcomes(places(), Texts.load(), SECRET).message(chat.person, ticket)
    assert body.kind == "buttons"
    step = chat.send("button", {"button": {"payload": body.buttons[row].id, "text": body.buttons[row].title}})
    assert step.word is not None
    assert (step.word.ticket, step.word.answer) == (ticket.number, word)


@pytest.mark.parametrize("text", ["ठीक है", "ok", "धन्यवाद"])
def test_ok_does_not_close_a_ticket(text: str) -> None:
    chat = numbered()
    key, ticket = next(iter(chat.tickets.items()))
    chat.tickets[key] = ticket.model_copy(update={"stage": Stage.RESOLVED})
    assert chat.write(text).word is None


@pytest.mark.parametrize(("text", "word"), [("हाँ", "helped"), ("nahi mila", "not-yet"), ("मिल गया", "helped")])
def test_did_help_come_in_words(text: str, word: str) -> None:
    chat = numbered()
    key, ticket = next(iter(chat.tickets.items()))
    chat.tickets[key] = ticket.model_copy(update={"stage": Stage.RESOLVED})
    step = chat.write(text)
    assert step.word is not None
    assert step.word.answer == word


def test_word_on_a_ticket_that_nobody_asked_about_is_its_stage() -> None:
    chat = numbered()
    ticket = next(iter(chat.tickets.values()))
    body = Outcomes(places(), Texts.load(), SECRET).message(chat.person, ticket)
    assert body.kind == "buttons"
    step = chat.send("button", {"button": {"payload": body.buttons[0].id}})
    assert step.word is None
    assert ticket.number in chat.last.body.text
