"""Trunks of providers with wants of their own: calls and registrations as they want them, by real SIP."""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import TYPE_CHECKING

import pytest

from tests.brokers import until
from tests.live import dialects
from tests.live.citizen import FIRST_MENU, answer
from tests.live.commands import warroom
from tests.live.conftest import open_house
from tests.live.dialects import DOMAIN, PORT, PRIVATE, PUBLIC, USER, Particular, given

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from tests.live.conftest import House
    from warroom.telephone import sip

pytestmark = pytest.mark.xdist_group("dialects")  # one stack for all of them


@pytest.fixture(scope="module")
def dialect_house() -> Iterator[House]:
    with open_house(trunks=dialects.TRUNKS, secrets=dialects.SECRETS, emergency='["108"]') as running:
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


async def test_trunk_that_wants_numbers_marked_gets_them_so_on_every_call(dialect_house: House) -> None:
    async with at(dialects.PHONE) as provider:
        provider.wants_phone = True
        async with dialect_house.call(caller="9811570001") as call:
            await answer(call, ((FIRST_MENU, "9"),))
            invite = await provider.rings("108")
            assert invite.get("from").partition(">")[0].endswith(";user=phone")
            assert invite.get("to").partition(">")[0].endswith(";user=phone")
            async with provider.lifts(invite, dialect_house.sip, dialect_house.ear) as ambulance:
                await call.hang_up()
                await ambulance.ended()
        invite = await _test_call(dialect_house, provider, "phone", "9811570002", "9811570002")
        assert invite.start.endswith(";user=phone SIP/2.0")


async def test_trunk_behind_a_proxy_registers_and_calls_by_it_under_its_own_domain(dialect_house: House) -> None:
    async with at(dialects.PROXY) as proxy:
        proxy.user, proxy.password = PRIVATE, dialects.PASSWORD
        dialect_house.asterisk("pjsip send register ims-reg-0")
        contact = await asyncio.wait_for(proxy.registered, 40)
        assert contact.startswith(f"sip:{PUBLIC}@")
        register = next(one for one in proxy.said if one.get("authorization"))
        assert register.start == f"REGISTER sip:{DOMAIN} SIP/2.0"
        assert f"<sip:{PUBLIC}@{DOMAIN}>" in register.get("from")
        assert given(register)["username"] == PRIVATE
        await until(lambda: any(one.method == "OPTIONS" for one in proxy.said))  # it is watched by the same way
        proxy.wants_digest = PRIVATE
        invite = await _test_call(dialect_house, proxy, "ims", "9811570003", "+919811570003")
        assert invite.start == f"INVITE sip:+919811570003@{DOMAIN} SIP/2.0"
        assert f"<sip:{PUBLIC}@{DOMAIN}>" in invite.get("from")
        await _shown(dialect_house, "ims", "Registered")


async def test_trunk_that_asks_call_by_call_is_answered_without_a_registration(dialect_house: House) -> None:
    async with at(dialects.ASKS) as provider:
        provider.wants_digest, provider.takes_registrations = USER, False
        invite = await _test_call(dialect_house, provider, "asks", "9811570004", "9811570004")
        assert f"<sip:{USER}@" in invite.get("from")
        assert not [one for one in provider.said if one.method == "REGISTER"]
        await _shown(dialect_house, "asks", "")
    assert dialects.PASSWORD not in (await warroom(dialect_house.data, "trunks", "show", "asks")).out


async def test_trunk_whose_registration_is_refused_is_shown_to_carry_calls(dialect_house: House) -> None:
    async with at(dialects.ODD) as provider:
        provider.wants_digest, provider.takes_registrations = USER, False
        dialect_house.asterisk("pjsip send register odd-reg-0")
        await until(lambda: provider.said)
        await _shown(dialect_house, "odd", "Rejected")
        await _test_call(dialect_house, provider, "odd", "9811570005", "9811570005")
        await _shown(dialect_house, "odd", "Rejected, calls work")


async def _test_call(house: House, provider: Particular, trunk: str, number: str, as_dialled: str) -> sip.SipMessage:
    """Place an admin's test call that is taken; return its last INVITE."""
    placed = asyncio.create_task(warroom(house.data, "trunks", "test-call", trunk, number, "--json"))
    invite = await provider.rings(as_dialled)
    async with provider.lifts(invite, house.sip, house.ear) as callee:
        await callee.hear("hi/greeting-warroom")
    done = await placed
    assert done.code == 0, done.err
    return invite


async def _shown(house: House, trunk: str, registration: str) -> None:
    """Wait until `trunks list` says so."""

    async def said() -> bool:
        rows = json.loads((await warroom(house.data, "trunks", "list", "--json")).out)
        return any(row["name"] == trunk and row["registration"] == registration for row in rows)

    await until(said, seconds=20)
