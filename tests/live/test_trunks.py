"""Trunks on a running Asterisk: put in force, left alone after a mistake, rolled back; calls in and out by each."""

from __future__ import annotations

import asyncio
import json
import shutil
import socket
import ssl
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.live.conftest import LiveStack, open_stack
from tests.support.brokers import until
from tests.support.certificates import make_certificate
from tests.support.citizen import FIRST_MENU, answer
from tests.support.commands import assert_one_clear_line, warroom
from tests.support.faults import alerts_of, all_lines_free, in_bridge
from tests.support.ports import free_ports
from tests.support.provider import Provider, provider_at
from tests.support.trunk_files import ACCOUNT_PASSWORD, FAR_END, FAR_PORT, LINES, LOOPBACK, REGISTRAR, REGISTRAR_PORT
from warroom.config.folders import ASTERISK_USER, own
from warroom.sip_test_client import CallRefusedError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

ADDED = """
[[trunk]]
name = "added"
server = "127.0.4.1"
channels = 30
dids = { 0755777 = "104" }
qualify_s = 0
"""
TLS_TRUNK = """
[[trunk]]
name = "secure"
server = "127.0.5.1"
transport = "tls"
srtp = true
channels = 30
dids = { 0755778 = "181" }
qualify_s = 0
"""
SHOWN = "07554000181"
CLASH = "[clash](trunk)\nendpoint/context = from-operator\n"


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    async with provider_at(FAR_END, FAR_PORT) as there:
        yield there


async def apply(stack: LiveStack, text: str, *options: str) -> Any:
    (stack.data / "trunks.toml").write_text(text)
    return await warroom(stack.data, "apply", *options)


async def test_trunk_is_added_and_removed_while_a_call_goes_on(lines: LiveStack) -> None:
    async with lines.call(caller="9811490001") as call:
        await call.hear("hi/greeting-181")
        with pytest.raises(CallRefusedError):  # an address of nobody's
            await _call_added(lines)
        planned = await apply(lines, LINES + ADDED, "--dry-run", "--json")
        assert json.loads(planned.out)["trunks"]["added"] == ["added"]
        with pytest.raises(CallRefusedError):
            await _call_added(lines)
        applied = await apply(lines, LINES + ADDED, "--json")
        assert applied.code == 0, applied.err
        await _call_added(lines)
        assert (await apply(lines, LINES)).code == 0
        with pytest.raises(CallRefusedError):
            await _call_added(lines)
        await answer(call, (("danger", "1"), ("food-menu", "1")))  # and the first call goes on
        await call.hear("hi/place-ask")
    assert json.loads((await apply(lines, LINES, "--dry-run", "--json")).out)["trunks"]["changed"] == []


async def test_trunk_that_is_applied_is_a_destination_without_a_restart(lines: LiveStack) -> None:
    """The service knows what `apply` has put in force, without a restart."""

    async def refused() -> str:
        (channel,) = [line for line in lines.asterisk("core show channels concise").splitlines() if "!" in line]
        return (await warroom(lines.data, "call-control", "blind-transfer", channel.rpartition("!")[2], "line-104")).err

    async with lines.call(caller="9811490007") as call:
        await call.hear("hi/greeting-181")
        assert "there is no way 'line-104'" in await refused()
        assert (
            await apply(lines, LINES.replace('dials = { 108 = "108" }', 'dials = { 108 = "108", 104 = "104" }'))
        ).code == 0
        while "there is no way" in await refused():  # until the service, which looks twice a second, knows it
            pass
        assert (await apply(lines, LINES)).code == 0
        while "there is no way 'line-104'" not in await refused():
            pass


async def test_trunk_mistakes_apply_nothing(lines: LiveStack) -> None:
    before = {path: path.read_text() for path in (lines.data / "asterisk" / "generated").iterdir()}
    text = LINES.replace('prefix = "0"', 'prefix = "+1"') + ADDED.replace("30", '"many"')
    refused = await apply(lines, text)
    assert refused.code == 1
    wrong = [number for number, line in enumerate(text.splitlines(), 1) if '"+1"' in line or '"many"' in line]
    where = [line.partition(": trunk")[0] for line in refused.err.splitlines()]
    assert where == [f"warroom: {lines.data}/trunks.toml line {number}" for number in wrong]
    doctor = await warroom(lines.data, "doctor", "--json")
    (finding,) = (finding for finding in json.loads(doctor.out) if finding["part"] == "trunks")
    assert (finding["state"], "line" in finding["what"]) == ("wrong", True)
    certificate = await apply(lines, LINES + '[tls]\ncertificate = "x.crt"\nkey = "x.key"\n')
    assert_one_clear_line(certificate, "x.crt is not there")
    (lines.data / "trunks.toml").write_text(LINES)
    assert {path: path.read_text() for path in before} == before
    async with lines.call(caller="9811490002") as call:
        await call.hear("hi/greeting-181")


@pytest.mark.long
async def test_trunk_that_asterisk_takes_otherwise_is_rolled_back(lines: LiveStack) -> None:
    """A section of the admin's own with the same name: only reading back shows it."""
    local = lines.data / "asterisk" / "local" / "pjsip_wizard.conf"
    kept, before = local.read_text(), _in_force(lines)
    try:
        local.write_text(kept + CLASH)
        own(local, ASTERISK_USER, 0o600)
        refused = await apply(lines, LINES + ADDED.replace("added", "clash"))
    finally:
        local.write_text(kept)
        (lines.data / "trunks.toml").write_text(LINES)
    assert_one_clear_line(refused, "clash: context is from-operator, not from-trunk", "all is as it was before")
    assert _in_force(lines) == before
    with pytest.raises(CallRefusedError):
        await _call_added(lines)
    async with lines.call(caller="9811490003") as call:
        await call.hear("hi/greeting-181")
    assert (await apply(lines, LINES)).code == 0


def _in_force(stack: LiveStack) -> dict[str, str]:
    """What Asterisk and the service were told last."""
    paths = (*(stack.data / "asterisk" / "generated").iterdir(), stack.layout.trunks_in_force)
    return {path.name: path.read_text() for path in paths}


async def test_trunk_with_registration_is_known_by_it(lines: LiveStack) -> None:
    async with provider_at(REGISTRAR, REGISTRAR_PORT) as provider:
        provider.user, provider.password = "917554000104", ACCOUNT_PASSWORD
        lines.asterisk("pjsip send register account-reg-0")
        contact = await asyncio.wait_for(provider.registered, 40)
        user, _, target = contact.removeprefix("sip:").partition("@")
        token = target.partition(";")[2]
        assert user == "917554000104"

        async def registered() -> bool:
            now = (await _listed(lines))["account"]
            return now["registration"] == "Registered" and now["reachable"] == "yes" and now["qualify_ms"] is not None

        await until(registered, seconds=60)
        stranger = {"local_ip": "127.0.9.77", "caller": "9811490004"}
        with pytest.raises(CallRefusedError):
            async with lines.call(user, **stranger):
                pass
        async with lines.call(user, uri_options=f";{token}", **stranger) as call:
            await call.hear("hi/greeting-104")
    shown = await warroom(lines.data, "trunks", "show", "account")
    assert ACCOUNT_PASSWORD not in shown.out
    assert json.loads(shown.out)["set"]["registration"]["password_file"] == "secrets/account"


@pytest.mark.long
async def test_trunk_out_shows_its_own_number_and_never_a_hidden_one(lines: LiveStack, provider: Provider) -> None:
    hidden = ("Privacy: id", "P-Asserted-Identity: <sip:+919811490005@127.0.3.11>")
    seen = ("P-Asserted-Identity: <sip:919811490006@127.0.3.11>", "Diversion: <sip:+919811490005@127.0.3.11>")
    async with lines.room("state") as room:
        for extra, caller in ((hidden, "anonymous"), (seen, "919811490006")):
            async with lines.call(SHOWN, local_ip="127.0.3.11", caller=caller, extra=extra) as call:
                await answer(call, ((FIRST_MENU, "9"),))
                invite = await provider.rings("108")
                assert f"<sip:{SHOWN}@" in invite.get("from")
                assert "anonymous" not in invite.get("from").lower()
                assert "98114900" not in "".join(value for _, value in invite.headers)
                async with provider.lifts(invite, lines.sip, lines.matcher) as ambulance:
                    await in_bridge(lines)
                    await call.hang_up()
                    await ambulance.ended()
        known = await room.ticket(phone="+919811490006")  # delivered as E.164 without the plus
        assert known["service_code"] == "danger"
    books = lines.data / "asterisk-log" / "cdr-csv" / "Master.csv"
    await until(lambda: '"+919811490006"' in books.read_text())  # the second of the two
    assert "9811490005" not in books.read_text()


@pytest.mark.long
async def test_trunk_test_call_and_figures(lines: LiveStack, provider: Provider) -> None:
    before = (await _listed(lines))["bsnl"]["outgoing"]
    placed = asyncio.create_task(warroom(lines.data, "trunks", "test-call", "bsnl", "+919811490007", "--json"))
    async with provider.lifts(await provider.rings("09811490007"), lines.sip, lines.matcher) as callee:
        await callee.hear("hi/greeting-warroom")
        in_use = (await _listed(lines))["bsnl"]
        assert in_use["in_use"] == "1 / 30"
    result = json.loads((await placed).out)
    assert (result["answered"], result["dialled"], result["shown"]) == (True, "09811490007", SHOWN)
    busy = asyncio.create_task(warroom(lines.data, "trunks", "test-call", "bsnl", "108"))
    await provider.busy("108", lines.sip)
    assert_one_clear_line(await busy, "108 by trunk bsnl: User busy (cause 17)")
    assert_one_clear_line(await warroom(lines.data, "trunks", "test-call", "bsnl", "112"), "dials of trunk bsnl (108)")
    await all_lines_free(lines)
    after = (await _listed(lines))["bsnl"]["outgoing"]
    counted = {key: after[key] - before[key] for key in after}
    assert counted == {"seizures": 2, "answered": 1}


@pytest.mark.long
async def test_trunk_over_tls_with_encrypted_sound() -> None:
    folder = Path(tempfile.mkdtemp(prefix="warroom-tls-", dir="/var/tmp"))
    folder.chmod(0o755)
    try:
        make_certificate(folder / "tls")
        (port,) = free_ports(1)
        text = TLS_TRUNK + f'[tls]\ncertificate = "{folder}/tls/sip.crt"\nkey = "{folder}/tls/sip.key"\nport = {port}\n'
        with open_stack(trunks=LOOPBACK + text) as stack:
            assert "media_encryption                   : sdes" in stack.asterisk("pjsip show endpoint secure")
            assert "transport-tls" in stack.asterisk("pjsip show transports")
            assert b"SIP/2.0 " in await asyncio.to_thread(_options_over_tls, stack.sip[0], port)
            refused = await apply(stack, LOOPBACK + text.replace(f"port = {port}", f"port = {port + 1}"))
            assert_one_clear_line(refused, "nothing applied; restart Asterisk", "warroom restart asterisk")
            (stack.data / "trunks.toml").write_text(LOOPBACK + text)
            assert not alerts_of(stack, "certificate")
            make_certificate(folder / "tls", days=2)
            found = await certificate_of(stack)
            assert (found["state"], "sip.crt: CN=sip.example.net ends on " in found["what"]) == ("wrong", True)
            checked = await warroom(stack.data, "trunks", "check")
            assert (checked.code, "sip.crt: CN=sip.example.net ends on " in checked.out) == (0, True)
            assert (await warroom(stack.data, "apply")).code == 0  # no restart: the files' names stay
            await until(lambda: alerts_of(stack, "certificate"), seconds=60)
            make_certificate(folder / "tls")
            assert (await certificate_of(stack))["mend"] == "warroom apply"  # the one before is still served
            assert (await warroom(stack.data, "apply")).code == 0
            assert (await certificate_of(stack))["state"] == "ok"
            await until(lambda: not alerts_of(stack, "certificate"), seconds=60)
    finally:
        shutil.rmtree(folder)


async def certificate_of(stack: LiveStack) -> dict[str, str]:
    findings = json.loads((await warroom(stack.data, "doctor", "--json")).out)
    (finding,) = (finding for finding in findings if finding["part"] == "certificate")
    return dict(finding)


def _options_over_tls(host: str, port: int) -> bytes:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with socket.create_connection((host, port), 10) as plain, context.wrap_socket(plain) as line:
        ask = (
            f"OPTIONS sip:{host} SIP/2.0\r\nVia: SIP/2.0/TLS {host}:9;branch=z9hG4bKx\r\nFrom: <sip:x@{host}>;tag=1\r\n"
            f"To: <sip:{host}>\r\nCall-ID: x\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 1\r\nContent-Length: 0\r\n\r\n"
        )
        line.sendall(ask.encode())
        return line.recv(4096)


async def _call_added(stack: LiveStack) -> None:
    async with stack.call("0755777", local_ip="127.0.4.1", caller="9811490009") as call:
        await call.hear("hi/greeting-104")


async def _listed(stack: LiveStack) -> dict[str, Any]:
    rows = json.loads((await warroom(stack.data, "trunks", "list", "--json")).out)
    return {row["name"]: row for row in rows}
