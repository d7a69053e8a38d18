"""Telephones that do within a call what gateways do: hold, keys by INFO or as tones, session timers, early media."""

from __future__ import annotations

import asyncio
import contextlib
import math
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from agi.prompts.sound.g711 import from_alaw, to_alaw
from tests.support.ports import free_ports
from tests.support.provider import Provider
from warroom.sip_test_client import TestCall, sip
from warroom.sip_test_client.incoming_call import IncomingCall
from warroom.sip_test_client.rtp import KEY_S

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

FAR_END = "127.0.6.10"
(FAR_PORT,) = free_ports(1)

ANSWER_LIMIT_S = 60.0
RATE = 8000
GAP_S = 0.12
#: A key in SIP INFO with its duration; `application/dtmf` is the key alone.
RELAY, BARE = "dtmf-relay", "dtmf"
LEVEL = 6000.0
#: ITU-T Q.23: each key is one tone of a row and one of a column.
ROWS, COLUMNS = (697, 770, 852, 941), (1209, 1336, 1477)
LAYOUT = ("123", "456", "789", "*0#")


class InDialog(TestCall):
    """Requests within a call, and what was asked of us there."""

    def __init__(self, *args: Any, keys_offered: bool = True, **options: Any) -> None:
        super().__init__(*args, **options)
        self.keys_offered = keys_offered
        self.direction = "sendrecv"
        self.asked: list[sip.SipMessage] = []
        self.frames: list[bytes] = []
        self._pending: dict[str, asyncio.Future[sip.SipMessage]] = {}

    @property
    def agreed(self) -> str:
        """What the answer to our call says of its sound (SDP)."""
        return self._answer.result().body

    async def request(self, method: str, *lines: str, body: str = "") -> sip.SipMessage:
        """Send a request in the call; return its final answer."""
        return await self.answer_of(self.send_request(method, *lines, body=body))

    def send_request(self, method: str, *lines: str, body: str = "") -> asyncio.Future[sip.SipMessage]:
        """Send a request in the call; its final answer is to be waited for."""
        dialog = self._dialog
        dialog.cseq += 1
        dialog.branch = f"z9hG4bK{sip.token()}"
        contact = f"Contact: <sip:{dialog.local[0]}:{dialog.local[1]}>"
        answered: asyncio.Future[sip.SipMessage] = asyncio.get_running_loop().create_future()
        self._pending[f"{dialog.cseq} {method}"] = answered
        self._send(dialog._request(method, dialog.cseq, dialog.branch, (contact, *lines), body))
        return answered

    async def answer_of(self, answered: asyncio.Future[sip.SipMessage]) -> sip.SipMessage:
        async with asyncio.timeout(ANSWER_LIMIT_S):
            return await answered

    async def reinvite(self, direction: str = "sendrecv", *lines: str) -> sip.SipMessage:
        """Ask for sound to go one way only, or both ways again."""
        self.direction = direction
        return await self.request("INVITE", *lines, body=self._offer())

    async def press_by_info(self, keys: str, kind: str = RELAY) -> None:
        """Press keys as a gateway tells them in SIP INFO."""
        self._mark = len(self.heard)
        for key in keys:
            answered = await self.tell_by_info(key, kind=kind)
            assert answered.status == 200, answered.start

    async def tell_by_info(self, key: str, after_s: float = 0.0, *, kind: str = RELAY) -> sip.SipMessage:
        """Say one key in SIP INFO, after a while; return the final answer."""
        await asyncio.sleep(after_s)
        body = f"Signal={key}\r\nDuration=160\r\n" if kind == RELAY else key
        return await self.request("INFO", f"Content-Type: application/{kind}", body=body)

    async def press_twice(self, keys: str, apart_s: float, *, held_s: float = KEY_S, kind: str = RELAY) -> None:
        """Press keys as a gateway that tells of each as an event and, so much later, by INFO."""
        self._mark = len(self.heard)
        told = []
        for key in keys:
            told.append(asyncio.create_task(self.tell_by_info(key, apart_s, kind=kind)))
            await self._rtp.keys(key, held_s)
        assert {answered.status for answered in await asyncio.gather(*told)} == {200}

    async def press_by_tone(self, keys: str) -> None:
        """Press keys as a telephone without RFC 4733 sounds."""
        self._mark = len(self.heard)
        await self.speak(b"".join(tones(key) for key in keys))

    async def hears_something(self) -> None:
        """Wait for a packet that is not silence."""
        seen = len(self.frames)
        async with asyncio.timeout(ANSWER_LIMIT_S):
            while not any(len(set(frame)) > 8 for frame in self.frames[seen:]):
                await asyncio.sleep(0.02)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        message = sip.SipMessage.parse(data)
        if not self._answers(message):
            super().datagram_received(data, addr)

    def _answers(self, message: sip.SipMessage) -> bool:
        answered = self._pending.get(message.get("cseq")) if message.status >= 200 else None
        if answered is None:
            return False
        if message.method == "INVITE":
            self._send(self._dialog.ack(message))
        if not answered.done():
            answered.set_result(message)
        return True

    def _request(self, message: sip.SipMessage) -> None:
        self.asked.append(message)
        if message.method in ("INVITE", "UPDATE") and message.body:
            answer = self._dialog.ok(message).partition(b"Content-Length")[0].decode()
            body = self._offer()
            contact = f"Contact: <sip:{self._dialog.local[0]}:{self._dialog.local[1]}>\r\n"
            kind = f"Content-Type: application/sdp\r\nContent-Length: {len(body)}\r\n\r\n"
            self._send(f"{answer}{contact}{kind}{body}".encode())
            return
        super()._request(message)

    def _offer(self) -> str:
        return sip.offer(self._ip, self._rtp.port, self._codec, direction=self.direction, keys=self.keys_offered)

    def _listen(self, frame: bytes) -> None:
        self.frames.append(frame)
        super()._listen(frame)


class Moving(InDialog):
    """A telephone whose sound comes from another port after a while.

    Args:
        hidden: Its sound never comes from the port it names: its network puts another in place of it.
        tells: It names its new port when it is asked.
    """

    def __init__(self, *args: Any, hidden: bool = False, tells: bool = True, **options: Any) -> None:
        super().__init__(*args, **options)
        self._hidden = hidden
        self._tells = tells and not hidden
        self._named = 0

    async def move(self) -> None:
        """Send from a new port from now on; what is sent to the old ones is still heard."""
        ip = self._ip
        transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(lambda: self._rtp, local_addr=(ip, 0))
        self._sockets.callback(transport.close)

    async def _dial(self) -> None:
        self._sockets = contextlib.ExitStack()
        self._named = self._rtp.port
        if self._hidden:
            await self.move()
        await super()._dial()

    async def _close(self) -> None:
        await super()._close()
        self._sockets.close()

    def _offer(self) -> str:
        return sip.offer(self._ip, self._rtp.port if self._tells else self._named, self._codec)


class FarTelephone(InDialog, IncomingCall):
    """A telephone at the far end of a trunk, lifted."""

    def take(self, message: sip.SipMessage) -> None:
        if not self._answers(message):
            super().take(message)


class FarEnd(Provider):
    """Where we put calls through to; what comes before the answer is the test's to say."""

    def __init__(self) -> None:
        super().__init__()
        self.acknowledged: asyncio.Queue[sip.SipMessage] = asyncio.Queue()

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        message = sip.SipMessage.parse(data)
        if message.method == "PRACK" and not message.status:
            self.send(sip.answer(message, "200 OK"), addr)
            self.acknowledged.put_nowait(message)
        else:
            super().datagram_received(data, addr)

    def progress(self, invite: sip.SipMessage, stack: tuple[str, int], *lines: str, body: str = "") -> None:
        """Say 183 Session Progress."""
        answer = sip.answer(invite, "183 Session Progress", self.address, body)
        more = "".join(f"{line}\r\n" for line in lines)
        self.send(answer.replace(b"Content-Length", f"{more}Content-Length".encode()), stack)

    @contextlib.asynccontextmanager
    async def answers(
        self, invite: sip.SipMessage, stack: tuple[str, int], matcher: Any
    ) -> AsyncIterator[FarTelephone]:
        """Lift the telephone that rings."""
        call = FarTelephone(self.address, partial(self.send, addr=stack), invite, stack, matcher)
        self._calls[invite.get("call-id")] = call
        async with call:
            yield call


@contextlib.asynccontextmanager
async def far_end(host: str = FAR_END, port: int = FAR_PORT) -> AsyncIterator[FarEnd]:
    transport, there = await asyncio.get_running_loop().create_datagram_endpoint(FarEnd, local_addr=(host, port))
    try:
        yield there
    finally:
        transport.close()
        await asyncio.sleep(0)  # the socket is closed by the loop: the next test has the address at once


def tones(key: str) -> bytes:
    """A key as a telephone sounds, and the pause after it; A-law."""
    row = next(index for index, keys in enumerate(LAYOUT) if key in keys)
    pair = (ROWS[row], COLUMNS[LAYOUT[row].index(key)])
    at = np.arange(round(KEY_S * RATE)) / RATE
    sound = sum(np.sin(2 * math.pi * tone * at) for tone in pair) * LEVEL
    return to_alaw(np.concatenate([sound, np.zeros(round(GAP_S * RATE))]).astype(np.int16))


def has_tone(alaw: bytes, hertz: float) -> bool:
    """Whether a tone is most of a sound: the part of its power that lies at this frequency."""
    if len(alaw) < RATE // 4:
        return False  # too short to tell
    samples = from_alaw(alaw).astype(np.float64)
    power = np.abs(np.fft.rfft(samples * np.hanning(len(samples)))) ** 2
    at = np.fft.rfftfreq(len(samples), 1 / RATE)
    return bool(power[np.abs(at - hertz) < 20].sum() > 0.5 * power.sum() and power.sum() > 0)
