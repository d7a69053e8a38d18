"""Trunks of providers with wants of their own: calls and registrations as they want them, by real SIP."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
from itertools import zip_longest
from typing import TYPE_CHECKING

import pytest

from tests.live.conftest import open_stack
from tests.support import dialects
from tests.support.brokers import until
from tests.support.citizen import FIRST_MENU, answer
from tests.support.commands import warroom
from tests.support.dialects import DOMAIN, PORT, PRIVATE, PUBLIC, USER, Particular, given
from warroom.config.folders import ASTERISK_USER, own
from warroom.config.paths import PROJECT

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from tests.live.conftest import LiveStack
    from warroom.sip_test_client import sip

PAGE = (PROJECT / "docs" / "trunks.md").read_text("utf-8")

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("dialects")]  # one stack for all of them


@pytest.fixture(scope="module")
def dialect_stack() -> Iterator[LiveStack]:
    with open_stack(trunks=dialects.TRUNKS, secrets=dialects.SECRETS, emergency='["108"]') as running:
        yield running


@contextlib.asynccontextmanager
async def at(host: str) -> AsyncIterator[Particular]:
    loop = asyncio.get_running_loop()
    transport, there = await loop.create_datagram_endpoint(Particular, local_addr=(host, PORT))
    try:
        yield there
    finally:
        transport.close()
        await asyncio.sleep(0)  # the socket is closed by the loop: the next test has the address at once


async def test_trunk_that_wants_numbers_marked_gets_them_so_on_every_call(dialect_stack: LiveStack) -> None:
    async with at(dialects.PHONE) as provider:
        provider.wants_phone = True
        async with dialect_stack.call(caller="9811570001") as call:
            await answer(call, ((FIRST_MENU, "9"),))
            invite = await provider.rings("108")
            assert invite.get("from").partition(">")[0].endswith(";user=phone")
            assert invite.get("to").partition(">")[0].endswith(";user=phone")
            async with provider.lifts(invite, dialect_stack.sip, dialect_stack.matcher) as ambulance:
                await call.hang_up()
                await ambulance.ended()
        invite = await _test_call(dialect_stack, provider, "phone", "9811570002", "9811570002")
        assert invite.start.endswith(";user=phone SIP/2.0")


async def test_trunk_behind_a_proxy_registers_and_calls_by_it_under_its_own_domain(dialect_stack: LiveStack) -> None:
    async with at(dialects.PROXY) as proxy:
        proxy.user, proxy.password = PRIVATE, dialects.PASSWORD
        dialect_stack.asterisk("pjsip send register ims-reg-0")
        contact = await asyncio.wait_for(proxy.registered, 40)
        assert contact.startswith(f"sip:{PUBLIC}@")
        register = next(one for one in proxy.said if one.get("authorization"))
        assert register.start == f"REGISTER sip:{DOMAIN} SIP/2.0"
        assert f"<sip:{PUBLIC}@{DOMAIN}>" in register.get("from")
        assert given(register)["username"] == PRIVATE
        await until(lambda: any(one.method == "OPTIONS" for one in proxy.said))  # it is watched by the same way
        proxy.wants_digest = PRIVATE
        invite = await _test_call(dialect_stack, proxy, "ims", "9811570003", "+919811570003")
        assert invite.start == f"INVITE sip:+919811570003@{DOMAIN} SIP/2.0"
        assert f"<sip:{PUBLIC}@{DOMAIN}>" in invite.get("from")
        await _shown(dialect_stack, "ims", "Registered")


async def test_trunk_that_asks_call_by_call_is_answered_without_a_registration(dialect_stack: LiveStack) -> None:
    async with at(dialects.ASKS) as provider:
        provider.wants_digest, provider.takes_registrations = USER, False
        invite = await _test_call(dialect_stack, provider, "asks", "9811570004", "9811570004")
        assert f"<sip:{USER}@" in invite.get("from")
        provider.algorithm = "SHA-256"  # and no other (RFC 8760)
        await _test_call(dialect_stack, provider, "asks", "9811570007", "9811570007")
        assert not [one for one in provider.said if one.method == "REGISTER"]
        await _shown(dialect_stack, "asks", "")
    assert dialects.PASSWORD not in (await warroom(dialect_stack.data, "trunks", "show", "asks")).out


async def test_trunk_whose_registration_is_refused_is_shown_to_carry_calls(dialect_stack: LiveStack) -> None:
    async with at(dialects.ODD) as provider:
        provider.wants_digest, provider.takes_registrations = USER, False
        dialect_stack.asterisk("pjsip send register odd-reg-0")
        await until(lambda: provider.said)
        await _shown(dialect_stack, "odd", "Rejected")
        await _test_call(dialect_stack, provider, "odd", "9811570005", "9811570005")
        await _shown(dialect_stack, "odd", "Rejected, calls work")


async def test_what_has_no_key_is_taken_from_the_admins_own_file_as_the_page_says(dialect_stack: LiveStack) -> None:
    local = dialect_stack.data / "asterisk" / "local" / "pjsip_wizard.conf"
    kept = local.read_text()
    lines = dict.fromkeys(re.findall(r"`((?:endpoint|aor|registration)/[a-z0-9_]+ = [^`]+)`", PAGE))
    assert len(lines) > 15
    by_key: dict[str, list[str]] = {}
    for line in lines:
        by_key.setdefault(line.partition(" = ")[0], []).append(line)
    try:
        for together in zip_longest(*by_key.values()):  # what is said of one key is tried one after the other
            said = await _in_force(dialect_stack, local, [line for line in together if line])
            for kind, key, value in (re.split("/| = ", line) for line in together if line):
                wanted = "(true|yes)" if value == "yes" else re.escape(value)
                assert re.search(rf"^ {key}\s+: {wanted}", said[kind], re.MULTILINE), (kind, key, said[kind])
    finally:
        local.write_text(kept)
        own(local, ASTERISK_USER, 0o600)
        assert (await warroom(dialect_stack.data, "apply")).code == 0


async def _in_force(stack: LiveStack, local: Path, lines: list[str]) -> dict[str, str]:
    """Write lines of the admin's own; return what Asterisk then says, by kind of object."""
    local.write_text("\n".join(["[odd](+)", *lines, ""]))
    own(local, ASTERISK_USER, 0o600)
    applied = await warroom(stack.data, "apply")
    assert applied.code == 0, (lines, applied.err)
    shown = {"endpoint": "endpoint odd", "aor": "aor odd", "registration": "registration odd-reg-0"}
    return {kind: await asyncio.to_thread(stack.asterisk, f"pjsip show {what}") for kind, what in shown.items()}


async def test_trunk_that_wants_our_identity_is_told_our_number_and_never_the_callers(dialect_stack: LiveStack) -> None:
    local = dialect_stack.data / "asterisk" / "local" / "pjsip_wizard.conf"
    kept = local.read_text()
    local.write_text("[phone](+)\nendpoint/send_pai = yes\nendpoint/send_rpid = yes\n")
    own(local, ASTERISK_USER, 0o600)
    try:
        assert (await warroom(dialect_stack.data, "apply")).code == 0
        for caller in ("9811570006", "anonymous"):
            async with at(dialects.PHONE) as provider, dialect_stack.call(caller=caller) as call:
                await answer(call, ((FIRST_MENU, "9"),))
                invite = await provider.rings("108")
                for header in ("from", "p-asserted-identity", "remote-party-id"):
                    assert "<sip:07553000181@" in invite.get(header), invite.headers
                assert not any("9811570006" in value or "anonymous" in value.lower() for _, value in invite.headers)
                provider.send_answer(invite, "486 Busy Here", dialect_stack.sip)
                await call.hang_up()
    finally:
        local.write_text(kept)
        own(local, ASTERISK_USER, 0o600)
        assert (await warroom(dialect_stack.data, "apply")).code == 0


async def _test_call(
    stack: LiveStack, provider: Particular, trunk: str, number: str, as_dialled: str
) -> sip.SipMessage:
    """Place an admin's test call that is taken; return its last INVITE."""
    placed = asyncio.create_task(warroom(stack.data, "trunks", "test-call", trunk, number, "--json"))
    invite = await provider.rings(as_dialled)
    async with provider.lifts(invite, stack.sip, stack.matcher) as callee:
        await callee.hear("hi/greeting-warroom")
    done = await placed
    assert done.code == 0, done.err
    assert "anonymous" not in invite.get("from").lower()
    return invite


async def _shown(stack: LiveStack, trunk: str, registration: str) -> None:
    """Wait until `trunks list` says so."""

    async def said() -> bool:
        rows = json.loads((await warroom(stack.data, "trunks", "list", "--json")).out)
        return any(row["name"] == trunk and row["registration"] == registration for row in rows)

    await until(said, seconds=60)
