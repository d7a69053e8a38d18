"""A network of the test's own: loopback, and one further address, which nothing outside can reach."""

from __future__ import annotations

import ctypes
import os
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

ADDRESS: Final = "10.77.0.1"
_CLONE_NEWNET: Final = 0x40000000  # sched.h


@contextmanager
def own_network() -> Iterator[None]:
    """Move this thread into a new network namespace (network_namespaces(7)), and what it starts meanwhile.

    Threads that are there already stay where they are: what goes over the network belongs into the event loop's own
    thread, and processes are started from it.
    """
    before = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    try:
        _call("unshare", _CLONE_NEWNET)
        for words in (
            "link set lo up",
            "link add test0 type veth peer name test1",
            f"addr add {ADDRESS}/24 dev test0",
            "link set test0 up",
            "link set test1 up",
        ):
            subprocess.run(["ip", *words.split()], check=True)
        yield
    finally:
        _call("setns", before, _CLONE_NEWNET)
        os.close(before)


def _call(name: str, *arguments: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if getattr(libc, name)(*arguments):
        raise OSError(ctypes.get_errno(), f"{name}: {os.strerror(ctypes.get_errno())}")
