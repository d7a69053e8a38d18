"""What a process (children left out) and the whole machine used; and who may use it first."""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

from warroom.services.stack.processes import NICENESS

if TYPE_CHECKING:
    from collections.abc import Iterator

_TICK_S = 1 / os.sysconf("SC_CLK_TCK")


def cpu_s(pid: int) -> float:
    """Return user and system CPU seconds of a process so far (proc(5), stat fields 14 and 15)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * _TICK_S


def cpu_of_children_s(pid: int) -> float:
    """Return CPU seconds of a process's children so far, of those that have ended too (fields 16 and 17)."""
    ended = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    live = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return (int(ended[13]) + int(ended[14])) * _TICK_S + sum(cpu_s(int(child)) for child in live)


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


@contextlib.contextmanager
def as_other_machines() -> Iterator[None]:
    """While its block runs, what this session runs waits for nothing that the exchange does.

    Callers, operators' telephones and 104 are other machines: their sound and keys come in time however full the
    exchange's is. Its processes are in sessions of their own, `serve` the least nice of them.
    """
    group = Path("/proc/self/autogroup")
    if not group.exists() or os.geteuid() != 0:
        yield
        return
    before = group.read_text("utf-8").split()[-1]
    group.write_text(str(NICENESS["serve"]), "utf-8")
    try:
        yield
    finally:
        group.write_text(before, "utf-8")
