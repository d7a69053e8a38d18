"""Filing requests by Open311 GeoReport v2, as another program does."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from router.model.stages import Stage
from tests.live.api.conftest import Api, descriptions
from tests.live.api.filing import FILING, file
from warroom.config.paths import DataDirectory

if TYPE_CHECKING:
    from router.tickets.service import TicketService


async def test_filing_opens_a_ticket_with_all_that_was_said(api: Api, desk: TicketService) -> None:
    answer = await file(
        api, phone="098123 43210", lat="23.63", long="77.43", media_url="https://pictures.example/1.jpg"
    )
    assert answer.status_code == 201
    (filed,) = answer.json()
    assert filed["service_notice"]
    ticket = await desk.ticket(filed["service_request_id"])
    assert ticket is not None
    assert answer.headers["location"] == f"/open311/v2/requests/{ticket.number}.json"
    assert (ticket.channel, ticket.helpline, ticket.stage) == ("api", None, Stage.ROUTED)
    assert (ticket.room, ticket.district, ticket.desk) == ("district-bhopal", "bhopal", "food")
    assert (ticket.phone, ticket.name, ticket.people) == ("+919812343210", "सीता Bai", 5)
    assert (ticket.zipcode, ticket.address) == ("463106", FILING["address_string"])
    assert (ticket.lat, ticket.long, ticket.landmark, ticket.quantity) == (23.63, 77.43, "hand pump", "10 kg")
    assert ticket.description == f"{FILING['description']}\nhttps://pictures.example/1.jpg"
    assert [line.by for line in await desk.history(ticket.number)] == ["api"]


async def test_text_fills_what_no_field_says(api: Api, desk: TicketService) -> None:
    said = "बैतूल जिले में राशन नहीं मिला, 10 किलो चावल चाहिए, 7 लोग हैं"
    answer = await file(
        api, **{"service_code": "other", "attribute[quantity]": None}, address_string="घर के पास", description=said
    )
    ticket = await desk.ticket(answer.json()[0]["service_request_id"])
    assert ticket is not None
    assert (ticket.service_code, ticket.district, ticket.quantity) == ("ration", "betul", "10 kg")
    assert (ticket.room, ticket.desk, ticket.description) == ("district-betul", "food", said)
    assert (ticket.people, ticket.landmark, ticket.address) == (5, "hand pump", "घर के पास")  # as the fields say
    (note,) = ticket.notes
    assert note.startswith("intake: समझा गया / understood: राशन → need ration")
    assert "राशन → need ration" in (await desk.history(ticket.number))[0].what


async def test_text_changes_nothing_that_a_field_says(api: Api, desk: TicketService) -> None:
    said = "सागर में तुरंत दूध चाहिए, 2 लोग, PIN 470002"
    answer = await file(api, service_code="gas", description=said)
    ticket = await desk.ticket(answer.json()[0]["service_request_id"])
    assert ticket is not None
    assert (ticket.service_code, ticket.district, ticket.zipcode) == ("gas", "bhopal", "463106")
    assert (ticket.people, ticket.quantity, ticket.description) == (5, "10 kg", said)
    assert ticket.priority == 2  # haste is not a field's to say


async def test_text_does_not_outweigh_a_pin_code(api: Api, desk: TicketService) -> None:
    shared = "450120"  # of Khandwa and of Burhanpur
    for name, district in (("Burhanpur", "burhanpur"), ("Indore", None)):
        answer = await file(api, address_string=None, description=f"{name} district", **{"attribute[zipcode]": shared})
        ticket = await desk.ticket(answer.json()[0]["service_request_id"])
        assert ticket is not None
        assert (ticket.zipcode, ticket.district) == (shared, district)


async def test_filing_as_json_and_answered_in_xml(api: Api, desk: TicketService) -> None:
    sent = {"service_code": "gas", "attribute": {"district": "indore", "people": 3, "callback": False}}
    async with api.client("file") as client:
        answer = await client.post("/requests", json=sent, headers={"Accept": "text/xml"})
    number = ET.fromstring(answer.content).findtext("request/service_request_id")
    assert number
    ticket = await desk.ticket(number)
    assert ticket is not None
    assert (ticket.service_code, ticket.district, ticket.people, ticket.callback_wanted) == ("gas", "indore", 3, False)


async def test_filing_the_same_again_files_once(api: Api, desk: TicketService) -> None:
    answers = await asyncio.gather(*(file(api, token="again") for _ in range(8)))
    numbers = {answer.json()[0]["service_request_id"] for answer in answers}
    assert len(numbers) == 1
    async with api.client("file") as client:
        assert (await client.get("/tokens/again.json")).json() == [
            {"service_request_id": numbers.pop(), "token": "again"}
        ]
        assert (await client.get("/tokens/never.json")).status_code == 404
    # another program's tokens are its own
    other = await file(api, key="file+read-personal", token="again", phone="9812300999")
    assert len({other.json()[0]["service_request_id"], answers[0].json()[0]["service_request_id"]}) == 2


async def test_filing_the_same_trouble_again_joins_its_ticket_and_fills_its_gaps(api: Api, desk: TicketService) -> None:
    first = await file(api, token="first", phone="9812300777", last_name="Bai", first_name=None)
    second = await file(api, token="second", phone="9812300777", lat="23.6", long="77.4")
    assert first.json() == second.json()
    async with api.client("file") as client:
        found = [(await client.get(f"/tokens/{token}.json")).json()[0] for token in ("first", "second")]
    number = first.json()[0]["service_request_id"]
    assert [row["service_request_id"] for row in found] == [number, number]
    ticket = await desk.ticket(number)
    assert ticket is not None
    assert (ticket.version, ticket.name, ticket.lat, ticket.long) == (2, "Bai", 23.6, 77.4)


@pytest.mark.parametrize(
    ("where", "district"),
    [
        ({"attribute[district]": "dewas"}, "dewas"),
        ({"attribute[zipcode]": "452001"}, "indore"),
        ({"address_string": "Ward 3, Indore 452 001"}, "indore"),
        ({"lat": "22.72", "long": "75.86"}, "indore"),
        ({"lat": "28.61", "long": "77.21"}, None),  # Delhi
        ({"address_string": "near the old well"}, None),
        ({"attribute[zipcode]": "४५२ ००१"}, "indore"),
        ({"address_string": "भोपाल ४६२००१"}, "bhopal"),
        ({"address_string": "Kolar Road, Bhopal, MP"}, "bhopal"),
        ({"address_string": "ग्राम बैरसिया, ज़िला भोपाल, मध्य प्रदेश"}, "bhopal"),
        ({"address_string": "Sagar Apartments, near the well"}, None),
        ({"address_string": "Bhopal Road, Indore"}, "indore"),
        ({"address_string": "Indore, Bhopal"}, None),
    ],
)
async def test_filing_finds_the_district_or_leaves_it_to_the_state(
    api: Api, desk: TicketService, where: dict[str, str], district: str | None
) -> None:
    answer = await file(api, **({"address_string": None} | where))
    ticket = await desk.ticket(answer.json()[0]["service_request_id"])
    assert ticket is not None
    assert ticket.district == district
    assert ticket.room == (f"district-{district}" if district else "state")


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"service_code": None}, "service_code: missing"),
        ({"service_code": "listen"}, "service_code: unknown"),
        ({"address_string": None}, "where"),
        ({"lat": "23.2"}, "lat and long"),
        ({"lat": "nan", "long": "77"}, "lat: expected degrees"),
        ({"lat": "23", "long": "181"}, "long: expected degrees"),
        ({"phone": "call me"}, "phone"),
        ({"phone": "+91981234567"}, "phone"),
        ({"phone": " 6591234567"}, "%2B"),
        ({"description": "x" * 4001}, "description: longer"),
        ({"media_url": "javascript:alert(1)"}, "media_url"),
        ({"attribute[people]": "many"}, "attribute[people]"),
        ({"attribute[district]": "atlantis"}, "attribute[district]"),
        ({"attribute[zipcode]": "12"}, "attribute[zipcode]"),
        ({"attribute[colour]": "red"}, "attribute[…]: unknown"),
        ({"description": "a\0b"}, "control characters"),
        ({"phone": "x", "lat": "y", "long": "z"}, "phone"),
    ],
)
async def test_filing_what_cannot_be_names_each_mistake(api: Api, changes: dict[str, str | None], named: str) -> None:
    answer = await file(api, **changes)
    assert answer.status_code == 400
    assert named in descriptions(answer)


async def test_filing_with_several_mistakes_names_them_all(api: Api) -> None:
    told = descriptions(await file(api, phone="x", lat="y", long="z", **{"attribute[people]": "0"}))
    assert all(name in told for name in ("phone", "lat", "long", "attribute[people]"))


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"service_code=" + b"x" * 70_000, "application/x-www-form-urlencoded", 413),
        (b"service_code=%ff", "application/x-www-form-urlencoded", 400),
        (b"&".join(b"a%d=1" % n for n in range(200)), "application/x-www-form-urlencoded", 400),
        (b'{"service_code": "gas", "address_string": "\\ud800"}', "application/json", 400),
        (b"[" * 60_000, "application/json", 400),
        (b"[]", "application/json", 400),
        (b'{"service_code": ["ration"]}', "application/json", 400),
        (b'{"attribute": "x"}', "application/json", 400),
        (b"service_code=ration", "text/plain", 415),
        (b"", "application/x-www-form-urlencoded", 400),
    ],
)
async def test_filing_a_body_that_cannot_be_read(api: Api, body: bytes, kind: str, status: int) -> None:
    async with api.client("file") as client:
        answer = await client.post("/requests.json", content=body, headers={"Content-Type": kind})
    assert answer.status_code == status
    assert descriptions(answer)


@pytest.mark.parametrize("token", ["two words", "x" * 101, "../../1", "ह".encode()])
async def test_filing_with_a_token_that_cannot_be_files_nothing(api: Api, token: str | bytes) -> None:
    async with api.client("file") as client:
        answer = await client.post("/requests.json", data=FILING, headers={"Idempotency-Key": token})
    assert answer.status_code == 400
    assert "Idempotency-Key" in descriptions(answer)


async def test_filing_without_the_right_is_refused(api: Api) -> None:
    async with api.client() as client:
        assert (await client.post("/requests.json", data=FILING)).status_code == 403
        assert (await client.post("/requests.json", data=FILING | {"api_key": "guess"})).status_code == 403
        assert (await client.post("/requests.json", data=FILING | {"api_key": api.keys["file"]})).status_code == 201
        assert (await client.get("/requests.json?api_key=guess")).status_code == 403
    assert (await file(api, key="read-personal")).status_code == 403


async def test_filing_while_the_store_is_away_loses_and_doubles_nothing(api: Api, desk: TicketService) -> None:
    with closing(sqlite3.connect(DataDirectory(api.data).store)) as other:
        other.execute("BEGIN IMMEDIATE")
        async with api.client("file") as client:
            answer = await client.post("/requests.json", data=FILING)
        assert answer.status_code == 503
        assert int(answer.headers["retry-after"]) > 0
        assert "Idempotency-Key" in descriptions(answer)
        other.rollback()
    token = answer.headers["idempotency-key"]
    again = await file(api, token=token)
    assert again.status_code == 201
    assert (await file(api, token=token)).json() == again.json()


@pytest.mark.parametrize(
    ("sent", "phone", "people"),
    [
        ("०९८१२३ ४५६७०", "+919812345670", "५"),
        ("tel:+91-98123-45670", "+919812345670", "٥"),
        ("(0755) 2551234", "+917552551234", "5"),
        ("+6591234567", "+6591234567", " 5"),
        (" 919812345670", "+919812345670", "5"),
    ],
)
async def test_filing_takes_numbers_as_people_write_them(
    api: Api, desk: TicketService, sent: str, phone: str, people: str
) -> None:
    answer = await file(api, phone=sent, **{"attribute[people]": people})
    ticket = await desk.ticket(answer.json()[0]["service_request_id"])
    assert ticket is not None
    assert (ticket.phone, ticket.people) == (phone, 5)
