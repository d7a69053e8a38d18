"""Readiness notification as in systemd (sd_notify(3)): a datagram to the socket in NOTIFY_SOCKET."""

from __future__ import annotations

import os
import socket
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_POLL_S = 0.5  # how often the waiting side looks whether the process is still there


def notify_ready(status: str) -> None:
    """Tell whoever started us that we are ready; nothing when nobody asked."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    if address.startswith("@"):  # an abstract socket, as systemd may use
        address = "\0" + address[1:]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        sender.connect(address)
        sender.sendall(f"READY=1\nSTATUS={status}".encode())


class ReadyListener:
    """The socket on which a process that we start says READY=1.

    Args:
        path: Where to make it; given to the process as NOTIFY_SOCKET.
    """

    def __init__(self, path: Path) -> None:
        path.unlink(missing_ok=True)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        before = os.umask(0o111)  # the process runs as another user; a chmod might hit what is put there meanwhile
        try:
            self._socket.bind(str(path))
        finally:
            os.umask(before)
        self._path = path

    def wait(self, limit_s: float, alive: Callable[[], bool]) -> bool:
        """Return True once READY=1 came, False after the limit or when `alive` says no."""
        until = time.monotonic() + limit_s
        self._socket.settimeout(_POLL_S)
        while alive() and time.monotonic() < until:
            try:
                if b"READY=1" in self._socket.recv(4096):
                    return True
            except TimeoutError:
                continue
        return False

    def close(self) -> None:
        """Remove the socket."""
        self._socket.close()
        self._path.unlink(missing_ok=True)
