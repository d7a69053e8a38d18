"""Citizens who speak with operators, whose calls are changed: operators, 104 and control rooms are real telephones."""

from __future__ import annotations

import asyncio
import json
import os
import re
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from agi.destinations.loader import HELPLINES_FILE
from router.mqtt.commands.operator_client import command_as_operator
from router.mqtt.mosquitto.config import ROUTER_ACCOUNT
from tests.live.conftest import LiveStack, open_stack
from tests.support.brokers import until
from tests.support.citizen import answer
from tests.support.faults import query, shorten
from tests.support.ports import free_ports
from tests.support.provider import Provider, provider_at
from tests.support.trunk_files import LOOPBACK
from warroom.config.secrets import MQTT_ROUTER, read_secret
from warroom.sip_test_client import sip

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping

    from router.mqtt.operator_messages import OperatorReply
    from tests.support.operators import OperatorTelephone
    from warroom.sip_test_client import TestCall

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
LIMIT_S = 60.0
ASKS_FOR_SOMEBODY = (("food-menu", "1"), ("place-here", "1"), ("callback-ask", "0"))


@contextmanager
def bridged_stack() -> Iterator[LiveStack]:
    """A stack with an operator, 104 and a control room to call."""
    helplines = HELPLINES_FILE.read_text("utf-8") + ROOMS
    with open_stack(trunks=LOOPBACK + TRUNK, wizard=TELEPHONES, helplines=helplines, operators=IN_QUEUES) as stack:
        shorten(stack, "hi/nobody-there", "hi/whisper", "hi/whisper-ticket", "hi/connecting-queue", "hi/human-wait")
        yield stack


Ends: TypeAlias = tuple[Provider, Provider]
"""Who is called: 104 and the control room; the operators."""


@dataclass
class Talk:
    """A citizen who speaks with an operator."""

    stack: LiveStack
    far: Provider
    citizen: TestCall
    operator: TestCall
    ticket: str
    phone: str
    exits: AsyncExitStack
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
        return await (self.console.says(action, **words) if self.console else say(self.stack, action=action, **words))

    async def rings(self, number: str) -> sip.SipMessage:
        """Wait until somebody is called for this call; who it is for stands in the INVITE."""

        def new() -> list[sip.SipMessage]:
            found = [one for one in self.far.invites if one.get("x-warroom-ticket") == self.ticket]
            return [one for one in found if sip.dialled(one) == number and one.get("call-id") not in self.rang]

        await until(new)
        invite = new()[0]
        self.rang.add(invite.get("call-id"))
        return invite

    async def is_busy(self, number: str) -> None:
        """Who is called is busy."""
        self.far.send_answer(await self.rings(number), "486 Busy Here", self.stack.sip)

    async def lift(self, number: str) -> TestCall:
        """The telephone that rings is lifted."""
        invite = await self.rings(number)
        return await self.exits.enter_async_context(self.far.lifts(invite, self.stack.sip, self.stack.matcher))

    async def bridge(self) -> tuple[int, str]:
        """How many are in the citizen's bridge, and its technology."""
        channels = await asyncio.to_thread(self.stack.asterisk, "core show channels concise")
        bridge = next(line.split("!")[-2] for line in channels.splitlines() if f"!{self.phone}!" in line)
        shown = await asyncio.to_thread(self.stack.asterisk, "bridge show all")
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
            (document,) = query(self.stack, "SELECT document FROM tickets WHERE number = ?", self.ticket)[0]
            notes = json.loads(document)["notes"]
            return next((line for line in notes if all(word in line for word in words)), "")

        await until(note)
        return note()

    async def booked(self, outcome: str) -> None:
        """Wait until the call has this outcome in the books."""
        sql = "SELECT outcome FROM calls WHERE phone = ?"
        await until(lambda: query(self.stack, sql, f"+91{self.phone}") == [(outcome,)])


async def say(stack: LiveStack, **words: str) -> OperatorReply:
    password = read_secret(stack.data, MQTT_ROUTER)
    broker = stack.settings.router.broker
    client = f"test-{os.urandom(4).hex()}"
    return await command_as_operator(broker, ROUTER_ACCOUNT, password, words, client=client, limit_s=LIMIT_S)


@asynccontextmanager
async def far_ends() -> AsyncIterator[Ends]:
    async with provider_at(FAR_END, PORT) as far, provider_at(OPERATORS, PORT) as operators:
        yield far, operators


@asynccontextmanager
async def talk(
    stack: LiveStack, ends: Ends, district: str, telephone: OperatorTelephone | None = None
) -> AsyncIterator[Talk]:
    """A citizen has told what is needed, has a ticket and speaks with an operator.

    The operator is a way of the chain; with `telephone`, its owner answers for the queue, and says the commands.
    """
    far, operators = ends
    phone = f"98117{NUMBERS[district][-5:]}"
    async with AsyncExitStack() as exits:
        room = await exits.enter_async_context(stack.room(f"district-{district}"))
        citizen = await exits.enter_async_context(stack.call(NUMBERS[district], local_ip=FAR_END, caller=phone))
        await answer(citizen, (("greeting-district|danger", "1"), *ASKS_FOR_SOMEBODY))
        operator: TestCall
        if telephone:
            operator = await exits.enter_async_context(telephone.takes())
        else:
            invite = await operators.rings(district)
            operator = await exits.enter_async_context(operators.lifts(invite, stack.sip, stack.matcher))
        ticket = (await room.ticket(phone=f"+91{phone}"))["service_request_id"]
        await hear_each_other(stack, citizen, operator)
        yield Talk(stack, far, citizen, operator, ticket, phone, exits, telephone)


async def hear_each_other(stack: LiveStack, *calls: TestCall) -> None:
    """Sound goes both ways between two, as it is: a prompt that nobody else plays now is known by ear."""
    sound = (stack.layout.prompts / "en" / "goodbye.alaw").read_bytes()[:8000]
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
