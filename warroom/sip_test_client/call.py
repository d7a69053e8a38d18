"""One test call: dial, listen, press keys, speak, hang up."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import TYPE_CHECKING, Self

from router.errors import UserError
from warroom.sip_test_client import sip
from warroom.sip_test_client.codecs import ALAW
from warroom.sip_test_client.prompt_matcher import MIN_DISTINCT
from warroom.sip_test_client.rtp import KEY_S, RtpStream

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from warroom.sip_test_client.codecs import Codec
    from warroom.sip_test_client.prompt_matcher import PromptMatcher

_RETRANSMIT_S = 0.5  # T1 of RFC 3261 17.1.1.1
_TRYING_TIMEOUT_S = 5.0  # an exchange that is there says 100 Trying within milliseconds
ANSWER_TIMEOUT_S = 30.0  # ringing longer than this is a fault: the dialplan answers within 12 s even without Python
_BYE_TIMEOUT_S = 2.0  # for the answer to our BYE


class CallRefusedError(UserError):
    """The exchange refused the call; `status` is its SIP status code."""

    def __init__(self, status: int, line: str) -> None:
        super().__init__(f"refused: {line}")
        self.status = status


class TestCall(asyncio.DatagramProtocol):
    """A telephone in one call, used as `async with TestCall(...) as call`.

    Args:
        remote: (host, port) of the exchange's SIP.
        did: The number to dial.
        matcher: Knows the prompts of this exchange.
        local_ip: Our loopback address, by which the exchange recognises the trunk.
        caller: User part of our From header.
        display: Display name of our From header.
        extra: Further header lines of the INVITE.
        uri_options: The text after the exchange's address in the request line.
        to: The To header, where it is another one than the request line.
        answer_limit_s: How long to let it ring.
        codec: How sound is coded; `matcher` knows prompts so coded.

    Attributes:
        ended_by: ``exchange`` or ``caller``, once the call is over.
        reason: Why the exchange ended it: the Reason header (RFC 3326) of its BYE, such as ``Q.850;cause=16``.

    Raises:
        CallRefusedError: On entry, when the exchange refuses.
        TimeoutError: On entry, when it does not answer.
    """

    __test__ = False  # the name begins with Test, but pytest is not to collect it

    def __init__(
        self,
        remote: tuple[str, int],
        did: str,
        *,
        matcher: PromptMatcher,
        local_ip: str = "127.0.1.181",
        caller: str = "9876543210",
        display: str = "",
        extra: tuple[str, ...] = (),
        uri_options: str = "",
        to: str = "",
        answer_limit_s: float = ANSWER_TIMEOUT_S,
        codec: Codec = ALAW,
    ) -> None:
        self._matcher = matcher
        self._ip = local_ip
        self._remote = remote
        self._identity = (did, caller, display, extra, uri_options, to)
        self._answer_limit_s = answer_limit_s
        self._codec = codec
        self._rtp = RtpStream(self._listen, codec)
        self._tasks: list[asyncio.Task[None]] = []
        self._news = asyncio.Event()
        self._answer: asyncio.Future[sip.SipMessage] = asyncio.get_running_loop().create_future()
        self._provisional = False
        self._mark = 0
        self._place = ("", 0)
        self.heard: list[str] = []
        self.over = asyncio.Event()
        self.sound_heard_s = 0.0
        self.loud_s = 0.0
        self.on_heard: Callable[[str], None] | None = None
        self.ended_by = ""
        self.reason = ""

    async def __aenter__(self) -> Self:
        """Dial; return once the call is answered."""
        loop = asyncio.get_running_loop()
        self._sip_transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=(self._ip, 0))
        self._rtp_transport, _ = await loop.create_datagram_endpoint(lambda: self._rtp, local_addr=(self._ip, 0))
        local: tuple[str, int] = self._sip_transport.get_extra_info("sockname")
        self._dialog = sip.Dialog(local, self._remote, *self._identity)
        try:
            await self._dial()
        except BaseException:
            await self._close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Hang up if the call is still up."""
        await self.hang_up()
        await self._close()

    async def hear(self, *names: str, within_s: float = 30.0) -> str:
        """Wait until one of these prompts (`hi/main-menu`) sounds, from the last one waited for onwards.

        Raises:
            TimeoutError: It was not heard; the message lists the prompts that were.
        """
        wanted = {self._matcher.known_as(name) for name in names}
        try:
            async with asyncio.timeout(within_s):
                while True:
                    for index in range(self._mark, len(self.heard)):
                        if self.heard[index] in wanted:
                            self._mark = index + 1
                            return self.heard[index]
                    if self.over.is_set():
                        break
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            pass
        state = "the call is over" if self.over.is_set() else "the call is still up"
        raise TimeoutError(f"not heard: {' or '.join(names)}; {state}; heard so far: {', '.join(self.heard)}")

    async def hear_next(self, within_s: float) -> str:
        """Wait until a prompt begins that was not heard before the last key; return its name.

        Raises:
            TimeoutError: None began.
        """
        async with asyncio.timeout(within_s):
            while len(self.heard) <= self._mark and not self.over.is_set():
                self._news.clear()
                await self._news.wait()
        if len(self.heard) <= self._mark:
            raise TimeoutError("the call ended")
        return self.heard[-1]

    async def press(self, keys: str, held_s: float = KEY_S) -> None:
        """Press keys (0-9 * #) as RFC 4733 events; each is held for so many seconds, eight at most."""
        self._mark = len(self.heard)
        await self._rtp.keys(keys, held_s)

    async def speak(self, coded: bytes) -> None:
        """Say this sound, coded as the call is."""
        await self._rtp.sound(coded)

    async def ended(self, within_s: float = 60.0) -> None:
        """Wait until the exchange hangs up. Raises TimeoutError."""
        async with asyncio.timeout(within_s):
            await self.over.wait()

    def mute(self) -> None:
        """Stop sending sound altogether, as a telephone whose line went one way."""
        self._rtp.muted = True

    def vanish(self) -> None:
        """Disappear without a BYE: no more sound, no more answers."""
        self._rtp.muted = True
        self.over.set()
        self._sip_transport.close()

    async def hang_up(self) -> None:
        """Send BYE and wait for its answer; nothing when the call is over."""
        if self.over.is_set():
            return
        self.ended_by = "caller"
        bye = self._dialog.bye()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_BYE_TIMEOUT_S):
                while not self.over.is_set():
                    self._send(bye)
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(_RETRANSMIT_S):
                            await self.over.wait()

    @property
    def last_key_at(self) -> float:
        """When the last key was let go, in seconds since the epoch."""
        return self._rtp.last_key_at

    @property
    def rtp_port(self) -> int:
        """The UDP port on which sound reaches us."""
        return self._rtp.port

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:  # noqa: ARG002
        """Take one SIP message (asyncio's call)."""
        message = sip.SipMessage.parse(data)
        if not message.status:
            self._request(message)
        elif message.method == "BYE":
            self._end()
        elif message.method == "INVITE":
            self._response(message)

    def _response(self, message: sip.SipMessage) -> None:
        self._provisional = True
        if message.status >= 200:  # noqa: PLR2004 - SIP's final responses
            self._send(self._dialog.ack(message))
            if not self._answer.done():
                self._answer.set_result(message)

    def _request(self, message: sip.SipMessage) -> None:
        if message.method == "ACK":
            return
        self._send(self._dialog.ok(message))
        if message.method == "BYE":
            self.ended_by, self.reason = self.ended_by or "exchange", message.get("reason")
            self._end()

    def _end(self) -> None:
        self.over.set()
        self._news.set()

    def _send(self, data: bytes) -> None:
        if not self._sip_transport.is_closing():
            self._sip_transport.sendto(data, self._remote)

    async def _dial(self) -> None:
        await self._invite()
        try:
            async with asyncio.timeout(self._answer_limit_s):
                response = await asyncio.shield(self._answer)
        except TimeoutError:
            self._send(self._dialog.cancel())
            raise TimeoutError(f"not answered within {self._answer_limit_s:.0f} s") from None
        if response.status >= 300:  # noqa: PLR2004
            raise CallRefusedError(response.status, response.start)
        self.answered_at = time.time()
        self._tasks.append(asyncio.create_task(self._rtp.send_to(sip.media_address(response.body))))

    async def _invite(self) -> None:
        """Send the INVITE again and again until the exchange says anything. Raises TimeoutError."""
        invite = self._dialog.invite(self._offer())
        for _ in range(round(_TRYING_TIMEOUT_S / _RETRANSMIT_S)):
            self._send(invite)
            await asyncio.wait([self._answer], timeout=_RETRANSMIT_S)
            if self._provisional:
                return
        raise TimeoutError(f"no exchange answers at {self._remote[0]}:{self._remote[1]}")

    def _offer(self) -> str:
        return sip.offer(self._ip, self._rtp.port, self._codec)

    def _listen(self, frame: bytes) -> None:
        self.sound_heard_s += len(frame) / 8000
        if len(set(frame)) >= MIN_DISTINCT:
            self.loud_s += len(frame) / 8000
        place = self._matcher.place(frame)
        if place is None:
            return
        (name, index), (last, last_index) = place, self._place
        self._place = place
        if name == last and index > last_index:
            return
        self.heard.append(name)
        self._news.set()
        if self.on_heard is not None:
            self.on_heard(name)

    async def _close(self) -> None:
        self.over.set()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._sip_transport.close()
        self._rtp_transport.close()
