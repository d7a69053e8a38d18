"""Free ports for tests, which other workers of the same run do not draw."""

from __future__ import annotations

import contextlib
import os
import random
import socket
from typing import Final

FIRST, LAST = 15_000, 32_767
"""Above the ports for sound, below those that Linux gives to whoever connects (ip_local_port_range): while a part is
dead, a connection to its port would else now and then get that port as its own, and hold it."""
_SLICES: Final = 8
"""More than a run has workers. A port stays free until the part that it is for is up: no two workers may draw it."""
_DRAW: Final = random.SystemRandom()
_given: set[int] = set()


def _drawn() -> int:
    """Return a port of this worker's slice."""
    size = (LAST + 1 - FIRST) // _SLICES
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    return FIRST + worker % _SLICES * size + _DRAW.randrange(size)


def free_ports(count: int, outside: range = range(0)) -> list[int]:
    """Return ports free for both UDP and TCP, none in `outside`; held until all are found, so that they differ."""
    with contextlib.ExitStack() as held:
        ports: list[int] = []
        while len(ports) < count:
            port = _drawn()
            if port in outside or port in _given:
                continue
            tcp = held.enter_context(socket.socket(socket.AF_INET, socket.SOCK_STREAM))
            udp = held.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            with contextlib.suppress(OSError):
                tcp.bind(("127.0.0.1", port))
                udp.bind(("127.0.0.1", port))
                ports.append(port)
        _given.update(ports)
        return ports
