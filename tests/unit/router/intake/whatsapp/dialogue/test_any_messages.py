"""Whatever people send, in whatever order: no crash, no fifth message, no request lost."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from router.intake.whatsapp.dialogue.replies import MAX_ROWS
from tests.unit.router.intake.whatsapp.dialogue.conversation import Conversation

REQUESTS = ("राशन चाहिए", "भोपाल में दवा नहीं है", "we need water in Indore", "kuch nahi mila", "हमारे गाँव में कोई नहीं आया")
WORDS = ("हाँ", "नहीं", "hello", "सीहोर", "462001", "450001", "Jhansi", "mumbai", "धन्यवाद", "5 लोग", "केरल", "😀", "।")
COMMANDS = ("status", "help", "stop", "start", "english", "हिंदी", "status 100000000", "स्थिति 999999999")
POINTS = ((23.26, 77.41), (25.45, 78.57), (19.08, 72.88), (23.43, 77.6), (24.0, 85.0), (0.0, 0.0))

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(("id", "body", "phones")), inner),
    max_leaves=5,
)
kinds = st.sampled_from(
    [
        "text",
        "audio",
        "image",
        "video",
        "document",
        "sticker",
        "location",
        "contacts",
        "interactive",
        "button",
        "edit",
        "revoke",
        "reaction",
        "order",
        "system",
        "unsupported",
        "unknown",
        "request_welcome",
        "timeout",
    ]
)
broken = st.tuples(st.just("broken"), st.tuples(kinds, values))
said = st.one_of(
    st.tuples(st.just("request"), st.sampled_from(REQUESTS)),
    st.tuples(st.just("word"), st.sampled_from(WORDS)),
    st.tuples(st.just("press"), st.tuples(st.integers(0, 8), st.integers(0, MAX_ROWS - 1))),
    st.tuples(st.just("voice"), st.just("")),
    st.tuples(st.just("picture"), st.sampled_from(("", "राशन की दुकान"))),
    st.tuples(st.just("point"), st.sampled_from(POINTS)),
    st.tuples(st.just("contact"), st.sampled_from(("contact_request", "other"))),
    st.tuples(st.just("change"), st.tuples(st.sampled_from(("edit", "revoke")), st.integers(1, 6))),
    st.tuples(st.just("pause"), st.sampled_from((1, 11, 61, 60 * 25))),
)
more = st.one_of(said, st.tuples(st.just("word"), st.sampled_from(COMMANDS)), broken)
OFTEN = settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])


def play(chat: Conversation, kind: str, value: Any, told: list[str], files: list[str]) -> None:
    """Send one message; note what must not be lost of it."""
    count = chat.count
    if kind == "request":
        told.append(f"{value} {count}.")
        chat.write(f"{value} {count}.")
    elif kind == "word":
        chat.write(value)
    elif kind == "press":
        back, row = value
        shown = [reply for reply in chat.replies if reply.body.kind in ("buttons", "list")]
        if shown:
            reply = shown[-1 - back % len(shown)]
            chat.press(reply, row % len(reply.body.buttons if reply.body.kind == "buttons" else reply.body.rows))
    elif kind in ("voice", "picture"):
        name = "audio" if kind == "voice" else "image"
        files.append(f"file-{count}")
        chat.send(name, {name: {"id": f"file-{count}", "mime_type": "x/y", "caption": value}})
    elif kind == "point":
        chat.send("location", {"location": {"latitude": value[0], "longitude": value[1]}})
    elif kind == "contact":
        phone = [{"phone": "+91 98260 54321", "wa_id": "919826054321"}]
        chat.send("contacts", {"contacts": [{"origin": value, "phones": phone}]})
    elif kind == "change":
        change, back = value
        changed = {"original_message_id": f"wamid.{max(count - back, 1)}", "message": {"text": {"body": "बदला हुआ"}}}
        chat.send(change, {change: changed})
    elif kind == "pause":
        chat.pause(timedelta(minutes=value))
    else:
        chat.send(value[0], {value[0]: value[1]})
    json.dumps(chat.person.dialogue)


def everything(chat: Conversation) -> str:
    """All that the rooms get to read."""
    texts = [one.text + one.status_notes for one in chat.submissions.values()]
    return "\n".join((*texts, *(note.text for step in chat.steps for note in step.notes)))


@given(st.lists(more, max_size=14), st.booleans())
@OFTEN
def test_nothing_is_lost_and_nothing_crashes(messages: list[tuple[str, Any]], has_phone: bool) -> None:
    chat = Conversation() if has_phone else Conversation(phone=None)
    told: list[str] = []
    files: list[str] = []
    changed = any(kind == "change" and value[0] == "edit" for kind, value in messages)
    for kind, value in messages:
        play(chat, kind, value, told, files)
    chat.wait()
    if not changed:
        read = everything(chat)
        assert [text for text in told if text not in read] == []
    fetched = [file.media_id for step in chat.steps for file in step.fetch]
    assert {*files} <= {*fetched}


@given(st.lists(said, max_size=14), st.booleans())
@OFTEN
def test_at_most_four_messages_for_a_ticket(messages: list[tuple[str, Any]], has_phone: bool) -> None:
    """Counted over all messages of ours but greetings of people who said nothing, and news of tickets."""
    chat = Conversation() if has_phone else Conversation(phone=None)
    for kind, value in messages:
        play(chat, kind, value, [], [])
    chat.wait()
    assert chat.most_of_a_ticket() <= 4
