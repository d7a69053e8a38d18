"""The sound of all callers, sent by one process: `python -m tests.load.send_sound IP HOST SOUNDS LIMIT_S LOG…`.

SIPp 3.6.1 places the calls but cannot be their sound here: its keys come from UDP port 0 beside `rtp_stream`, and
`play_pcap_audio` opens a raw socket a call and no UDP socket. 500 of them more than triple what each of Asterisk's
packets costs Asterisk (every raw socket is asked, then an ICMP error is made), so the floor would look heavy and the
ratio light. Here each caller has one UDP socket for voice and keys. It is not read: what arrives beyond a small
buffer is dropped by the kernel, as cheaply as a network card takes it away, and counted there.

SOUNDS is a pickled list: what each caller sends. First line of the output: the callers' ports, in the same order.
The logs of SIPp then tell who was answered by which port of the exchange
(`answered CALLER PORT …`) and whose call is over (`ended CALLER …`). Last line: what was sent and heard, as JSON.
"""

from __future__ import annotations

import contextlib
import gc
import json
import pickle
import signal
import socket
import struct
import sys
import time
from collections import deque
from pathlib import Path

from tests.load.caller_sound import FRAME_S, CallerSound
from tests.load.probe import percentile

_FIRST_PORT = 15100  # below the ports the kernel gives to others, above Asterisk's and the far ends'
_LAST_PORT = 32000
_REST_S = 0.001  # the longest a packet is late on an idle machine
_SO_MEMINFO, _MEMINFO, _DROPS = 55, struct.Struct("=9I"), 8  # include/uapi/linux/sock_diag.h


class Caller:
    """One caller's socket and how far its sound has come."""

    def __init__(self, port: int, sock: socket.socket, sound: CallerSound) -> None:
        self.port = port
        self.sock = sock
        self.sound = sound
        self.due = 0.0
        self.sent = 0
        self.last_key_at = 0.0
        self.over = False

    def heard(self) -> int:
        """Return how many packets have come: those in the buffer and those the kernel dropped."""
        drops: int = _MEMINFO.unpack(self.sock.getsockopt(socket.SOL_SOCKET, _SO_MEMINFO, _MEMINFO.size))[_DROPS]
        waiting = 0
        with contextlib.suppress(OSError):
            while self.sock.recv(2048):
                waiting += 1
        return waiting + drops


class Choir:
    """All callers; those in a call are in a ring, the one whose packet is due next at its head."""

    def __init__(self, host: str) -> None:
        self._host = host
        self._ring: deque[Caller] = deque()
        self.late: list[float] = []

    def answered(self, caller: Caller, port: int) -> None:
        """Begin to send to the exchange's port."""
        with contextlib.suppress(OSError):  # an ICMP error of before
            caller.sock.connect((self._host, port))
        caller.due = time.monotonic() + FRAME_S  # behind all others: the ring stays in order
        self._ring.append(caller)

    def sing(self) -> float:
        """Send all that is due; return the seconds until the next packet is."""
        ring, now = self._ring, time.monotonic()
        if ring:
            self.late.append(now - ring[0].due)
        while ring and ring[0].due <= now:
            caller = ring.popleft()
            packets = caller.sound.packets
            if caller.over or caller.sent >= len(packets):
                continue
            with contextlib.suppress(OSError):  # the exchange has hung up, its port is closed
                caller.sock.send(packets[caller.sent])
            if caller.sent == caller.sound.last_key:
                caller.last_key_at = time.time()
            caller.sent += 1
            caller.due += FRAME_S
            ring.append(caller)
        return ring[0].due - time.monotonic() if ring else FRAME_S


def open_callers(ip: str, sounds: list[CallerSound]) -> list[Caller]:
    """Open a socket on an even port for each caller. Raises OSError when there are not enough."""
    callers: list[Caller] = []
    for port in range(_FIRST_PORT, _LAST_PORT, 2):
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)  # the kernel's least
        sock.setblocking(False)
        try:
            sock.bind((ip, port))
        except OSError:
            sock.close()
            continue
        callers.append(Caller(port, sock, sounds[len(callers)]))
        if len(callers) == len(sounds):
            return callers
    raise OSError(f"only {len(callers)} free ports on {ip}, {len(sounds)} are needed")


def main() -> None:
    """Send until SIGTERM, or until the time is over."""
    ip, host, sounds, limit_s, *logs = sys.argv[1:]
    gc.disable()  # no pauses; nothing here makes cycles
    callers = open_callers(ip, pickle.loads(Path(sounds).read_bytes()))
    choir = Choir(host)
    for log in logs:
        Path(log).touch()
    print(*(caller.port for caller in callers), flush=True)
    by_port = {str(caller.port): caller for caller in callers}
    _follow([Path(log) for log in logs], by_port, choir, time.monotonic() + float(limit_s))
    late = [max(0.0, seconds) * 1000 for seconds in choir.late]
    print(json.dumps({
        "late_p99_ms": percentile(late, 99), "late_max_ms": max(late, default=0.0),
        "callers": {caller.port: [caller.sent, caller.heard(), caller.last_key_at] for caller in callers},
    }))  # fmt: skip


def _follow(logs: list[Path], callers: dict[str, Caller], choir: Choir, until: float) -> None:
    """Send sound as SIPp's logs say, until SIGTERM."""
    stopped: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _: stopped.append(number))
    with contextlib.ExitStack() as stack:
        files = [stack.enter_context(log.open()) for log in logs]
        rests = [""] * len(files)
        while not stopped and time.monotonic() < until:
            for which, file in enumerate(files):
                *whole, rests[which] = (rests[which] + file.read()).split("\n")
                for line in whole:
                    _heed(line, callers, choir)
            time.sleep(max(_REST_S, min(choir.sing(), 5 * _REST_S)))


def _heed(line: str, callers: dict[str, Caller], choir: Choir) -> None:
    event, _, port, *more = line.split()
    if event == "answered":
        choir.answered(callers[port], int(more[0]))
    elif event in ("ended", "refused"):
        callers[port].over = True


if __name__ == "__main__":
    main()
