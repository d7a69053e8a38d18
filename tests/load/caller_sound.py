"""What one caller sends: voice and keys as one RTP stream, every packet made before the load begins."""

from __future__ import annotations

import itertools
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

FRAME_S = 0.02
_FRAME_BYTES = 160  # 20 ms of A-law, and of the RTP clock
_HELD_FRAMES = 6  # 120 ms, as a telephone's
_GAP_FRAMES = 4  # 80 ms between two keys, above the 40 ms of ITU-T Q.24
_END_PACKETS = 3  # RFC 4733 2.5.1.4: the end is sent three times
_KEYS = {key: number for number, key in enumerate("0123456789*#")}
_VOLUME, _END = 10, 0x80
_RTP = struct.Struct("!BBHII")
_EVENT_BODY = struct.Struct("!BBH")
_ALAW, _EVENT, _MARKER = 8, 101, 0x80
_SILENCE = b"\xd5" * _FRAME_BYTES  # A-law zero (ITU-T G.711)


@dataclass(frozen=True, slots=True)
class Press:
    """Keys pressed at a time.

    Attributes:
        at_s: Seconds after the answer.
        keys: The keys, one after the other.
    """

    at_s: float
    keys: str


@dataclass(frozen=True, slots=True)
class CallerSound:
    """A caller's whole sound.

    Attributes:
        packets: RTP packets, one each 20 ms.
        last_key: Index of the packet that first tells that the last key was let go.
    """

    packets: list[bytes]
    last_key: int


def make_sound(seconds: float, presses: Iterable[Press], voice: bytes) -> CallerSound:
    """Make the packets: `voice` (A-law) again and again, and keys at their times.

    Raises:
        ValueError: Keys begin before those pressed before have ended.
    """
    count = round(seconds / FRAME_S)
    said = itertools.islice(_again(voice), count)
    frames = [(_ALAW, frame, 0, index * _FRAME_BYTES) for index, frame in enumerate(said)]
    free, last_key = 0, 0
    for press in presses:
        index = round(press.at_s / FRAME_S)
        if index < free:
            raise ValueError(f"keys {press.keys} at {press.at_s} s begin before those before have ended")
        for key in press.keys:
            last_key = index + _HELD_FRAMES
            packets = list(_key(_KEYS[key], index * _FRAME_BYTES))
            frames[index : index + len(packets)] = packets
            index += len(packets)
        free = index
    packed = [
        _RTP.pack(0x80, kind | marker, index & 0xFFFF, stamp, 0x181) + body
        for index, (kind, body, marker, stamp) in enumerate(frames)
    ]
    return CallerSound(packed, last_key)


def _key(number: int, began: int) -> Iterator[tuple[int, bytes, int, int]]:
    """One key as RFC 4733 has it: all packets carry the time it began."""
    for frame in range(1, _HELD_FRAMES + 1):
        body = _EVENT_BODY.pack(number, _VOLUME, frame * _FRAME_BYTES)
        yield _EVENT, body, _MARKER if frame == 1 else 0, began
    for _ in range(_END_PACKETS):
        yield _EVENT, _EVENT_BODY.pack(number, _END | _VOLUME, _HELD_FRAMES * _FRAME_BYTES), 0, began
    for frame in range(_HELD_FRAMES + _END_PACKETS, _HELD_FRAMES + _END_PACKETS + _GAP_FRAMES):
        yield _ALAW, _SILENCE, 0, began + frame * _FRAME_BYTES


def _again(voice: bytes) -> Iterator[bytes]:
    whole = len(voice) // _FRAME_BYTES * _FRAME_BYTES
    while True:
        for start in range(0, whole, _FRAME_BYTES):
            yield voice[start : start + _FRAME_BYTES]
