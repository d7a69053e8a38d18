"""A network of the test's own: loopback, and one further address, which nothing outside can reach."""

from __future__ import annotations

import asyncio
import ctypes
import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from tests.support.fork_server import real_starts

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

ADDRESS: Final = "10.77.0.1"
_CLONE_NEWNET: Final = 0x40000000  # sched.h


@asynccontextmanager
async def own_network() -> AsyncIterator[None]:
    """Move this thread into a new network namespace (network_namespaces(7)), and what it starts meanwhile.

    Threads and processes that are there already stay where they are: the event loop gets other threads for the time of
    the block, and services are started anew, not by the fork server.
    """
    loop = asyncio.get_running_loop()
    before = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    try:
        _call("unshare", _CLONE_NEWNET)
        _furnish()
        loop.set_default_executor(ThreadPoolExecutor())
        with real_starts():
            yield
    finally:
        _call("setns", before, _CLONE_NEWNET)
        loop.set_default_executor(ThreadPoolExecutor())
        os.close(before)


def _furnish() -> None:
    for words in (
        "link set lo up",
        "link add test0 type veth peer name test1",
        f"addr add {ADDRESS}/24 dev test0",
        "link set test0 up",
        "link set test1 up",
    ):
        subprocess.run(["ip", *words.split()], check=True)


def _call(name: str, *arguments: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if getattr(libc, name)(*arguments):
        raise OSError(ctypes.get_errno(), f"{name}: {os.strerror(ctypes.get_errno())}")
