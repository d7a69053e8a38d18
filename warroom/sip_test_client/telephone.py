"""A telephone that calls come in to: it signs in like a hardware telephone, rings, and is lifted."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import re
from typing import TYPE_CHECKING, Final, Self, cast

from warroom.sip_test_client import sip
from warroom.sip_test_client.incoming_call import IncomingCall

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from warroom.sip_test_client.prompt_matcher import PromptMatcher

EXPIRES_S: Final = 600
"""For how long it signs in; it does so again after half of it."""
ANSWER_TIMEOUT_S: Final = 5.0
"""For the exchange to answer a REGISTER."""
_RETRANSMIT_S: Final = 0.5
_OK: Final = 200
_UNAUTHORIZED: Final = 401


class Telephone(asyncio.DatagramProtocol):
    """One address at which calls come in.

    Args:
        remote: (host, port) of the exchange.
        matcher: Knows the prompts of this exchange.
        rings: Called with each new call, in a task of its own.
    """

    def __init__(
        self, remote: tuple[str, int], matcher: PromptMatcher, rings: Callable[[IncomingCall], Awaitable[None]]
    ) -> None:
        self._remote = remote
        self._matcher = matcher
        self._rings = rings
        self._calls: dict[str, IncomingCall] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._answers: asyncio.Queue[sip.SipMessage] = asyncio.Queue()
        self._transport: asyncio.DatagramTransport | None = None

    @classmethod
    async def at(
        cls,
        address: tuple[str, int],
        remote: tuple[str, int],
        matcher: PromptMatcher,
        rings: Callable[[IncomingCall], Awaitable[None]],
    ) -> Self:
        """Open one at an address of this machine; port 0: any. Raises OSError."""
        loop = asyncio.get_running_loop()
        _, made = await loop.create_datagram_endpoint(lambda: cls(remote, matcher, rings), local_addr=address)
        return made

    @property
    def address(self) -> tuple[str, int]:
        """Where it is."""
        assert self._transport is not None  # noqa: S101 - set by asyncio before anyone can ask
        return cast("tuple[str, int]", self._transport.get_extra_info("sockname"))

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport (asyncio's call)."""
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:  # noqa: ARG002
        """Take one SIP message (asyncio's call)."""
        message = sip.SipMessage.parse(data)
        call = self._calls.get(message.get("call-id"))
        if message.status and message.method == "REGISTER":
            self._answers.put_nowait(message)
        elif call is not None and message.method != "INVITE":
            if message.method == "CANCEL":
                self.send(sip.answer(message, "200 OK"))
                call.over.set()
            else:
                call.take(message)
        elif message.method == "OPTIONS" and not message.status:
            self.send(sip.answer(message, "200 OK"))
        elif message.method == "INVITE" and not message.status and call is None:
            self._ring(message)

    def send(self, data: bytes) -> None:
        """Send one message to the exchange."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.sendto(data, self._remote)

    async def sign_in(self, user: str, password: str, *, expires_s: int = EXPIRES_S) -> None:
        """Register, or with 0 seconds sign out.

        Raises:
            ConnectionError: The exchange refuses the account.
            TimeoutError: It does not answer.
        """
        host, port = self._remote
        uri, authorization = f"sip:{host}:{port}", ""
        call_id, tag = sip.token(), sip.token()
        for cseq in (1, 2):
            lines = [
                f"REGISTER {uri} SIP/2.0",
                f"Via: SIP/2.0/UDP {self.address[0]}:{self.address[1]};branch=z9hG4bK{sip.token()}",
                "Max-Forwards: 70",
                f"From: <sip:{user}@{host}>;tag={tag}",
                f"To: <sip:{user}@{host}>",
                f"Call-ID: {call_id}",
                f"CSeq: {cseq} REGISTER",
                f"Contact: <sip:{user}@{self.address[0]}:{self.address[1]}>",
                f"Expires: {expires_s}",
                *filter(None, [authorization]),
                "Content-Length: 0",
            ]
            answer = await self._ask("\r\n".join([*lines, "", ""]).encode())
            if answer.status == _OK:
                return
            if answer.status == _UNAUTHORIZED:
                authorization = _authorized(answer, user, password, uri)
        raise ConnectionError(f"{user} was refused: {answer.start}")

    async def stay_signed_in(self, user: str, password: str) -> None:
        """Sign in, and again before it runs out, until cancelled; then sign out. Raises as `sign_in`."""
        try:
            while True:
                await self.sign_in(user, password)
                await asyncio.sleep(EXPIRES_S / 2)
        finally:
            with contextlib.suppress(ConnectionError, TimeoutError):
                await self.sign_in(user, password, expires_s=0)

    async def close(self) -> None:
        """End all calls."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._transport is not None:
            self._transport.close()

    def _ring(self, invite: sip.SipMessage) -> None:
        call = IncomingCall(self.address, self.send, invite, self._remote, self._matcher)
        self._calls[invite.get("call-id")] = call
        self.send(sip.answer(invite, "180 Ringing"))
        task = asyncio.create_task(self._until_over(call, invite.get("call-id")))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _until_over(self, call: IncomingCall, call_id: str) -> None:
        try:
            await self._rings(call)
        finally:
            self._calls.pop(call_id, None)

    async def _ask(self, request: bytes) -> sip.SipMessage:
        async with asyncio.timeout(ANSWER_TIMEOUT_S):
            while True:
                self.send(request)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(_RETRANSMIT_S):
                        return await self._answers.get()


def _authorized(answer: sip.SipMessage, user: str, password: str, uri: str) -> str:
    """The header line that answers a 401 (RFC 2617, with qop when it is asked for)."""
    given = dict(re.findall(r'(\w+)="([^"]*)"', answer.get("www-authenticate")))
    nonce, cnonce = given["nonce"], sip.token()
    first, second = (_md5(text) for text in (f"{user}:{given['realm']}:{password}", f"REGISTER:{uri}"))
    middle = f"{nonce}:00000001:{cnonce}:auth" if "qop" in given else nonce
    more = f', qop=auth, nc=00000001, cnonce="{cnonce}"' if "qop" in given else ""
    more += f', opaque="{given["opaque"]}"' if "opaque" in given else ""
    return (
        f'Authorization: Digest username="{user}", realm="{given["realm"]}", nonce="{nonce}", uri="{uri}", '
        f'response="{_md5(f"{first}:{middle}:{second}")}", algorithm=MD5{more}'
    )


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
