"""Which tests begin first, and which share a stack."""

from __future__ import annotations

import gc
import os
import signal
from pathlib import Path
from typing import Final

import pytest
from hypothesis import settings

from tests.support import fork_server

LIVE: Final = Path(__file__).with_name("live")
MEMORY: Final = Path("/dev/shm")  # where there is one; a store in it need not wait until a disk has written
ROOM_BYTES: Final = 2 << 30
LONGEST: Final = (
    "queues", "sip", "missed", "dial", "bridges", "operator-actions", "operator-callbacks", "consoles",
    "call-recording", "sip-moves",
    "all-lines-busy", "hunt", "way-in", "alerting", "callbacks", "voicemail", "dialects", "lines",
    "missed-keys", "sip-keys", "supervision", "webrtc", "telephone-relay",
)  # fmt: skip
"""Groups of tests on one stack, the longest first: the last to begin ends the run. One that is missing here only
begins later."""


def pytest_configure() -> None:
    """Spare the tests what is not their subject: imports made anew, waits for a disk, garbage where there is none."""
    settings.register_profile("warroom", deadline=None)  # how long an example takes says nothing on a busy machine
    settings.load_profile("warroom")
    gc.disable()  # until the tests are read: nothing of them is garbage
    for number in (signal.SIGINT, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_IGN:  # behind nohup, or in the background of a script
            signal.signal(number, lambda *_: None)  # ignored here as before, but not by each program that is started
    fork_server.install()
    if _has_room(MEMORY):
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))


def _has_room(folder: Path) -> bool:
    if not folder.is_dir() or not os.access(folder, os.W_OK):
        return False
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize >= ROOM_BYTES and not found.f_flag & os.ST_NOEXEC


def pytest_collection_finish() -> None:
    """What has been read stays as long as the process: it is not looked through again and again."""
    gc.freeze()
    gc.enable()


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist writes the groups into the tests' names
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long groups begin first, then what else is live; the short tests fill up what is left at the end.

    Tests with a fixture that is made once a module stay together: each worker would make it anew.
    """
    for item in items:
        if item.get_closest_marker("xdist_group"):
            continue
        if item.path.is_relative_to(LIVE) and "lines" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group("lines"))
        elif isinstance(item, pytest.Function) and _shares_a_fixture(item):
            item.add_marker(pytest.mark.xdist_group(item.nodeid.partition("::")[0]))
    items.sort(key=_turn)


def _shares_a_fixture(item: pytest.Function) -> bool:
    return any(found[-1].scope == "module" for found in item._fixtureinfo.name2fixturedefs.values())


def _turn(item: pytest.Item) -> int:
    group = item.get_closest_marker("xdist_group")
    if not item.path.is_relative_to(LIVE):
        return len(LONGEST) + 2
    if group is None:
        return len(LONGEST) + 1
    return LONGEST.index(group.args[0]) if group.args[0] in LONGEST else len(LONGEST)
