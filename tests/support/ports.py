"""Free ports for tests."""

from __future__ import annotations

import contextlib
import random
import socket
from typing import Final

FIRST, LAST = 15_000, 32_767
"""Above the ports for sound, below those that Linux gives to whoever connects (ip_local_port_range): while a part is
dead, a connection to its port would else now and then get that port as its own, and hold it."""
_DRAW: Final = random.SystemRandom()


def free_ports(count: int, outside: range = range(0)) -> list[int]:
    """Return ports free for both UDP and TCP, none in `outside`; held until all are found, so that they differ."""
    with contextlib.ExitStack() as held:
        ports: list[int] = []
        while len(ports) < count:
            port = _DRAW.randint(FIRST, LAST)
            if port in outside:
                continue
            tcp = held.enter_context(socket.socket(socket.AF_INET, socket.SOCK_STREAM))
            udp = held.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            with contextlib.suppress(OSError):
                tcp.bind(("127.0.0.1", port))
                udp.bind(("127.0.0.1", port))
                ports.append(port)
        return ports
