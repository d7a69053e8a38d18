"""Cores and bandwidth for the calls of a plan, from what a call was measured to cost."""

from __future__ import annotations

import json
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

    from agi.capacity.staffing import CapacityPlan

SPARE: Final = 2.0
"""Times the CPU that the calls take: a core that is full plays late, and hours have peaks (docs/operations.md)."""
MENU_CPU_S: Final = 0.178
"""CPU seconds of a minute in the menus: 267 ms a call of 90 s (docs/operations.md, `make bench N=500`)."""
LEG_KBIT_S: Final = 80.0
"""Each way: 50 packets a second of 160 bytes, with RTP, UDP and IP headers (RFC 3551)."""
_MINUTE_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class AttendedCost:
    """What a minute costs in which an operator speaks with a caller and files a ticket, screens included.

    Attributes:
        cpu_s: CPU seconds of Asterisk, `serve`, the broker and `board` together.
        concurrent: How many were spoken with at once when it was measured.
        here: Whether it was measured with this data directory.
    """

    cpu_s: float
    concurrent: int
    here: bool = False


MEASURED: Final = AttendedCost(cpu_s=0.43, concurrent=200)
"""On a virtual machine of two cores (docs/benchmarks.md)."""


@dataclass(frozen=True, slots=True)
class MachineNeed:
    """The machine that carries a plan when all its operators speak and all its lines are busy.

    Attributes:
        cores: As many as `SPARE` asks for.
        busy_cores: What the calls themselves take of them.
        network_mbit_s: Each way.
    """

    cores: int
    busy_cores: float
    network_mbit_s: float


def machine_for(plan: CapacityPlan, cost: AttendedCost) -> MachineNeed:
    """Return what a plan needs."""
    in_menus = max(0, plan.trunk_channels - plan.operators)
    busy = (plan.operators * cost.cpu_s + in_menus * MENU_CPU_S) / _MINUTE_S
    return MachineNeed(max(2, ceil(busy * SPARE)), busy, plan.channels * LEG_KBIT_S / 1000)


def attended_cost(file: Path) -> AttendedCost:
    """Return what `make bench-operators` has measured and written to a file; without one, `MEASURED`."""
    try:
        found = json.loads(file.read_text("utf-8"))
        cpu = found["cpu_s_per_attended_minute"]
        return AttendedCost(
            float(cpu["ours"]) + float(cpu["asterisk"]), int(found["attended"]["concurrent"]), here=True
        )
    except (OSError, ValueError, KeyError, TypeError):
        return MEASURED
