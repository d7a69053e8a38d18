"""Calls put together, parted and handed on while they go on: operators, 104 and control rooms are real telephones."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest

from agi.helplines.read import HELPLINES_FILE
from router.broker.operator_client import command_as_operator
from router.broker.rooms import ROUTER_ACCOUNT
from tests.brokers import until
from tests.live.citizen import answer
from tests.live.citizens import dialled
from tests.live.commands import assert_one_clear_line, warroom
from tests.live.conftest import House, open_house
from tests.live.faults import all_lines_free, query, shorten
from tests.live.lines import LOOPBACK
from tests.live.operators import at_work, has
from tests.live.provider import Provider, provider_at
from tests.ports import free_ports
from warroom.secret_files import MQTT_ROUTER, read_secret

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping

    from router.broker.operator_words import OperatorReply
    from tests.live.operators import OperatorTelephone
    from warroom.telephone import TestCall
    from warroom.telephone.sip import SipMessage

FAR_END, OPERATORS = "127.0.3.105", "127.0.2.60"
(PORT,) = free_ports(1)
HELPLINE_104, ROOM_TELEPHONE, ROOM = "0755104", "07522540001", "room-district-datia"
# each district has a number of its own, and an operator at its control room's telephone
DISTRICTS = {
    name: f"0755400108{which}"
    for which, name in enumerate(
        ("bhopal", "indore", "gwalior", "jabalpur", "ujjain", "sagar", "rewa", "dewas", "satna", "sehore")
    )
}
# and of these nobody is there: whoever calls waits in the queue of the division, for one operator
QUEUED = {"raisen": "bhopal", "dhar": "indore", "guna": "gwalior", "morena": "chambal"}
NUMBERS = DISTRICTS | {name: f"0755400109{which}" for which, name in enumerate(QUEUED)}
IDS = {name: f"20{which}" for which, name in enumerate(QUEUED)}
DIDS = ", ".join(f'{did} = "district-{name}"' for name, did in NUMBERS.items())
TRUNK = f"""
[[trunk]]
name = "far"
server = "{FAR_END}:{PORT}"
channels = 30
dids = {{ {DIDS} }}
dials = {{ 104 = "{HELPLINE_104}" }}
qualify_s = 0
"""
TELEPHONES = "".join(
    f"[operator-{name}](trunk)\nremote_hosts = {OPERATORS}:{PORT}\ncontact_pattern = sip:{name}@${{REMOTE_HOST}}\n"
    "endpoint/context = from-operator\n"
    for name in DISTRICTS
)
ROOMS = f'\ndistrict-datia = "PJSIP/{ROOM_TELEPHONE}@far"\n' + "".join(
    f'district-{name} = "PJSIP/operator-{name}"\n' for name in DISTRICTS
)
IN_QUEUES = "[queue]\nring_s = 5\nretry_s = 1\nwrap_up_s = 1\n" + "".join(
    f'[[operator]]\nid = "{IDS[name]}"\nname = "{name}"\nskills = ["division-{division}"]\n'
    for name, division in QUEUED.items()
)
LIMIT_S = 20.0
ASKS_FOR_SOMEBODY = (("food-menu", "1"), ("place-here", "1"), ("callback-ask", "0"))

pytestmark = pytest.mark.xdist_group("bridges")  # one stack for all of them


@pytest.fixture(scope="module")
def bridged() -> Iterator[House]:
    """A house with an operator, 104 and a control room to call."""
    helplines = HELPLINES_FILE.read_text("utf-8") + ROOMS
    with open_house(trunks=LOOPBACK + TRUNK, wizard=TELEPHONES, helplines=helplines, operators=IN_QUEUES) as house:
        shorten(house, "hi/nobody-there", "hi/whisper", "hi/whisper-ticket", "hi/connecting-queue", "hi/human-wait")
        yield house


Ends: TypeAlias = tuple[Provider, Provider]
"""Who is called: 104 and the control room; the operators."""


@dataclass
class Talk:
    """A citizen who speaks with an operator."""

    house: House
    far: Provider
    citizen: TestCall
    operator: TestCall
    ticket: str
    phone: str
    stack: AsyncExitStack
    console: OperatorTelephone | None
    """Who says the commands; without it the war room."""
    rang: set[str] = field(default_factory=set)

    async def say(self, action: str, **words: str) -> dict[str, Any]:
        """Say a command of this call; it is accepted."""
        reply = await self._said(action, words)
        assert reply.accepted, reply.reason
        return reply.data

    async def refused(self, action: str, **words: str) -> str:
        """Say a command that is refused; return the code."""
        reply = await self._said(action, words)
        assert not reply.accepted
        assert reply.reason_hi
        return reply.code

    async def _said(self, action: str, words: Mapping[str, str]) -> OperatorReply:
        words = {"call": self.ticket, **words}
        return await (self.console.says(action, **words) if self.console else say(self.house, action=action, **words))

    async def rings(self, number: str) -> SipMessage:
        """Wait until somebody is called for this call; who it is for stands in the INVITE."""

        def new() -> list[SipMessage]:
            found = [one for one in self.far.invites if one.get("x-warroom-ticket") == self.ticket]
            return [one for one in found if dialled(one) == number and one.get("call-id") not in self.rang]

        await until(new)
        invite = new()[0]
        self.rang.add(invite.get("call-id"))
        return invite

    async def is_busy(self, number: str) -> None:
        """Who is called is busy."""
        self.far.send_answer(await self.rings(number), "486 Busy Here", self.house.sip)

    async def lift(self, number: str) -> TestCall:
        """The telephone that rings is lifted."""
        invite = await self.rings(number)
        return await self.stack.enter_async_context(self.far.lifts(invite, self.house.sip, self.house.ear))

    async def bridge(self) -> tuple[int, str]:
        """How many are in the citizen's bridge, and its technology."""
        channels = await asyncio.to_thread(self.house.asterisk, "core show channels concise")
        bridge = next(line.split("!")[-2] for line in channels.splitlines() if f"!{self.phone}!" in line)
        shown = await asyncio.to_thread(self.house.asterisk, "bridge show all")
        found = re.search(rf"^{bridge} .*?(\d+) (?:basic|base) +(\w+)", shown, re.MULTILINE) if bridge else None
        return (int(found[1]), found[2]) if found else (0, "")

    async def in_conference(self, count: int) -> None:
        """Wait until so many are in a conference with the citizen, its announcer among them."""

        async def there() -> bool:
            return await self.bridge() == (count + 1, "softmix")

        await until(there)

    async def native_pair(self) -> None:
        """Wait until the citizen is in a bridge of two that mixes nothing."""

        async def there() -> bool:
            count, technology = await self.bridge()
            return count == 2 and technology in {"native_rtp", "simple_bridge"}

        await until(there)

    async def noted(self, *words: str) -> str:
        """Wait for a note on the ticket that has all of these words."""

        def note() -> str:
            (document,) = query(self.house, "SELECT document FROM tickets WHERE number = ?", self.ticket)[0]
            notes = json.loads(document)["notes"]
            return next((line for line in notes if all(word in line for word in words)), "")

        await until(note)
        return note()

    async def booked(self, outcome: str) -> None:
        """Wait until the call has this outcome in the books."""
        sql = "SELECT outcome FROM calls WHERE phone = ?"
        await until(lambda: query(self.house, sql, f"+91{self.phone}") == [(outcome,)])


async def say(house: House, **words: str) -> OperatorReply:
    password = read_secret(house.data, MQTT_ROUTER)
    broker = house.settings.router.broker
    client = f"test-{os.urandom(4).hex()}"
    return await command_as_operator(broker, ROUTER_ACCOUNT, password, words, client=client, limit_s=LIMIT_S)


@asynccontextmanager
async def far_ends() -> AsyncIterator[Ends]:
    async with provider_at(FAR_END, PORT) as far, provider_at(OPERATORS, PORT) as operators:
        yield far, operators


@asynccontextmanager
async def talk(
    house: House, ends: Ends, district: str, telephone: OperatorTelephone | None = None
) -> AsyncIterator[Talk]:
    """A citizen has told what is needed, has a ticket and speaks with an operator.

    The operator is a way of the chain; with `telephone`, its owner answers for the queue, and says the commands.
    """
    far, operators = ends
    phone = f"98117{NUMBERS[district][-5:]}"
    async with AsyncExitStack() as stack:
        room = await stack.enter_async_context(house.room(f"district-{district}"))
        citizen = await stack.enter_async_context(house.call(NUMBERS[district], local_ip=FAR_END, caller=phone))
        await answer(citizen, (("greeting-district|danger", "1"), *ASKS_FOR_SOMEBODY))
        operator: TestCall
        if telephone:
            operator = await stack.enter_async_context(telephone.takes())
        else:
            invite = await operators.rings(district)
            operator = await stack.enter_async_context(operators.lifts(invite, house.sip, house.ear))
        ticket = (await room.ticket(phone=f"+91{phone}"))["service_request_id"]
        await hear_each_other(house, citizen, operator)
        yield Talk(house, far, citizen, operator, ticket, phone, stack, telephone)


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


async def test_doctor_is_consulted_and_operators_leave_or_have_their_citizen_back(bridged: House) -> None:
    async with far_ends() as ends, asyncio.TaskGroup() as calls:
        calls.create_task(_consult_then_three_then_leave(bridged, ends))
        calls.create_task(_consulted_is_busy_or_hangs_up(bridged, ends))
        calls.create_task(_handed_on_comes_back(bridged, ends))
        calls.create_task(_handed_on_when_the_operator_has_gone(bridged, ends))
        calls.create_task(_handed_on_and_answered(bridged, ends))
    await all_lines_free(bridged)


async def _consult_then_three_then_leave(house: House, ends: Ends) -> None:
    async with talk(house, ends, "bhopal") as call:
        await call.say("consult", way="line-104")
        await call.citizen.hear("hi/bridge-wait")
        assert await call.refused("three") == "not-answered"
        assert await call.refused("blind", way="line-104") == "consulting"
        doctor = await call.lift(HELPLINE_104)
        await doctor.hear("hi/whisper")
        await hear_each_other(house, doctor, call.operator)
        await call.say("three")
        await call.in_conference(3)
        await hear_each_other(house, doctor, call.citizen)
        await hear_each_other(house, call.operator, call.citizen)
        shown = json.loads((await warroom(house.data, "bridge", "list", "--json")).out)
        (listed,) = [one for one in shown if one["ticket"] == call.ticket]
        assert listed["helpline"] == "district-bhopal"
        assert {party["who"] for party in listed["parties"]} == {"citizen", "operator-bhopal", "line-104"}
        assert await call.refused("consult", way=ROOM) == "not-two"
        await call.say("leave")
        await call.operator.ended()
        await call.native_pair()
        await hear_each_other(house, doctor, call.citizen)
        assert await call.refused("leave") == "alone"
        await doctor.hang_up()
        await call.citizen.hear("hi/other-hung-up")
        await call.citizen.press("1")
        await call.citizen.hear("hi/leave-message", within_s=40)
        await call.citizen.hang_up()
        await call.noted("citizen and operator-bhopal spoke for")
        await call.noted("line-104 and operator-bhopal spoke for")
        await call.noted("citizen", "line-104", "operator-bhopal", "spoke together")
        await call.noted("citizen and line-104 spoke for")


async def _consulted_is_busy_or_hangs_up(house: House, ends: Ends) -> None:
    async with talk(house, ends, "indore") as call:
        await call.say("consult", way="line-104")
        await call.is_busy(HELPLINE_104)
        await call.operator.hear("hi/nobody-there")
        await hear_each_other(house, call.citizen, call.operator)
        await call.say("consult", way="line-104")
        doctor = await call.lift(HELPLINE_104)
        await hear_each_other(house, doctor, call.operator)
        await doctor.hang_up()
        await hear_each_other(house, call.citizen, call.operator)
        await call.native_pair()
        await call.say("consult", way="line-104")
        doctor = await call.lift(HELPLINE_104)
        await hear_each_other(house, doctor, call.operator)
        await call.say("leave")  # the doctor and the citizen speak, without three
        await call.operator.ended()
        await hear_each_other(house, doctor, call.citizen)
        await call.citizen.hang_up()
        await doctor.ended()


async def _handed_on_comes_back(house: House, ends: Ends) -> None:
    async with talk(house, ends, "gwalior") as call:
        await call.say("blind", way="line-104")
        await call.citizen.hear("hi/bridge-wait")
        await call.is_busy(HELPLINE_104)
        await call.citizen.hear("hi/nobody-there")
        await hear_each_other(house, call.citizen, call.operator)
        await call.say("blind", way="line-104")
        await call.rings(HELPLINE_104)
        await call.citizen.hang_up()
        await call.operator.ended()
        await call.booked("line-104-cancel")


async def _handed_on_when_the_operator_has_gone(house: House, ends: Ends) -> None:
    async with talk(house, ends, "jabalpur") as call:
        await call.say("blind", way=ROOM)
        invite = await call.rings(ROOM_TELEPHONE)
        await call.operator.hang_up()
        call.far.send_answer(invite, "486 Busy Here", house.sip)
        await call.citizen.hear("hi/leave-message", within_s=40)
        await call.citizen.hang_up()


async def _handed_on_and_answered(house: House, ends: Ends) -> None:
    async with talk(house, ends, "ujjain") as call:
        await call.say("blind", way="line-104", leg="operator-ujjain")
        doctor = await call.lift(HELPLINE_104)
        await call.operator.ended()
        await hear_each_other(house, doctor, call.citizen)
        await call.native_pair()
        assert await call.refused("blind", way="line-104") == "there-already"
        await call.citizen.hang_up()
        await doctor.ended()
        await call.booked("line-104")


async def test_operator_of_a_queue_consults_leaves_hands_on_and_is_free_again(bridged: House) -> None:
    where = {f"o{operator_id}": f"127.0.2.{operator_id}" for operator_id in IDS.values()}
    async with far_ends() as ends, at_work(bridged, **where) as telephones:
        for division in QUEUED.values():
            await has(bridged, f"division-{division}-hi", free=1)
        async with asyncio.TaskGroup() as calls:
            calls.create_task(_queued_consults_then_three_then_leave(bridged, ends, telephones[0], telephones[1]))
            calls.create_task(_queued_consults_in_vain_then_leaves(bridged, ends, telephones[1]))
            calls.create_task(_queued_hands_on(bridged, ends, telephones[2]))
            calls.create_task(_queued_is_left_while_handing_on(bridged, ends, telephones[3]))
    await all_lines_free(bridged)


async def _queued_consults_then_three_then_leave(
    house: House, ends: Ends, telephone: OperatorTelephone, other: OperatorTelephone
) -> None:
    async with talk(house, ends, "raisen", telephone) as call:
        assert (await other.says("consult", call=call.ticket, way="line-104")).code == "not-yours"
        await call.say("consult", way="line-104")
        doctor = await call.lift(HELPLINE_104)
        await hear_each_other(house, doctor, call.operator)
        await call.say("three")
        await call.in_conference(3)
        await hear_each_other(house, doctor, call.citizen)
        await hear_each_other(house, call.operator, call.citizen)
        await call.say("leave")
        await call.operator.ended()
        await call.native_pair()
        await _takes_the_next(house, telephone, "raisen")
        await hear_each_other(house, doctor, call.citizen)
        await doctor.hang_up()
        await call.citizen.hear("hi/other-hung-up")
        await call.citizen.hang_up()
        await call.booked("bridged")
        await call.noted("citizen and operator-200 spoke for")
        await call.noted("line-104 and operator-200 spoke for")
        await call.noted("citizen", "line-104", "operator-200", "spoke together")
        await call.noted("citizen and line-104 spoke for")


async def _queued_consults_in_vain_then_leaves(house: House, ends: Ends, telephone: OperatorTelephone) -> None:
    async with talk(house, ends, "dhar", telephone) as call:
        await call.say("consult", way="line-104")
        await call.is_busy(HELPLINE_104)
        await call.operator.hear("hi/nobody-there")
        await hear_each_other(house, call.citizen, call.operator)
        await call.native_pair()
        await call.say("consult", way="line-104")
        doctor = await call.lift(HELPLINE_104)
        await hear_each_other(house, doctor, call.operator)
        await call.say("leave")
        await call.operator.ended()
        await hear_each_other(house, doctor, call.citizen)
        await _takes_the_next(house, telephone, "dhar")
        await call.citizen.hang_up()
        await doctor.ended()
        await call.booked("bridged")
        await call.noted("citizen and operator-201 spoke for")
        await call.noted("citizen and line-104 spoke for")


async def _queued_hands_on(house: House, ends: Ends, telephone: OperatorTelephone) -> None:
    async with talk(house, ends, "guna", telephone) as call:
        await call.say("blind", way="line-104")
        await call.citizen.hear("hi/bridge-wait")
        await call.is_busy(HELPLINE_104)
        await call.citizen.hear("hi/nobody-there")
        await hear_each_other(house, call.citizen, call.operator)
        await call.say("blind", way="line-104")
        doctor = await call.lift(HELPLINE_104)
        await call.operator.ended()
        await hear_each_other(house, doctor, call.citizen)
        await call.native_pair()
        await _takes_the_next(house, telephone, "guna")
        await call.citizen.hang_up()
        await doctor.ended()
        await call.booked("line-104")
        await call.noted("citizen and operator-202 spoke for")
        await call.noted("citizen and line-104 spoke for")


async def _queued_is_left_while_handing_on(house: House, ends: Ends, telephone: OperatorTelephone) -> None:
    async with talk(house, ends, "morena", telephone) as call:
        await call.say("blind", way="line-104")
        await call.citizen.hear("hi/bridge-wait")
        await call.citizen.hang_up()
        await call.operator.ended()
        await call.booked("line-104-cancel")
        await call.noted("citizen and operator-203 spoke for")
        await _takes_the_next(house, telephone, "morena")


async def _takes_the_next(house: House, telephone: OperatorTelephone, district: str) -> None:
    """The operator's place in the queue is free again, and the next caller comes to it."""
    await has(house, f"division-{QUEUED[district]}-hi", free=1, busy=0)
    next_phone = f"98118{NUMBERS[district][-5:]}"
    async with house.call(NUMBERS[district], local_ip=FAR_END, caller=next_phone) as citizen:
        await answer(citizen, (("greeting-district|danger", "0"),))
        async with telephone.takes() as operator:
            await hear_each_other(house, citizen, operator)
            await citizen.hang_up()
            await operator.ended()


async def test_war_room_joins_adds_and_drops_and_what_makes_no_sense_breaks_nothing(bridged: House) -> None:
    async with far_ends() as ends, asyncio.TaskGroup() as calls:
        calls.create_task(_two_calls_are_joined(bridged, ends))
        calls.create_task(_room_comes_when_it_answers(bridged, ends))
        calls.create_task(_refused_and_at_once(bridged, ends))
    await all_lines_free(bridged)


async def _two_calls_are_joined(house: House, ends: Ends) -> None:
    async with talk(house, ends, "sagar") as call, talk(house, ends, "rewa") as other:
        assert await call.refused("join", other=call.ticket) == "itself"
        await call.say("join", other=other.ticket)
        await call.in_conference(4)
        await other.operator.hang_up()  # the far end of one of four hangs up first
        await call.in_conference(3)
        await call.say("add", way=ROOM)
        room = await call.lift(ROOM_TELEPHONE)
        await call.in_conference(4)
        await call.say("drop", leg=ROOM)
        await room.ended()
        await call.in_conference(3)
        await call.say("drop", leg="operator-sagar")
        await call.operator.ended()
        await call.native_pair()
        await hear_each_other(house, call.citizen, other.citizen)
        await call.citizen.hang_up()
        await other.citizen.hear("hi/other-hung-up")
        await other.citizen.hang_up()
        await call.noted("spoke together", ROOM)
        await other.noted("spoke together", ROOM)


async def _room_comes_when_it_answers(house: House, ends: Ends) -> None:
    async with talk(house, ends, "dewas") as call:
        await call.say("add", way="line-104")
        await call.is_busy(HELPLINE_104)
        await hear_each_other(house, call.citizen, call.operator)  # nothing has changed
        await call.native_pair()
        await call.say("add", way=ROOM)
        room = await call.lift(ROOM_TELEPHONE)
        await call.in_conference(3)
        await room.hang_up()
        await call.native_pair()
        await hear_each_other(house, call.citizen, call.operator)
        await call.say("drop", leg="operator-dewas")
        await call.operator.ended()
        await call.citizen.hear("hi/leave-message", within_s=40)
        await call.citizen.hang_up()


async def _refused_and_at_once(house: House, ends: Ends) -> None:
    async with talk(house, ends, "satna") as call:
        codes = [
            await call.refused("consult", way="0900123456"),
            await call.refused("consult", way="queue-general-hi"),
            await call.refused("three"),
            await call.refused("leave"),
            await call.refused("drop", leg="line-104"),
            await call.refused("consult", way="line-104", leg="citizen"),
            await call.refused("blind", way="line-104", call="1795571383.999"),
            await call.refused("join", other="100000010"),
        ]
        assert codes == ["no-way", "no-way", "not-consulting", "alone", "no-leg", "not-two", "no-call", "no-call"]
        assert_one_clear_line(await warroom(house.data, "bridge", "three", call.ticket), "refused", "consult")
        await hear_each_other(house, call.citizen, call.operator)
        await call.say("consult", way="line-104")
        doctor = await call.lift(HELPLINE_104)
        await hear_each_other(house, doctor, call.operator)
        # all at once: the war room brings all three together, the doctor hangs up, and the operator too
        await asyncio.gather(
            say(house, action="three", call=call.ticket), doctor.hang_up(), call.operator.hang_up()
        )  # fmt: skip
        await call.citizen.hear("hi/leave-message", "hi/other-hung-up", within_s=40)
        # and hangs up while it is handed on
        await asyncio.gather(call.citizen.hang_up(), say(house, action="blind", call=call.ticket, way="line-104"))
        await until(lambda: _refuses(call))


async def _refuses(call: Talk) -> bool:
    return await call.refused("consult", way="line-104") == "no-call"


async def test_service_that_dies_while_somebody_is_consulted_leaves_nobody_in_silence(bridged: House) -> None:
    async with far_ends() as ends, talk(bridged, ends, "sehore") as call:
        await call.say("consult", way="line-104")
        doctor = await call.lift(HELPLINE_104)
        await hear_each_other(bridged, doctor, call.operator)
        bridged.stack.stop("serve", signal.SIGKILL)
        await call.citizen.hear("hi/bridge-wait")
        await doctor.hang_up()
        await hear_each_other(bridged, call.citizen, call.operator)
        await asyncio.to_thread(bridged.stack.start_service, "serve")
        await call.say("consult", way="line-104")  # it finds the call as it is
        doctor = await call.lift(HELPLINE_104)
        await hear_each_other(bridged, doctor, call.operator)
        await call.say("three")
        await call.in_conference(3)
        bridged.stack.stop("serve", signal.SIGKILL)
        await call.operator.hang_up()
        await call.in_conference(2)
        await asyncio.to_thread(bridged.stack.start_service, "serve")
        await call.native_pair()  # seen to when it is there again
        await hear_each_other(bridged, doctor, call.citizen)
        await call.citizen.hang_up()
        await doctor.ended()
        # each once, by Asterisk's books where the service was away
        await call.noted("citizen and operator-sehore spoke for")
        await call.noted("citizen", "line-104", "operator-sehore", "spoke together")
        await call.noted("citizen and line-104 spoke for")
    await all_lines_free(bridged)
