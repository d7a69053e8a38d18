"""Our messages as two readers take them: the stand-in's rules, and pywa, which writes the same ones by itself."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, get_args

import httpx
import pytest
from pydantic import TypeAdapter, ValidationError
from pywa.client import WhatsApp
from pywa.types.callback import Button as PywaButton
from pywa.types.callback import Section, SectionList, SectionRow

from router.intake.whatsapp.dialogue.replies import (
    MAX_BUTTONS,
    MAX_DESCRIPTION,
    MAX_ID,
    MAX_ROW,
    MAX_ROWS,
    MAX_TEXT,
    MAX_TITLE,
    Button,
    Buttons,
    ContactRequest,
    LocationRequest,
    ReplyBody,
    Row,
    Rows,
    Text,
)
from router.intake.whatsapp.graph.payload import Template, make_payload
from router.model.messaging.person import ChatPerson
from warroom.services.sim.whatsapp.payloads import AnyMessage

if TYPE_CHECKING:
    from collections.abc import Callable

TAKEN: TypeAdapter[Any] = TypeAdapter(AnyMessage)
NUMBER = "919812343210"
PERSON = ChatPerson(id=1, channel="whatsapp", account="1", user=NUMBER)
LARGEST = [
    Text(text="क" * 4096),
    Buttons(
        text="क" * MAX_TEXT,
        buttons=tuple(Button(id=f"{at}" * MAX_ID, title=f"{at}" * MAX_TITLE) for at in range(MAX_BUTTONS)),
    ),
    Rows(
        text="क" * MAX_TEXT,
        open="ख" * MAX_TITLE,
        rows=tuple(
            Row(id=f"{at}" * MAX_ID, title=f"{at}" * MAX_ROW, description="ग" * MAX_DESCRIPTION)
            for at in range(MAX_ROWS)
        ),
    ),
    LocationRequest(text="क" * MAX_TEXT),
    ContactRequest(text="क" * MAX_TEXT),
    Template(name="help_came", values=("100000013",), payloads=("a" * 256, "b" * 256)),
]


@pytest.mark.parametrize("body", LARGEST, ids=lambda body: body.kind)
def test_the_largest_of_each_kind_is_taken_and_nothing_larger(body: Any) -> None:
    payload = make_payload(PERSON, body)
    TAKEN.validate_json(json.dumps(payload))
    for where in _strings(payload):
        larger = json.loads(json.dumps(payload))
        _add_to(larger, where)
        if where[-1] in {"body", "text", "title", "description", "button"} and payload["type"] != "template":
            with pytest.raises(ValidationError):
                TAKEN.validate_json(json.dumps(larger))


def test_all_kinds_of_the_dialogue_are_tried_here() -> None:
    (union, *_) = get_args(ReplyBody)
    assert {type(body) for body in LARGEST} == {*get_args(union), Template}


def test_line_breaks_of_a_value_become_spaces_and_long_ones_are_cut() -> None:
    payload = make_payload(PERSON, Template(name="notice", values=("a\n\tb     c" + "x" * 2000,)))
    text = payload["template"]["components"][0]["parameters"][0]["text"]
    assert text.startswith("a b c")
    assert len(text) == 1024
    TAKEN.validate_json(json.dumps(payload))


@pytest.mark.parametrize("user", ["IN.13491208655302741918", "IN.ENT.abc123"])
def test_who_has_a_user_id_is_named_by_it(user: str) -> None:
    payload = make_payload(
        ChatPerson(id=1, channel="whatsapp", account="1", user=user, phone="+919812343210"), LARGEST[0]
    )
    assert (payload.get("recipient"), payload.get("to")) == (user, None)
    TAKEN.validate_json(json.dumps(payload))


def _sent_by_pywa(send: Callable[[WhatsApp], object]) -> dict[str, Any]:
    """What pywa posts."""
    posted: list[dict[str, Any]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        posted.append(json.loads(request.content))
        told = {"contacts": [{"input": NUMBER, "wa_id": NUMBER}], "messages": [{"id": "wamid.1"}]}
        return httpx.Response(200, json={"messaging_product": "whatsapp", **told})

    session = httpx.Client(transport=httpx.MockTransport(answer))
    send(WhatsApp(phone_id="1", token="t", session=session))
    return posted[0]


CASES: list[tuple[Any, Callable[[WhatsApp], object]]] = [
    (Text(text="words"), lambda wa: wa.send_message(NUMBER, "words", preview_url=False)),
    (
        Buttons(text="words", buttons=(Button(id="1", title="A"), Button(id="2", title="B"))),
        lambda wa: wa.send_message(NUMBER, "words", buttons=[PywaButton("A", "1"), PywaButton("B", "2")]),
    ),
    (
        Rows(text="words", open="open", rows=(Row(id="1", title="A", description="a"),)),
        lambda wa: wa.send_message(
            NUMBER, "words", buttons=SectionList("open", [Section("s", [SectionRow("A", "1", "a")])])
        ),
    ),
    (LocationRequest(text="words"), lambda wa: wa.request_location(NUMBER, "words")),
    (ContactRequest(text="words"), lambda wa: wa.request_contact_info(NUMBER, "words")),
]


@pytest.mark.parametrize(("body", "send"), CASES, ids=lambda one: getattr(one, "kind", ""))
def test_pywa_writes_the_same(body: Any, send: Callable[[WhatsApp], object]) -> None:
    theirs = _sent_by_pywa(send)
    ours = make_payload(PERSON, body)
    for section in theirs.get("interactive", {}).get("action", {}).get("sections", ()):
        section.pop("title")  # one section needs none
    ours.get("text", {}).pop("preview_url", None)
    theirs.get("text", {}).pop("preview_url", None)
    assert _plain(ours) == _plain(theirs)


def _plain(value: Any) -> Any:
    """A value without empty fields."""
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items() if one is not None}
    return [_plain(one) for one in value] if isinstance(value, list) else value


def _strings(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where all texts of a payload lie."""
    if isinstance(value, str):
        return [path]
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [found for key, one in pairs for found in _strings(one, (*path, key))]


def _add_to(payload: Any, path: tuple[Any, ...]) -> None:
    for key in path[:-1]:
        payload = payload[key]
    payload[path[-1]] += "x"
