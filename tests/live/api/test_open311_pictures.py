"""Pictures that other programs send along with a request."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from router.pictures import MAX_BYTES
from tests.live.api.conftest import Api, descriptions
from tests.support.pictures import gif, jpeg, png, webp
from tests.support.stores import opened_store
from warroom.config.paths import DataDirectory

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from router.model.picture import Picture
    from router.storage.engine import Storage
    from router.tickets.service import TicketService

Files = list[tuple[str, Any]]


@pytest.fixture
async def store(api: Api) -> AsyncIterator[Storage]:
    async with opened_store(DataDirectory(api.data).store) as store:
        yield store


def form(said: str, *files: tuple[str, str, bytes]) -> Files:
    """A request in parts; `said` makes it a trouble of its own."""
    fields = {"service_code": "gas", "attribute[district]": "indore", "description": said}
    parts: Files = [(name, (None, value)) for name, value in fields.items()]
    return parts + [(field, (name, data)) for field, name, data in files]


async def post(api: Api, files: Files, *, key: str | None = "file", **headers: str) -> httpx.Response:
    async with api.client(key) as client:
        return await client.post("/requests.json", files=files, headers=headers)


def filed(answer: httpx.Response) -> tuple[str, str]:
    assert answer.status_code == 201, answer.text
    (one,) = answer.json()
    return one["service_request_id"], one["service_notice"]


async def pictures_of(store: Storage, number: str) -> list[Picture]:
    return await store.read(lambda uow: uow.pictures.of_tickets([number]))


async def test_pictures_lie_at_the_ticket_and_those_that_are_none_are_named(
    api: Api, desk: TicketService, store: Storage
) -> None:
    sent = form(
        "pictures",
        ("media", "a.jpg", jpeg()),
        ("media[]", "b.png", png()),
        ("media_url", "c.webp", webp()),
        ("media", "IMG 4.heic", b"\x00\x00\x00\x1cftypheic"),
        ("media", "x.svg", b"<svg onload=alert(1)>"),
        ("media", "sixth.gif", gif()),
    )
    number, notice = filed(await post(api, sent))
    kept = await pictures_of(store, number)
    assert [one.media_type for one in kept] == ["image/jpeg", "image/png", "image/webp"]
    assert {one.channel for one in kept} == {"api"}
    for name, why in (("IMG 4.heic", "no JPEG"), ("x.svg", "no JPEG"), ("sixth.gif", "only 5 pictures")):
        assert f"{name}: " in notice
        assert why in notice
    ticket = await desk.ticket(number)
    assert ticket is not None
    assert ticket.pictures == 3
    assert "तस्वीर नहीं रखी गई: IMG 4.heic" in ticket.status_notes
    assert ticket.description == "pictures"
    async with api.client("file+read-personal") as client:  # they are for the room, on its screen
        (read,) = (await client.get(f"/requests/{number}.json")).json()
    assert not read["media_url"]


async def test_the_same_with_the_same_pictures_is_one_request_and_with_others_another(api: Api, store: Storage) -> None:
    sent = form("again", ("media", "a.png", png()))
    answers = [*await asyncio.gather(*(post(api, sent) for _ in range(3))), await post(api, sent)]
    (number,) = {filed(answer)[0] for answer in answers}
    assert len(await pictures_of(store, number)) == 1
    other, _ = filed(await post(api, form("again", ("media", "a.png", png(shade=7)))))
    assert other != number
    keyed = {"Idempotency-Key": "with-a-picture"}
    first, _ = filed(await post(api, form("keyed", ("media", "a.png", png())), **keyed))
    assert filed(await post(api, form("keyed", ("media", "a.png", png())), **keyed))[0] == first
    changed = await post(api, form("keyed", ("media", "a.png", png(shade=3))), **keyed)
    assert changed.status_code == 422


async def test_a_large_file_is_counted_and_left_out(api: Api, store: Storage) -> None:
    large = ("media", "large.png", png() + bytes(MAX_BYTES))
    number, notice = filed(await post(api, form("large", large, ("media", "small.png", png()))))
    assert f"large.png: the picture has {MAX_BYTES + len(png()):,} bytes" in notice
    assert len(await pictures_of(store, number)) == 1
    endless = await post(api, form("endless", *[large] * 11))
    assert (endless.status_code, "the body is larger than 30000000 bytes" in descriptions(endless)) == (413, True)


async def test_files_are_read_of_known_clients_alone(api: Api) -> None:
    sent = form("who", ("media", "a.png", png() + bytes(MAX_BYTES)))
    assert (await post(api, sent, key=None)).status_code == 403
    assert (await post(api, sent, key="read-personal")).status_code == 403
    before = [("api_key", (None, api.keys["file"])), *sent]
    assert filed(await post(api, before, key=None))[0]
    behind = await post(api, [*sent, ("jurisdiction_id", (None, "in-mp"))])
    assert (behind.status_code, "jurisdiction_id: stands behind a file" in descriptions(behind)) == (400, True)


@pytest.mark.parametrize("end", [b"", b"--x\r\n", b"\r\n--x"])
async def test_a_form_that_is_cut_off_files_nothing(api: Api, desk: TicketService, end: bytes) -> None:
    part = b'--x\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n'
    body = (
        part % (b"service_code", b"") + b"gas\r\n" + part % (b"attribute[district]", b"") + b"indore\r\n"
        + part % (b"media", b'; filename="a.png"') + png() + end
    )  # fmt: skip
    before = len(await desk.tickets())
    async with api.client("file") as client:
        kind = {"Content-Type": "multipart/form-data; boundary=x"}
        answer = await client.post("/requests.json", content=body, headers=kind)
    assert (answer.status_code, "the body is not multipart/form-data" in descriptions(answer)) == (400, True)
    assert len(await desk.tickets()) == before
