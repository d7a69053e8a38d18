"""People stranded in another state, and those of other states here."""

from __future__ import annotations

import pytest

from router.model.stranded import StrandedFacts
from tests.unit.router.intake.whatsapp.dialogue.conversation import Conversation


def facts(chat: Conversation) -> StrandedFacts:
    assert chat.only.stranded is not None
    return chat.only.stranded


def test_all_in_one_message() -> None:
    chat = Conversation()
    chat.write("हम 6 लोग पुणे में फँसे हैं, खाने को नहीं है, घर रीवा जिला, वापस आना है")
    assert "महाराष्ट्र, 6 लोग, घर: रीवा" in chat.last.body.text
    chat.write("हाँ")
    assert (chat.only.need, chat.only.state, chat.only.district, chat.only.people) == (
        "stranded", "maharashtra", None, 6,
    )  # fmt: skip
    assert (facts(chat).home_district, facts(chat).wants) == ("rewa", ("food", "travel"))
    assert "पुणे" in facts(chat).place


def test_asked_for_at_once_in_four_messages() -> None:
    chat = Conversation()
    chat.write("hello")
    chat.choose(chat.last, "राज्य से बाहर फँसे")
    chat.write("hum surat me hai 20 log, khana aur davai nahi hai, ghar satna jila")
    chat.write("haan")
    assert (chat.only.state, chat.only.people) == ("gujarat", 20)
    assert (facts(chat).home_district, facts(chat).wants) == ("satna", ("food", "medical"))
    assert len(chat.replies) == 4


def test_food_in_another_state_is_for_its_officers() -> None:
    chat = Conversation()
    chat.write("राशन चाहिए")
    chat.write("महाराष्ट्र")
    chat.write("5 लोग, पुणे, घर सतना")
    chat.write("हाँ")
    assert (chat.only.need, chat.only.state, facts(chat).wants) == ("stranded", "maharashtra", ("food",))


@pytest.mark.parametrize(
    "text", ["मैं बिहार का हूँ, इंदौर में फँसा हूँ, खाना नहीं है", "I am from Bihar, stuck in Indore and have no food"]
)
def test_people_of_another_state_here(text: str) -> None:
    chat = Conversation()
    chat.write(text)
    chat.wait()
    assert (chat.only.need, chat.only.district, chat.only.state) == ("stranded-here", "indore", None)
    assert (facts(chat).home_state, facts(chat).wants) == ("bihar", ("food",))


@pytest.mark.parametrize(
    "text",
    ["मैं बिहार का हूँ, भोपाल में फँसा हूँ, 5 लोग, घर जाना है", "main bihar ka hu, bhopal me fasa hu, 5 log, ghar jana hai"],
)
def test_the_district_where_they_are_is_taken_without_another_need(text: str) -> None:
    chat = Conversation()
    chat.write(text)
    chat.wait()
    assert (chat.only.need, chat.only.district, facts(chat).home_state) == ("stranded-here", "bhopal", "bihar")


def test_home_is_taken_without_another_need() -> None:
    chat = Conversation()
    chat.write("मैं केरल में फँसा हूँ, 5 लोग, घर रीवा")
    chat.wait()
    assert (chat.only.need, chat.only.state, facts(chat).home_district) == ("stranded", "kerala", "rewa")


def test_stranded_after_a_voice_note_is_a_request_of_its_own() -> None:
    chat = Conversation()
    chat.send("audio", {"audio": {"id": "1", "mime_type": "audio/ogg", "voice": True}})
    chat.write("मैं केरल में फँसा हूँ, हम 12 लोग हैं, कोच्चि में, खाना नहीं है, घर रीवा")
    chat.write("हाँ")
    _, stranded = chat.submissions.values()
    assert (stranded.need, stranded.state, stranded.district) == ("stranded", "kerala", None)
    assert not [amend for step in chat.steps for amend in step.amends], (
        "the voice note's ticket went to the home district"
    )


def test_who_came_back_from_another_state_is_not_stranded() -> None:
    chat = Conversation()
    chat.write("Mumbai se aaya hu, rashan nahi hai, gaon me, satna jila")
    chat.wait()
    assert (chat.only.need, chat.only.district, chat.only.state, chat.only.stranded) == ("ration", "satna", None, None)
