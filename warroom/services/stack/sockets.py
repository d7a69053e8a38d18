"""The ports in use on this machine, from the kernel (proc(5))."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_LISTENS: Final = "0A"  # TCP_LISTEN in /proc/net/tcp, proc(5)
_UNCONNECTED: Final = "07"  # a UDP socket that is bound and nothing more


def bound() -> Iterator[tuple[str, str, int, str]]:
    """Yield kind, address, port and inode of each socket that takes what comes from anywhere (proc(5))."""
    for kind, state in (("tcp", _LISTENS), ("udp", _UNCONNECTED)):
        for suffix, family in (("", socket.AF_INET), ("6", socket.AF_INET6)):
            table = Path(f"/proc/net/{kind}{suffix}")
            for line in table.read_text("ascii").splitlines()[1:] if table.exists() else ():
                fields = line.split()
                if fields[3] == state:
                    address, _, number = fields[1].partition(":")
                    yield kind, _written(address, family), int(number, 16), fields[9]


def _written(address: str, family: socket.AddressFamily) -> str:
    """Return an address as people write it: the kernel prints words of 32 bits, each in the machine's byte order."""
    words = [bytes.fromhex(address[at : at + 8])[::-1] for at in range(0, len(address), 8)]
    return socket.inet_ntop(family, b"".join(words))
