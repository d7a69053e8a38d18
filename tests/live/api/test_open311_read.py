"""Reading services and requests by Open311 GeoReport v2, as another program does."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from datetime import timedelta
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import httpx
import pytest

from router.tickets.ticket_number import issue
from tests.live.api.conftest import Api, as_text, descriptions, plain
from tests.live.api.filing import FRESH, file
from tests.support.stores import report
from warroom.config.paths import DataDirectory

if TYPE_CHECKING:
    from router.tickets.service import TicketService


@pytest.mark.parametrize(
    ("path", "root"),
    [
        ("/discovery", "discovery"),
        ("/services", "services"),
        ("/services/ration", "service_definition"),
        ("/services/unicorns", "errors"),
        ("/requests", "service_requests"),
    ],
)
async def test_answers_in_xml_say_what_those_in_json_say(api: Api, path: str, root: str) -> None:
    filed = (await file(api)).json()[0]["service_request_id"]
    async with api.client("file+read-personal") as client:
        for more in (path, f"/requests/{filed}") if path == "/requests" else (path,):
            in_json, in_xml = await client.get(f"{more}.json"), await client.get(f"{more}.xml")
            assert in_json.headers["content-type"] == "application/json; charset=utf-8"
            assert in_xml.headers["content-type"] == "text/xml; charset=utf-8"
            assert in_xml.text.startswith("<?xml version=")
            tree = ET.fromstring(in_xml.content)
            assert tree.tag == root
            assert plain(tree) == as_text(in_json.json())


async def test_lists_in_xml_have_the_names_of_the_standard(api: Api) -> None:
    async with api.client() as client:
        services = ET.fromstring((await client.get("/services.xml")).content)
        definition = ET.fromstring((await client.get("/services/ration.xml")).content)
        discovery = ET.fromstring((await client.get("/discovery.xml")).content)
        error = ET.fromstring((await client.get("/requests/123.xml")).content)
    assert services.findtext("service/service_code") == "ration"
    assert services.findtext("service/metadata") == "true"
    assert "bhopal" in [key.text for key in definition.findall("attributes/attribute/values/value/key")]
    assert discovery.findtext("endpoints/endpoint/url") == f"{api.url}/open311/v2"
    assert discovery.findtext("endpoints/endpoint/specification") == "http://wiki.open311.org/GeoReport_v2"
    assert [f.text for f in discovery.findall("endpoints/endpoint/formats/format")] == ["text/xml", "application/json"]
    assert error.findtext("error/code") == "404"


async def test_xml_stays_xml_whatever_a_ticket_holds(api: Api, desk: TicketService) -> None:
    ticket = await desk.open(report(next(FRESH), description="a\0b\x0b\ufffe]]>&\U0001f35a"))
    async with api.client("read-personal") as client:
        tree = ET.fromstring((await client.get(f"/requests/{ticket.number}.xml")).content)
    assert tree.findtext("request/description") == "a\ufffdb\ufffd\ufffd]]>&\U0001f35a"


@pytest.mark.parametrize(
    ("accept", "kind"),
    [("text/xml", "text/xml"), ("application/json;q=0.5, application/xml", "text/xml"), ("*/*", "application/json")],
)
async def test_format_without_extension_is_what_the_client_accepts(api: Api, accept: str, kind: str) -> None:
    async with api.client() as client:
        for path in ("/services", "/nothing"):
            answer = await client.get(path, headers={"Accept": accept})
            assert answer.headers["content-type"].startswith(kind)


async def test_requests_by_each_filter(api: Api, desk: TicketService) -> None:
    opened = [
        await desk.open(report(next(FRESH), need=need, district=district))
        for need, district in (("petrol", "dewas"), ("diesel", "dewas"), ("diesel", "ujjain"))
    ]
    numbers = [ticket.number for ticket in reversed(opened)]
    since = opened[0].requested_datetime
    span = {"start_date": since.isoformat(), "end_date": opened[-1].requested_datetime.isoformat()}
    ist = since.astimezone().isoformat()
    async with api.client() as client:

        async def found(**params: str) -> list[str]:
            answer = await client.get("/requests.json", params=params)
            assert answer.status_code == 200, answer.text
            return [row["service_request_id"] for row in answer.json()]

        assert await found(**span) == numbers
        assert await found(start_date=ist) == numbers
        assert await found(**span, service_code="diesel") == numbers[:2]
        assert await found(**span, service_code="diesel,petrol", district="dewas") == numbers[1:]
        assert await found(**span, district="dewas,ujjain", status="open") == numbers
        assert await found(**span, status="closed") == []
        assert await found(**span, status="open,closed", page_size="1", page="2") == numbers[1:2]
        assert await found(service_request_id=f"{numbers[0]},{numbers[2]},{issue(9, 1)},x") == [numbers[0], numbers[2]]
        assert await found(service_request_id="x") == []
        before = await found(end_date=(since - timedelta(days=1)).isoformat())  # of other tests perhaps
        assert not set(before) & set(numbers)
        assert await found(start_date="2090-01-01T00:00:00Z") == []
        assert await found(start_date=since.isoformat().replace("+00:00", " 00:00")) == numbers  # a + not escaped


async def test_requests_page_after_page_are_each_there_once(api: Api, desk: TicketService) -> None:
    opened = await asyncio.gather(*(desk.open(report(next(FRESH), need="water", district="sehore")) for _ in range(25)))
    path = "/open311/v2/requests.json?service_code=water&district=sehore&page_size=10"
    seen: list[list[str]] = []
    async with api.client() as client:
        url: str | httpx.URL = api.url + path
        while True:
            answer = await client.get(url)
            seen.append([row["service_request_id"] for row in answer.json()])
            await desk.open(report(next(FRESH), need="water", district="sehore"))  # newer ones disturb no page
            if "next" not in answer.links:
                break
            url = answer.url.join(answer.links["next"]["url"])
    assert [len(page) for page in seen] == [10, 10, 5]
    assert [number for page in seen for number in page] == sorted((ticket.number for ticket in opened), reverse=True)


@pytest.mark.parametrize(
    ("params", "named"),
    [
        ({"status": "opened"}, "status"),
        ({"service_code": "unicorns"}, "service_code"),
        ({"district": "atlantis"}, "district"),
        ({"start_date": "2020-04-01"}, "start_date"),
        ({"start_date": "2020-04-01T00:00:00"}, "start_date"),
        ({"end_date": "0001-01-01T00:00:00Z"}, "out of range"),
        ({"end_date": "9999-12-31T23:59:59-14:00"}, "end_date"),
        ({"start_date": "2020-04-01T00:00:00Z", "end_date": "2020-07-01T00:00:00Z"}, "90 days"),
        ({"start_date": "2020-04-02T00:00:00Z", "end_date": "2020-04-01T00:00:00Z"}, "later"),
        ({"page": "0"}, "page"),
        ({"page": "101"}, "page"),
        ({"page_size": "1001"}, "page_size"),
        ({"page_size": "٣"}, "page_size"),
        ({"after": "1"}, "after"),
        ({"after": issue(9, 9)}, "after"),
        ({"after": issue(9, 9), "page": "2"}, "after and page"),
    ],
)
async def test_requests_with_a_filter_that_makes_no_sense_are_told_so(
    api: Api, params: dict[str, str], named: str
) -> None:
    async with api.client() as client:
        answer = await client.get("/requests.json", params=params)
    assert answer.status_code == 400
    assert named in descriptions(answer)


async def test_jurisdiction_is_ours_or_left_out(api: Api) -> None:
    async with api.client() as client:
        assert (await client.get("/services.json?jurisdiction_id=madhya-pradesh")).status_code == 200
        other = await client.get("/services.json?jurisdiction_id=sfgov.org")
    assert other.status_code == 404
    assert "jurisdiction_id" in descriptions(other)


@pytest.mark.parametrize("expected", ["0001-01-01T00:00:00+05:30", "9999-12-31T23:59:59-12:00", "no time at all"])
async def test_lists_survive_a_row_of_before_there_were_bounds(api: Api, desk: TicketService, expected: str) -> None:
    numbers = [(await file(api)).json()[0]["service_request_id"] for _ in range(3)]
    with closing(sqlite3.connect(DataDirectory(api.data).store)) as store, store:
        sql = "UPDATE tickets SET document = json_set(document, '$.expected_datetime', ?) WHERE number = ?"
        store.execute(sql, (expected, numbers[1]))
    async with api.client("file+read-personal") as client:
        found = await client.get(f"/requests.json?service_request_id={','.join(numbers)}")
        assert {numbers[0], numbers[2]} <= {row["service_request_id"] for row in found.json()}
        for path in ("/requests.json", "/requests.xml", f"/requests/{numbers[1]}.json"):
            assert (await client.get(path)).status_code == 200
    assert len(await desk.tickets(open_only=True, room="district-bhopal", limit=100)) >= 2
    with closing(sqlite3.connect(DataDirectory(api.data).store)) as store, store:
        store.execute(sql, ("2026-01-01T00:00:00Z", numbers[1]))  # the store is that of other tests too
