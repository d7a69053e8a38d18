"""Notifications of a process to its parent (sd_notify(3)): it is ready, and its event loop still turns."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from typing import Final

from warroom.services.readiness.ready_file import write_ready_file

_MICROSECONDS: Final = 1_000_000
_TIMES: Final = 3
"""How often the watchdog is fed within its time: systemd asks for twice; one more, for a loop that is late once."""


def notify_ready(status: str) -> None:
    """Say that we are ready: to systemd by its socket, to a supervisor of ours by a file; nothing when nobody asked."""
    write_ready_file()
    _send(f"READY=1\nSTATUS={status}")


async def feed_watchdog() -> None:
    """Tell systemd again and again that the event loop turns (WatchdogSec); return at once when it does not ask.

    A loop that hangs feeds nothing: systemd ends the process and starts it again.
    """
    interval_s = _watchdog_interval_s()
    while interval_s:
        _send("WATCHDOG=1")
        await asyncio.sleep(interval_s)


def _watchdog_interval_s() -> float:
    """Return the seconds from one message to the next; 0 when nobody waits for them (sd_watchdog_enabled(3))."""
    if os.environ.get("WATCHDOG_PID", str(os.getpid())) != str(os.getpid()):
        return 0.0
    return int(os.environ.get("WATCHDOG_USEC", "0")) / _MICROSECONDS / _TIMES


def _send(text: str) -> None:
    """Send it without waiting; a service manager that is away for a moment, or behind, is no reason to end a call."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    if address.startswith("@"):  # an abstract socket, as systemd may use
        address = "\0" + address[1:]
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        sender.setblocking(False)
        sender.sendto(text.encode(), address)
