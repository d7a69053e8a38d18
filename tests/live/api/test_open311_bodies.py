"""Bodies as programs, forms and hurried people send them: nothing in them wins over another in silence."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest

from tests.live.api.conftest import Api, descriptions
from tests.live.api.filing import file

if TYPE_CHECKING:
    import httpx

    from router.tickets.service import TicketService

PHONE = "9812300333"
URL = "https://pictures.example"
FORM = "application/x-www-form-urlencoded"


def filing(**more: object) -> dict[str, object]:
    return {"service_code": "gas", "attribute[district]": "indore", **more}


async def send(api: Api, body: bytes | str, kind: str, **headers: str) -> httpx.Response:
    async with api.client("file") as client:
        return await client.post("/requests.json", content=body, headers={"Content-Type": kind, **headers})


def number_of(answer: httpx.Response) -> str:
    assert answer.status_code == 201, answer.text
    return str(answer.json()[0]["service_request_id"])


@pytest.mark.parametrize(
    ("more", "named"),
    [
        ("description=a&description=b", "description: comes twice"),
        ("service_code=water", "service_code: comes twice"),
        ("attribute[quantity]=1&attribute[quantity]=2", "attribute[quantity]: comes twice"),
        ("attribute%5Bquantity%5D=1&attribute[quantity]=1", "attribute[quantity]: comes twice"),
        ("descripton=a", "descripton: there is no such field; do you mean description?"),
        ("telephone=9812345670", "telephone: there is no such field"),
        ("attribute[quantity][]=1", "attribute[quantity][]: there is no such field"),
        ("description[]=a", "description[]: there is no such field"),
        ("attribute[colour]=1", "colour"),
        (f"media_url={URL}/1.jpg&media_url[]=javascript:1", "media_url: expected"),
        ("&".join(f"media_url={URL}/{n}" for n in range(11)), "media_url: 11 of them"),
        ("media_url=http://[", "media_url: expected"),
        ("api_key=another", "api_key: comes in two places"),
        ("description=%1b", "description: holds control characters"),
    ],
)
async def test_a_form_that_says_two_things_or_an_unknown_one_names_the_field(api: Api, more: str, named: str) -> None:
    answer = await send(api, f"{urlencode(filing())}&{more}", FORM)
    assert (answer.status_code, named in descriptions(answer)) == (400, True), answer.text


@pytest.mark.parametrize(
    ("more", "named"),
    [
        ('"description": "a", "description": "b"', "description: comes twice"),
        ('"attribute": {"people": 1, "people": 2}', "people: comes twice"),
        ('"attribute": {"district": "bhopal"}', "attribute[district]: comes twice"),
        ('"description": ["a", "b"]', "description: expected one value"),
        ('"attribute": {"people": [1]}', "attribute[people]: expected one value"),
        ('"attribute": [1]', "attribute: expected an object"),
        ('"description": {"a": 1}', "description: expected text"),
        ('"descripton": "a"', "descripton: there is no such field"),
        ('"attributes": {"people": 1}', "attributes: expected text"),
        ('"media_url": [[]]', "media_url: expected text"),
        ('"lat": NaN', "the body is not application/json"),
    ],
)
async def test_json_that_says_two_things_or_an_unknown_one_names_the_field(api: Api, more: str, named: str) -> None:
    answer = await send(api, f"{json.dumps(filing())[:-1]}, {more}}}", "application/json")
    assert (answer.status_code, named in descriptions(answer)) == (400, True), answer.text


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("service_code=gas&service_code=water", "service_code: comes twice"),
        ("status=open&status=closed", "status: comes twice"),
        ("statu=open", "do you mean status?"),
        ("start-date=2020-04-01T00:00:00Z", "do you mean start_date?"),
        ("apikey=x", "do you mean api_key?"),
    ],
)
async def test_parameters_that_say_two_things_are_refused(api: Api, query: str, named: str) -> None:
    async with api.client() as client:
        answer = await client.get(f"/requests.json?{query}")
        assert (answer.status_code, named in descriptions(answer)) == (400, True), answer.text
        assert (await client.get("/requests.json?_=1586000000")).status_code == 200  # as some clients pass caches


async def test_fields_and_headers_in_the_wrong_place_are_refused(api: Api) -> None:
    async with api.client("file") as client:
        answer = await client.post("/requests.json?description=lost", data=filing())
        assert "description: there is no such parameter here; send it in the body" in descriptions(answer)
        headers = [("Idempotency-Key", "one"), ("Idempotency-Key", "two")]
        answer = await client.post("/requests.json", data=filing(), headers=headers)
    assert "idempotency-key: the header comes twice" in descriptions(answer)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (f"media_url={URL}/1.jpg&media_url={URL}/2.jpg", FORM),
        (f"media_url[]={URL}/1.jpg&media_url[]={URL}/2.jpg&media_url={URL}/1.jpg", FORM),
        (f"media_url[0]={URL}/1.jpg&media_url[1]={URL}/2.jpg", FORM),
        (f"media_url={URL}/1.jpg,{URL}/2.jpg", FORM),
        (json.dumps({"media_url": [f"{URL}/1.jpg", f"{URL}/2.jpg"]}), "application/json"),
    ],
)
async def test_several_pictures_are_all_kept(api: Api, desk: TicketService, body: str, kind: str) -> None:
    own = kind + body  # each case a trouble of its own
    whole = (
        f"{urlencode(filing(description=own))}&{body}"
        if kind == FORM
        else json.dumps(filing(description=own) | json.loads(body))
    )
    ticket = await desk.ticket(number_of(await send(api, whole, kind)))
    assert ticket is not None
    assert ticket.description == f"{own}\n{URL}/1.jpg\n{URL}/2.jpg"


async def test_a_form_in_parts_is_taken_and_a_file_elsewhere_named(api: Api, desk: TicketService) -> None:
    parts = {name: (None, str(value)) for name, value in filing(description="दो दिन से\r\nगैस नहीं").items()}
    async with api.client("file") as client:
        answer = await client.post("/requests.json", files={**parts, "media": ("", b"")})
        ticket = await desk.ticket(number_of(answer))
        assert ticket is not None
        assert (ticket.district, ticket.description) == ("indore", "दो दिन से\nगैस नहीं")
        refused = await client.post("/requests.json", files={**parts, "letter": ("face.jpg", b"\xff\xd8")})
    assert (refused.status_code, "letter: no file is taken here" in descriptions(refused)) == (400, True)


@pytest.mark.parametrize(
    ("body", "kind", "said"),
    [
        (b"description=caf%E9+%96", f"{FORM}; charset=ISO-8859-1", "café –"),
        (b"description=caf\xe9", f"{FORM}; charset=windows-1252", "café"),
        (b'{"description": "caf\xe9"}', 'application/json; charset="iso-8859-1"', "café"),
        ("description=पानी".encode(), f"{FORM}; Charset=UTF-8", "पानी"),
        ("description=पानी".encode(), f"{FORM}; charset=us-ascii", "पानी"),
    ],
)
async def test_the_charset_that_is_said_is_read(
    api: Api, desk: TicketService, body: bytes, kind: str, said: str
) -> None:
    whole = (
        json.dumps(filing(phone="9812300111")).encode()[:-1] + b", " + body[1:]
        if b"{" in body
        else body + b"&" + urlencode(filing(phone="9812300111")).encode()
    )
    ticket = await desk.ticket(number_of(await send(api, whole, kind)))
    assert ticket is not None
    assert said in ticket.description


@pytest.mark.parametrize(
    ("body", "kind", "status", "named"),
    [
        (b"description=%E0%A4%AA", f"{FORM}; charset=ISO-8859-1", 400, "charset: the body says"),
        (b"description=%E9", FORM, 400, "not in UTF-8"),
        (b"description=a", f"{FORM}; charset=utf-16", 415, "charset: not taken"),
        (b"description=a", f"{FORM}; charset=\x7f", 415, "charset: not taken"),
        (b"--x\r\n\r\na\r\n", "multipart/form-data", 400, "not multipart/form-data"),
        (b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1', "multipart/form-data; boundary=x", 400, "not"),
        (b"<a/>", "text/xml", 415, "multipart/form-data"),
        (b"", "", 415, "application/json"),
    ],
)
async def test_a_body_that_is_not_what_it_says(api: Api, body: bytes, kind: str, status: int, named: str) -> None:
    answer = await send(api, body, kind)
    assert (answer.status_code, named in descriptions(answer)) == (status, True), answer.text
    if "charset" not in kind and status == 415:
        assert answer.headers["accept-post"] == f"application/json, {FORM}, multipart/form-data"


@pytest.mark.parametrize(
    ("as_json", "phone"), [(False, None), (True, None), (False, "9812300222"), (True, "9812300223")]
)
async def test_the_same_without_a_key_is_one_request(
    api: Api, desk: TicketService, as_json: bool, phone: str | None
) -> None:
    fields = {"service_code": "water", "attribute[zipcode]": "462001", "description": f"{as_json} {phone}"}
    fields |= {"phone": phone} if phone else {}

    async def post() -> httpx.Response:
        async with api.client("file") as client:
            return await client.post("/requests.json", **({"json": fields} if as_json else {"data": fields}))

    answers = [*await asyncio.gather(*(post() for _ in range(3))), await post(), await post()]
    (number,) = {number_of(answer) for answer in answers}
    ticket = await desk.ticket(number)
    assert ticket is not None
    assert (ticket.version, len(ticket.calls)) == (1, 1)
    async with api.client("file") as client:  # each was given a key, and each finds the ticket
        for answer in answers:
            found = await client.get(f"/tokens/{answer.headers['idempotency-key']}.json")
            assert found.json()[0]["service_request_id"] == number
    # another program's request is another, and so is one that says more
    async with api.client("file+read-personal") as client:
        other = await client.post("/requests.json", data=fields)
    assert (number_of(other) == number) is (phone is not None)
    if phone is None:
        assert number_of(await send(api, urlencode({**fields, "description": "more"}), FORM)) != number


async def test_a_key_with_another_body_files_nothing_and_says_so(api: Api) -> None:
    first = await file(api, token="one-key", phone=PHONE)
    for changes in ({"service_code": "gas", "phone": PHONE}, {"phone": None}):
        again = await file(api, token="one-key", **changes)
        assert again.status_code == 422
        assert "Idempotency-Key: it has filed another body already" in descriptions(again)
    assert (await file(api, token='"one-key"', phone=PHONE)).json() == first.json()  # quoted, as the draft writes it
