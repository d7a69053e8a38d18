"""Citizens' telephones at the far end of a trunk: they ring, are lifted, hear and press keys; or stay silent."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Self, cast

from warroom.sip_test_client import TestCall, sip

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from warroom.sip_test_client import PromptMatcher

RING_LIMIT_S = 60.0


class Citizens(asyncio.DatagramProtocol):
    """All telephones of a trunk: one SIP address, known apart by the number that is dialled."""

    def __init__(self) -> None:
        self.rings_first = True
        self.invites: list[sip.SipMessage] = []
        self._rang: dict[str, asyncio.Queue[sip.SipMessage]] = {}
        self._calls: dict[str, AnsweredCall] = {}
        self.transport: asyncio.DatagramTransport | None = None

    @property
    def address(self) -> tuple[str, int]:
        assert self.transport is not None
        return cast("tuple[str, int]", self.transport.get_extra_info("sockname"))

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        message = sip.SipMessage.parse(data)
        call_id = message.get("call-id")
        if message.method == "INVITE" and not message.status:
            if call_id in {invite.get("call-id") for invite in self.invites}:
                return  # sent again: it has its answer, or gets it
            self.invites.append(message)
            if self.rings_first:
                self.send(answer_to(message, "180 Ringing"), addr)
            self._queue(dialled(message)).put_nowait(message)
        elif message.method == "CANCEL":
            self.send(answer_to(message, "200 OK"), addr)
        elif call_id in self._calls:
            self._calls[call_id].take(message)

    def send(self, data: bytes, addr: tuple[str, int]) -> None:
        assert self.transport is not None
        self.transport.sendto(data, addr)

    def times_called(self, number: str) -> int:
        return sum(dialled(invite) == number for invite in self.invites)

    async def rings(self, number: str) -> sip.SipMessage:
        """Wait until this telephone rings."""
        async with asyncio.timeout(RING_LIMIT_S):
            return await self._queue(number).get()

    async def busy(self, number: str, stack_sip: tuple[str, int]) -> None:
        """Ring, and be busy."""
        self.send_answer(await self.rings(number), "486 Busy Here", stack_sip)

    def send_answer(self, invite: sip.SipMessage, status: str, stack_sip: tuple[str, int]) -> None:
        """Answer a call that rings."""
        self.send(answer_to(invite, status), stack_sip)

    async def declines(self, number: str, stack_sip: tuple[str, int]) -> None:
        """Ring, and refuse."""
        self.send(answer_to(await self.rings(number), "603 Decline"), stack_sip)

    @asynccontextmanager
    async def lifts(
        self, invite: sip.SipMessage, stack_sip: tuple[str, int], matcher: PromptMatcher
    ) -> AsyncIterator[AnsweredCall]:
        """Lift the telephone that rings."""
        call = AnsweredCall(self, invite, stack_sip, matcher)
        self._calls[invite.get("call-id")] = call
        async with call:
            yield call

    def _queue(self, number: str) -> asyncio.Queue[sip.SipMessage]:
        return self._rang.setdefault(number, asyncio.Queue())


class AnsweredCall(TestCall):
    """A call that came in; all that a test call can do but dial."""

    def __init__(
        self, citizens: Citizens, invite: sip.SipMessage, stack_sip: tuple[str, int], matcher: PromptMatcher
    ) -> None:
        super().__init__(stack_sip, "", matcher=matcher, local_ip=citizens.address[0])
        self._citizens = citizens
        self._invite_received = invite
        local = citizens.address
        self._dialog = sip.Dialog(local, stack_sip, "", "", call_id=invite.get("call-id"))
        # the two sides of the dialog change places: what was From is now To
        self._dialog.caller, self._dialog.tag = dialled(invite), TAG
        self._dialog.to = invite.get("from")
        self._dialog.target = invite.get("contact").partition("<")[2].partition(">")[0]

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._rtp_transport, _ = await loop.create_datagram_endpoint(lambda: self._rtp, local_addr=(self._ip, 0))
        body = sip.offer(self._ip, self._rtp.port)
        self._send(answer_to(self._invite_received, "200 OK", self._citizens.address, body))
        self.answered_at = time.time()
        where = sip.media_address(self._invite_received.body)
        self._tasks.append(asyncio.create_task(self._rtp.send_to(where)))
        return self

    def take(self, message: sip.SipMessage) -> None:
        if not message.status:
            self._request(message)
        elif message.method == "BYE" and message.status == OK:  # 481 is no end: Asterisk keeps its leg
            self._end()

    def _send(self, data: bytes) -> None:
        self._citizens.send(data, self._remote)

    async def _close(self) -> None:
        self.over.set()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._rtp_transport.close()


TAG = "citizen"
OK = 200


def dialled(invite: sip.SipMessage) -> str:
    """The number in the request line."""
    return invite.start.partition("sip:")[2].partition("@")[0]


def answer_to(request: sip.SipMessage, status: str, contact: tuple[str, int] | None = None, body: str = "") -> bytes:
    lines = [f"SIP/2.0 {status}", *(f"Via: {via}" for via in request.all("via"))]
    lines += [f"{name}: {request.get(name.lower())}" for name in ("From", "Call-ID", "CSeq")]
    lines.append(f"To: {request.get('to')};tag={TAG}")
    if contact:
        lines += [f"Contact: <sip:{contact[0]}:{contact[1]}>", "Content-Type: application/sdp"]
    return "\r\n".join([*lines, f"Content-Length: {len(body.encode())}", "", body]).encode()


@asynccontextmanager
async def citizens_at(host: str, port: int) -> AsyncIterator[Citizens]:
    """The far end of a trunk."""
    transport, citizens = await asyncio.get_running_loop().create_datagram_endpoint(Citizens, local_addr=(host, port))
    try:
        yield citizens
    finally:
        transport.close()
