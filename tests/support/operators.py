"""Operators: their telephones sign in, ring, are lifted, call; at work they are in queues; at consoles they command."""

from __future__ import annotations

import asyncio
import contextlib
import re
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any

from router.mqtt import topics
from router.mqtt.commands.operator_client import command_as_operator
from router.tickets.operator_presence import OperatorPresence
from tests.support.brokers import WAIT_S
from tests.support.provider import digest
from tests.support.telephones import FarEnd, FarTelephone, InDialog
from warroom.cli.common import open_storage
from warroom.config.apply.operators import applied_operators, password_of
from warroom.config.secrets import AMI, mqtt_operator, read_secret
from warroom.monitoring.queue_status import read_queue_status
from warroom.sip_test_client import sip

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from router.mqtt.operator_messages import OperatorReply
    from tests.live.conftest import LiveStack

_RETRANSMIT_S = 0.5


class OperatorTelephone(FarEnd):
    """One operator's telephone; takes calls like a citizen's, when it has signed in."""

    def __init__(self, stack: LiveStack, operator_id: str) -> None:
        super().__init__()
        self.stack = stack
        self.id = operator_id
        self.name = f"operator-{operator_id}"
        self.contact = ""
        self.word = password_of(stack.data, operator_id)
        self._answers: asyncio.Queue[sip.SipMessage] = asyncio.Queue()

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        message = sip.SipMessage.parse(data)
        if message.status and message.method == "REGISTER":
            self._answers.put_nowait(message)
        else:
            super().datagram_received(data, addr)

    async def sign_in(self, password: str | None = None, *, expires: int = 3600) -> int:
        """Register, or with 0 seconds sign out; return the status of the last answer."""
        host, port = self.stack.sip
        uri, authorization = f"sip:{host}:{port}", ""
        call_id, tag = sip.token(), sip.token()
        async with asyncio.timeout(WAIT_S):
            for cseq in (1, 2):
                lines = [
                    f"REGISTER {uri} SIP/2.0",
                    f"Via: SIP/2.0/UDP {self.address[0]}:{self.address[1]};branch=z9hG4bK{sip.token()}",
                    "Max-Forwards: 70",
                    f"From: <sip:{self.name}@{host}>;tag={tag}",
                    f"To: <sip:{self.name}@{host}>",
                    f"Call-ID: {call_id}",
                    f"CSeq: {cseq} REGISTER",
                    f"Contact: <sip:{self.name}@{self.contact or f'{self.address[0]}:{self.address[1]}'}>",
                    f"Expires: {expires}",
                    *filter(None, [authorization]),
                    "Content-Length: 0",
                ]
                answer = await self._ask("\r\n".join([*lines, "", ""]).encode())
                if answer.status != 401:
                    return answer.status
                authorization = authorized(answer, self.name, password or self.word, "REGISTER", uri)
        return answer.status

    async def _ask(self, request: bytes) -> sip.SipMessage:
        """Send again and again until it is answered: Asterisk may be starting."""
        while self._answers.empty():
            self.send(request, self.stack.sip)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_RETRANSMIT_S):
                    return await self._answers.get()
        return self._answers.get_nowait()

    @asynccontextmanager
    async def takes(self) -> AsyncIterator[FarTelephone]:
        """Ring, and lift."""
        invite = await self.rings(self.name)
        async with self.answers(invite, self.stack.sip, self.stack.matcher) as call:
            yield call

    async def refuses(self) -> None:
        """Ring, and be busy."""
        await self.busy(self.name, self.stack.sip)

    @property
    def times_rung(self) -> int:
        return self.times_called(self.name)

    async def says(self, action: str, **words: Any) -> OperatorReply:
        """Say a command at the console, under the operator's own account at the broker."""
        return await command_as_operator(
            self.stack.settings.router.broker,
            topics.operator(self.id),
            read_secret(self.stack.data, mqtt_operator(self.id)),
            {"action": action, **words},
            operator=self.id,
            client=f"console-{sip.token()}",
            limit_s=WAIT_S,
        )

    def calls(self, number: str, **options: Any) -> SignedCall:
        """A call of this telephone's own, to be entered with `async with`."""
        return SignedCall(
            self.stack.sip, number, matcher=self.stack.matcher, local_ip=self.address[0], caller=self.name,
            password=self.word, **options,
        )  # fmt: skip


class SignedCall(InDialog):
    """A call from an account: asked for its password, it says it."""

    def __init__(self, *args: Any, password: str, **options: Any) -> None:
        super().__init__(*args, **options)
        self._password = password
        self._asked = False

    def _response(self, message: sip.SipMessage) -> None:
        if message.status != 401 or self._asked:
            super()._response(message)
            return
        self._asked = self._provisional = True
        self._send(self._dialog.ack(message))
        dialog = self._dialog
        dialog.to, dialog.cseq, dialog.branch = f"<{dialog.target}>", dialog.cseq + 1, "z9hG4bK" + sip.token()
        dialog.extra = (authorized(message, dialog.caller, self._password, "INVITE", dialog.target),)
        self._send(dialog.invite(sip.offer(self._ip, self._rtp.port)))


def authorized(answer: sip.SipMessage, user: str, password: str, method: str, uri: str) -> str:
    """The header line that answers a 401 (RFC 2617, with qop when it is asked for)."""
    given = dict(re.findall(r'(\w+)="([^"]*)"', answer.get("www-authenticate")))
    nonce, cnonce = given["nonce"], "0a4f113b"
    middle = f"{nonce}:00000001:{cnonce}:auth" if "qop" in given else nonce
    response = digest(user, password, method, uri, realm=given["realm"], nonce=middle)
    more = f', qop=auth, nc=00000001, cnonce="{cnonce}"' if "qop" in given else ""
    more += f', opaque="{given["opaque"]}"' if "opaque" in given else ""
    return (
        f'Authorization: Digest username="{user}", realm="{given["realm"]}", nonce="{nonce}", uri="{uri}", '
        f'response="{response}", algorithm=MD5{more}'
    )


@asynccontextmanager
async def operator_at(
    stack: LiveStack, operator_id: str, host: str, *, port: int = 0, contact: str = ""
) -> AsyncIterator[OperatorTelephone]:
    """An operator's telephone that has signed in; `contact` is the address it names, if not its own."""
    loop = asyncio.get_running_loop()
    transport, telephone = await loop.create_datagram_endpoint(
        lambda: OperatorTelephone(stack, operator_id), local_addr=(host, port)
    )
    telephone.contact = contact
    try:
        assert await telephone.sign_in() == 200
        yield telephone
    finally:
        transport.close()
        await asyncio.sleep(0)  # the socket is closed by the loop


async def has(stack: LiveStack, queue: str, **wanted: int) -> None:
    """Wait until a queue is so."""
    manager = stack.settings.calls.ami_host, stack.settings.calls.ami_port
    secret = read_secret(stack.data, AMI)
    wrap_up_s = applied_operators(stack.data).queue.wrap_up_s
    async with asyncio.timeout(WAIT_S):
        while True:
            now = next(one for one in await read_queue_status(manager, secret, wrap_up_s) if one["queue"] == queue)
            if {key: now[key] for key in wanted} == wanted:
                return
            await asyncio.sleep(0.1)


@asynccontextmanager
async def working(stack: LiveStack, operator: str) -> AsyncIterator[None]:
    """An operator at work for the time of the block, wherever the telephone is."""
    async with open_storage(stack.data) as store:
        presence = OperatorPresence(store)
        await presence.login(operator)
        try:
            yield
        finally:
            await presence.logout(operator)


@asynccontextmanager
async def at_work(stack: LiveStack, **operators: str) -> AsyncIterator[list[OperatorTelephone]]:
    """Operators (by o<id>, with the address of the telephone) who have signed in and take calls."""
    async with AsyncExitStack() as exits:
        telephones = []
        for name, host in operators.items():
            telephones.append(await exits.enter_async_context(operator_at(stack, name[1:], host)))
        async with open_storage(stack.data) as store:
            presence = OperatorPresence(store)
            for name in operators:
                await presence.login(name[1:])
            yield telephones
            for name in operators:
                await presence.logout(name[1:])
        known = applied_operators(stack.data).operator
        for queue in {queue for one in known if f"o{one.id}" in operators for queue in one.queues}:
            await has(stack, queue, members=0, waiting=0)
