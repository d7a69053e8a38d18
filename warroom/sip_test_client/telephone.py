"""A telephone that calls come in to: it signs in like a hardware telephone, rings, and is lifted."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import re
import time
from typing import TYPE_CHECKING, Final, Self, cast

from warroom.sip_test_client import sip
from warroom.sip_test_client.call import TestCall

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
_TAG: Final = "telephone"


class IncomingCall(TestCall):
    """A call that rings; entered, it is lifted. All that a test call can do but dial.

    Args:
        telephone: Where it rings.
        invite: The INVITE.
        remote: (host, port) of the exchange.
        matcher: Knows the prompts of this exchange.

    Attributes:
        dialled: The number in the request line.
        caller: The number that the exchange shows.
    """

    def __init__(
        self, telephone: Telephone, invite: sip.SipMessage, remote: tuple[str, int], matcher: PromptMatcher
    ) -> None:
        super().__init__(remote, "", matcher=matcher, local_ip=telephone.address[0])
        self.dialled = invite.start.partition("sip:")[2].partition("@")[0]
        self.caller = invite.get("from").partition("sip:")[2].partition("@")[0]
        self._telephone = telephone
        self._invited = invite
        self._dialog = sip.Dialog(telephone.address, remote, "", "", call_id=invite.get("call-id"))
        # the two sides of the dialog change places: what was From is now To
        self._dialog.caller, self._dialog.tag = self.dialled, _TAG
        self._dialog.to = invite.get("from")
        self._dialog.target = invite.get("contact").partition("<")[2].partition(">")[0]

    async def __aenter__(self) -> Self:
        """Lift."""
        loop = asyncio.get_running_loop()
        self._rtp_transport, _ = await loop.create_datagram_endpoint(lambda: self._rtp, local_addr=(self._ip, 0))
        body = sip.offer(self._ip, self._rtp.port)
        self._send(_answer(self._invited, "200 OK", self._telephone.address, body))
        self.answered_at = time.time()
        where = sip.media_address(self._invited.body)
        self._tasks.append(asyncio.create_task(self._rtp.send_to(where)))
        return self

    def decline(self) -> None:
        """Be busy."""
        self._send(_answer(self._invited, "486 Busy Here"))

    def take(self, message: sip.SipMessage) -> None:
        """Take one message of this call."""
        if not message.status:
            self._request(message)
        elif message.method == "BYE" and message.status == _OK:
            self._end()

    def _send(self, data: bytes) -> None:
        self._telephone.send(data)

    async def _close(self) -> None:
        self.over.set()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._rtp_transport.close()


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
                self.send(_answer(message, "200 OK"))
                call.over.set()
            else:
                call.take(message)
        elif message.method == "OPTIONS" and not message.status:
            self.send(_answer(message, "200 OK"))
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
        call = IncomingCall(self, invite, self._remote, self._matcher)
        self._calls[invite.get("call-id")] = call
        self.send(_answer(invite, "180 Ringing"))
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


def _answer(request: sip.SipMessage, status: str, contact: tuple[str, int] | None = None, body: str = "") -> bytes:
    lines = [f"SIP/2.0 {status}", *(f"Via: {via}" for via in request.all("via"))]
    lines += [f"{name}: {request.get(name.lower())}" for name in ("From", "Call-ID", "CSeq")]
    lines.append(f"To: {request.get('to')};tag={_TAG}")
    if contact:
        lines += [f"Contact: <sip:{contact[0]}:{contact[1]}>", "Content-Type: application/sdp"]
    return "\r\n".join([*lines, f"Content-Length: {len(body.encode())}", "", body]).encode()


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
