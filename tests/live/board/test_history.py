"""What pages read over HTTP: tickets, recordings, searches, lists, the day on paper."""

from __future__ import annotations

import io
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
import soundfile

from router.clock import utc_now
from router.model.calls.recording_record import Transcription
from router.pictures import PictureFiles, PictureStore
from tests.support.boards import Board, make_board_data, running_board, sign_in
from tests.support.brokers import NOBODY, Broker, opened_link, until
from tests.support.pictures import png
from tests.support.stores import PHONE, new_recordings, opened_desk, opened_store, report
from warroom.config.paths import DataDirectory

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from router.storage.engine import Storage
    from router.tickets.service import TicketService

WORDS = (("राशन", 0.1, 0.5, 0.9), ("चाहिए", 0.6, 1.0, 0.8))


@dataclass
class Screens:
    """All that runs, and one browser for each role."""

    board: Board
    store: Storage
    desk: TicketService
    people: dict[str, httpx.AsyncClient]
    number: str
    """A ticket of Bhopal with a recording."""


@pytest.fixture(scope="module")
async def screens(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Screens]:
    with tempfile.TemporaryDirectory() as place:
        if os.geteuid() == 0:
            os.chown(place, NOBODY, NOBODY)
        broker = Broker(Path(place))
        board = make_board_data(tmp_path_factory.mktemp("board"), broker)
        await broker.start()
        layout = DataDirectory(board.data)
        async with (
            opened_store(layout.store) as store,
            opened_desk(store) as desk,
            opened_link(broker, store, desk=desk),
        ):
            number = await _ticket_with_recording(desk, store, layout)
            people = {
                "bhopal": await sign_in(store, "bhopal-1", "room", name="पहली मेज़", room="district-bhopal"),
                "indore": await sign_in(store, "imran", "room", room="district-indore"),
                "operator": await sign_in(store, "asha", "operator", operator="101"),
                "warroom": await sign_in(store, "control", "warroom"),
                "readonly": await sign_in(store, "auditor", "readonly"),
                "nobody": "0" * 43,
            }
            with running_board(board):
                clients = {
                    role: httpx.AsyncClient(base_url=board.url, headers=board.cookie(token))
                    for role, token in people.items()
                }
                yield Screens(board, store, desk, clients, number)
                for client in clients.values():
                    await client.aclose()
        await broker.kill()


async def _ticket_with_recording(desk: TicketService, store: Storage, layout: DataDirectory) -> str:
    name = "message-1.wav"
    soundfile.write(layout.kept / name, [0.1] * 16_000, 8000, subtype="PCM_16")
    ticket = await desk.open(
        report("1", phone=PHONE, name="<b>राम & Sons</b>", landmark="हनुमान मंदिर", recordings=new_recordings(name))
    )
    await desk.open(report("0", phone=PHONE, need="water", district="indore", zipcode="452001"))
    heard = Transcription(transcript="राशन चाहिए", confidence=0.85, words=WORDS, model="test", seconds=2.0)
    await store.write(lambda uow: uow.recordings.heard(name, heard, ticket.requested_datetime))
    return ticket.number


async def test_a_ticket_has_history_recordings_with_words_and_the_callers_earlier_ones(screens: Screens) -> None:
    got = await screens.people["bhopal"].get(f"/api/tickets/{screens.number}")
    assert got.status_code == 200
    assert got.headers["cache-control"] == "no-store"
    said = got.json()
    assert (said["ticket"]["service_request_id"], said["ticket"]["phone"]) == (screens.number, PHONE)
    assert said["history"][0]["what"]
    (recording,) = said["recordings"]
    assert (recording["seconds"], recording["words"]) == (2.0, [list(word) for word in WORDS])
    assert said["earlier"] == []  # the other one is Indore's
    said = (await screens.people["warroom"].get(f"/api/tickets/{screens.number}")).json()
    assert [one["service_code"] for one in said["earlier"]] == ["water"]


async def test_sound_is_played_in_pieces_to_those_who_may_listen(screens: Screens) -> None:
    room = screens.people["bhopal"]
    (recording,) = (await room.get(f"/api/tickets/{screens.number}")).json()["recordings"]
    whole = await room.get(recording["url"])
    assert (whole.status_code, whole.headers["content-type"]) == (200, "audio/wav")
    assert whole.headers["cache-control"] == "private, no-store"
    assert soundfile.info(io.BytesIO(whole.content)).subtype == "ALAW"
    part = await room.get(recording["url"], headers={"Range": "bytes=100-199"})
    assert (part.status_code, part.content) == (206, whole.content[100:200])
    assert (await room.get(recording["url"], params={"format": "opus"})).headers["content-type"] == "audio/ogg"
    for other in ("indore", "operator", "readonly"):
        assert (await screens.people[other].get(recording["url"])).status_code == 404
    assert (await screens.people["nobody"].get(recording["url"])).status_code == 401
    for name in ("other.wav", "..%2F..%2Fsettings.toml", "%00"):
        assert (await room.get(f"/api/tickets/{screens.number}/recordings/{name}")).status_code == 404


async def test_photographs_are_shown_to_those_who_may_read_the_ticket(screens: Screens) -> None:
    layout, room = DataDirectory(screens.board.data), screens.people["bhopal"]
    pictures = PictureStore(screens.desk, PictureFiles(layout.pictures))
    page = png() + b"<script>alert(1)</script>"
    kept = await pictures.keep(
        screens.number, page, channel="whatsapp", source_key="w/1", received=utc_now(), caption="पानी <b>"
    )
    (said,) = (await room.get(f"/api/tickets/{screens.number}")).json()["pictures"]
    assert (said["id"], said["width"], said["height"], said["caption"]) == (kept.id, 3, 2, "पानी <b>")
    got = await room.get(said["url"])
    assert (got.status_code, got.content, got.headers["content-type"]) == (200, page, "image/png")
    assert got.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert (got.headers["x-content-type-options"], got.headers["cache-control"]) == ("nosniff", "private, no-store")
    assert got.headers["content-disposition"] == f'inline; filename="{screens.number}-{kept.id}.png"'
    assert (await screens.people["operator"].get(said["url"])).status_code == 200
    for other in ("indore", "readonly"):
        assert (await screens.people[other].get(said["url"])).status_code == 404
    assert (await screens.people["nobody"].get(said["url"])).status_code == 401
    indore = (await screens.people["warroom"].get(f"/api/tickets/{screens.number}")).json()["earlier"][0]
    for wrong in (f"{kept.id + 1}", "0", "x", "..%2F1"):
        assert (await room.get(f"/api/tickets/{screens.number}/pictures/{wrong}")).status_code in (404, 422)
    other = f"/api/tickets/{indore['service_request_id']}/pictures/{kept.id}"
    assert (await screens.people["warroom"].get(other)).status_code == 404

    async def noted() -> bool:
        rows = await screens.store.read(lambda uow: uow.audit.list_newest(100))
        target = f"photograph {kept.id}"
        return {one.entry.user for one in rows if one.entry.target == target} == {"bhopal-1", "asha"}

    await until(noted)


@pytest.mark.parametrize(
    ("who", "status"),
    [("bhopal", 200), ("indore", 404), ("operator", 200), ("warroom", 200), ("readonly", 404), ("nobody", 401)],
)
async def test_a_ticket_is_there_for_those_who_may_see_it(screens: Screens, who: str, status: int) -> None:
    assert (await screens.people[who].get(f"/api/tickets/{screens.number}")).status_code == status


@pytest.mark.parametrize(
    ("who", "query", "found"),
    [
        ("bhopal", {}, 1), ("bhopal", {"phone": PHONE}, 1), ("bhopal", {"room": "district-indore"}, 403),
        ("indore", {"phone": PHONE}, 1), ("indore", {"text": "हनुमान"}, 0), ("warroom", {"phone": PHONE}, 2),
        ("warroom", {"text": "हनुमान मंदिर"}, 1), ("warroom", {"need": "water"}, 1), ("warroom", {"phone": "x"}, 422),
        ("operator", {"phone": "98123 43210"}, 2), ("operator", {}, 403), ("operator", {"text": "a"}, 403),
        ("readonly", {"phone": PHONE}, 403), ("nobody", {}, 401), ("warroom", {"room": "district-bhopal"}, 1),
    ],
)  # fmt: skip
async def test_a_search_finds_what_is_ones_own(screens: Screens, who: str, query: dict[str, str], found: int) -> None:
    got = await screens.people[who].get("/api/tickets", params=query)
    assert (len(got.json()["tickets"]) if got.status_code == 200 else got.status_code) == found


async def test_duplicates_are_those_of_the_number_or_of_the_place(screens: Screens) -> None:
    operator = screens.people["operator"]

    async def numbers(**query: str) -> list[str]:
        found = (await operator.get("/api/duplicates", params=query)).json()["tickets"]
        return [one["service_request_id"] for one in found]

    await until(lambda: numbers(phone=PHONE))
    assert (await numbers(phone=PHONE, need="ration", zipcode="462001"))[0] == screens.number
    assert await numbers(need="ration", district="bhopal", landmark="हनुमान") == [screens.number]
    assert await numbers(need="ration", zipcode="४६२००१") == [screens.number]
    assert await numbers(need="gas", zipcode="462001") == []
    assert await numbers() == []
    own = (await screens.people["indore"].get("/api/duplicates", params={"phone": PHONE})).json()["tickets"]
    assert [one["room"] for one in own] == ["district-indore"]


async def test_lists_are_sent_once(screens: Screens) -> None:
    got = await screens.people["bhopal"].get("/api/catalogue")
    said = got.json()
    bhopal = next(one for one in said["districts"] if one["id"] == "bhopal")
    assert (bhopal["name_hi"], bhopal["room"]) == ("भोपाल", "district-bhopal")
    assert "berasia" in bhopal["spellings"]
    assert {"needs", "districts", "rooms", "desks", "items", "states"} == set(said)
    again = await screens.people["bhopal"].get("/api/catalogue", headers={"If-None-Match": got.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert (await screens.people["nobody"].get("/api/catalogue")).status_code == 401
    pin = (await screens.people["operator"].get("/api/postal-codes/462001")).json()
    assert pin["districts"] == ["bhopal"]
    assert (await screens.people["operator"].get("/api/postal-codes/000000")).status_code == 404


async def test_the_day_on_paper_is_the_rooms_own(screens: Screens) -> None:
    page = await screens.people["bhopal"].get("/room/district-bhopal/print", headers={"Cookie": ""})
    assert page.status_code == 303
    page = await screens.people["bhopal"].get("/room/district-bhopal/print")
    assert page.status_code == 200
    assert screens.number in page.text
    assert "&lt;b&gt;राम &amp; Sons&lt;/b&gt;" in page.text
    assert "script" not in page.text
    other = await screens.people["bhopal"].get("/room/district-bhopal/print", params={"day": "2020-01-01"})
    assert screens.number in other.text  # it is open still
    assert (await screens.people["indore"].get("/room/district-bhopal/print")).status_code == 403
    assert (await screens.people["bhopal"].get("/room/nowhere/print")).status_code == 404
    assert (await screens.people["operator"].get("/room/district-bhopal/print")).status_code == 403
    for day in ("x", "0001-01-01", "9999-12-31"):
        wrong = await screens.people["bhopal"].get("/room/district-bhopal/print", params={"day": day})
        assert wrong.status_code == 422


async def test_what_was_shown_is_in_the_audit_log(screens: Screens) -> None:
    await screens.people["bhopal"].get(f"/api/tickets/{screens.number}")

    async def noted() -> bool:
        rows = await screens.store.read(lambda uow: uow.audit.list_newest(100))
        said = [row.entry for row in rows]
        return any(one.user == "bhopal-1" and screens.number in one.tickets and "phone" in one.fields for one in said)

    await until(noted)


async def test_listening_is_noted_once_whatever_pieces_are_fetched(screens: Screens) -> None:
    control = screens.people["warroom"]
    (recording,) = (await control.get(f"/api/tickets/{screens.number}")).json()["recordings"]
    for piece in ("bytes=1-", "bytes=0-", "bytes=-100"):
        assert (await control.get(recording["url"], headers={"Range": piece})).status_code == 206
    assert (await control.get("/room/state/print")).status_code == 200  # written at once, and all before it
    rows = await screens.store.read(lambda uow: uow.audit.list_newest(1000))
    assert [one.entry.target for one in rows if (one.entry.user, one.entry.action) == ("control", "listen")] == [
        recording["name"]
    ]
