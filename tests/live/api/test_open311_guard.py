"""Who may see what, how much, how slowly."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.live.api.conftest import Api, descriptions, running
from tests.live.api.filing import FRESH, file
from tests.support.stores import new_recordings, report

if TYPE_CHECKING:
    from pathlib import Path

    from router.tickets.service import TicketService

SECRET = {
    "address_string": "Secret Lane 7, Bhopal 462001",
    "first_name": "Secretname",
    "phone": "9765432101",
    "description": "secret trouble",
    "lat": "23.2513",
    "long": "77.4131",
    "media_url": "https://secret.example/face.jpg",
    "attribute[landmark]": "secret tree",
    "attribute[quantity]": "secret amount",
}


async def test_personal_data_needs_a_key_that_may_see_it(api: Api, desk: TicketService) -> None:
    number = (await file(api, **SECRET)).json()[0]["service_request_id"]
    await desk.attach(number, status_notes="secret note of the room", recordings=new_recordings("secret.wav"))
    paths = (
        f"/requests/{number}.",
        f"/requests.xml?service_request_id={number}&x=.",
        "/requests.json?x=.",
        "/requests.",
    )
    for key in (None, "file"):
        async with api.client(key) as client:
            for path in paths:
                for extension in ("json", "xml"):
                    text = (await client.get(path + extension)).text.lower()
                    assert number in text
                    assert "secret" not in text
                    assert "9765432101" not in text
                    assert "23.2513" not in text
    async with api.client("read-personal") as client:
        (row,) = (await client.get(f"/requests/{number}.json")).json()
    assert (row["name"], row["phone"], row["lat"]) == ("Secretname Bai", "+919765432101", 23.2513)
    assert row["address"] == SECRET["address_string"]
    assert "secret trouble" in row["description"]
    assert "secret note of the room" in row["status_notes"]


async def test_strangers_see_of_private_needs_how_many_there_are_and_no_more(api: Api, desk: TicketService) -> None:
    since = datetime.now(UTC) - timedelta(seconds=1)
    opened = {
        need: (await desk.open(report(next(FRESH), need=need, district="betul", zipcode="460001"))).number
        for need in ("medical", "danger", "medicine", "gas")
    }
    span = {"start_date": since.isoformat(), "service_code": "medical,danger,medicine,gas", "district": "betul"}
    named = {"service_request_id": ",".join(opened.values())}
    for key in (None, "file"):
        async with api.client(key) as client:
            listed = (await client.get("/requests.json", params=span)).json()
            assert [row["service_request_id"] for row in listed] == [opened["gas"]]
            alone = (await client.get("/requests.json", params={**span, "service_code": "danger"})).json()
            assert alone == []
            rows = {row["service_code"]: row for row in (await client.get("/requests.json", params=named)).json()}
            one = (await client.get(f"/requests/{opened['danger']}.json")).json()[0]
            counts = (await client.get("/counts.json")).json()
        assert one == rows["danger"]
        for need in ("medical", "danger", "medicine"):
            assert rows[need]["zipcode"] == ""
            assert rows[need]["requested_datetime"].endswith("T18:30:00Z")  # midnight in India
            assert rows[need]["updated_datetime"].endswith("T18:30:00Z")
        assert rows["gas"]["zipcode"] == "460001"
        assert [row["open"] for row in counts if row["service_code"] == "danger" and row["district"] == "betul"] == [1]
        assert all(set(row) == {"service_code", "service_name", "district", "open", "closed"} for row in counts)
    async with api.client("read-personal") as client:
        listed = (await client.get("/requests.json", params=span)).json()
    assert {row["service_request_id"] for row in listed} == set(opened.values())
    assert {row["zipcode"] for row in listed} == {"460001"}


@pytest.mark.long
async def test_strangers_see_nothing_where_the_admin_says_so(tmp_path: Path) -> None:
    with running(tmp_path, public="false") as url:
        async with httpx.AsyncClient(base_url=f"{url}/open311/v2") as client:
            refused = [await client.get(path) for path in ("/requests.json", "/requests/1.json", "/counts.json")]
            shown = [await client.get(path) for path in ("/discovery.json", "/services.json")]
    assert [answer.status_code for answer in refused] == [403] * 3
    assert all("api_key" in descriptions(answer) for answer in refused)
    assert [answer.status_code for answer in shown] == [200, 200]


async def test_too_many_requests_are_told_when_to_come_again(tmp_path: Path) -> None:
    with running(tmp_path, anonymous_per_minute=3, key_per_minute=3) as url:
        async with httpx.AsyncClient(base_url=f"{url}/open311/v2") as client:
            answers = [await client.get("/services.json") for _ in range(5)]
    assert [answer.status_code for answer in answers][:3] == [200, 200, 200]
    assert answers[4].status_code == 429
    assert 0 < int(answers[4].headers["retry-after"]) <= 20


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/nothing.json", 404), ("DELETE", "/services.json", 405), ("GET", "/services.yaml", 404)],
)
async def test_what_nobody_serves_is_refused_in_the_form_of_the_standard(
    api: Api, method: str, path: str, status: int
) -> None:
    async with api.client() as client:
        answer = await client.request(method, path)
    assert answer.status_code == status
    assert descriptions(answer)


@pytest.mark.long
async def test_a_client_that_never_finishes_its_header_is_hung_up_on(api: Api) -> None:
    async def hung_up(sent: bytes) -> bool:
        reader, writer = await asyncio.open_connection("127.0.0.1", httpx.URL(api.url).port)
        writer.write(sent)
        end = await reader.read()
        writer.close()
        await writer.wait_closed()
        return end == b""

    async with asyncio.timeout(60):
        assert all(
            await asyncio.gather(hung_up(b""), hung_up(b"GET /open311/v2/services.json HTTP/1.1\r\nHost: x\r\n"))
        )
