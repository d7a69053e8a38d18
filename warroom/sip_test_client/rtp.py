"""RTP of a test call: 20 ms packets (RFC 3550), keys as RFC 4733 events."""

from __future__ import annotations

import asyncio
import secrets
import struct
import time
from collections import deque
from typing import TYPE_CHECKING, cast

from warroom.sip_test_client.codecs import ALAW

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from warroom.sip_test_client.codecs import Codec

FRAME_S = 0.02
FRAME_BYTES = 160  # 20 ms
SILENCE = ALAW.silence
_EVENT = 101  # payload type of our offer
_HEADER = struct.Struct("!BBHII")
_EVENT_BODY = struct.Struct("!BBH")
_KEYS = {key: number for number, key in enumerate("0123456789*#")}
KEY_S = 0.12  # a key is held: carriers want at least 40 ms, slow DSPs 80
_GAP_FRAMES = 4  # 80 ms between keys, above the 40 ms of ITU-T Q.24
_END_PACKETS = 3  # RFC 4733 2.5.1.4: the end is sent three times
_VOLUME = 10

Packet = tuple[int, bytes, bool, int]


class RtpStream(asyncio.DatagramProtocol):
    """Sends and receives one call's sound.

    Args:
        on_frame: Called with the payload of each packet of sound received.
        codec: How sound is coded, both ways.
    """

    def __init__(self, on_frame: Callable[[bytes], None], codec: Codec = ALAW) -> None:
        self._on_frame = on_frame
        self._codec = codec
        self._transport: asyncio.DatagramTransport | None = None
        self._queue: deque[Iterator[Packet]] = deque()
        self._sequence = secrets.randbelow(1 << 15)
        self._timestamp = secrets.randbelow(1 << 30)
        self._ssrc = secrets.randbits(32)
        self._idle = asyncio.Event()
        self._idle.set()
        self.last_key_at = 0.0
        self.muted = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport (asyncio's call)."""
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:  # noqa: ARG002
        """Hand the sound of one packet on (asyncio's call)."""
        if len(data) > _HEADER.size and data[1] & 0x7F == self._codec.payload_type:
            self._on_frame(data[_HEADER.size :])

    @property
    def port(self) -> int:
        """Our RTP port."""
        assert self._transport is not None  # noqa: S101 - set by asyncio before anyone can ask
        return int(self._transport.get_extra_info("sockname")[1])

    async def send_to(self, address: tuple[str, int]) -> None:
        """Send a packet every 20 ms, silence when there is nothing to say, until cancelled."""
        assert self._transport is not None  # noqa: S101
        due = time.monotonic()
        while True:
            if not self.muted:
                self._transport.sendto(self._next_packet(), address)
            due += FRAME_S
            await asyncio.sleep(max(0.0, due - time.monotonic()))

    async def keys(self, keys: str, held_s: float = KEY_S) -> None:
        """Press these keys one after the other; returns when the last one was let go."""
        for key in keys:
            self._queue.append(self._key(_KEYS[key], round(held_s / FRAME_S)))
        await self._sent()

    async def sound(self, coded: bytes) -> None:
        """Say this sound, coded as the call is; returns when it was said."""
        self._queue.append(self._sound(coded))
        await self._sent()

    async def _sent(self) -> None:
        self._idle.clear()
        await self._idle.wait()

    def _sound(self, coded: bytes) -> Iterator[Packet]:
        for start in range(0, len(coded), FRAME_BYTES):
            frame = coded[start : start + FRAME_BYTES]
            frame += self._codec.silence[len(frame) :]
            yield self._codec.payload_type, frame, False, self._timestamp

    def _key(self, number: int, frames: int) -> Iterator[Packet]:
        began = self._timestamp
        for frame in range(1, frames + 1):
            body = _EVENT_BODY.pack(number, _VOLUME, frame * FRAME_BYTES)
            yield _EVENT, body, frame == 1, began
        body = _EVENT_BODY.pack(number, 0x80 | _VOLUME, frames * FRAME_BYTES)
        self.last_key_at = time.time()
        for _ in range(_END_PACKETS):
            yield _EVENT, body, False, began
        for _ in range(_GAP_FRAMES):
            yield self._codec.payload_type, self._codec.silence, False, self._timestamp

    def _next_packet(self) -> bytes:
        packet: Packet | None = None
        while self._queue and packet is None:
            packet = next(self._queue[0], None)
            if packet is None:
                self._queue.popleft()
        if packet is None:
            self._idle.set()
            packet = (self._codec.payload_type, self._codec.silence, False, self._timestamp)
        kind, body, marker, timestamp = packet
        header = _HEADER.pack(0x80, kind | (0x80 if marker else 0), self._sequence, timestamp, self._ssrc)
        self._sequence = (self._sequence + 1) & 0xFFFF
        self._timestamp = (self._timestamp + FRAME_BYTES) & 0xFFFFFFFF
        return header + body
