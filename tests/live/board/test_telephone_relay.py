"""The way of a browser's SIP to Asterisk, spoken by hand: who and what gets through, and what Asterisk makes of it."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from websockets.exceptions import InvalidStatus

from board.accounts.identity import Role
from board.telephone import sip_guard
from board.telephone.account import make_account
from board.telephone.sip_relay import NOT_ALLOWED, NOT_SIGNED_IN, TOO_MANY
from router.mqtt import topics
from tests.live.conftest import LiveStack, open_stack
from tests.support.brokers import WAIT_S, until
from tests.support.citizen import answer
from tests.support.faults import as_router, restart_service, shorten
from tests.support.operators import has, working
from tests.support.queue_stack import TO_A_PERSON, TRUNKS, warroom
from tests.support.sip_relay import RelayAt, relay_at
from tests.support.telephones import FAR_END, FAR_PORT, far_end
from warroom.config.apply.operators import password_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("telephone-relay")]

OPERATORS = """[queue]
ring_s = 5
retry_s = 1
empty_s = 5
wrap_up_s = 0

[[operator]]
id = "101"
name = "At a PC"
telephone = "browser"

[[operator]]
id = "102"
name = "At a telephone"
"""


@pytest.fixture(scope="module")
def stack() -> Iterator[LiveStack]:
    with open_stack(operators=OPERATORS, trunks=TRUNKS) as running:
        shorten(running, "hi/human-wait", "hi/human-none")
        yield running


@pytest.fixture
async def relay(stack: LiveStack) -> AsyncIterator[RelayAt]:
    async with relay_at(stack) as running:
        yield running


@asynccontextmanager
async def states(stack: LiveStack, operator: str) -> AsyncIterator[asyncio.Queue[dict[str, Any]]]:
    """What the topic of an operator's state says, one after the other."""
    found: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    async with as_router(stack) as client:

        async def read() -> None:
            async for message in client.messages:
                if message.payload:
                    found.put_nowait(json.loads(bytes(message.payload))["data"])

        topic = topics.under(stack.settings.router.broker.topic_root, topics.operator_state(operator))
        await client.subscribe(topic, qos=1)
        reading = asyncio.create_task(read())
        try:
            yield found
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)


async def comes(found: asyncio.Queue[dict[str, Any]], **wanted: object) -> dict[str, Any]:
    async with asyncio.timeout(WAIT_S):
        while True:
            state = await found.get()
            if {key: state.get(key) for key in wanted} == wanted:
                return state


async def test_page_gets_what_it_signs_in_with_and_no_password(relay: RelayAt) -> None:
    word = password_of(relay.stack.data, "101")
    account = make_account("operator-101", "warroom", word)
    who = {
        relay.sessions.sign_in("101"): 200,
        relay.sessions.sign_in("101", Role.SUPERVISOR): 200,
        relay.sessions.sign_in("102"): 404,  # has a telephone of its own
        relay.sessions.sign_in("999"): 404,
        relay.sessions.sign_in(None, Role.WARROOM): 404,
        relay.sessions.sign_in("101", Role.ROOM): 404,  # no role with a telephone, whatever the row says
        "nobody": 401,
    }
    async with httpx.AsyncClient(base_url=relay.origin, trust_env=False) as client:
        for cookie, status in who.items():
            answer = await client.get("/operator/telephone", headers={"Cookie": f"who={cookie}"})
            assert answer.status_code == status, cookie
            assert word not in answer.text
            if status == 200:
                assert answer.json() == {
                    "user": account.user,
                    "realm": "warroom",
                    "ha1": account.ha1,
                    "uri": account.uri,
                }
                assert answer.headers["cache-control"] == "no-store"


async def test_only_the_operators_own_page_gets_through(relay: RelayAt) -> None:
    with pytest.raises(InvalidStatus):
        async with relay.telephone("101", origin="https://elsewhere.example"):
            pass
    for who, code in (
        ("nobody", NOT_SIGNED_IN),
        (relay.sessions.sign_in("102"), NOT_ALLOWED),
        (relay.sessions.sign_in(None, Role.ADMIN), NOT_ALLOWED),
        (relay.sessions.sign_in("101", Role.READONLY), NOT_ALLOWED),
    ):
        async with relay.telephone("101", who=who) as telephone:
            assert await telephone.cut_with() == code, who


async def test_register_in_anothers_name_is_refused(relay: RelayAt) -> None:
    async with relay.telephone("101") as telephone:
        assert await telephone.sign_in() == 200
    async with relay.telephone("101") as telephone:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.5):
                await telephone.sign_in(user="operator-102")
        assert await telephone.cut_with() == NOT_ALLOWED


async def test_frames_that_are_not_sip_cut_the_line(relay: RelayAt) -> None:
    for frame in (b"REGISTER sip:warroom SIP/2.0\r\n\r\n", "hello", "X" * (sip_guard.MAX_MESSAGE + 1)):
        async with relay.telephone("101") as telephone:
            await telephone.wire.send(frame)
            assert await telephone.cut_with() == NOT_ALLOWED
    async with relay.telephone("101") as telephone:
        for _ in range(sip_guard.BURST + 20):
            await telephone.wire.send("\r\n\r\n")
        assert await telephone.cut_with() == TOO_MANY


async def test_pings_and_pongs_end_at_the_board(relay: RelayAt) -> None:
    """Asterisk 22.11.0 would crash; the relay's own library answers the ping."""
    async with relay.telephone("101") as telephone:
        await telephone.wire.pong(b"unasked")
        await (await telephone.wire.ping(b"there?"))
        assert await telephone.sign_in() == 200


async def test_session_that_is_revoked_takes_the_telephone_with_it(relay: RelayAt) -> None:
    who = relay.sessions.sign_in("101")
    async with states(relay.stack, "101") as found, relay.telephone("101", who=who) as telephone:
        assert await telephone.sign_in() == 200
        await comes(found, telephone="registered", kind="browser")
        relay.sessions.revoke(who)
        assert await telephone.cut_with() == NOT_SIGNED_IN
        await comes(found, telephone="absent", rtt_ms=None)


async def test_state_says_whether_the_telephone_is_there_and_asterisks_link_may_break(relay: RelayAt) -> None:
    async with states(relay.stack, "101") as found, states(relay.stack, "102") as other:
        await comes(other, telephone="absent", kind="sip")
        async with relay.telephone("101") as telephone:
            telephone.answers_options = False
            assert await telephone.sign_in() == 200
            await comes(found, telephone="registered", rtt_ms=None)
            relay.stack.asterisk("pjsip qualify operator-101")
            await comes(found, telephone="unreachable")
            telephone.answers_options = True
            relay.stack.asterisk("pjsip qualify operator-101")
            assert (await comes(found, telephone="registered"))["rtt_ms"] is not None
            await asyncio.to_thread(relay.stack.processes.stop, "serve")
            await restart_service(relay.stack)  # which asks Asterisk anew
            again = await comes(found, telephone="registered")
            assert again["rtt_ms"] is not None
        await comes(found, telephone="absent")


async def test_operator_is_given_a_browser_while_the_stack_runs(relay: RelayAt) -> None:
    file = relay.stack.layout.operators
    file.write_text(
        OPERATORS.replace('name = "At a telephone"', 'name = "At a PC now"\ntelephone = "browser"'), "utf-8"
    )
    assert "102" in await warroom(relay.stack, "apply")
    async with states(relay.stack, "102") as found, relay.telephone("102") as telephone:
        assert await telephone.sign_in() == 200
        await comes(found, telephone="registered", kind="browser")
    file.write_text(OPERATORS, "utf-8")
    await warroom(relay.stack, "apply")
    async with relay.telephone("102") as telephone:
        assert await telephone.cut_with() == NOT_ALLOWED


async def test_second_tab_takes_the_line_of_the_first(relay: RelayAt) -> None:
    async with relay.telephone("101") as first:
        assert await first.sign_in() == 200
        async with relay.telephone("101") as second:
            assert await first.cut_with() == TOO_MANY
            assert await second.sign_in(contact="second@x.invalid;transport=ws") == 200
            assert "sip:second@" in relay.stack.asterisk("pjsip show contacts")
            assert "sip:k2j3h4@" not in relay.stack.asterisk("pjsip show contacts")


async def test_queue_rings_the_browser(relay: RelayAt) -> None:
    async with relay.telephone("101") as telephone:
        assert await telephone.sign_in() == 200
        async with working(relay.stack, "101"):
            await has(relay.stack, "general-hi", free=1)
            async with relay.stack.call(caller="9811600001") as call:
                await answer(call, TO_A_PERSON)
                async with asyncio.timeout(WAIT_S):
                    invite = await telephone.invites.get()
                assert "a=fingerprint:SHA-256" in invite.body
                assert "a=rtcp-mux" in invite.body
                assert "m=audio" in invite.body
                await telephone.reply(invite, "486 Busy Here")


@pytest.mark.parametrize("way", [";transport=ws;maddr={0}", ";transport=ws?Route=%3Csip%3A{0}%3A{1}%3Blr%3E"])
async def test_browser_whose_address_names_another_way_is_not_rung(relay: RelayAt, way: str) -> None:
    """As a hardware telephone's (test_operator_strangers.py): else it would have us dial at a provider's gateway."""
    async with far_end() as gateway, relay.telephone("101") as telephone, working(relay.stack, "101"):
        assert await telephone.sign_in(contact=f"9811600009@x.invalid{way.format(FAR_END, FAR_PORT)}") == 200
        async with relay.stack.call(caller="9811600001") as call:
            await answer(call, TO_A_PERSON)
            await until(lambda: _is_not_rung(relay.stack))
            await call.hang_up()
        assert telephone.invites.empty()
        assert gateway.invites == []


def _is_not_rung(stack: LiveStack) -> bool:
    """Whether the member is paused after three refusals, or cannot be reached by its contact."""
    member = next(line for line in stack.asterisk("queue show general-hi").splitlines() if "operator-101" in line)
    return "(paused" in member or "(Unavailable)" in member
