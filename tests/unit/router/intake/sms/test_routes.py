"""Requests of a provider, and of whoever writes in its place."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from fastapi import FastAPI

from router.intake.sms.in_force import SmsInForce
from router.intake.sms.receiving.requests import MAX_BODY, moment_of
from router.intake.sms.receiving.routes import SmsRoutes
from router.intake.sms.receiving.signature import TWILIO_HEADER
from router.intake.sms.sending.queue import CHANNEL, without_ticket
from router.intake.sms.words import sms_variables
from router.storage.errors import StorageUnavailableError
from tests.support.sms_files import example
from tests.support.sms_provider import SIGNS, SmsProvider
from tests.support.stores import PHONE, places
from tests.unit.router.intake.sms.test_sender import NOON

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from router.storage.engine import Storage

PART = "secret-part"
BASE = f"https://warroom.example.gov.in/sms/{PART}"
STRANGE: list[bytes] = [
    b"", b"\x00", b"\xff\xfe\xfd", b"[" * 5000, b'{"response": ' * 1000, b"response=%5B%5B%5B", b"data=null", b"=&=&=",
    b"SmsSid=1&From=%2B919812343210&Body=%00%E2%80%AE", b"SmsSid=&From=&Body=", b"a=" + b"1" * 100_000,
    b"SmsSid=" + b"x" * 5000 + b"&From=9812343210&Body=x", b"From=9812343210", b"&".join(b"a=1" for _ in range(199)),
]  # fmt: skip
KINDS = ("application/x-www-form-urlencoded", "application/json", "", "multipart/form-data; boundary=x")


class Site:
    """Our addresses without a network."""

    def __init__(self, store: Any, path: Path, provider: str) -> None:
        path.write_text(example(provider))
        secrets: dict[str, str] = {"provider": "x", "signature": SIGNS, "path": PART}
        self.in_force = SmsInForce(path, sms_variables(places()), secrets.get)
        self.in_force.look()
        app = FastAPI()
        self.arrived = 0
        app.include_router(SmsRoutes(store, self.in_force, self._count, lambda: NOON).router())
        self.app = app

    def _count(self) -> None:
        self.arrived += 1

    async def send(self, request: httpx.Request, address: str = "192.0.2.10") -> int:
        """Send a request from an address; return the status."""
        transport = httpx.ASGITransport(self.app, client=(address, 1))
        async with httpx.AsyncClient(transport=transport) as client:
            return (await client.send(request)).status_code


@pytest.fixture
def site(store: Storage, tmp_path: Path) -> Callable[[str], Site]:
    """Make the addresses of a provider."""
    return lambda provider: Site(store, tmp_path / "sms.toml", provider)


@pytest.mark.parametrize("provider", ["exotel", "gupshup", "msg91"])
async def test_strange_requests_are_taken_or_refused_and_never_a_fault(
    site: Callable[[str], Site], store: Storage, provider: str
) -> None:
    at, dice = site(provider), random.Random(7)
    for body in STRANGE:
        for way in ("in", "report"):
            for kind in (
                "application/x-www-form-urlencoded",
                "application/json",
                "",
                "multipart/form-data; boundary=x",
            ):
                request = httpx.Request("POST", f"{BASE}/{way}", content=body, headers={"content-type": kind})
                assert await at.send(request) == 200
    with SmsProvider(provider) as real:
        whole = bytearray(real.text_request(BASE, PHONE, "पानी", "7").read())
    for _ in range(60):
        changed = bytearray(whole)
        for _ in range(dice.randint(1, 6) * bool(changed)):
            changed[dice.randrange(len(changed))] = dice.randrange(256)
        request = httpx.Request("POST", f"{BASE}/in", content=bytes(changed), headers={"content-type": KINDS[0]})
        assert await at.send(request) == 200
    people = await store.read(lambda uow: uow.chat_people.count(CHANNEL))
    assert people <= 60


async def test_too_much_is_refused(site: Callable[[str], Site]) -> None:
    at = site("exotel")
    for body in (b"x" * (MAX_BODY + 1), b"&".join(b"a=1" for _ in range(500))):
        form = {"content-type": "application/x-www-form-urlencoded"}
        assert await at.send(httpx.Request("POST", f"{BASE}/in", content=body, headers=form)) == 400
    assert at.arrived == 0


async def test_only_the_providers_networks_may_come(site: Callable[[str], Site]) -> None:
    at = site("exotel")
    text = example("exotel").replace("addresses = []", 'addresses = ["192.0.2.0/28", "2001:db8::/32"]')
    at.in_force._path.write_text(text)
    at.in_force.look()
    form = {"SmsSid": "1", "From": PHONE, "Body": "x"}
    for address, status in (
        ("192.0.2.10", 200), ("::ffff:192.0.2.10", 200), ("2001:db8::7", 200), ("192.0.2.77", 403), ("x", 403),
    ):  # fmt: skip
        assert await at.send(httpx.Request("POST", f"{BASE}/in", data=form), address) == status
    assert await at.send(httpx.Request("POST", f"{BASE[:-1]}/in", data=form)) == 404


async def test_nothing_is_answered_200_that_is_not_stored(tmp_path: Path) -> None:
    class Away:
        async def write(self, _: object) -> None:
            raise StorageUnavailableError("away", "the store", "wait")

    at = Site(Away(), tmp_path / "sms.toml", "exotel")
    form = {"SmsSid": "1", "From": PHONE, "Body": "x", "Status": "delivered"}
    for way in ("in", "report"):
        assert await at.send(httpx.Request("POST", f"{BASE}/{way}", data=form)) == 503
    assert at.arrived == 0


async def test_twilio_signs_what_its_documents_say(site: Callable[[str], Site]) -> None:
    at = site("twilio")
    more = {"MessageSid": "SM2", "From": PHONE, "Body": "x", "AddedLater": "1"}
    with SmsProvider("twilio") as twilio:
        assert await at.send(twilio.text_request(BASE, PHONE, "पानी & राशन = 100%", "SM1")) == 200
        assert await at.send(twilio.signed(f"{BASE}/in", more)) == 200
        for url in (f"{BASE}/in?a=1", f"{BASE}/in/", "http://warroom.example.gov.in/sms/x/in"):
            headers = {TWILIO_HEADER: twilio.signed(url, more).headers[TWILIO_HEADER]}
            assert await at.send(httpx.Request("POST", f"{BASE}/in", data=more, headers=headers)) == 403
    assert at.arrived == 2


async def test_a_report_of_another_message_changes_none(site: Callable[[str], Site], store: Storage) -> None:
    at = site("exotel")
    other = without_ticket(to=PHONE, template="stopped", purpose="answer", key="k", language="hi")
    await store.write(lambda uow: uow.messages_out.add(other, NOON))
    for reference in ("1-000000000000", "1", "x", "999999999999999999-" + "a" * 12, "1-" + "g" * 12):
        form = {"SmsSid": "S1", "Status": "delivered", "CustomField": reference}
        assert await at.send(httpx.Request("POST", f"{BASE}/report", data=form)) == 200
    for status in ("", "constructor", "Delivered ", "1"):
        assert await at.send(httpx.Request("POST", f"{BASE}/report", data={"SmsSid": "S2", "Status": status})) == 200
    assert await store.read(lambda uow: uow.messages_out.counts(CHANNEL)) == {"queued": 1}


@pytest.mark.parametrize(
    ("text", "form", "hour"),
    [
        ("1796020200", "unix", 6),
        ("1796020200000", "milliseconds", 6),
        ("2026-11-30 09:00:00", "%Y-%m-%d %H:%M:%S", 3),
        ("2026-11-30T09:00:00+05:30", "iso", 3),
        ("", "unix", 6),
        ("yesterday", "iso", 6),
        ("99999999999999999999", "unix", 6),
        ("nan", "unix", 6),
        ("0", "unix", 6),
        ("2036-11-30T09:00:00+05:30", "iso", 6),
    ],
)
def test_the_moment_of_a_message(text: str, form: str, hour: int) -> None:
    assert moment_of(text, form, NOON).hour == hour
