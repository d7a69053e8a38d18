"""Each kind of message."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.unit.router.intake.whatsapp.dialogue.conversation import PHONE, Conversation

OTHER = "+919826054321"


def contact(origin: str = "other") -> dict[str, object]:
    return {"contacts": [{"origin": origin, "name": {"formatted_name": "x"}, "phones": [{"phone": "98260 54321"}]}]}


def numbered(phone: str | None = PHONE) -> Conversation:
    chat = Conversation(phone=phone)
    chat.write("भोपाल में राशन नहीं मिल रहा है")
    if not chat.submissions:
        chat.write("हाँ")
    assert len(chat.tickets) == 1
    return chat


def test_voice_note_is_a_ticket_at_once_and_asks_for_the_place() -> None:
    chat = Conversation()
    step = chat.send("audio", {"audio": {"id": "55", "mime_type": "audio/ogg; codecs=opus", "voice": True}})
    assert chat.only.need == "listen"
    assert [(file.media_id, file.kind) for file in step.fetch] == [("55", "voice")]
    assert step.fetch_for == "100000000"
    assert [reply.body.kind for reply in chat.replies] == ["text", "location_request"]
    step = chat.write("सीहोर")
    assert step.amends[0].fields["district"] == "sehore"
    assert len(chat.tickets) == 1


def test_voice_note_within_a_request_ends_it() -> None:
    chat = Conversation()
    chat.write("राशन चाहिए")
    chat.send("audio", {"audio": {"id": "55", "voice": True}})
    assert chat.only.need == "ration"
    assert len(chat.replies) <= 3


def test_voice_note_after_the_number_goes_to_the_ticket() -> None:
    chat = numbered()
    step = chat.send("audio", {"audio": {"id": "55", "voice": True}})
    assert (step.fetch_for, len(chat.tickets)) == ("100000000", 1)


def test_album_is_asked_about_once() -> None:
    chat = Conversation()
    for number in range(6):
        chat.send("image", {"image": {"id": f"p{number}", "mime_type": "image/jpeg"}})
    assert [reply.body.kind for reply in chat.replies] == ["list"]
    chat.write("भोपाल में राशन नहीं मिल रहा है")
    step = chat.write("हाँ")
    assert [file.media_id for file in step.fetch] == [f"p{number}" for number in range(6)]
    assert {file.kind for file in step.fetch} == {"picture"}


def test_album_after_the_number_is_answered_once() -> None:
    chat = numbered()
    said = len(chat.replies)
    for number in range(6):
        chat.send("image", {"image": {"id": f"p{number}"}})
    assert len(chat.replies) == said + 1


def test_picture_with_a_caption_is_read() -> None:
    chat = Conversation()
    chat.send("image", {"image": {"id": "p", "caption": "भोपाल में राशन नहीं मिल रहा है"}})
    assert [reply.body.kind for reply in chat.replies] == ["buttons"]


def test_picture_of_a_danger_goes_with_it() -> None:
    chat = Conversation()
    step = chat.send("image", {"image": {"id": "p", "caption": "बचाओ, घर में आग लग गई है"}})
    assert chat.only.need == "danger"
    assert [file.media_id for file in step.fetch] == ["p"]


def test_photograph_sent_as_a_document_is_a_picture() -> None:
    chat = numbered()
    step = chat.send("document", {"document": {"id": "d", "mime_type": "image/png", "filename": "x.png"}})
    assert [file.kind for file in step.fetch] == ["picture"]


def test_video_is_noted_and_not_fetched() -> None:
    chat = numbered()
    step = chat.send("video", {"video": {"id": "v", "mime_type": "video/mp4"}})
    assert not step.fetch
    assert "video" in step.notes[0].text


@pytest.mark.parametrize(
    ("lat", "long", "district"), [(23.26, 77.41, "bhopal"), (22.72, 75.86, "indore"), (26.2, 78.2, "gwalior")]
)
def test_location_within_a_district(lat: float, long: float, district: str) -> None:
    chat = Conversation()
    chat.write("राशन चाहिए")
    chat.send("location", {"location": {"latitude": lat, "longitude": long, "name": "स्कूल"}})
    chat.write("हाँ")
    assert (chat.only.district, chat.only.lat, chat.only.address) == (district, lat, "स्कूल")


def test_location_between_two_districts_is_asked_back() -> None:
    chat = Conversation()
    chat.write("राशन चाहिए")
    chat.send("location", {"location": {"latitude": 23.22, "longitude": 77.25}})  # between Bhopal and Sehore
    assert chat.last.body.kind == "list"
    titles = [row.title for row in chat.last.body.rows]
    assert {"भोपाल", "सीहोर"} <= {*titles}
    chat.choose(chat.last, "सीहोर")
    chat.write("हाँ")
    assert (chat.only.district, chat.only.lat) == ("sehore", 23.22)
    assert len(chat.replies) == 4


def test_location_in_another_state_goes_to_its_officers() -> None:
    chat = Conversation()
    chat.write("राशन चाहिए")
    chat.send("location", {"location": {"latitude": 25.45, "longitude": 78.57}})  # Jhansi, nearer than Niwari
    chat.wait()
    assert (chat.only.state, chat.only.district, chat.only.need) == ("uttar-pradesh", None, "stranded")


def test_location_far_outside_asks_for_the_state() -> None:
    chat = Conversation()
    chat.send("location", {"location": {"latitude": 28.0, "longitude": 70.0}})
    chat.wait()
    assert chat.only.lat == 28.0


@pytest.mark.parametrize("point", [{}, {"latitude": "x", "longitude": 1}, {"latitude": 91, "longitude": 0}, None, [1]])
def test_broken_location_gets_a_short_answer(point: object) -> None:
    chat = Conversation()
    chat.send("location", {"location": point})
    assert "लोकेशन" in chat.last.body.text
    assert not chat.person.dialogue.get("draft")


def test_contact_is_the_person_in_need() -> None:
    chat = Conversation()
    chat.send("contacts", contact())
    chat.write("भोपाल में राशन नहीं मिल रहा है")
    chat.write("हाँ")
    assert chat.only.sender.e164 == OTHER
    assert "somebody else" in chat.only.status_notes
    assert (chat.only.contact, chat.only.name) == ("", "")  # it joins none of the writer's own tickets
    assert chat.person.phone == PHONE


def test_own_number_is_taken_when_the_button_sent_it() -> None:
    chat = numbered(phone=None)
    assert chat.last.body.kind == "contact_request"
    step = chat.send("contacts", contact("contact_request"))
    assert chat.person.phone == OTHER
    assert step.amends[0].fields == {"phone": OTHER}


def test_card_picked_by_hand_is_not_believed_to_be_the_own_number() -> None:
    """Else anybody could read the tickets of any telephone."""
    chat = numbered(phone=None)
    step = chat.send("contacts", contact("other"))
    assert step.phone is None
    assert chat.person.phone is None


def test_without_telephone_at_most_four_messages() -> None:
    chat = Conversation(phone=None)
    chat.write("नमस्ते")
    chat.write("राशन चाहिए")
    chat.write("सीहोर")
    assert [reply.body.kind for reply in chat.replies] == ["list", "location_request", "text", "contact_request"]


def test_edit_within_a_draft_replaces_the_words() -> None:
    chat = Conversation()
    chat.write("भोपाल में राशन नहीं मिल रहा है")
    first = {
        "original_message_id": "wamid.1",
        "message": {"type": "text", "text": {"body": "भोपाल में राशन नहीं है, 5 लोग"}},
    }
    chat.send("edit", {"edit": first})
    chat.write("हाँ")
    assert chat.only.text == "भोपाल में राशन नहीं है, 5 लोग"
    assert chat.only.people == 5


def test_edit_after_the_number_is_noted_with_both_texts() -> None:
    chat = numbered()
    changed = {"original_message_id": "wamid.1", "message": {"type": "text", "text": {"body": "नया"}}}
    step = chat.send("edit", {"edit": changed})
    assert [note.ticket for note in step.notes] == ["100000000"]
    assert "भोपाल में राशन नहीं मिल रहा है" in step.notes[0].text
    assert "नया" in step.notes[0].text


def test_revoked_words_stay_and_are_marked() -> None:
    chat = Conversation()
    chat.write("भोपाल में राशन नहीं मिल रहा है")
    chat.send("revoke", {"revoke": {"original_message_id": "wamid.1"}})
    chat.write("हाँ")
    assert "withdrawn" in chat.only.text
    assert "भोपाल में राशन" in chat.only.text


def test_revocation_after_the_number_is_noted() -> None:
    chat = numbered()
    step = chat.send("revoke", {"revoke": {"original_message_id": "wamid.1"}})
    assert "withdrawn" in step.notes[0].text


def test_edit_of_an_unknown_message_is_a_message() -> None:
    chat = Conversation()
    changed = {"original_message_id": "wamid.lost", "message": {"type": "text", "text": {"body": "भोपाल में राशन नहीं है"}}}
    chat.send("edit", {"edit": changed})
    chat.wait()
    assert chat.only.need == "ration"


@pytest.mark.parametrize("kind", ["unsupported", "order", "unknown", "poll", "interactive"])
def test_what_cannot_be_read_is_answered_once_an_hour(kind: str) -> None:
    chat = Conversation()
    for _ in range(3):
        chat.send(kind, {})
    assert len(chat.replies) == 1
    chat.now += timedelta(hours=1)
    chat.send(kind, {})
    assert len(chat.replies) == 2


@pytest.mark.parametrize("kind", ["reaction", "system"])
def test_what_needs_no_answer_gets_none(kind: str) -> None:
    chat = Conversation()
    chat.send(kind, {kind: {"emoji": "👍", "message_id": "wamid.1"}})
    assert not chat.replies


@pytest.mark.parametrize("kind", ["request_welcome", "sticker"])
def test_first_opening_greets(kind: str) -> None:
    chat = Conversation()
    chat.send(kind, {kind: {}})
    assert chat.last.body.kind == "list"


def test_who_writes_without_end_is_not_answered_without_end() -> None:
    chat = Conversation()
    for _ in range(100):
        chat.write("status")
    assert len(chat.replies) <= 12


def test_message_worked_off_twice_gives_the_same() -> None:
    chat, again = numbered(), numbered()
    assert chat.replies == again.replies
    assert chat.person.dialogue == again.person.dialogue
    assert list(chat.submissions) == list(again.submissions)


def test_nothing_of_the_channels_ids_stands_in_a_ticket() -> None:
    chat = numbered(phone=None)
    (ticket,) = chat.tickets.values()
    assert "wamid" not in ticket.model_dump_json()
    assert "IN.123" not in ticket.model_dump_json()
    assert ticket.source_key.startswith("whatsapp:7/")


def test_own_number_told_days_later_fills_every_ticket_without_one() -> None:
    chat = numbered(phone=None)
    chat.write("भोपाल में दवा नहीं है")
    chat.write("हाँ")
    assert len(chat.tickets) == 2
    chat.now += timedelta(days=3)
    step = chat.send("contacts", contact("contact_request"))
    assert {amend.ticket for amend in step.amends} == {ticket.number for ticket in chat.tickets.values()}
    assert all(amend.fields == {"phone": OTHER} for amend in step.amends)
    assert len(step.replies) == 1


def test_location_near_a_border_does_not_undo_the_district_that_was_said() -> None:
    chat = Conversation()
    chat.write("भोपाल में राशन नहीं मिल रहा है")
    chat.send("location", {"location": {"latitude": 23.22, "longitude": 77.25}})
    chat.write("हाँ")
    assert (chat.only.district, chat.only.lat) == ("bhopal", 23.22)


def test_album_of_thirty_keeps_twenty_and_says_so() -> None:
    chat = Conversation()
    for number in range(30):
        chat.send("image", {"image": {"id": f"p{number}"}})
    chat.wait()
    assert len([file for step in chat.steps for file in step.fetch]) == 20
    assert "more pictures were sent" in chat.only.status_notes
