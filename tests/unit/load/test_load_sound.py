"""The bench's callers send what a telephone sends, and the time of their last key is the true one."""

from __future__ import annotations

import socket
import struct
import time

import pytest

from tests.load.caller_sound import FRAME_S, Press, make_sound
from tests.load.send_sound import Caller, Choir

VOICE = bytes(range(160)) * 3
_HEADER = struct.Struct("!BBHII")


def _unpack(packet: bytes) -> tuple[int, int, int, int, bytes]:
    _, kind, sequence, stamp, _ = _HEADER.unpack_from(packet)
    return kind & 0x7F, kind >> 7, sequence, stamp, packet[_HEADER.size :]


def test_sound_is_one_stream_without_gaps():
    packets = [_unpack(packet) for packet in make_sound(2, [Press(0.5, "12")], VOICE).packets]
    assert [sequence for _, _, sequence, _, _ in packets] == list(range(100))
    assert all(stamp == sequence * 160 for kind, _, sequence, stamp, _ in packets if kind == 8)
    assert packets[0][4] == VOICE[:160]


def test_sound_keys_follow_rfc_4733():
    events = [packet for packet in map(_unpack, make_sound(2, [Press(0.5, "9#")], VOICE).packets) if packet[0] == 101]
    for key, began, key_events in ((9, 25, events[:9]), (11, 38, events[9:])):
        assert [marker for _, marker, _, _, _ in key_events] == [1, *[0] * 8]
        assert {stamp for _, _, _, stamp, _ in key_events} == {began * 160}
        bodies = [struct.unpack("!BBH", body) for *_, body in key_events]
        assert [number for number, _, _ in bodies] == [key] * 9
        assert [bool(flags & 0x80) for _, flags, _ in bodies] == [*[False] * 6, *[True] * 3]
        assert [length for _, _, length in bodies] == [160, 320, 480, 640, 800, 960, 960, 960, 960]


def test_sound_last_key_is_its_first_end_packet():
    sound = make_sound(2, [Press(0.2, "1"), Press(1.0, "2#")], VOICE)
    ends = [index for index, packet in enumerate(sound.packets) if packet[1] & 0x7F == 101 and packet[13] & 0x80]
    assert sound.last_key == ends[-3]


def test_sound_keys_that_overlap_are_refused():
    with pytest.raises(ValueError, match="keys 2 at"):
        make_sound(3, [Press(1.0, "11"), Press(1.2, "2")], VOICE)


def test_choir_sends_in_order_and_knows_when_the_last_key_ended():
    sound = make_sound(0.4, [Press(0.1, "1")], VOICE)
    with _udp() as exchange, _udp() as telephone:
        telephone.setblocking(False)
        caller = Caller(telephone.getsockname()[1], telephone, sound)
        choir = Choir("127.0.0.1")
        began, began_at = time.monotonic(), time.time()
        choir.answered(caller, exchange.getsockname()[1])
        arrived: list[tuple[float, bytes]] = []
        for _ in sound.packets:
            while caller.sent == len(arrived):
                choir.sing()
            arrived.append((time.time(), exchange.recv(2048)))
        assert [packet for _, packet in arrived] == sound.packets
        assert began_at + (sound.last_key - 1) * FRAME_S <= caller.last_key_at <= arrived[sound.last_key][0]
        assert time.monotonic() - began >= len(arrived) * FRAME_S


def test_caller_counts_all_it_heard():
    with _udp() as exchange, _udp() as telephone:
        telephone.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
        telephone.setblocking(False)
        for _ in range(500):
            exchange.sendto(b"x" * 172, telephone.getsockname())
        assert Caller(0, telephone, make_sound(0.1, [], VOICE)).heard() == 500


def _udp() -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind(("127.0.0.1", 0))
    sock.settimeout(5)
    return sock
