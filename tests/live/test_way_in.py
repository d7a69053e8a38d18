"""What the network says of a call: numbers in every form, withheld ones, and text that would be protocol."""

from __future__ import annotations

import asyncio
import contextlib
import csv
import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.live.conftest import LiveStack, open_stack
from tests.live.test_fraud import request, stranger_at
from tests.support.brokers import until
from tests.support.commands import warroom
from tests.support.faults import all_lines_free
from tests.support.ports import free_ports
from tests.support.provider import provider_at
from tests.support.trunk_files import LOOPBACK
from warroom.config.secrets import AMI, read_secret
from warroom.sip_test_client import CallRefusedError, sip

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

PRI, ABROAD, REGISTRAR = "127.0.4.1", "127.0.4.2", "127.0.4.3"
(REGISTRAR_PORT,) = free_ports(1)
TRUNKS = f"""{LOOPBACK}
[[trunk]]
name = "pri"
server = "{PRI}"
channels = 30
dids = {{ 07554000181 = "181", 181 = "181", 7554000104 = "104" }}
qualify_s = 0

[[trunk]]
name = "abroad"
server = "{ABROAD}"
channels = 30
callers = "international"
dids = {{ 07554000181 = "181", 07554000104 = "104" }}
did_from = "to"
qualify_s = 0

[[trunk]]
name = "account"
server = "{REGISTRAR}:{REGISTRAR_PORT}"
channels = 10
dids = {{ 07554000181 = "181", 07554000104 = "104" }}
registration = {{ username = "me", password_file = "secrets/account" }}
qualify_s = 0
"""
UUID = "keepalive-7f1c0d52-6a7e-4c7c-9d0a-3d1f6a2b"
BREAK = "%0D%0A%0D%0A"
FORGED = f"{BREAK}Event%3A%20Shutdown%0D%0AShutdown%3A%20forged"
KNOWN, OWN = "+919811490099", "9800000001"
TEL = "<tel:+919811490099>"
CALLED = "Remote-Party-ID: <sip:+917554000181@net.example>;party=called"
ID = "P-Asserted-Identity: <sip:+919811490099@net.example>"

pytestmark = pytest.mark.xdist_group("way-in")  # one stack for all of them


@pytest.fixture(scope="module")
def entry() -> Iterator[LiveStack]:
    limit = "{ max_calls = 1000, window_minutes = 60 }"
    with open_stack(trunks=TRUNKS, secrets={"account": "not-guessed"}, rate_limit=limit) as stack:
        yield stack


async def _caller(
    stack: LiveStack,
    did: str = "181",
    *,
    at: str = "127.0.1.181",
    caller: str = "9811490099",
    display: str = "",
    extra: tuple[str, ...] = (),
    uri_options: str = "",
    to: str = "",
) -> tuple[str, str]:
    """Which helpline takes a call, and whose number it believes the caller's to be."""
    options = {
        "local_ip": at,
        "caller": caller,
        "display": display,
        "extra": extra,
        "uri_options": uri_options,
        "to": to,
    }
    async with stack.call(did, **options) as call:
        await call.hear("hi/greeting-181", "hi/greeting-104")
        (channel,) = [line for line in stack.asterisk("core show channels concise").splitlines() if "PJSIP/" in line]
        parts = channel.split("!")
        await call.hang_up()
    await all_lines_free(stack)
    return parts[2], parts[7]


async def _answer(stack: LiveStack, did: str, at: str, **options: object) -> int:
    try:
        async with stack.call(did, local_ip=at, **options):
            return 200
    except CallRefusedError as refused:
        return refused.status


@pytest.mark.parametrize(
    "did",
    [
        "7554000181",
        "917554000181",
        "+917554000181",
        "00917554000181",
        "4000181",
        "+91-755-4000181",
        "+91181",
        "0755181",
        "%2B9107554000181",
        "+07554000181",
        "04000181",
        "4000181;phone-context=+91755",
        "07554000181;npdi;isub=12",
        "7554000181F",
        "07554000181%23",
    ],
)
async def test_way_in_our_number_leads_to_its_helpline_in_every_form(entry: LiveStack, did: str) -> None:
    assert await _caller(entry, did, at=PRI) == ("181", "9811490099")


async def test_way_in_number_stands_in_to_or_in_a_header_where_the_network_puts_it_there(entry: LiveStack) -> None:
    to = "<sip:+917554000104@net.example>"
    assert (await _caller(entry, "07554000181", at=ABROAD, to=to))[0] == "104"
    assert (await _caller(entry, "07554000181", at=ABROAD, to="<sip:+917550000000@x>"))[0] == "181"
    assert (await _caller(entry, "07554000181", at=PRI, to=to))[0] == "181"  # this network puts it in the request line
    for nothing in ("anonymous", "an-account", "0123"):  # a request line that has none of our numbers, on any trunk
        assert (await _caller(entry, nothing, at=PRI, to='"War, <room>" <tel:+91-755-400-0104>'))[0] == "104"
    local = "<tel:4000104;phone-context=+91755>"
    assert (await _caller(entry, "07554000181", at=ABROAD, to=local))[0] == "104"
    async with provider_at(REGISTRAR, REGISTRAR_PORT) as provider:
        provider.user, provider.password = "me", "not-guessed"
        entry.asterisk("pjsip send register account-reg-0")
        contact = await asyncio.wait_for(provider.registered, 40)
        user, _, target = contact.removeprefix("sip:").partition("@")
        token = f";{target.partition(';')[2]}"
        assert (await _caller(entry, user, at=REGISTRAR, uri_options=token, to=to))[0] == "104"
        asserted = "P-Called-Party-ID: <sip:+917554000104@net.example>"
        assert (await _caller(entry, user, at=REGISTRAR, uri_options=token))[0] == "181"
        assert (await _caller(entry, "me", at=REGISTRAR, uri_options=token, to=to))[0] == "104"
        assert (await _caller(entry, user, at=REGISTRAR, uri_options=token, extra=(asserted,)))[0] == "104"
        assert (await _caller(entry, "4000104", at=REGISTRAR, uri_options=token))[0] == "104"


@pytest.mark.parametrize(
    ("at", "caller", "known"),
    [
        (PRI, "2551234", "07552551234"),
        (PRI, "02551234", "07552551234"),
        (PRI, "07552551234", "07552551234"),
        (PRI, "98%2012345678", "9812345678"),
        (PRI, "%2B919812345678", "+919812345678"),
        (PRI, "(0755) 255-1234".replace(" ", "%20"), "07552551234"),
        (PRI, "2551234;phone-context=+91731", "+917312551234"),
        (PRI, "9811490099;phone-context=+91755;cpc=ordinary", "+919811490099"),
        (PRI, "9811490099;phone-context=ims.mnc001.mcc404.3gppnetwork.org", "9811490099"),
        (ABROAD, "91234567;phone-context=+65", "+6591234567"),
        (PRI, "9812345%00670", ""),
        (PRI, f"98123{FORGED}", ""),
        (ABROAD, "6591234567", "+6591234567"),
        (ABROAD, "919812340011", "+919812340011"),
        (ABROAD, "8801712345678", "+8801712345678"),
    ],
)
async def test_way_in_caller_is_known_in_whatever_form_or_not_at_all(
    entry: LiveStack, at: str, caller: str, known: str
) -> None:
    assert (await _caller(entry, "07554000181", at=at, caller=caller))[1] == known


@pytest.mark.parametrize(
    "headers",
    [
        ("Privacy: id",),
        ("Privacy: user;id",),
        ("Privacy: header;id;critical",),
        ("Privacy: ID",),
        ("Privacy: critical", "Privacy: id"),
        ("P-Asserted-Identity: sip:9811490099@net.example", "Privacy: id"),
        (ID, "Privacy: header"),
        ("Remote-Party-ID: <sip:9811490099@net.example>;party=calling;privacy=full;screen=yes",),
        ('Remote-Party-ID: <sip:9811490099@net.example>;privacy="uri"',),
        ("Remote-Party-ID: <sip:9811490099@net.example>;privacy=name,uri;party=calling",),
        ("P-Asserted-Identity: <sip:anonymous@anonymous.invalid>",),
        ("Privacy: none;id", ID),
        (CALLED, "Remote-Party-ID: <sip:9811490099@net.example>;party=calling;privacy=full"),
        (f"{CALLED}, <sip:9811490099@net.example>;party=calling;privacy=full",),
        (f'P-Asserted-Identity: "Anonymous, x" <sip:+919811490099@net.example>, {TEL}',),
    ],
)
async def test_way_in_withheld_number_is_known_to_nobody(entry: LiveStack, headers: tuple[str, ...]) -> None:
    assert (await _caller(entry, extra=headers))[1] == ""


@pytest.mark.parametrize(
    ("headers", "known"),
    [
        (("Privacy: none", ID), "+919811490099"),
        (("Privacy: critical", ID), "+919811490099"),
        (('P-Asserted-Identity: "<sip:9800000000@x>" <sip:+919811490099@net.example>',), "+919811490099"),
        (("P-Asserted-Identity: <tel:+91-98114-90099;phone-context=x>",), "+919811490099"),
        (("P-Asserted-Identity: <sip:web@net.example>", "P-Asserted-Identity: <tel:+919811490099>"), "+919811490099"),
        (("P-Asserted-Identity: sip:+919811490099@net.example;user=phone",), "+919811490099"),
        (("Remote-Party-ID: <sip:+919811490099@net.example>;party=calling;privacy=off",), "+919811490099"),
        ((f"P-Asserted-Identity: <sip:web@net.example>, {TEL}",), "+919811490099"),
        (("P-Asserted-Identity: sip:web@net.example, tel:+919811490099",), "+919811490099"),
        ((f'P-Asserted-Identity: "A, <x" <sip:a@x>,"B <sip:9800000003@x>" <sip:b@x>,"C" {TEL}',), "+919811490099"),
        ((rf'P-Asserted-Identity: "a \" <sip:9800000009@x>, b" {TEL}',), "+919811490099"),
        (("P-Asserted-Identity: <sip:a@x>", "P-Asserted-Identity: <sip:b@x>", f"P-Asserted-Identity: {TEL}"), KNOWN),
        ((CALLED,), "9800000001"),
        ((f"{CALLED};privacy=full", f"Remote-Party-ID: {TEL};party=calling"), "+919811490099"),
        (("Privacy: none", "Privacy: critical", ID), "+919811490099"),
        (("P-Preferred-Identity: <sip:+919800000009@x>", "Diversion: <sip:+919800000009@x>;privacy=full"), OWN),
    ],
)
async def test_way_in_network_identity_counts_before_from(
    entry: LiveStack, headers: tuple[str, ...], known: str
) -> None:
    assert (await _caller(entry, caller="9800000001", extra=headers))[1] == known


async def test_way_in_anonymous_from_is_withheld_unless_the_network_says_otherwise(entry: LiveStack) -> None:
    assert (await _caller(entry, display='"Anonymous" '))[1] == ""
    assert (await _caller(entry, caller="anonymous", extra=(ID,)))[1] == ""
    assert (await _caller(entry, caller="anonymous", extra=(ID, "Privacy: none")))[1] == "+919811490099"
    assert (await _caller(entry, caller="anonymous", extra=(ID, "Privacy: none", "Privacy: critical")))[1] == KNOWN
    for name in ("RESTRICTED", '"Private Number" ', "Withheld "):
        assert (await _caller(entry, display=name))[1] == ""
    for name in ('"Unknown" ', '"unavailable" ', '"Gupta and Sons Private" '):  # no name is known; a firm's
        assert (await _caller(entry, display=name))[1] == "9811490099"
    assert (await _caller(entry, caller="*31#9811490099"))[1] == ""
    for prefix in ("*31#", "%2331%23", "*67"):
        assert (await _caller(entry, caller=f"{prefix}9811490099", extra=(ID,)))[1] == ""
    await until(lambda: _books(entry, "cel-custom/cel.csv").count("CHAN_END") > 3)
    assert "*31" not in _books(entry, "cel-custom/cel.csv")


async def test_way_in_text_from_outside_never_becomes_an_event_a_book_line_or_an_agi_header(entry: LiveStack) -> None:
    """Line breaks in each place of an INVITE that holds text; a call beside it goes on and stays in `lines`."""
    places: tuple[dict[str, Any], ...] = (
        {"did": f"181{FORGED}"},
        {"did": f"181{BREAK}Event%3A%20Hangup%0D%0AUniqueid%3A%20{{id}}%0D%0A"},
        {"did": "181%0AX"},
        {"caller": f"98114{FORGED}"},
        {"caller": f"181%0Aagi_accountcode%3A%20x{BREAK}"},
        {"display": f'"{FORGED}" '},
        *(
            {"extra": (f"{header}: <sip:+9198114{FORGED}@net.example>",)}
            for header in ("P-Asserted-Identity", "Remote-Party-ID", "Diversion", "P-Called-Party-ID", "History-Info")
        ),
        {"extra": (f"P-Asserted-Identity: <tel:+9198114{FORGED}>", f"Privacy: {FORGED}")},
        {"extra": (f"X-Warroom-Leg: {FORGED}", f"Call-Info: <sip:{FORGED}@x>", f"Subject: {FORGED}")},
        {"uri_options": f";x={FORGED}"},
    )
    async with _events(entry) as seen, entry.call(caller="9811490001") as call:
        await call.hear("hi/greeting-181")
        uniqueid = re.search(r"!(\d+\.\d+)$", entry.asterisk("core show channels concise").strip())
        assert uniqueid
        for at in ("127.0.1.181", ABROAD):
            for place in places:
                options = {key: value for key, value in place.items() if key != "did"}
                did = str(place.get("did", "181")).replace("{id}", uniqueid[1])
                await _answer(entry, did, at, **options)

        async def only_the_caller() -> bool:
            (node,) = json.loads((await warroom(entry.data, "calls", "live", "--json")).out).values()
            return node["asterisk"] is True and sum(node["calls"].values()) == 1

        await until(only_the_caller, seconds=60)
        assert uniqueid[1] in entry.asterisk("core show channels concise")
        await call.hang_up()
    await all_lines_free(entry)
    assert "Newchannel" in seen[0]
    assert not re.search(r"^Event: Shutdown|forged", seen[0], re.MULTILINE)
    for book, columns in (("cel-custom/cel.csv", 13), ("cdr-csv/Master.csv", 20)):
        assert {len(row) for row in csv.reader(_books(entry, book).splitlines())} == {columns}
    assert "forged" not in _books(entry, "cel-custom/cel.csv")


async def test_way_in_options_to_any_user_is_answered(entry: LiveStack) -> None:
    async with stranger_at(PRI) as (far, line):
        local = line.get_extra_info("sockname")
        for user in (UUID, "ping", "h", "s", "i", "9999", "a-name.with_40.printable", "181", "+917554000181", "*99#"):
            line.sendto(request(entry, local, "OPTIONS", user=user), entry.sip)
            answer: sip.SipMessage = await asyncio.wait_for(far.answers.get(), 5)
            assert (user, answer.status) == (user, 200)


async def test_way_in_calls_to_numbers_that_nobody_named_are_told_to_the_state_room(entry: LiveStack) -> None:
    for _ in range(3):
        assert await _answer(entry, "07554000182", PRI) == 404
        assert await _answer(entry, "anonymous", ABROAD) == 404

    async def told() -> bool:
        alerts = json.loads((await warroom(entry.data, "alerts", "list", "--json")).out)
        said = " ".join(one["data"]["what"] for one in alerts if one["kind"] == "unknown-number")
        return "pri: 07554000182" in said and "no number at all" in said

    await until(told, seconds=60)


def _books(stack: LiveStack, name: str) -> str:
    return (stack.data / "asterisk-log" / name).read_text("utf-8")


@contextlib.asynccontextmanager
async def _events(stack: LiveStack) -> AsyncIterator[list[str]]:
    """What Asterisk's manager sends meanwhile, as it comes over the wire, in a list of one text."""
    seen = [""]
    calls = stack.settings.calls
    reader, writer = await asyncio.open_connection(calls.ami_host, calls.ami_port)

    async def read() -> None:
        while data := await reader.read(65536):
            seen[0] += data.decode(errors="replace").replace("\r\n", "\n")

    task = asyncio.create_task(read())
    try:
        writer.write(f"Action: Login\r\nUsername: warroom\r\nSecret: {read_secret(stack.data, AMI)}\r\n\r\n".encode())
        await until(lambda: "FullyBooted" in seen[0])
        yield seen
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        writer.close()
