"""What a process (children left out) and the whole machine used."""

from __future__ import annotations

import os
import time
from pathlib import Path

_TICK_S = 1 / os.sysconf("SC_CLK_TCK")


def cpu_s(pid: int) -> float:
    """Return user and system CPU seconds of a process so far (proc(5), stat fields 14 and 15)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * _TICK_S


def peak_mb(pid: int) -> float:
    """Return the largest resident memory of a process so far, in MB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024 / 1e6
    return 0.0


def machine_s() -> tuple[float, float]:
    """Return seconds of all cores together, each from a beginning of its own: not idle, and there at all.

    Idle time is measured exactly; the busy kinds of proc(5) are sampled, and miss threads that run by a timer.
    """
    idle, waiting = map(int, Path("/proc/stat").read_text().split()[4:6])
    there = time.monotonic() * (os.cpu_count() or 1)
    return there - (idle + waiting) * _TICK_S, there
