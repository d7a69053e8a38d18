"""The dialogue with people who write."""

from __future__ import annotations

import pytest

from tests.unit.router.intake.whatsapp.dialogue.conversation import Conversation


def test_need_and_place_in_one_text_are_confirmed_and_numbered() -> None:
    chat = Conversation()
    chat.write("भोपाल में राशन नहीं मिल रहा है")
    assert chat.last.body.kind == "buttons"
    assert "राशन, भोपाल" in chat.last.body.text
    assert not chat.tickets
    chat.write("हाँ")
    assert (chat.only.need, chat.only.district) == ("ration", "bhopal")
    assert chat.last.purpose == "ticket-number"
    assert "100000000" in chat.last.body.text
    assert len(chat.replies) == 2


def test_questions_one_by_one_are_four_messages() -> None:
    chat = Conversation()
    chat.write("नमस्ते")
    assert chat.last.body.kind == "list"
    chat.write("राशन चाहिए")
    assert chat.last.body.kind == "location_request"
    chat.write("सीहोर")
    assert chat.last.body.kind == "buttons"
    chat.write("haan")
    assert (chat.only.need, chat.only.district, chat.only.sender.e164) == ("ration", "sehore", chat.phone)
    assert [reply.purpose for reply in chat.replies] == ["answer", "answer", "answer", "ticket-number"]


def test_english_is_answered_in_english() -> None:
    chat = Conversation()
    chat.write("We have no food in the house, please help")
    assert chat.person.language == "en"
    assert chat.last.body.text.startswith("Where is help needed?")
    chat.write("Bhopal")
    assert chat.last.body.kind == "buttons"
    assert chat.last.body.buttons[0].title == "Yes, it is right"


def test_unanswered_draft_becomes_a_ticket() -> None:
    chat = Conversation()
    chat.write("मेरे घर में राशन नहीं है")
    chat.wait()
    assert chat.only.need == "ration"
    assert chat.last.purpose == "ticket-number"


def test_greeting_alone_is_no_request() -> None:
    chat = Conversation()
    chat.write("hello")
    chat.wait()
    assert not chat.submissions
    assert len(chat.replies) == 1


def test_danger_is_a_ticket_at_once() -> None:
    chat = Conversation()
    chat.write("बचाओ, घर में आग लग गई है, भोपाल")
    assert chat.only.need == "danger"
    assert chat.only.priority == 1
    assert chat.only.district == "bhopal"
    assert chat.replies[0].purpose == "emergency"
    assert "108" in chat.replies[0].body.text
    assert "112" in chat.replies[0].body.text


def test_danger_asks_first_for_the_telephone_where_there_is_none() -> None:
    chat = Conversation(phone=None)
    chat.write("बचाओ, घर में आग लग गई है")
    assert [reply.body.kind for reply in chat.replies] == ["text", "contact_request"]


@pytest.mark.parametrize("text", ["status 100000000", "स्थिति", "१००००००००", "100 000 000", "Status"])
def test_status_of_own_ticket(text: str) -> None:
    chat = Conversation()
    chat.write("भोपाल में राशन नहीं मिल रहा है")
    chat.write("हाँ")
    chat.write(text)
    assert "100000000 (राशन): कक्ष को भेज दिया है" in chat.last.body.text


def test_status_of_a_foreign_ticket_says_nothing_of_it() -> None:
    chat = Conversation()
    chat.write("status 100000999")
    assert "181" in chat.last.body.text
    assert chat.last.ticket == ""  # else this person would be asked whether help came
    assert not chat.submissions


def test_stop_and_start() -> None:
    chat = Conversation()
    chat.write("STOP")
    assert chat.person.stopped
    chat.write("शुरू")
    assert not chat.person.stopped
    assert len(chat.replies) == 2


def test_second_message_joins_the_ticket() -> None:
    chat = Conversation()
    chat.write("भोपाल में राशन नहीं मिल रहा है")
    chat.write("हाँ")
    step = chat.write("घर में छोटे बच्चे भी हैं")
    assert [note.text for note in step.notes] == ["घर में छोटे बच्चे भी हैं"]
    assert len(chat.tickets) == 1
    chat.write("अब दवा भी नहीं है")
    chat.wait()
    assert len(chat.tickets) == 2
