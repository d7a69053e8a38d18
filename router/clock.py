"""The time, as all parts take it."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

MICROSECONDS: Final = 1_000_000
"""In a second; Asterisk's CEL, and so its table in the store, counts them."""
DAY_MINUTES: Final = 24 * 60
"""In a day."""


def utc_now() -> datetime:
    """Return the moment it is, aware, in UTC: the clock of whatever a test gives no other."""
    return datetime.now(UTC)


def sortable(at: datetime) -> str:
    """Return an aware time as the column ``requested`` keeps it: its text order is its time order."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


class Reading(NamedTuple):
    """The machine's clocks.

    Attributes:
        wall: Seconds since 1970, as the system's time is set.
        since_boot: Seconds since the machine started.
        boot: Which start that was.
    """

    wall: float
    since_boot: float
    boot: str


def read_clocks() -> Reading:
    """Read the machine's clocks."""
    return Reading(time.time(), time.clock_gettime(time.CLOCK_BOOTTIME), _boot())


@cache
def _boot() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
