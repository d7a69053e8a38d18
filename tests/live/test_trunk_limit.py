"""A trunk's bought channels: of many legs at the same moment as many go as are free, whoever dials them."""

from __future__ import annotations

import asyncio
import contextlib
import json
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import pytest

from agi.ami.connection import AmiConnection
from agi.ami.originator import FULL, Originator
from agi.destinations.loader import HELPLINES_FILE
from agi.dialplan import CONTEXT_TRUNK_TEST
from tests.live.conftest import LiveStack, open_stack
from tests.support.brokers import until
from tests.support.commands import assert_one_clear_line, warroom
from tests.support.faults import all_lines_free
from tests.support.ports import free_ports
from tests.support.provider import Provider, provider_at
from tests.support.trunk_files import LOOPBACK
from warroom.config.secrets import AMI, read_secret
from warroom.sip_test_client import CallRefusedError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

ONE, THREE, WIDE = "127.0.3.111", "127.0.3.112", "127.0.3.113"
ONE_PORT, THREE_PORT, WIDE_PORT = free_ports(3)
CHANNELS = {"one": 1, "three": 3}
TRUNKS = f"""
[[trunk]]
name = "one"
server = "{ONE}:{ONE_PORT}"
channels = 1
dids = {{ 07554000201 = "181" }}
dials = {{ 181 = "0755181" }}
prefix = "0"
qualify_s = 0

[[trunk]]
name = "three"
server = "{THREE}:{THREE_PORT}"
channels = 3
dids = {{ 07554000202 = "104" }}
dials = {{ 104 = "0755104" }}
qualify_s = 0

[[trunk]]
name = "wide"
server = "{WIDE}:{WIDE_PORT}"
channels = 30
dids = {{ 07554000203 = "181" }}
dials = {{ 104 = "0755104", 181 = "0755181" }}
qualify_s = 0
"""
HELPLINES = HELPLINES_FILE.read_text("utf-8") + 'district-bhopal = "PJSIP/07552540002@one"\n'
ROUNDS, AT_ONCE = 8, 8
"""Legs that begin together, and how often. Were looking and joining two steps, two or more would take one channel in
most rounds."""
CITIZEN = "9811610001"

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("trunk-limit")]  # one stack for all of them


class Manager(NamedTuple):
    """A link to the manager, and what places call-backs by it."""

    link: AmiConnection
    dialler: Originator


@pytest.fixture(scope="module")
def narrow() -> Iterator[LiveStack]:
    """A stack with trunks of few channels; citizens are called back by the one of a single channel."""
    with open_stack(trunks=LOOPBACK + TRUNKS, helplines=HELPLINES, callbacks='{ trunk = "one" }') as stack:
        yield stack


@pytest.fixture
async def ends() -> AsyncIterator[dict[str, Provider]]:
    """The far ends of the trunks."""
    async with (
        provider_at(ONE, ONE_PORT) as one,
        provider_at(THREE, THREE_PORT) as three,
        provider_at(WIDE, WIDE_PORT) as wide,
    ):
        yield {"one": one, "three": three, "wide": wide}


@pytest.fixture
async def manager(narrow: LiveStack) -> AsyncIterator[Manager]:
    """A link to the manager, as the service has one; the lines are free again when it ends."""
    calls = narrow.settings.calls
    link = AmiConnection(calls.ami_host, calls.ami_port, "warroom", read_secret(narrow.data, AMI))
    dialler = Originator(link)
    running = asyncio.create_task(link.run())
    try:
        await until(lambda: dialler.connected)
        yield Manager(link, dialler)
        await _all_hang_up(narrow, link)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


@pytest.mark.parametrize(("destination", "trunk"), [("line-181", "one"), ("line-104", "three")])
async def test_of_many_legs_at_once_as_many_go_as_channels_are_free_and_the_rest_by_the_next_trunk(
    narrow: LiveStack, ends: dict[str, Provider], manager: Manager, destination: str, trunk: str
) -> None:
    here = ends[trunk]
    for turn in range(1, ROUNDS + 1):
        await _begin(manager.link, AT_ONCE, destination)
        await until(partial(_have_rung, turn * AT_ONCE, here, ends["wide"]))
        assert len(here.invites) == turn * CHANNELS[trunk]
        await _all_hang_up(narrow, manager.link)


async def test_legs_and_callers_in_the_same_moment_do_not_pass_the_limit(
    narrow: LiveStack, ends: dict[str, Provider], manager: Manager
) -> None:
    """Who called is on the trunk already: of the last channels more than one may stay unused for a moment, never none
    be left."""
    let_in = 0

    async def caller(number: int, over: asyncio.Event) -> None:
        nonlocal let_in
        with contextlib.suppress(CallRefusedError):
            async with narrow.call("07554000202", local_ip=THREE, caller=f"98116200{number:02}"):
                let_in += 1
                await over.wait()

    for turn in range(1, ROUNDS + 1):
        over, let_in, before = asyncio.Event(), 0, len(ends["three"].invites)
        callers = [asyncio.create_task(caller(number, over)) for number in range(4)]
        await _begin(manager.link, 4, "line-104")
        await until(partial(_have_rung, turn * 4, ends["three"], ends["wide"]))
        assert len(ends["three"].invites) - before + let_in <= CHANNELS["three"]
        over.set()
        await asyncio.gather(*callers)
        await _all_hang_up(narrow, manager.link)


async def test_call_back_test_call_and_a_rooms_own_telephone_count_in_the_same_way(
    narrow: LiveStack, ends: dict[str, Provider], manager: Manager
) -> None:
    """The channel is held by a leg to a room's telephone that the helplines' file says in Asterisk's words."""
    dialler = manager.dialler
    await _begin(manager.link, 1, "room-district-bhopal")
    await ends["one"].rings("07552540002")
    assert await dialler.call(CITIZEN, "100000013", "callback.100000013.2.1", limit_s=20) == FULL
    assert_one_clear_line(await warroom(narrow.data, "trunks", "test-call", "one", "181"), f"by trunk one: {FULL}")
    assert len(ends["one"].invites) == 1
    await _all_hang_up(narrow, manager.link)
    placed = asyncio.create_task(warroom(narrow.data, "trunks", "test-call", "one", "181"))
    tested = await ends["one"].rings("0755181")
    assert await dialler.call(CITIZEN, "100000013", "callback.100000013.2.2", limit_s=20) == FULL
    ends["one"].send_answer(tested, "486 Busy Here", narrow.sip)
    assert_one_clear_line(await placed, "User busy")
    await all_lines_free(narrow)
    called = asyncio.create_task(dialler.call(CITIZEN, "100000013", "callback.100000013.2.3", limit_s=20))
    await ends["one"].busy(f"0{CITIZEN}", narrow.sip)
    assert await called == "busy (cause 17)"
    figures = {row["name"]: row for row in json.loads((await warroom(narrow.data, "trunks", "list", "--json")).out)}
    assert figures["one"]["incoming"]["seizures"] == 0  # legs that were not sent stand in no book


async def test_of_call_backs_at_once_one_is_placed_and_the_others_are_no_try(
    narrow: LiveStack, ends: dict[str, Provider], manager: Manager
) -> None:
    here = ends["one"]
    for turn in range(1, ROUNDS + 1):
        placed = [
            asyncio.create_task(
                manager.dialler.call(CITIZEN, "100000013", f"callback.100000013.{turn}.{which}", limit_s=20)
            )
            for which in range(4)
        ]
        ended = asyncio.as_completed(placed)
        assert [await next(ended) for _ in range(3)] == [FULL] * 3
        await here.busy(f"0{CITIZEN}", narrow.sip)
        assert await next(ended) == "busy (cause 17)"
        await all_lines_free(narrow)
    assert len(here.invites) == ROUNDS


async def _begin(link: AmiConnection, legs: int, destination: str) -> None:
    """Have a way dialled so many times in one moment."""

    def leg(number: int) -> dict[str, object]:
        return {
            "Action": "Originate",
            "ActionID": f"leg-{number}",
            "Channel": f"Local/{destination}@destinations/n",
            "Context": CONTEXT_TRUNK_TEST,
            "Exten": "s",
            "Priority": "1",
            "Async": "true",
        }

    await asyncio.gather(*(link.action(leg(number)) for number in range(legs)))


async def _all_hang_up(stack: LiveStack, link: AmiConnection) -> None:
    """Who has had a way dialled hangs up, not the leg: a leg that ends sends its caller to the next trunk."""
    await link.action({"Action": "Hangup", "Channel": "/^Local/", "Cause": "16"})
    await all_lines_free(stack)


def _have_rung(calls: int, *ends: Provider) -> bool:
    return sum(len(end.invites) for end in ends) == calls
