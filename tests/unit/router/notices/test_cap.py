"""CAP messages: valid by the schema of OASIS whatever is written, and served at addresses that stay."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from datetime import timedelta
from typing import TYPE_CHECKING

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st

from router.model.notice import Notice
from router.notices.cap.message import NAMESPACE, make_message, reference_to
from router.notices.cap.routes import CapRoutes
from router.notices.settings import NO_SENDER, NoticeSettings
from tests.support.notices import NOON, SETTINGS, TEXT, TEXT_HI, Clock, cap_schema, published, service

if TYPE_CHECKING:
    from router.storage.engine import Storage

CAP = {"c": NAMESPACE}
ATOM = {"a": "http://www.w3.org/2005/Atom"}


def notice(**changes: object) -> Notice:
    values = {
        "id": "1-000007", "revision": 1, "made": NOON, "event": "Heavy rain", "event_hi": "भारी वर्षा", "text": TEXT,
        "text_hi": TEXT_HI, "districts": ("bhopal", "niwari"), "area": "Bhopal, Niwari", "area_hi": "भोपाल, निवाड़ी",
        "starts": NOON, "ends": NOON + timedelta(hours=6),
    }  # fmt: skip
    return Notice.model_validate(values | changes)


def texts(document: str, path: str) -> list[str | None]:
    return [one.text for one in ET.fromstring(document).findall(path, CAP)]


def test_message_says_all_of_a_notice_in_both_languages() -> None:
    message = make_message(notice(), "Alert", NOON, SETTINGS, codes={"bhopal": "396"})
    cap_schema().validate(message.document)
    assert texts(message.document, "c:sent") == ["2026-07-01T12:00:00+05:30"]
    assert texts(message.document, "c:status") == ["Actual"]
    assert texts(message.document, "c:info/c:language") == ["hi-IN", "en-IN"]
    assert texts(message.document, "c:info/c:description") == [TEXT_HI, TEXT]
    assert texts(message.document, "c:info/c:expires") == ["2026-07-01T18:00:00+05:30"] * 2
    assert texts(message.document, "c:info/c:headline") == ["भारी वर्षा: भोपाल, निवाड़ी", "Heavy rain: Bhopal, Niwari"]
    assert texts(message.document, "c:info/c:area/c:geocode/c:value") == ["396", "396"]
    assert texts(message.document, "c:identifier") == [message.identifier]


def test_cancel_refers_to_what_it_takes_back_and_says_why() -> None:
    first = make_message(notice(), "Alert", NOON, SETTINGS, codes={})
    taken = make_message(
        notice(reason="the river fell"), "Cancel", NOON, SETTINGS, references=reference_to(first), codes={}
    )
    cap_schema().validate(taken.document)
    assert texts(taken.document, "c:references") == [f"{SETTINGS.sender},{first.identifier},2026-07-01T12:00:00+05:30"]
    assert texts(taken.document, "c:note") == ["the river fell"]
    assert texts(taken.document, "c:info/c:urgency") == ["Past", "Past"]


@pytest.mark.parametrize(
    ("settings", "changes"),
    [
        (NoticeSettings(), {}),
        (NoticeSettings(sender="mp.example", exercise=True), {}),
        (SETTINGS, {"exercise": True}),
    ],
)
def test_exercise(settings: NoticeSettings, changes: dict[str, object]) -> None:
    message = make_message(notice(**changes), "Alert", NOON, settings, codes={})
    assert texts(message.document, "c:status") == ["Exercise"]
    assert texts(message.document, "c:note") == ["This is an exercise."]
    assert (settings.sender == NO_SENDER) is (settings == NoticeSettings())


def test_identifier_never_comes_twice_and_fits_a_reference() -> None:
    made = {make_message(notice(), "Alert", NOON, SETTINGS, codes={}).identifier for _ in range(200)}
    assert len(made) == 200  # the same notice, at the same moment, as after a restored backup
    assert not any(set(one) & set(" ,<&") for one in made)


@given(text=st.text(max_size=400), reason=st.text(max_size=60))
def test_any_text_makes_a_valid_message(text: str, reason: str) -> None:
    said = notice(event=text[:50], event_hi=text[:50], text=text, text_hi=text, area=text, area_hi=text, reason=reason)
    for kind in ("Alert", "Cancel"):
        document = make_message(said, kind, NOON, SETTINGS, codes={}).document  # type: ignore[arg-type]
        cap_schema().validate(document.encode(errors="strict").decode())


async def test_index_and_messages_over_http(store: Storage) -> None:
    clock = Clock()
    notices = service(store, clock)
    app = FastAPI()
    app.include_router(CapRoutes(store, SETTINGS, "https://warroom.mp.example", clock).router())
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        empty = await client.get("/cap/index.xml")
        assert ET.fromstring(empty.text).findall("a:entry", ATOM) == []
        notice = await published(notices)
        clock.forward(seconds=1)
        index = await client.get("/cap/index.xml")
        assert index.headers["content-type"] == "application/atom+xml; charset=utf-8"
        (entry,) = ET.fromstring(index.text).findall("a:entry", ATOM)
        link = entry.find("a:link", ATOM)
        assert link is not None
        address = str(link.get("href"))
        assert address == f"https://warroom.mp.example/cap/{notice.cap.split(',')[1]}.xml"
        path = address.removeprefix("https://warroom.mp.example")
        answer = await client.get(path)
        assert answer.headers["content-type"] == "application/cap+xml; charset=utf-8"
        cap_schema().validate(answer.text)
        again = await client.get(path, headers={"If-None-Match": answer.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        unchanged = await client.get("/cap/index.xml", headers={"If-None-Match": index.headers["etag"]})
        assert unchanged.status_code == 304
        await notices.withdraw(notice.id, by="asha")
        changed = await client.get("/cap/index.xml", headers={"If-None-Match": index.headers["etag"]})
        kinds = [one.get("term") for one in ET.fromstring(changed.text).findall("a:entry/a:category", ATOM)]
        assert kinds == ["Cancel", "Alert"]
        assert (await client.get(path)).text == answer.text
        for other in ("none", "a%00b", "x" * 500, "..%2fsecrets", "é"):
            assert (await client.get(f"/cap/{other}.xml")).status_code == 404
        clock.forward(hours=7)
        assert ET.fromstring((await client.get("/cap/index.xml")).text).findall("a:entry", ATOM) == []
