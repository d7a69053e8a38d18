"""The dialogue with people who write."""

from __future__ import annotations

import pytest

from tests.unit.router.intake.whatsapp.dialogue.conversation import Conversation, places


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


def test_danger_told_twice_is_one_ticket_with_both_texts() -> None:
    chat = Conversation()
    chat.write("बचाओ, घर में आग लग गई है")
    step = chat.write("जल्दी आओ, आग बढ़ रही है, बचाओ")
    assert len(chat.tickets) == 1
    assert [note.ticket for note in step.notes] == ["100000000"]
    assert sum(reply.purpose == "emergency" for reply in chat.replies) == 1
    for _ in range(3):
        chat.write("आग लगी है, बचाओ")
    assert len(chat.tickets) == 1
    assert sum(reply.purpose == "emergency" for reply in chat.replies) == 2


def test_danger_within_another_request_keeps_both() -> None:
    chat = Conversation()
    chat.write("सीहोर में राशन नहीं मिल रहा है")
    chat.write("बचाओ, घर में आग लग गई है")
    assert [one.need for one in chat.submissions.values()] == ["danger"]
    assert chat.only.district == "sehore"
    chat.wait()
    assert [one.need for one in chat.submissions.values()] == ["danger", "ration"]


def test_other_need_is_asked_for_in_words() -> None:
    chat = Conversation()
    chat.write("hello")
    chat.choose(chat.last, "और चीज़ें…")
    chat.choose(chat.last, "कोई और मदद")
    assert "अपने शब्दों में" in chat.last.body.text
    chat.write("सड़क टूट गई है, भोपाल")
    assert (chat.only.need, chat.only.district) == ("other", "bhopal")
    assert len(chat.replies) == 4


@pytest.mark.parametrize(
    ("text", "need", "district"),
    [
        ("नहीं, सीहोर में", "ration", "sehore"),
        ("nahi dawa chahiye", "medicine", "bhopal"),
        ("हाँ जल्दी भेजो", "ration", "bhopal"),
    ],
)
def test_words_instead_of_a_button_put_it_right(text: str, need: str, district: str) -> None:
    chat = Conversation()
    chat.write("भोपाल में राशन नहीं मिल रहा है")
    chat.write(text)
    assert (chat.only.need, chat.only.district) == (need, district)
    assert text in chat.only.text
    assert len(chat.replies) == 2


def test_no_with_words_that_say_nothing_new_goes_to_the_room_as_unsure() -> None:
    chat = Conversation()
    chat.write("भोपाल में राशन नहीं मिल रहा है")
    chat.write("नहीं यह ठीक नहीं समझा")
    assert "ठीक से नहीं समझा गया" in chat.only.status_notes
    assert "जो ग़लत है" in chat.last.body.text


def test_town_of_another_state_answers_where() -> None:
    chat = Conversation()
    chat.write("राशन चाहिए")
    chat.write("सूरत में")
    chat.wait()
    assert (chat.only.need, chat.only.state, chat.only.district) == ("stranded", "gujarat", None)


def test_place_that_is_not_known_is_not_asked_again() -> None:
    chat = Conversation()
    chat.write("राशन चाहिए")
    chat.write("पता नहीं")
    assert chat.only.district is None
    assert len(chat.replies) == 2


def test_village_alone_asks_for_division_and_district() -> None:
    chat = Conversation()
    chat.write("राशन चाहिए")
    chat.write("खेड़ा गाँव")
    assert chat.last.body.kind == "list"
    chat.choose(chat.last, "सागर")
    chat.choose(chat.last, "दमोह")
    assert (chat.only.district, chat.only.address) == ("damoh", "खेड़ा गाँव")
    assert len(chat.replies) == 4


def test_thanks_are_not_answered_and_not_noted() -> None:
    chat = Conversation()
    chat.write("भोपाल में राशन नहीं मिल रहा है")
    chat.write("हाँ")
    step = chat.write("धन्यवाद 🙏")
    assert not step.replies or "जोड़ दिया" in step.replies[0].body.text
    step = chat.write("बहुत धन्यवाद")
    assert not step.replies
    assert not step.notes


def test_who_asks_for_tickets_without_end_gets_forty_messages_an_hour() -> None:
    chat = Conversation()
    needs = ("राशन", "दवा", "पानी", "गैस सिलेंडर", "दूध")
    for number in range(100):
        chat.write(f"{list(places().districts.values())[number % 50].name_hi} में {needs[number % 5]} नहीं है")
        chat.write("हाँ")
    assert len(chat.tickets) >= 50
    assert len(chat.replies) == 40
    chat.write("बचाओ, घर में आग लग गई है")
    assert chat.last.purpose == "emergency"


def test_long_story_is_submitted_whole() -> None:
    chat = Conversation()
    for number in range(6):
        chat.write(f"{number} " + "हमारे गाँव में बहुत परेशानी है। " * 100)
    chat.wait()
    read = "".join(one.text for one in chat.submissions.values())
    read += "".join(note.text for step in chat.steps for note in step.notes)
    assert all(f"{number} हमारे" in read for number in range(6))
    assert len(chat.tickets) == 1


@pytest.mark.parametrize("text", ["मदद चाहिए", "help", "HELP!!", "menu"])
def test_help_shows_the_needs_even_beside_an_open_ticket(text: str) -> None:
    chat = Conversation()
    chat.write("भोपाल में राशन नहीं मिल रहा है")
    chat.write("हाँ")
    chat.write(text)
    assert chat.last.body.kind == "list"
    assert "108" in chat.last.body.text
    chat.wait()
    assert len(chat.tickets) == 1


def test_help_within_a_request_loses_nothing() -> None:
    chat = Conversation()
    chat.write("राशन नहीं मिल रहा है")
    chat.write("help")
    chat.write("भोपाल")
    chat.write("हाँ")
    assert (chat.only.need, chat.only.district) == ("ration", "bhopal")


def test_status_of_several_tickets_is_one_message() -> None:
    chat = Conversation()
    for text in ("भोपाल में राशन नहीं है", "भोपाल में दवा नहीं है"):
        chat.write(text)
        chat.write("हाँ")
    said = len(chat.replies)
    chat.write("स्थिति")
    assert len(chat.replies) == said + 1
    assert all(ticket.number in chat.last.body.text for ticket in chat.tickets.values())
