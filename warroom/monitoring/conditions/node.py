"""Conditions of the machine and the processes: clock, broker, transcription, parts that ended."""

from __future__ import annotations

import asyncio
import ctypes
import shutil
import subprocess
from typing import TYPE_CHECKING, Final

from router.clock import utc_now
from router.model.job import TRANSCRIBE
from warroom.monitoring.conditions.condition import Trouble, UnknownConditionError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from router.storage.engine import Storage

_TIMEX_BYTES: Final = 512
"""Room for struct timex (208 bytes on 64 bits); all zero, it asks and sets nothing (adjtimex(2): modes)."""
_TIME_ERROR: Final = 5
"""What adjtimex(2) returns while nothing keeps the clock right."""
_TIMEDATECTL_TIMEOUT_S: Final = 5.0
"""It asks systemd on this machine; it may have to start timedated."""


class ClockUnsynchronized:
    """No time server keeps the machine's clock right.

    Args:
        synchronized: Returns whether it is synchronized; None: unknown. Blocks.
    """

    def __init__(self, synchronized: Callable[[], bool | None] | None = None) -> None:
        self._synchronized = synchronized or is_synchronized

    async def check(self) -> Trouble | None:
        """Check. Raises UnknownConditionError: neither kernel nor systemd reports it."""
        found = await asyncio.to_thread(self._synchronized)
        if found is None:
            raise UnknownConditionError("neither the kernel nor timedatectl tells whether the clock is synchronized")
        if found:
            return None
        return Trouble(
            "no time server keeps this machine's clock right: deadlines and opening hours go by it",
            "मशीन की घड़ी समय-सर्वर से नहीं मिल रही: समय-सीमाएँ ग़लत हो सकती हैं",
            "apt-get install chrony, or timedatectl set-ntp true; then timedatectl",
        )


def is_synchronized() -> bool | None:
    """Ask the kernel, and systemd where the kernel may not be asked (ProtectClock=); None: neither answers. Blocks."""
    libc = ctypes.CDLL(None, use_errno=True)
    state = libc.adjtimex(ctypes.create_string_buffer(_TIMEX_BYTES))
    if state >= 0:
        return bool(state != _TIME_ERROR)
    program = shutil.which("timedatectl", path="/usr/bin")
    if program is None:
        return None
    try:
        said = subprocess.run(  # noqa: S603 - a fixed command
            [program, "show", "--property=NTPSynchronized", "--value"],
            capture_output=True, text=True, timeout=_TIMEDATECTL_TIMEOUT_S, check=True,
        ).stdout.strip()  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return None
    return said == "yes"


class BrokerAway:
    """The service has no link to the broker.

    Args:
        connected: Whether it has.
    """

    def __init__(self, connected: Callable[[], bool]) -> None:
        self._connected = connected

    async def check(self) -> Trouble | None:
        """Look."""
        if self._connected():
            return None
        return Trouble(
            "the service has no link to the MQTT broker: tickets wait, and no room sees them",
            "संदेश-सर्वर (MQTT) से संपर्क नहीं है: टिकट कक्षों तक नहीं पहुँच रहे",
            "warroom doctor, then warroom restart broker",
        )


class TranscriptionBehind:
    """A recording has waited too long for its transcription.

    Args:
        store: Has the jobs.
        limit_s: How long one may wait.
        now: The clock, UTC.
    """

    def __init__(self, store: Storage, limit_s: float, now: Callable[[], datetime] = utc_now) -> None:
        self._store = store
        self._limit_s = limit_s
        self._now = now

    async def check(self) -> Trouble | None:
        """Check. Raises StorageUnavailableError: the state is unknown now."""
        due = await self._store.read(lambda uow: uow.jobs.longest_due(TRANSCRIBE))
        if due is None or (self._now() - due).total_seconds() < self._limit_s:
            return None
        return Trouble(
            f"a recording has waited more than {self._limit_s / 60:g} minutes for its transcription",
            "रिकॉर्डिंग लिखी नहीं जा रही हैं: संदेश सुनकर काम करें",
            "warroom status, then warroom recordings list",
        )


class PartRestarted:
    """A part of the stack ended by itself within the last hour, and was started again.

    Args:
        ends: Returns how often each part has, of those that did in the last hour. Blocks.
    """

    def __init__(self, ends: Callable[[], Mapping[str, int]]) -> None:
        self._ends = ends

    async def check(self) -> Trouble | None:
        """Check. Raises WarroomError: the state is unknown now."""
        ends = await asyncio.to_thread(self._ends)
        if not ends:
            return None
        said = ", ".join(f"{part} ({count} since the start)" for part, count in sorted(ends.items()))
        return Trouble(
            f"ended by itself in the last hour and was started again: {said}",
            "सॉफ़्टवेयर का एक हिस्सा अपने-आप बंद होकर फिर चला: " + ", ".join(sorted(ends)),
            "warroom logs PART, warroom status",
        )
