"""More new calls than SIP can take: INVITEs from a trunk's address, to a number that is none of ours."""

from __future__ import annotations

import asyncio
import os
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, cast

from warroom.sip_test_client import sip

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from tests.live.conftest import LiveStack

NUMBER = "999"
A_SECOND = 2000
BATCH_S = 0.01
MOST = 30_000  # whatever happens, no more


class _Storm(asyncio.DatagramProtocol):
    """Sends, and acknowledges each refusal, so that nothing is sent again once it is over."""

    def __init__(self, stack: tuple[str, int]) -> None:
        self._stack = stack
        self._dialogs: dict[str, sip.Dialog] = {}

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        message = sip.SipMessage.parse(data)
        dialog = self._dialogs.get(message.get("call-id"))
        if dialog is not None and message.status >= 300:
            self._transport.sendto(dialog.ack(message), addr)

    async def blow(self) -> None:
        local = self._transport.get_extra_info("sockname")
        while len(self._dialogs) < MOST:
            for _ in range(round(A_SECOND * BATCH_S)):
                dialog = sip.Dialog(local, self._stack, NUMBER, "9811700099")
                self._dialogs[dialog.call_id] = dialog
                self._transport.sendto(dialog.invite(""), self._stack)
            await asyncio.sleep(BATCH_S)


@asynccontextmanager
async def storm(stack: LiveStack, address: str) -> AsyncIterator[Callable[[], Awaitable[None]]]:
    """Goes on until told to stop; Asterisk has one processor meanwhile, so that a large machine is overrun too."""
    allowed = os.sched_getaffinity(stack.processes.pid("asterisk"))
    transport, there = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: _Storm(stack.sip), local_addr=(address, 0)
    )
    _bind(stack, {min(allowed)})
    blowing = asyncio.create_task(there.blow())

    async def stop() -> None:
        blowing.cancel()
        await asyncio.gather(blowing, return_exceptions=True)
        _bind(stack, allowed)

    try:
        yield stop
    finally:
        await stop()
        transport.close()


def _bind(stack: LiveStack, processors: set[int]) -> None:
    for thread in Path(f"/proc/{stack.processes.pid('asterisk')}/task").iterdir():
        with suppress(ProcessLookupError):  # ended meanwhile
            os.sched_setaffinity(int(thread.name), processors)
