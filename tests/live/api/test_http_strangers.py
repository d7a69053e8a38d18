"""What strangers send below Open311: whose address counts, how many connections, where a request ends."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httpx
import pytest

from router.intake.api_keys import RIGHTS, ApiKeyStore
from router.mqtt.retained.messages import RetainedMessages
from router.storage.engine import Storage
from tests.live.api.conftest import Api, running
from tests.live.api.filing import file
from warroom.config.paths import DataDirectory

if TYPE_CHECKING:
    from pathlib import Path

SERVICES = "/open311/v2/services.json"
PROXY = "127.0.0.9"


@pytest.mark.long
async def test_forwarded_for_is_believed_from_a_proxy_in_the_settings_alone(tmp_path: Path) -> None:
    with running(tmp_path, api=[f'proxies = ["{PROXY}/32"]'], anonymous_per_minute=3) as url:

        async def asked(by: str, *forwarded: str) -> int:
            destination = httpx.AsyncHTTPTransport(local_address=by)
            async with httpx.AsyncClient(transport=destination) as client:
                headers = [("X-Forwarded-For", one) for one in forwarded]
                return (await client.get(url + SERVICES, headers=headers)).status_code

        made_up = [await asked("127.0.0.1", f"192.0.2.{last}") for last in range(5)]
        assert made_up == [200, 200, 200, 429, 429]
        assert [await asked(PROXY, "198.51.100.1") for _ in range(4)] == [200, 200, 200, 429]
        assert await asked(PROXY, "198.51.100.2") == 200  # a second client of the proxy is another
        assert await asked(PROXY, "192.0.2.77, 198.51.100.1") == 429  # what the client wrote itself stands left
        assert await asked(PROXY, "192.0.2.78", "198.51.100.1") == 429
        assert await asked(PROXY, "198.51.100.1:4711") == 429
        assert [await asked(PROXY, f"2001:db8::{last}") for last in range(4)] == [200, 200, 200, 429]
        assert [await asked(PROXY, text) for text in ("x", "_y", "unknown", "z")] == [200, 200, 200, 429]


@pytest.mark.long
async def test_without_proxies_nobody_names_himself(tmp_path: Path) -> None:
    with running(tmp_path, anonymous_per_minute=3) as url:
        async with httpx.AsyncClient() as client:
            answers = [
                await client.get(url + SERVICES, headers={"X-Forwarded-For": f"192.0.2.{last}"}) for last in range(5)
            ]
    assert [answer.status_code for answer in answers][3:] == [429, 429]


@pytest.mark.long
async def test_discovery_names_the_address_that_was_reached_and_not_what_the_client_calls_it(api: Api) -> None:
    async with api.client() as client:
        found = await client.get("/discovery.json", headers={"Host": "evil.example"})
    assert found.json()["endpoints"][0]["url"] == f"{api.url}/open311/v2"


@pytest.mark.parametrize("path", [f"{SERVICES}/", "/open311/v2/requests.json/", "/discovery.json/", "/openapi.json/"])
@pytest.mark.long
async def test_nobody_is_sent_to_the_address_that_a_client_calls_us(api: Api, path: str) -> None:
    async with httpx.AsyncClient() as client:
        answer = await client.get(api.url + path, headers={"Host": "evil.example"})
    assert (answer.status_code, answer.headers.get("location")) == (404, None)
    assert "evil.example" not in answer.text


@pytest.mark.long
async def test_idle_connections_close_the_interface_to_nobody(tmp_path: Path) -> None:
    with running(tmp_path, api=["connections = 40"]) as url:
        store = Storage(DataDirectory(tmp_path).store, RetainedMessages())
        await store.open()
        secret = await ApiKeyStore(store).make("portal", RIGHTS)
        await store.close()
        target = httpx.URL(url)
        async with httpx.AsyncClient() as portal:
            asked = await portal.get(url + SERVICES, headers={"X-Api-Key": secret})
            assert asked.status_code == 200
            (stream,) = portal._transport._pool.connections  # type: ignore[attr-defined]
            idle = [
                await asyncio.open_connection(target.host, target.port, local_addr=(f"127.0.0.{1 + one % 8}", 0))
                for one in range(120)
            ]
            async with httpx.AsyncClient() as client:
                assert (await client.get(url + SERVICES)).status_code == 200
            # the portal's own connection is still the same one
            assert (await portal.get(url + SERVICES, headers={"X-Api-Key": secret})).status_code == 200
            assert portal._transport._pool.connections == [stream]  # type: ignore[attr-defined]
        closed = [reader for reader, _ in idle[:60] if await reader.read() == b""]
        assert len(closed) == 60
        for _, writer in idle:
            writer.close()


@pytest.mark.long
@pytest.mark.parametrize(
    "head",
    [
        "HTTP/1.1\r\nContent-Length: 4\r\nTransfer-Encoding: chunked",
        "HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 4",
        "HTTP/1.1\r\ntransfer-encoding: Chunked\r\nCONTENT-LENGTH: 0",
        "HTTP/1.0\r\nTransfer-Encoding: chunked",
        "HTTP/1.1\r\nContent-Length: 4\r\nContent-Length: 5",
    ],
)
async def test_a_request_that_ends_in_two_places_is_refused(api: Api, head: str) -> None:
    target = httpx.URL(api.url)
    reader, writer = await asyncio.open_connection(target.host, target.port)
    smuggled = f"0\r\n\r\nGET {SERVICES} HTTP/1.1\r\nHost: x\r\n\r\n"
    start, _, rest = head.partition("\r\n")
    writer.write(f"POST /open311/v2/requests.json {start}\r\nHost: x\r\n{rest}\r\n\r\n{smuggled}".encode())
    answer = await reader.read()  # to the end: the connection is closed, so nothing behind it is taken for a request
    writer.close()
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"HTTP/1.1 200" not in answer


@pytest.mark.long
async def test_who_hangs_up_within_a_body_leaves_no_trace_of_a_fault(tmp_path: Path) -> None:
    """`running` reads the log in the end."""
    with running(tmp_path) as url:
        target = httpx.URL(url)
        for _ in range(3):
            reader, writer = await asyncio.open_connection(target.host, target.port)
            head = "POST /open311/v2/requests.json HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            writer.write(f"{head}Expect: 100-continue\r\nContent-Length: 9\r\n\r\n".encode())
            assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"  # the body is waited for
            writer.close()
            await writer.wait_closed()
        async with httpx.AsyncClient() as client:
            assert (await client.get(url + SERVICES)).status_code == 200


async def test_no_answer_is_kept_or_taken_for_something_else(api: Api) -> None:
    number = (await file(api)).json()[0]["service_request_id"]
    async with api.client("read-personal") as client:
        answers = [
            await client.get(path)
            for path in (f"/requests/{number}.json", "/requests.xml", "/services.json", "/nothing", "/requests?page=x")
        ]
    answers.append(await file(api))
    for answer in answers:
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
