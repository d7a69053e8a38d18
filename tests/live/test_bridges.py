"""Calls put together, parted and handed on while they go on: operators, 104 and control rooms are real telephones."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from agi.helplines.read import HELPLINES_FILE
from router.broker.operator_client import command_as_operator
from router.broker.rooms import ROUTER_ACCOUNT
from tests.brokers import until
from tests.live.citizen import answer
from tests.live.commands import assert_one_clear_line, warroom
from tests.live.conftest import House, open_house
from tests.live.faults import all_lines_free, query, shorten
from tests.live.lines import LOOPBACK
from tests.live.provider import Provider, provider_at
from tests.ports import free_ports
from warroom.secret_files import MQTT_ROUTER, read_secret

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from router.broker.operator_words import OperatorReply
    from warroom.telephone import TestCall

FAR_END, OPERATORS = "127.0.3.105", "127.0.2.60"
(PORT,) = free_ports(1)
DID = "07554001077"
HELPLINE_104, ROOM_OF_INDORE = "0755104", "07312540001"
TRUNK = f"""
[[trunk]]
name = "far"
server = "{FAR_END}:{PORT}"
channels = 30
dids = {{ {DID} = "district-bhopal" }}
dials = {{ 104 = "{HELPLINE_104}" }}
qualify_s = 0
"""
# asha answers for the room of Bhopal
ASHA = f"""[operator-asha](trunk)
remote_hosts = {OPERATORS}:{PORT}
contact_pattern = sip:asha@${{REMOTE_HOST}}
endpoint/context = from-operator
"""
ROOMS = f"""
district-bhopal = "PJSIP/operator-asha"
district-indore = "PJSIP/{ROOM_OF_INDORE}@far"
"""
LIMIT_S = 20.0
ASKS_FOR_SOMEBODY = (("food-menu", "1"), ("place-here", "1"), ("callback-ask", "0"))

pytestmark = pytest.mark.xdist_group("bridges")  # one stack for all of them


@pytest.fixture(scope="module")
def bridged() -> Iterator[House]:
    """A house with an operator, 104 and a control room to call."""
    helplines = HELPLINES_FILE.read_text("utf-8") + ROOMS
    with open_house(trunks=LOOPBACK + TRUNK, wizard=ASHA, helplines=helplines) as house:
        shorten(house, "hi/nobody-there", "hi/whisper", "hi/whisper-ticket", "hi/connecting-queue")
        yield house


@dataclass
class Talk:
    """A citizen who speaks with asha."""

    house: House
    far: Provider
    citizen: TestCall
    asha: TestCall
    ticket: str
    phone: str
    stack: AsyncExitStack

    async def say(self, action: str, **words: str) -> dict[str, Any]:
        """Say a command of this call as the war room; it is accepted."""
        reply = await say(self.house, action=action, call=self.ticket, **words)
        assert reply.accepted, reply.reason
        return reply.data

    async def refused(self, action: str, **words: str) -> str:
        """Say a command that is refused; return the code."""
        reply = await say(self.house, action=action, **{"call": self.ticket, **words})
        assert not reply.accepted
        assert reply.reason_hi
        return reply.code

    async def lift(self, number: str) -> TestCall:
        """The telephone that rings is lifted."""
        invite = await self.far.rings(number)
        assert invite.get("x-warroom-ticket") == self.ticket
        return await self.stack.enter_async_context(self.far.lifts(invite, self.house.sip, self.house.ear))

    async def noted(self, *words: str) -> str:
        """Wait for a note on the ticket that has all of these words."""

        def note() -> str:
            (document,) = query(self.house, "SELECT document FROM tickets WHERE number = ?", self.ticket)[0]
            notes = json.loads(document)["notes"]
            return next((line for line in notes if all(word in line for word in words)), "")

        await until(note)
        return note()


async def say(house: House, **words: str) -> OperatorReply:
    password = read_secret(house.data, MQTT_ROUTER)
    broker = house.settings.router.broker
    client = f"test-{os.urandom(4).hex()}"
    return await command_as_operator(broker, ROUTER_ACCOUNT, password, words, client=client, limit_s=LIMIT_S)


@asynccontextmanager
async def far_ends() -> AsyncIterator[tuple[Provider, Provider]]:
    async with provider_at(FAR_END, PORT) as far, provider_at(OPERATORS, PORT) as operators:
        yield far, operators


@asynccontextmanager
async def talk(house: House, ends: tuple[Provider, Provider], phone: str) -> AsyncIterator[Talk]:
    """A citizen has told what is needed, has a ticket and speaks with asha."""
    far, operators = ends
    async with AsyncExitStack() as stack:
        room = await stack.enter_async_context(house.room(client=phone))
        citizen = await stack.enter_async_context(house.call(DID, local_ip=FAR_END, caller=phone))
        await answer(citizen, (("greeting-district|danger", "1"), *ASKS_FOR_SOMEBODY))
        invite = await operators.rings("asha")
        asha = await stack.enter_async_context(operators.lifts(invite, house.sip, house.ear))
        ticket = (await room.ticket(phone=f"+91{phone}"))["service_request_id"]
        await hear_each_other(house, citizen, asha)
        yield Talk(house, far, citizen, asha, ticket, phone, stack)


async def hear_each_other(house: House, *calls: TestCall) -> None:
    """Sound goes both ways between two, as it is: a prompt that nobody else plays now is known by ear."""
    sound = (house.layout.prompts / "en" / "goodbye.alaw").read_bytes()[:8000]
    for speaker, listener in (calls, calls[::-1]):
        speaking = asyncio.create_task(_on_and_on(speaker, sound))
        try:
            await listener.hear("en/goodbye", within_s=LIMIT_S)
        finally:
            speaking.cancel()
            await asyncio.gather(speaking, return_exceptions=True)


async def _on_and_on(speaker: TestCall, sound: bytes) -> None:
    while True:
        await speaker.speak(sound)


async def bridges(house: House) -> list[tuple[int, str]]:
    """How many are in each bridge, and its technology."""
    shown = await asyncio.to_thread(house.asterisk, "bridge show all")
    found = re.findall(r"^[0-9a-f-]{36} .*?(\d+) (?:basic|base) +(\w+)", shown, re.MULTILINE)
    return [(int(count), technology) for count, technology in found]


async def a_native_pair(house: House) -> None:
    """Wait until two are left in one bridge that mixes nothing."""

    async def pair() -> bool:
        found = await bridges(house)
        return len(found) == 1 and found[0][0] == 2 and found[0][1] in {"native_rtp", "simple_bridge"}

    await until(pair)


async def test_doctor_is_consulted_then_all_three_speak_then_the_operator_leaves(bridged: House) -> None:
    async with far_ends() as ends, talk(bridged, ends, "9811700001") as call:
        await call.say("consult", way="line-104")
        await call.citizen.hear("hi/bridge-wait")
        assert await call.refused("three") == "not-answered"
        assert await call.refused("blind", way="line-104") == "consulting"
        doctor = await call.lift(HELPLINE_104)
        await doctor.hear("hi/whisper")
        await hear_each_other(bridged, doctor, call.asha)
        await call.say("three")
        await until(lambda: three(bridged))
        shown = await warroom(bridged.data, "bridge", "list", "--json")
        (listed,) = json.loads(shown.out)
        assert (listed["ticket"], listed["helpline"]) == (call.ticket, "district-bhopal")
        assert {party["who"] for party in listed["parties"]} == {"citizen", "operator-asha", "line-104"}
        assert await call.refused("consult", way="room-district-indore") == "not-two"
        await call.say("leave")
        await call.asha.ended()
        await a_native_pair(bridged)
        await hear_each_other(bridged, doctor, call.citizen)
        assert await call.refused("leave") == "alone"
        await doctor.hang_up()
        await call.citizen.ended()
        await call.noted("citizen and operator-asha spoke for")
        await call.noted("line-104 and operator-asha spoke for")
        await call.noted("citizen", "line-104", "operator-asha", "spoke together")
        await call.noted("citizen and line-104 spoke for")
        await all_lines_free(bridged)


async def three(house: House) -> bool:
    """Three people (and the conference's own announcer) are in one bridge."""
    return (4, "softmix") in await bridges(house)


async def test_consulted_doctor_who_is_busy_or_hangs_up_gives_the_citizen_back(bridged: House) -> None:
    async with far_ends() as ends, talk(bridged, ends, "9811700002") as call:
        await call.say("consult", way="line-104")
        await call.far.busy(HELPLINE_104, bridged.sip)
        await call.asha.hear("hi/nobody-there")
        await hear_each_other(bridged, call.citizen, call.asha)
        await call.say("consult", way="line-104")
        doctor = await call.lift(HELPLINE_104)
        await hear_each_other(bridged, doctor, call.asha)
        await doctor.hang_up()
        await hear_each_other(bridged, call.citizen, call.asha)
        await a_native_pair(bridged)
        await call.say("consult", way="line-104")
        doctor = await call.lift(HELPLINE_104)
        await hear_each_other(bridged, doctor, call.asha)
        await call.say("leave")  # the doctor and the citizen speak, without three
        await call.asha.ended()
        await hear_each_other(bridged, doctor, call.citizen)
        await call.citizen.hang_up()
        await doctor.ended()
        await all_lines_free(bridged)


async def test_handed_on_comes_back_when_refused_and_goes_to_a_message_when_the_operator_has_gone(
    bridged: House,
) -> None:
    async with far_ends() as ends, talk(bridged, ends, "9811700003") as call:
        await call.say("blind", way="line-104")
        await call.citizen.hear("hi/bridge-wait")
        await call.far.busy(HELPLINE_104, bridged.sip)
        await call.citizen.hear("hi/nobody-there")
        await hear_each_other(bridged, call.citizen, call.asha)
        await call.say("blind", way="room-district-indore")
        invite = await call.far.rings(ROOM_OF_INDORE)
        await call.asha.hang_up()
        call.far.send_answer(invite, "486 Busy Here", bridged.sip)
        await call.citizen.hear("hi/leave-message", within_s=40)
        await call.citizen.hang_up()
        await all_lines_free(bridged)


async def test_handed_on_and_answered_lets_the_operator_go(bridged: House) -> None:
    async with far_ends() as ends, talk(bridged, ends, "9811700004") as call:
        await call.say("blind", way="line-104", leg="operator-asha")
        doctor = await call.lift(HELPLINE_104)
        await call.asha.ended()
        await hear_each_other(bridged, doctor, call.citizen)
        await a_native_pair(bridged)
        assert await call.refused("blind", way="line-104") == "there-already"
        await call.citizen.hang_up()
        await doctor.ended()
        await all_lines_free(bridged)
        await until(
            lambda: query(bridged, "SELECT outcome FROM calls WHERE phone = ?", f"+91{call.phone}") == [("line-104",)]
        )


async def test_war_room_joins_two_calls_adds_a_room_and_drops_one_leg(bridged: House) -> None:
    async with (
        far_ends() as ends,
        talk(bridged, ends, "9811700005") as call,
        talk(bridged, ends, "9811700006") as other,
    ):
        assert await call.refused("join", other=call.ticket) == "itself"
        await call.say("join", other=other.ticket)
        await until(lambda: _there(bridged, 5))
        await other.asha.hang_up()  # the far end of one of four hangs up first
        await until(lambda: _there(bridged, 4))
        await call.say("add", way="room-district-indore")
        room = await call.lift(ROOM_OF_INDORE)
        await until(lambda: _there(bridged, 5))
        await call.say("drop", leg="room-district-indore")
        await room.ended()
        await until(lambda: _there(bridged, 4))
        await call.say("drop", leg="operator-asha")
        await call.asha.ended()
        await a_native_pair(bridged)
        await hear_each_other(bridged, call.citizen, other.citizen)
        await call.citizen.hang_up()
        await other.citizen.ended()
        await call.noted("spoke together", "room-district-indore")
        await other.noted("spoke together", "room-district-indore")
        await all_lines_free(bridged)


async def _there(house: House, count: int) -> bool:
    return (count, "softmix") in await bridges(house)


async def test_room_comes_to_a_pair_only_when_it_answers_and_a_dropped_operator_leaves_a_message_way(
    bridged: House,
) -> None:
    async with far_ends() as ends, talk(bridged, ends, "9811700007") as call:
        await call.say("add", way="line-104")
        await call.far.busy(HELPLINE_104, bridged.sip)
        await hear_each_other(bridged, call.citizen, call.asha)  # nothing has changed
        await call.say("add", way="line-104")
        doctor = await call.lift(HELPLINE_104)
        await until(lambda: three(bridged))
        await doctor.hang_up()
        await a_native_pair(bridged)
        await hear_each_other(bridged, call.citizen, call.asha)
        await call.say("drop", leg="operator-asha")
        await call.asha.ended()
        await call.citizen.hear("hi/leave-message", within_s=40)
        await call.citizen.hang_up()
        await all_lines_free(bridged)


async def test_what_cannot_be_done_is_refused_and_breaks_nothing(bridged: House) -> None:
    async with far_ends() as ends, talk(bridged, ends, "9811700008") as call:
        codes = [
            await call.refused("consult", way="0900123456"),
            await call.refused("consult", way="queue-general-hi"),
            await call.refused("three"),
            await call.refused("leave"),
            await call.refused("drop", leg="line-104"),
            await call.refused("consult", way="line-104", leg="citizen"),
            await call.refused("blind", way="line-104", call="1795571383.999"),
            await call.refused("join", other="100000011"),
        ]
        assert codes == ["no-way", "no-way", "not-consulting", "alone", "no-leg", "not-two", "no-call", "no-call"]
        ended = await warroom(bridged.data, "bridge", "three", call.ticket)
        assert_one_clear_line(ended, "refused", "consult")
        await hear_each_other(bridged, call.citizen, call.asha)
        # both at once: the citizen hangs up while they are handed on
        await asyncio.gather(call.citizen.hang_up(), say(bridged, action="blind", call=call.ticket, way="line-104"))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(1):
                await call.asha.ended()
        await call.asha.hang_up()
        await all_lines_free(bridged)
        assert await call.refused("consult", way="line-104") == "no-call"


async def test_service_that_dies_while_somebody_is_consulted_leaves_nobody_in_silence(bridged: House) -> None:
    async with far_ends() as ends, talk(bridged, ends, "9811700009") as call:
        await call.say("consult", way="line-104")
        doctor = await call.lift(HELPLINE_104)
        await hear_each_other(bridged, doctor, call.asha)
        bridged.stack.stop("serve")
        await call.citizen.hear("hi/bridge-wait")
        await call.citizen.hear("hi/bridge-wait")
        await doctor.hang_up()
        await hear_each_other(bridged, call.citizen, call.asha)
        await asyncio.to_thread(bridged.stack.start_service, "serve")
        # it finds the call as it is
        await call.say("consult", way="line-104")
        doctor = await call.lift(HELPLINE_104)
        await hear_each_other(bridged, doctor, call.asha)
        await call.asha.hang_up()
        await doctor.ended()
        await call.citizen.hear("hi/leave-message", within_s=40)
        await call.citizen.hang_up()
        await all_lines_free(bridged)
