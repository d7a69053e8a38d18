"""Citizens' telephones at the far end of a trunk: they ring, are lifted, hear and press keys; or stay silent."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, cast

from warroom.sip_test_client import sip
from warroom.sip_test_client.incoming_call import IncomingCall

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
        self._calls: dict[str, IncomingCall] = {}
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
                self.send(sip.answer(message, "180 Ringing"), addr)
            self._queue(sip.dialled(message)).put_nowait(message)
        elif message.method == "CANCEL":
            self.send(sip.answer(message, "200 OK"), addr)
        elif call_id in self._calls:
            self._calls[call_id].take(message)

    def send(self, data: bytes, addr: tuple[str, int]) -> None:
        assert self.transport is not None
        self.transport.sendto(data, addr)

    def times_called(self, number: str) -> int:
        return sum(sip.dialled(invite) == number for invite in self.invites)

    async def rings(self, number: str) -> sip.SipMessage:
        """Wait until this telephone rings."""
        async with asyncio.timeout(RING_LIMIT_S):
            return await self._queue(number).get()

    async def busy(self, number: str, stack_sip: tuple[str, int]) -> None:
        """Ring, and be busy."""
        self.send_answer(await self.rings(number), "486 Busy Here", stack_sip)

    def send_answer(self, invite: sip.SipMessage, status: str, stack_sip: tuple[str, int]) -> None:
        """Answer a call that rings."""
        self.send(sip.answer(invite, status), stack_sip)

    async def declines(self, number: str, stack_sip: tuple[str, int]) -> None:
        """Ring, and refuse."""
        self.send(sip.answer(await self.rings(number), "603 Decline"), stack_sip)

    @asynccontextmanager
    async def lifts(
        self, invite: sip.SipMessage, stack_sip: tuple[str, int], matcher: PromptMatcher
    ) -> AsyncIterator[IncomingCall]:
        """Lift the telephone that rings."""
        call = IncomingCall(self.address, partial(self.send, addr=stack_sip), invite, stack_sip, matcher)
        self._calls[invite.get("call-id")] = call
        async with call:
            yield call

    def _queue(self, number: str) -> asyncio.Queue[sip.SipMessage]:
        return self._rang.setdefault(number, asyncio.Queue())


@asynccontextmanager
async def citizens_at(host: str, port: int) -> AsyncIterator[Citizens]:
    """The far end of a trunk."""
    transport, citizens = await asyncio.get_running_loop().create_datagram_endpoint(Citizens, local_addr=(host, port))
    try:
        yield citizens
    finally:
        transport.close()
