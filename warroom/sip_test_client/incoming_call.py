"""A call that comes in to a telephone of this client."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Final, Self

from warroom.sip_test_client import sip
from warroom.sip_test_client.call import TestCall

if TYPE_CHECKING:
    from collections.abc import Callable

    from warroom.sip_test_client.prompt_matcher import PromptMatcher

_OK: Final = 200


class IncomingCall(TestCall):
    """A call that rings; entered, it is lifted. All that a test call can do but dial.

    Args:
        address: (host, port) of the telephone that rings.
        send: Sends a SIP message from there to the exchange.
        invite: The INVITE.
        remote: (host, port) of the exchange.
        matcher: Knows the prompts of this exchange.

    Attributes:
        dialled: The number in the request line.
        caller: The number that the exchange shows.
    """

    def __init__(
        self,
        address: tuple[str, int],
        send: Callable[[bytes], None],
        invite: sip.SipMessage,
        remote: tuple[str, int],
        matcher: PromptMatcher,
    ) -> None:
        super().__init__(remote, "", matcher=matcher, local_ip=address[0])
        self.dialled = sip.dialled(invite)
        self.caller = invite.get("from").partition("sip:")[2].partition("@")[0]
        self._address = address
        self._send_from_there = send
        self._invited = invite
        self._dialog = sip.Dialog(address, remote, "", "", call_id=invite.get("call-id"))
        # the two sides of the dialog change places: what was From is now To
        self._dialog.caller, self._dialog.tag = self.dialled, sip.ANSWER_TAG
        self._dialog.to = invite.get("from")
        self._dialog.target = invite.get("contact").partition("<")[2].partition(">")[0]

    async def __aenter__(self) -> Self:
        """Lift."""
        loop = asyncio.get_running_loop()
        self._rtp_transport, _ = await loop.create_datagram_endpoint(lambda: self._rtp, local_addr=(self._ip, 0))
        body = sip.offer(self._ip, self._rtp.port)
        self._send(sip.answer(self._invited, "200 OK", self._address, body))
        self.answered_at = time.time()
        where = sip.media_address(self._invited.body)
        self._tasks.append(asyncio.create_task(self._rtp.send_to(where)))
        return self

    def decline(self) -> None:
        """Be busy."""
        self._send(sip.answer(self._invited, "486 Busy Here"))

    def take(self, message: sip.SipMessage) -> None:
        """Take one message of this call."""
        if not message.status:
            self._request(message)
        elif message.method == "BYE" and message.status == _OK:  # 481 is no end: the exchange keeps its leg
            self._end()

    def _send(self, data: bytes) -> None:
        self._send_from_there(data)

    async def _close(self) -> None:
        self.over.set()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._rtp_transport.close()
